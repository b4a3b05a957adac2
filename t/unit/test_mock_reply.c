#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mocksrv/mutate.h"
#include "mocksrv/progress.h"
#include "mocksrv/reply.h"

#define DATE "Date: Sat, 21 Nov 2026 00:00:00 GMT\r\n"

static const struct mock_terms terms = {
	.now_ms = INT64_C(1795219200000),
	.keep_alive = true,
	.minor = 1,
};

/* What the steps amount to: bytes; waits, ends as words. */
static void
wire_is(const struct mock_reply *r, const char *want)
{
	struct sc_buf b;

	sc_buf_init(&b, 4096);
	for (size_t i = 0; i < r->nsteps; i++) {
		const struct mock_step *s = &r->steps[i];

		if (s->op == MOCK_SEND)
			(void)sc_buf_add(&b, s->p, s->n);
		else if (s->op == MOCK_WAIT || s->op == MOCK_PACE)
			(void)sc_buf_addf(&b, "<%s %zu>",
			    s->op == MOCK_WAIT ? "wait" : "pace", s->n);
		else
			(void)sc_buf_adds(&b,
			    s->op == MOCK_RST         ? "<rst>"
				: s->op == MOCK_STALL ? "<stall>"
						      : "<fin>");
	}
	assert_string_equal(sc_buf_str(&b), want);
	sc_buf_fini(&b);
}

static void
make(struct mock_reply *r, enum mock_frame frame, const struct mock_terms *t)
{
	mock_reply_reset(r);
	r->frame = frame;
	r->line = 7;
	mock_reply_header(r, "X", "y");
	mock_reply_part(r, "abc", 3);
	mock_reply_part(r, "", 0);
	(void)sc_buf_adds(&r->text, "defgh");
	mock_reply_text(r, 200, "text/plain");
	mock_reply_compile(r, t);
}

#define HEAD                                                         \
	"HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain\r\nX: " \
	"y\r\nX-Mock-Rule: line 7\r\n"

static void
test_framing(void **state)
{
	struct mock_terms t = terms;
	struct mock_reply r;

	(void)state;
	mock_reply_init(&r);
	make(&r, MOCK_FRAME_LENGTH, &t);
	wire_is(&r, HEAD "Content-Length: 8\r\n\r\nabcdefgh");
	make(&r, MOCK_FRAME_CHUNKED, &t);
	wire_is(&r,
	    HEAD
	    "Transfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n0\r\n\r\n");
	make(&r, MOCK_FRAME_CLOSE, &t);
	wire_is(&r, HEAD "Connection: close\r\n\r\nabcdefgh<fin>");
	t.keep_alive = false;
	make(&r, MOCK_FRAME_LENGTH, &t);
	wire_is(&r,
	    HEAD "Connection: close\r\nContent-Length: 8\r\n\r\nabcdefgh<fin>");
	t = terms;
	t.head_only = true;
	make(&r, MOCK_FRAME_LENGTH, &t);
	wire_is(&r, HEAD "Content-Length: 8\r\n\r\n");
	t = terms;
	t.minor = 0;
	make(&r, MOCK_FRAME_LENGTH, &t);
	wire_is(&r,
	    HEAD "Connection: keep-alive\r\nContent-Length: 8\r\n\r\nabcdefgh");
	make(&r, MOCK_FRAME_CHUNKED, &t); /* HTTP/1.0 has no chunks */
	wire_is(&r, HEAD "Connection: close\r\n\r\nabcdefgh<fin>");
	mock_reply_fini(&r);
}

static void
test_without_body(void **state)
{
	struct mock_reply r;

	(void)state;
	mock_reply_init(&r);
	r.status = 204;
	mock_reply_part(&r, "ignored", 7);
	mock_reply_compile(&r, &terms);
	wire_is(
	    &r, "HTTP/1.1 204 No Content\r\n" DATE "X-Mock-Rule: none\r\n\r\n");
	mock_reply_reset(&r);
	r.frame = MOCK_FRAME_CHUNKED;
	mock_reply_compile(&r, &terms);
	wire_is(&r,
	    "HTTP/1.1 200 OK\r\n" DATE "X-Mock-Rule: none\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
	mock_reply_reset(&r);
	r.raw = true;
	mock_reply_part(&r, "HTTP/9 what", 11);
	mock_reply_compile(&r, &terms);
	wire_is(&r, "HTTP/9 what<fin>");
	mock_reply_fini(&r);
}

static void
test_edits(void **state)
{
	static const char all[] = HEAD "Content-Length: 8\r\n\r\nabcdefgh";
	struct mock_reply r;

	(void)state;
	mock_reply_init(&r);
	/* The cut may fall into any part, or between two. */
	for (size_t n = 0; n < sizeof(all) + 5; n++) {
		char want[sizeof(all) + 16];

		make(&r, MOCK_FRAME_LENGTH, &terms);
		mock_reply_cut(&r, n, n % 2 ? MOCK_FIN : MOCK_RST);
		mock_reply_delay(&r, 20);
		(void)snprintf(want, sizeof(want), "<wait 20>%.*s%s", (int)n,
		    all, n % 2 ? "<fin>" : "<rst>");
		wire_is(&r, want);
	}
	/* Nothing is left to be sent behind the cut. */
	make(&r, MOCK_FRAME_CLOSE, &terms);
	mock_reply_cut(&r, 10000, MOCK_RST);
	assert_int_equal(r.steps[r.nsteps - 1].op, MOCK_RST);
	assert_int_not_equal(r.steps[r.nsteps - 2].op, MOCK_FIN);
	mock_reply_fini(&r);
}

static void
test_spoiled(void **state)
{
	struct mock_reply r;

	(void)state;
	mock_reply_init(&r);
	make(&r, MOCK_FRAME_LENGTH, &terms);
	mock_reply_spoil_status(&r);
	assert_memory_equal(r.steps[0].p, "?=;&/1.1 200 OK", 15);
	make(&r, MOCK_FRAME_CHUNKED, &terms);
	mock_reply_cut_head(&r);
	wire_is(&r, HEAD "Transfer-Encoding: chunk<fin>");
	make(&r, MOCK_FRAME_LENGTH, &terms);
	mock_reply_cut_head(&r);
	wire_is(&r, HEAD "Content-Length:<fin>");
	make(&r, MOCK_FRAME_LENGTH, &terms);
	mock_reply_cut(&r, 4, MOCK_STALL);
	mock_reply_pace(&r, 3);
	mock_reply_delay(&r, 9);
	wire_is(&r, "<wait 9><pace 3>HTTP<stall>");

	mock_reply_reset(&r);
	mock_reply_part(&r, "abc", 3);
	mock_reply_part(&r, "def", 3);
	mock_reply_part(&r, "g", 1);
	mock_reply_halve(&r);
	r.bad_chunk = true;
	r.frame = MOCK_FRAME_CHUNKED;
	mock_reply_compile(&r, &terms);
	wire_is(&r,
	    "HTTP/1.1 200 OK\r\n" DATE "X-Mock-Rule: none\r\n"
	    "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n");
	/* What is sent as it stands has no head to spoil. */
	mock_reply_reset(&r);
	r.raw = true;
	mock_reply_part(&r, "HTTP/9 what", 11);
	mock_reply_compile(&r, &terms);
	mock_reply_spoil_status(&r);
	mock_reply_cut_head(&r);
	wire_is(&r, "<fin>");
	mock_reply_fini(&r);
}

static void
test_early_ends(void **state)
{
	struct mock_reply r;

	(void)state;
	mock_reply_init(&r);
	/* No last chunk: the end comes unannounced. */
	mock_reply_part(&r, "abc", 3);
	r.frame = MOCK_FRAME_CHUNKED;
	r.no_last_chunk = true;
	mock_reply_compile(&r, &terms);
	wire_is(&r,
	    "HTTP/1.1 200 OK\r\n" DATE "X-Mock-Rule: none\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n<fin>");
	mock_reply_reset(&r);
	r.frame = MOCK_FRAME_CHUNKED;
	r.no_last_chunk = true;
	mock_reply_compile(&r, &terms);
	wire_is(&r,
	    "HTTP/1.1 200 OK\r\n" DATE "X-Mock-Rule: none\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n<fin>");
	/* Nor is an end without close_notify announced; no flag stays. */
	mock_reply_reset(&r);
	assert_false(r.no_last_chunk);
	r.abrupt = true;
	r.status = 204;
	mock_reply_compile(&r, &terms);
	wire_is(&r,
	    "HTTP/1.1 204 No Content\r\n" DATE
	    "X-Mock-Rule: none\r\n\r\n<fin>");
	mock_reply_reset(&r);
	assert_false(r.abrupt);
	mock_reply_fini(&r);
}

/* head_len is where the body begins, whatever stands in front of it. */
static void
test_head_length(void **state)
{
	static const char length[] = HEAD "Content-Length: 8\r\n\r\n";
	static const char chunked[] = HEAD "Transfer-Encoding: chunked\r\n\r\n";
	struct mock_reply r;

	(void)state;
	mock_reply_init(&r);
	make(&r, MOCK_FRAME_LENGTH, &terms);
	assert_int_equal(r.head_len, sizeof(length) - 1);
	mock_reply_delay(&r, 9);
	mock_reply_cut(&r, r.head_len + 2, MOCK_FIN);
	wire_is(&r, "<wait 9>" HEAD "Content-Length: 8\r\n\r\nab<fin>");
	make(&r, MOCK_FRAME_CHUNKED, &terms);
	assert_int_equal(r.head_len, sizeof(chunked) - 1);
	mock_reply_reset(&r);
	r.raw = true;
	mock_reply_part(&r, "HTTP/9 what", 11);
	mock_reply_compile(&r, &terms);
	assert_int_equal(r.head_len, 0);
	mock_reply_fini(&r);
}

static void
test_unmarked(void **state)
{
	struct mock_terms t = terms;
	struct mock_reply r;

	(void)state;
	t.unmarked = true;
	mock_reply_init(&r);
	(void)sc_buf_adds(&r.fault, "delay=5ms");
	make(&r, MOCK_FRAME_LENGTH, &t);
	wire_is(&r,
	    "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain\r\nX: y\r\n"
	    "Content-Length: 8\r\n\r\nabcdefgh");
	mock_reply_fini(&r);
}

static void
body_is(const struct mock_reply *r, const char *want)
{
	struct sc_buf b;

	sc_buf_init(&b, 4096);
	mock_reply_body(r, &b);
	assert_string_equal(sc_buf_str(&b), want);
	sc_buf_fini(&b);
}

static void
test_changed_body(void **state)
{
	struct mock_reply r;
	struct sc_buf b;

	(void)state;
	mock_reply_init(&r);
	sc_buf_init(&b, 64);
	for (int i = 0; i < 3; i++) {
		mock_reply_reset(&r);
		mock_reply_part(&r, "abc", 3);
		mock_reply_part(&r, "def", 3);
		body_is(&r, "abcdef");
		(void)sc_buf_adds(&b, "ghi");
		mock_reply_rebody(&r, &b);
		assert_int_equal(b.len, 0);
		body_is(&r, "ghi");
		(void)sc_buf_adds(&b, "jk");
		mock_reply_rebody(&r, &b);
		body_is(&r, "jk");
	}
	mock_reply_spoil_gzip(&r);
	assert_int_equal(r.steps[1].n, 13);
	assert_memory_equal(r.steps[1].p, "\x1f\x8b\x08", 3);
	assert_memory_equal(r.steps[1].p + 11, "jk", 2);
	assert_string_equal(
	    sc_buf_str(&r.headers), "Content-Encoding: gzip\r\n");
	sc_buf_fini(&b);
	mock_reply_fini(&r);
}

static void
mutate(const struct mock_mutation *m, const char *text, const char *want)
{
	struct mock_reply r;

	mock_reply_init(&r);
	/* In two parts, as a page of a dataset comes. */
	mock_reply_part(&r, text, strlen(text) / 2);
	mock_reply_part(
	    &r, text + strlen(text) / 2, strlen(text) - strlen(text) / 2);
	mock_mutate(m, 2, &r);
	body_is(&r, want);
	mock_reply_fini(&r);
}

static void
test_mutations(void **state)
{
	const struct mock_mutation twice = { .duplicate_keys = true };
	const struct mock_mutation big = { .big_numbers = true };
	const struct mock_mutation odd = {
		.bad_utf8 = true, .deep = 3, .long_text = 2
	};

	(void)state;
	mutate(&twice, "{\"data\": [ {\"a\" : [1] ,\"b\":2}, {\"c\":\"]\"}]}",
	    "{\"data\": [ {\"a\":[1],\"a\" : [1] ,\"b\":2}, "
	    "{\"c\":\"]\",\"c\":\"]\"}]}");
	mutate(&big, "[{\"a\":1},{},7,{\"b\":2}] ",
	    "[{\"mock_big\":9007199254740993001,\"a\":1},{},7,"
	    "{\"mock_big\":9007199254740993001,\"b\":2}] ");
	/* The first record that can be changed. */
	mutate(&odd, "{\"n\":[1,2],\"x\":{\"data\":[{},{\"a\":1},{\"b\":2}]}}",
	    "{\"n\":[1,2],\"x\":{\"data\":[{},"
	    "{\"mock_bad_utf8\":\"caf\xe9 \xff\",\"mock_deep\":[[[]]],"
	    "\"mock_long\":\"xx\",\"a\":1},"
	    "{\"mock_bad_utf8\":\"caf\xe9 \xff\",\"b\":2}]}}");
	/* Without a list the answer is the record. */
	mutate(
	    &twice, "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1},\"a\":{\"b\":1}}");
	mutate(&twice, "{\"data\":[],\"n\":0}", "{\"data\":[],\"n\":0}");
	mutate(&twice, "{\"data\":[{\"a\":", "{\"data\":[{\"a\":");
	mutate(&twice, "<html>", "<html>");
	mutate(&twice, "{}", "{}");
	mutate(&twice, "5", "5");
	mutate(&twice, "", "");
}

static void
test_totals_that_shrink(void **state)
{
	char pages[] = "meta.pages", total[] = "meta.total", n[] = "n";
	const struct mock_mutation one = { .shrinks = { n }, .nshrinks = 1 };
	const struct mock_mutation all = { .big_numbers = true,
		.shrinks = { n, total, pages },
		.nshrinks = 3 };

	(void)state;
	/* The second time: two less, whatever the order. */
	mutate(&one, "{\"n\": 40 ,\"data\":[{\"n\":9}]}",
	    "{\"n\": 38 ,\"data\":[{\"n\":9}]}");
	mutate(&one, "{\"n\":1}", "{\"n\":0}");
	mutate(
	    &one, "{\"n\":9223372036854775807}", "{\"n\":9223372036854775805}");
	mutate(&all,
	    "{\"meta\":{\"pages\":3,\"total\":30},\"d\":[{\"a\":1}],\"n\":5}",
	    "{\"meta\":{\"pages\":1,\"total\":28},\"d\":[{\"mock_big\":"
	    "9007199254740993001,\"a\":1}],\"n\":3}");
	/* What is no whole number, or no number, or no JSON, stays. */
	mutate(&one, "{\"n\":1.5}", "{\"n\":1.5}");
	mutate(&one, "{\"n\":-4}", "{\"n\":-4}");
	mutate(&one, "{\"n\":\"40\"}", "{\"n\":\"40\"}");
	mutate(&one, "{\"m\":1}", "{\"m\":1}");
	mutate(&one, "{\"n\":40", "{\"n\":40");
	mutate(&one, "[40]", "[40]");
}

static void
test_pieces(void **state)
{
	struct mock_progress p = { 0 };
	struct mock_batch b;
	struct mock_reply r;
	size_t total = 0;

	(void)state;
	mock_reply_init(&r);
	make(&r, MOCK_FRAME_CLOSE, &terms);
	mock_progress_gather(&p, &r, &b);
	assert_true(b.last);
	assert_int_equal(b.n, 3);
	/* Twenty pieces a second, none larger than it may be. */
	p.pace = 60;
	while (!mock_progress_ended(&p, &r)) {
		mock_progress_gather(&p, &r, &b);
		assert_in_range(b.bytes, 1, 4);
		total += b.bytes;
		mock_progress_advance(&p, &r, b.bytes);
		assert_int_equal(p.sent, total);
		assert_int_equal(b.last, mock_progress_ended(&p, &r));
	}
	assert_int_equal(total, r.head.len + 8);
	mock_reply_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framing),
		cmocka_unit_test(test_without_body),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_early_ends),
		cmocka_unit_test(test_head_length),
		cmocka_unit_test(test_unmarked),
		cmocka_unit_test(test_changed_body),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_totals_that_shrink),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
