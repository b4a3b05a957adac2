#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mocksrv/http.h"
#include "sc/mem.h"

#define HOST "Host: x\r\n"

/* Feeds text in pieces of at most `step` bytes; returns what feed returned. */
static int
feed(
    struct mock_http *h, const char *text, size_t n, size_t step, size_t *taken)
{
	int rc = 0;

	*taken = 0;
	while (*taken < n && rc == 0) {
		size_t used, left = n - *taken;
		size_t piece = left < step ? left : step;
		char *copy = sc_xmalloc(piece);

		memcpy(copy, text + *taken, piece);
		rc = mock_http_feed(h, copy, piece, &used);
		free(copy);
		if (rc == 0)
			assert_int_equal(used, piece);
		*taken += used;
	}
	return rc;
}

static void
is(struct sc_slice s, const char *want)
{
	if (!sc_slice_is(s, want))
		fail_msg("\"%.*s\" is not \"%s\"", (int)s.n,
		    s.p != NULL ? s.p : "", want);
}

static void
body_is(const struct mock_http *h, const char *want)
{
	assert_int_equal(h->body.len, strlen(want));
	assert_memory_equal(h->body.p, want, h->body.len);
}

static void
test_cut_anywhere(void **state)
{
	static const char text[] =
	    "\r\nPOST /a%20b/%C3%A9?q=1%20&r HTTP/1.1\r\n" HOST
	    "X-Empty:\r\nX-Blank: \t v 1 \t\r\n"
	    "Transfer-Encoding: Chunked\r\n\r\n"
	    "5;ext=1\r\nhello\r\n00\r\nTrailer: x\r\n\r\nGET /next";
	const size_t end = sizeof(text) - 1 - strlen("GET /next");

	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		struct mock_http h;
		size_t taken;

		mock_http_init(&h);
		assert_int_equal(
		    feed(&h, text, sizeof(text) - 1, step, &taken), 1);
		assert_int_equal(taken, end);
		is(h.method, "POST");
		is(h.target, "/a%20b/%C3%A9?q=1%20&r");
		is(h.path, "/a b/\xc3\xa9");
		is(h.query, "q=1%20&r");
		is(mock_http_header(&h, "x-blank"), "v 1");
		is(mock_http_header(&h, "X-EMPTY"), "");
		assert_null(mock_http_header(&h, "X-None").p);
		body_is(&h, "hello");
		assert_true(h.keep_alive);
		mock_http_fini(&h);
	}
}

static void
test_reset_between_requests(void **state)
{
	static const char text[] =
	    "PUT /1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
	    "GET /2 HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n"
	    "GET http://x.example/3?y HTTP/1.1\r\n" HOST
	    "Connection: close\r\n\r\n";
	struct mock_http h;
	size_t at = 0, taken;

	(void)state;
	mock_http_init(&h);
	assert_int_equal(
	    feed(&h, text + at, sizeof(text) - 1 - at, 4096, &taken), 1);
	body_is(&h, "abc");
	at += taken;
	mock_http_reset(&h);
	assert_false(mock_http_started(&h));
	assert_int_equal(
	    feed(&h, text + at, sizeof(text) - 1 - at, 4096, &taken), 1);
	is(h.path, "/2");
	assert_int_equal(h.minor, 0);
	assert_true(h.keep_alive);
	assert_int_equal(h.body.len, 0);
	at += taken;
	mock_http_reset(&h);
	assert_int_equal(
	    feed(&h, text + at, sizeof(text) - 1 - at, 4096, &taken), 1);
	is(h.path, "/3");
	is(h.query, "y");
	assert_false(h.keep_alive);
	assert_int_equal(at + taken, sizeof(text) - 1);
	mock_http_fini(&h);
}

static void
test_refused(void **state)
{
	static const struct {
		int status;
		const char *text;
	} cases[] = {
		{ 400, "GET /\r\n\r\n" },
		{ 400, "GET  / HTTP/1.1\r\n" HOST "\r\n" },
		{ 400, "GET / HTTP/1.1 \r\n" HOST "\r\n" },
		{ 400, "G{T / HTTP/1.1\r\n" HOST "\r\n" },
		{ 400, "GET index.html HTTP/1.1\r\n" HOST "\r\n" },
		{ 400, "CONNECT  HTTP/1.1\r\n" HOST "\r\n" },
		{ 400, "CONNECT host HTTP/1.1\r\n" HOST "\r\n" },
		{ 400, "GET /%4 HTTP/1.1\r\n" HOST "\r\n" },
		{ 400, "GET /%00 HTTP/1.1\r\n" HOST "\r\n" },
		{ 400, "GET /\x7f HTTP/1.1\r\n" HOST "\r\n" },
		{ 400, "GET / HTTP/1.1\n" HOST "\r\n" },
		{ 400, "GET / HTTP/1.1\r\nHost: x\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n" },
		{ 400, "GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\nHost : x\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\n" HOST "nocolon\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n" },
		{ 400, "PUT / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n" },
		{ 400, "PUT / HTTP/1.1\r\n" HOST "Content-Length: \r\n\r\n" },
		{ 400,
		    "PUT / HTTP/1.1\r\n" HOST
		    "Content-Length: 1\r\nContent-Length: 1\r\n\r\n" },
		{ 400,
		    "PUT / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n" },
		{ 400, "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" },
		{ 400,
		    "PUT / HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked\r\n\r\nx\r\n" },
		{ 400,
		    "PUT / HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n" },
		{ 400,
		    "PUT / HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked\r\n\r\n1\na\r\n" },
		{ 413,
		    "PUT / HTTP/1.1\r\n" HOST
		    "Content-Length: 67108865\r\n\r\n" },
		{ 413,
		    "PUT / HTTP/1.1\r\n" HOST
		    "Content-Length: 99999999999999999999999\r\n\r\n" },
		{ 413,
		    "PUT / HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n" },
		{ 417, "PUT / HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n" },
		{ 501,
		    "PUT / HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: gzip, chunked\r\n\r\n" },
		{ 505, "PRI * HTTP/2.0\r\n\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text;
		struct mock_http h;
		size_t taken;

		mock_http_init(&h);
		if (feed(&h, text, strlen(text), 7, &taken) != -1 ||
		    h.status != cases[i].status)
			fail_msg("%s: status %d", text, h.status);
		assert_non_null(h.error);
		mock_http_fini(&h);
	}
}

static void
test_head_limits(void **state)
{
	static const char start[] = "GET / HTTP/1.1\r\n" HOST;
	struct mock_http h;
	size_t taken, used;
	char line[64];
	int rc = 0;

	(void)state;
	mock_http_init(&h);
	(void)feed(&h, start, strlen(start), 4096, &taken);
	for (size_t sent = 0; sent < 2 * MOCK_HEAD_MAX && rc == 0; sent++)
		rc = mock_http_feed(&h, "a", 1, &used);
	assert_int_equal(rc, -1);
	assert_int_equal(h.status, 431);
	mock_http_reset(&h);

	/* One Host and 99 others are fine, one more is not. */
	for (int extra = 99; extra <= 100; extra++) {
		mock_http_reset(&h);
		(void)feed(&h, start, strlen(start), 4096, &taken);
		for (int i = 0; i < extra; i++) {
			(void)snprintf(line, sizeof(line), "H%d: 1\r\n", i);
			(void)feed(&h, line, strlen(line), 4096, &taken);
		}
		assert_int_equal(
		    feed(&h, "\r\n", 2, 1, &taken), extra == 99 ? 1 : -1);
	}
	assert_int_equal(h.status, 431);
	mock_http_fini(&h);
}

static void
test_continue(void **state)
{
	static const char head[] =
	    "PUT / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\n"
	    "Content-Length: 2\r\n\r\n";
	struct mock_http h;
	size_t taken;

	(void)state;
	mock_http_init(&h);
	assert_int_equal(feed(&h, head, strlen(head), 9, &taken), 0);
	assert_true(mock_http_wants_continue(&h));
	assert_int_equal(feed(&h, "a", 1, 1, &taken), 0);
	assert_false(mock_http_wants_continue(&h));
	assert_int_equal(feed(&h, "b", 1, 1, &taken), 1);
	body_is(&h, "ab");
	mock_http_fini(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_reset_between_requests),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_head_limits),
		cmocka_unit_test(test_continue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
