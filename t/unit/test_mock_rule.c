#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "mocksrv/rule.h"
#include "sc/mem.h"

static int
parse(struct mock_rule *r, const char *text, struct sc_err *e)
{
	struct mock_line l = { .file = "F", .number = 3 };
	char *copy = sc_xstrdup(text);
	int rc = mock_line_split(&l, copy, e);

	if (rc == 0)
		rc = mock_rule_parse(r, &l, e);
	free(copy);
	return rc;
}

static bool
matches(const char *rule, const char *method, const char *path)
{
	struct mock_http h = { .method = sc_slice_of(method),
		.path = sc_slice_of(path) };
	struct sc_err e = { 0 };
	struct mock_rule r;
	bool yes;

	assert_int_equal(parse(&r, rule, &e), 0);
	yes = mock_rule_match(&r, &h);
	mock_rule_fini(&r);
	return yes;
}

static void
test_paths(void **state)
{
	(void)state;
	assert_true(matches("GET /a status=200", "GET", "/a"));
	assert_false(matches("GET /a status=200", "POST", "/a"));
	assert_false(matches("GET /a status=200", "GET", "/ab"));
	assert_false(matches("GET /ab status=200", "GET", "/a"));
	assert_true(matches("* * status=200", "PUT", "/any/thing"));
	assert_true(matches("* /a/* status=200", "GET", "/a/"));
	assert_true(matches("* /a/*/c status=200", "GET", "/a/b/c/c"));
	assert_false(matches("* /a/*/c status=200", "GET", "/a/b/d"));
	assert_true(matches("* *b*b status=200", "GET", "/abab"));
	assert_false(matches("* /a?c status=200", "GET", "/abc"));
}

static void
test_from_and_times(void **state)
{
	const struct mock_http h = { .method = sc_slice_of("GET"),
		.path = sc_slice_of("/") };
	struct sc_err e = { 0 };
	struct mock_rule r;

	(void)state;
	assert_int_equal(
	    parse(&r, "GET / from=3 times=2 status=503 # why", &e), 0);
	for (int i = 1; i <= 6; i++)
		assert_int_equal(mock_rule_match(&r, &h), i == 3 || i == 4);
	mock_rule_fini(&r);
}

static void
test_mistakes(void **state)
{
	static const char *const bad[] = { "GET", "GET x status=200", "GET /",
		"GET / from=1", "GET / from=0 status=200", "GET / status=99",
		"GET / status=abc", "GET / status=", "GET / status",
		"GET / body=x", "GET / retry-after=3", "GET / delay=1x",
		"GET / delay=48h", "GET / frame=odd",
		"GET / cut-after=1 reset-after=1", "GET / cut-after=-1",
		"GET / cut-head=yes cut-after=1", "GET / stall-after=x",
		"GET / drip=0", "GET / bad-chunk=maybe", "GET / as=html",
		"GET / status=500 as=pdf", "GET / header=X", "GET / header=:x",
		"GET / location=/x", "GET / retry-after-date=+9s",
		"GET / status=429 retry-after-date=9s",
		"GET / bad-chunk=yes frame=length",
		"GET / nonsense=1 status=200", "GET /x=y status=200" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mock_rule r = { 0 };
		struct sc_err e = { 0 };

		if (parse(&r, bad[i], &e) != -1)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(e.code, EX_CONFIG);
		assert_memory_equal(e.msg, "F:3: ", 5);
		mock_rule_fini(&r);
	}
}

/* What a rule makes of an answer before it is compiled. */
static void
test_prepare(void **state)
{
	const char *const line =
	    "GET / status=503 retry-after=7 location=http://b/c?d=e "
	    "header=Content-Encoding:gzip header=X:a:b bad-chunk=yes "
	    "truncate-json=yes retry-after-date=-90s drip=5";
	struct sc_err e = { 0 };
	struct mock_reply reply;
	struct mock_rule r;

	(void)state;
	assert_int_equal(parse(&r, line, &e), 0);
	mock_reply_init(&reply);
	mock_reply_part(&reply, "abcdef", 6);
	mock_reply_part(&reply, "ghi", 3);
	mock_rule_prepare(&r, INT64_C(1795219200000), &reply);
	assert_string_equal(sc_buf_str(&reply.headers),
	    "Retry-After: 7\r\nLocation: http://b/c?d=e\r\n"
	    "Content-Encoding: gzip\r\nX: a:b\r\n"
	    "Retry-After: Fri, 20 Nov 2026 23:58:30 GMT\r\n");
	assert_string_equal(sc_buf_str(&reply.fault),
	    "status=503 drip=5 bad-chunk truncate-json");
	assert_int_equal(reply.frame, MOCK_FRAME_CHUNKED);
	assert_true(reply.bad_chunk);
	assert_int_equal(reply.steps[1].n, 4);
	assert_int_equal(reply.steps[2].n, 0);
	mock_reply_fini(&reply);
	mock_rule_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_from_and_times),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
