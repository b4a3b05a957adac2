#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "bin/sc-fetch/bookmark.h"
#include "sc/file.h"
#include "sc/mem.h"

#define FAR INT64_MAX

static struct stamp
at(const char *text)
{
	struct stamp s = { 0 };

	assert_true(stamp_parse(sc_slice_of(text), &s));
	return s;
}

static void
a_stamp_keeps_the_vendors_spelling(void **state)
{
	struct stamp s = at("2026-11-22T13:00:00.12Z");

	(void)state;
	assert_string_equal(s.text, "2026-11-22T13:00:00.12Z");
	assert_int_equal(s.us, INT64_C(1795352400120000));
	assert_false(stamp_parse(sc_slice_of(""), &s));
	assert_false(stamp_parse(sc_slice_of("soon"), &s));
	assert_false(stamp_parse(
	    sc_slice_of("2026-11-22T13:00:00.000000000000000000000000000000000"
			"00000000000Z"),
	    &s));
	assert_string_equal(s.text, "2026-11-22T13:00:00.12Z");
	stamp_set(&s, INT64_C(1795352400000001));
	assert_string_equal(s.text, "2026-11-22T13:00:00.000001Z");
}

static void
the_tide_rises_and_never_falls(void **state)
{
	struct tide t = { 0 };
	struct stamp s;

	(void)state;
	s = at("2026-11-22T13:00:00Z");
	tide_see(&t, &s, FAR);
	assert_string_equal(t.high.text, "2026-11-22T13:00:00Z");
	/* The same time in another spelling is no later one. */
	s = at("2026-11-22T14:00:00+01:00");
	tide_see(&t, &s, FAR);
	assert_string_equal(t.high.text, "2026-11-22T13:00:00Z");
	assert_false(t.disordered);
	s = at("2026-11-22T12:59:59Z");
	tide_see(&t, &s, FAR);
	assert_string_equal(t.high.text, "2026-11-22T13:00:00Z");
	assert_true(t.disordered);
	s = at("2026-11-22T13:00:01Z");
	tide_see(&t, &s, FAR);
	assert_string_equal(t.high.text, "2026-11-22T13:00:01Z");
	assert_true(t.disordered);
}

static void
a_record_from_the_future_raises_it_to_the_limit_only(void **state)
{
	struct stamp limit = at("2026-11-22T13:05:00Z");
	struct stamp later = at("2099-01-01T00:00:00Z");
	struct tide t = { 0 };

	(void)state;
	tide_see(&t, &later, limit.us);
	assert_string_equal(t.high.text, "2026-11-22T13:05:00.000000Z");
	/* A clock that steps back moves nothing back. */
	tide_see(&t, &later, limit.us - 1000000);
	assert_string_equal(t.high.text, "2026-11-22T13:05:00.000000Z");
	tide_see(&t, &later, limit.us + 1);
	assert_string_equal(t.high.text, "2026-11-22T13:05:00.000001Z");
}

static void
a_bookmark_is_read_or_refused(void **state)
{
	static const char *const bad[] = { "", "null", "[]", "{}", "{\"v\":1}",
		"{\"v\":1,\"high\":null}", "{\"v\":1,\"high\":\"soon\"}",
		"{\"v\":1,\"high\":1795352400}",
		"{\"v\":\"1\",\"high\":\"2026-11-22\"}",
		"{\"high\":\"2026-11-22\"}", "{\"v\":1,\"high\":\"2026-11-22\"",
		"{\"v\":2,\"high\":\"2026-11-22\"}" };
	struct bookmark b = { .stream = "acme-s1.threats" };
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(
	    bookmark_parse(&b,
		sc_slice_of("{\"v\":1,\"high\":\"2026-11-22T13:00:00Z\"}"), &e),
	    0);
	assert_string_equal(b.high.text, "2026-11-22T13:00:00Z");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e = (struct sc_err){ 0 };
		assert_int_equal(
		    bookmark_parse(&b, sc_slice_of(bad[i]), &e), -1);
		assert_int_equal(e.code, EX_NOINPUT);
		assert_non_null(strstr(e.msg, "acme-s1.threats"));
	}
	assert_non_null(strstr(e.msg, "newer version"));
}

/* Positions of one stream, read from a file with this content. */
static int
from_file(const char *text, struct positions *p, struct sc_err *e)
{
	char path[] = "/tmp/test-fetch-XXXXXX";
	int fd = mkstemp(path), rc;

	assert_return_code(sc_write_all(fd, text, strlen(text)), 0);
	(void)close(fd);
	*p = (struct positions){ .dest = "state.json",
		.moves = true,
		.marks = sc_xcalloc(1, sizeof(*p->marks)),
		.n = 1 };
	(void)strlcpy(p->marks[0].stream, "a.t", sizeof(p->marks[0].stream));
	*e = (struct sc_err){ 0 };
	rc = positions_from_file(p, path, e);
	(void)unlink(path);
	return rc;
}

#define MARK "\"a.t\":{\"v\":1,\"gen\":7,\"high\":\"2026-11-22T13:00:00Z\"}"

static void
a_state_file_is_read_from_its_last_line(void **state)
{
	static const char *const good[] = {
		"{\"bookmarks\":{" MARK "}}",
		"{\"bookmarks\":{" MARK "}}\n\r\n\n",
		"junk\n{\"type\":\"STATE\",\"value\":{\"bookmarks\":{\"b.u\":1,"
		"" MARK "}}}\n",
	};
	static const char *const bad[] = { "", "\n\n", "junk", "{}",
		"{\"bookmarks\":{}}", "{\"bookmarks\":[]}",
		"{\"bookmarks\":{\"a.t\":{}}}", "{\"bookmarks\":{\"a.t\":7}}",
		"{\"bookmarks\":{\"a.t\":{\"v\":1}}}\n{\"bookma" };
	struct positions p;
	struct sc_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(from_file(good[i], &p, &e), 0);
		assert_string_equal(
		    p.marks[0].high.text, "2026-11-22T13:00:00Z");
		assert_int_equal(p.marks[0].gen, 7);
		positions_fini(&p);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(from_file(bad[i], &p, &e), -1);
		assert_int_equal(e.code, EX_NOINPUT);
		positions_fini(&p);
	}
	/* Another stream's state is none of this one's: a first run. */
	assert_int_equal(from_file("{\"bookmarks\":{\"b.u\":1}}", &p, &e), 0);
	assert_string_equal(p.marks[0].high.text, "");
	positions_fini(&p);
}

static void
a_missing_state_file_is_a_first_run(void **state)
{
	struct positions p = { 0 };
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(
	    positions_from_file(&p, "/tmp/test-fetch-none/x", &e), 0);
	positions_fini(&p);
	p = (struct positions){ 0 };
	assert_int_equal(positions_from_file(&p, "/tmp", &e), -1);
	assert_int_equal(e.code, EX_NOINPUT);
	positions_fini(&p);
}

static void
expect_state(const struct positions *p, const char *text)
{
	struct sc_msg_writer w;
	struct sc_err e = { 0 };
	char got[512];
	int fds[2];
	ssize_t n;

	assert_return_code(pipe2(fds, O_CLOEXEC), 0);
	sc_msg_writer_init(&w, fds[1]);
	assert_int_equal(positions_state(p, &w, &e), 0);
	n = read(fds[0], got, sizeof(got) - 1);
	got[n > 0 ? n : 0] = '\0';
	assert_string_equal(got, text);
	sc_msg_writer_fini(&w);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
a_state_names_every_stream_that_has_a_position(void **state)
{
	struct bookmark marks[2] = { { .stream = "a.t", .gen = 41 },
		{ .stream = "a.u" } };
	struct positions p = {
		.dest = "store", .moves = true, .marks = marks, .n = 2
	};

	(void)state;
	marks[0].high = at("2026-11-22T13:00:00.5Z");
	expect_state(&p,
	    "{\"type\":\"STATE\",\"for\":\"store\",\"value\":{\"bookmarks\":"
	    "{\"a.t\":{\"v\":1,\"gen\":41,\"high\":\"2026-11-22T13:00:00.5Z\"}}"
	    "}}\n");
	p.moves = false;
	expect_state(&p,
	    "{\"type\":\"STATE\",\"for\":\"store\",\"value\":{\"bookmarks\":{}"
	    "}}\n");
}

static void
what_others_keep_in_a_state_file_stays(void **state)
{
	struct positions p;
	struct sc_err e;

	(void)state;
	assert_int_equal(
	    from_file(
		"{\"bookmarks\":{\"b.u\":{ \"x\": 1 }," MARK "}}", &p, &e),
	    0);
	expect_state(&p,
	    "{\"type\":\"STATE\",\"for\":\"state.json\",\"value\":{"
	    "\"bookmarks\":{" MARK ",\"b.u\":{ \"x\": 1 }}}}\n");
	positions_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stamp_keeps_the_vendors_spelling),
		cmocka_unit_test(the_tide_rises_and_never_falls),
		cmocka_unit_test(
		    a_record_from_the_future_raises_it_to_the_limit_only),
		cmocka_unit_test(a_bookmark_is_read_or_refused),
		cmocka_unit_test(a_state_file_is_read_from_its_last_line),
		cmocka_unit_test(a_missing_state_file_is_a_first_run),
		cmocka_unit_test(
		    a_state_names_every_stream_that_has_a_position),
		cmocka_unit_test(what_others_keep_in_a_state_file_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
