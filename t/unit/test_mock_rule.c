#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "mocksrv/rule.h"
#include "mocksrv/vendor.h"
#include "sc/mem.h"
#include "t/unit/tmpdir.h"

/* Sun, 22 Nov 2026 00:00:00 GMT */
#define START INT64_C(1795305600000)

static const struct mock_source source = {
	.path = "F",
	.seed = 7,
	.now_ms = START,
};

static int
parse(struct mock_rule *r, const char *text, struct sc_err *e)
{
	struct mock_line l = { .file = "F", .number = 3 };
	char *copy = sc_xstrdup(text);
	int rc = mock_line_split(&l, copy, e);

	if (rc == 0)
		rc = mock_rule_parse(r, &l, &source, e);
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
	yes = mock_rule_match(&r, &h, START);
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
		assert_int_equal(
		    mock_rule_match(&r, &h, START), i == 3 || i == 4);
	mock_rule_fini(&r);
}

/* What the rule says to n requests, one each step_ms: "+" where it applies. */
static void
applies(const char *rule, int n, int64_t step_ms, const char *want)
{
	const struct mock_http h = { .method = sc_slice_of("GET"),
		.path = sc_slice_of("/") };
	struct sc_err e = { 0 };
	struct mock_rule r;
	char got[128];

	assert_int_equal(parse(&r, rule, &e), 0);
	for (int i = 0; i < n; i++)
		got[i] =
		    mock_rule_match(&r, &h, START + i * step_ms) ? '+' : '-';
	got[n] = '\0';
	mock_rule_fini(&r);
	if (strcmp(got, want) != 0)
		fail_msg("%s: %s, not %s", rule, got, want);
}

static void
test_windows(void **state)
{
	(void)state;
	applies("GET / after=+3s status=503", 6, 1000, "---+++");
	applies("GET / until=+3s status=503", 6, 1000, "+++---");
	applies("GET / after=2026-11-22T00:00:02Z until=+4s status=503", 6,
	    1000, "--++--");
	applies("GET / every=3s for=1s status=503", 9, 1000, "+--+--+--");
	applies("GET / after=+2s every=4s for=2s until=+8s status=503", 10,
	    1000, "--++--++--");
	/* from= counts only requests inside the window. */
	applies(
	    "GET / after=+3s from=2 times=2 status=503", 8, 1000, "----++--");
}

static void
test_chance(void **state)
{
	static const char rule[] = "GET / p=50 status=503";
	const struct mock_http h = { .method = sc_slice_of("GET"),
		.path = sc_slice_of("/") };
	struct sc_err e = { 0 };
	struct mock_rule r;
	int hits = 0;

	(void)state;
	applies("GET / p=0 status=503", 10, 1, "----------");
	applies("GET / p=100% status=503", 10, 1, "++++++++++");
	/* Drawn from seed, line and number of the request, so always this. */
	applies(rule, 20, 1, "---++--++-+--++----+");
	applies(rule, 20, 1000, "---++--++-+--++----+");
	/* times= counts those that it applied to. */
	applies("GET / p=50 times=2 status=503", 20, 1, "---++---------------");
	assert_int_equal(parse(&r, "GET / p=2.5 status=503", &e), 0);
	for (int i = 0; i < 20000; i++)
		hits += mock_rule_match(&r, &h, START);
	assert_in_range(hits, 400, 600);
	mock_rule_fini(&r);
}

static bool
holds(const char *condition, const char *query, const char *body)
{
	struct mock_http h = { .method = sc_slice_of("POST"),
		.path = sc_slice_of("/"),
		.query = sc_slice_of(query),
		.headers = { { sc_slice_of("X-Api-Key"), sc_slice_of("one") },
		    { sc_slice_of("X-api-key"), sc_slice_of("two") } },
		.nheaders = 2 };
	struct sc_err e = { 0 };
	struct mock_rule r;
	char *line = sc_xasprintf("POST / %s status=200", condition);
	bool yes;

	sc_buf_init(&h.body, 64);
	(void)sc_buf_adds(&h.body, body);
	assert_int_equal(parse(&r, line, &e), 0);
	yes = mock_rule_match(&r, &h, START);
	mock_rule_fini(&r);
	sc_buf_fini(&h.body);
	free(line);
	return yes;
}

static void
test_conditions(void **state)
{
	(void)state;
	assert_true(holds("if-query=a:1", "b=2&a=1", ""));
	assert_true(holds("if-query=a:1", "a=0&a=%31", ""));
	assert_false(holds("if-query=a:1", "a=11", ""));
	assert_false(holds("if-query=a:*", "b=1", ""));
	assert_true(holds("if-query=a:*", "a", ""));
	assert_true(holds("if-query=a:x=*:z", "a=x%3D1%3Az", ""));
	assert_false(holds("if-query=a:*", "a=%zz", ""));
	assert_true(holds("unless-query=a:*", "b=1", ""));
	assert_false(holds("unless-query=a:*", "b=1&a=", ""));
	assert_true(holds("if-header=x-api-key:t*", "", ""));
	assert_false(holds("if-header=x-api-key:three", "", ""));
	assert_false(holds("unless-header=X-API-KEY:one", "", ""));
	assert_true(holds("if-body=*\"size\":1*", "", "{\"size\":10}"));
	assert_false(holds("if-body=*\"size\":1", "", "{\"size\":10}"));
	assert_true(holds("unless-body=*x*", "", ""));
	assert_true(holds("if-query=a:1 if-query=b:2", "b=2&a=1", ""));
	assert_false(holds("if-query=a:1 if-query=b:3", "b=2&a=1", ""));
}

/* The headers that a rule adds to an answer. */
static void
headers_are(struct mock_rule *r, const char *want)
{
	struct mock_reply reply;

	mock_reply_init(&reply);
	if (r->limit_headers)
		mock_rule_tell_quota(r, &reply);
	mock_rule_prepare(r, START, &reply);
	assert_string_equal(sc_buf_str(&reply.headers), want);
	mock_reply_fini(&reply);
}

static void
test_limit(void **state)
{
	const struct mock_http h = { .method = sc_slice_of("GET"),
		.path = sc_slice_of("/") };
	const char *const line =
	    "GET / limit=6/1m burst=2 limit-headers=yes status=429 "
	    "retry-after=auto";
	struct sc_err e = { 0 };
	struct mock_rule r;

	(void)state;
	/* Ten seconds make a token; the bucket holds two. */
	applies("GET / limit=6/1m burst=2 status=429", 9, 2500, "--++-+++-");
	applies("GET / limit=3/1h status=429", 6, 1, "---+++");
	assert_int_equal(parse(&r, line, &e), 0);
	assert_false(mock_rule_match(&r, &h, START));
	assert_true(r.limit_asked);
	assert_int_equal(r.quota.left, 1);
	assert_false(mock_rule_match(&r, &h, START));
	assert_true(mock_rule_match(&r, &h, START + 500));
	headers_are(&r,
	    "RateLimit-Limit: 2\r\nRateLimit-Remaining: 0\r\n"
	    "RateLimit-Reset: 20\r\nRetry-After: 10\r\n");
	assert_true(mock_rule_match(&r, &h, START + 9999));
	headers_are(&r,
	    "RateLimit-Limit: 2\r\nRateLimit-Remaining: 0\r\n"
	    "RateLimit-Reset: 11\r\nRetry-After: 1\r\n");
	assert_false(mock_rule_match(&r, &h, START + 10000));
	/* Full again after a long time; a clock that steps back adds none. */
	assert_false(mock_rule_match(&r, &h, START + 3600000));
	assert_int_equal(r.quota.left, 1);
	assert_false(mock_rule_match(&r, &h, START));
	assert_true(mock_rule_match(&r, &h, START + 9000));
	mock_rule_fini(&r);
}

static void
test_shared_limit(void **state)
{
	struct mock_http h = { .method = sc_slice_of("GET"),
		.path = sc_slice_of("/"),
		.headers = { { sc_slice_of("Authorization"),
		    sc_slice_of("A") } },
		.nheaders = 1 };
	struct sc_err e = { 0 };
	struct mock_rule r;

	(void)state;
	/* A token comes every ten seconds, others take one every twelve. */
	applies("GET / limit=6/1m phantom=5/1m burst=1 status=429", 9, 10000,
	    "--+++++-+");
	applies("GET / limit=6/1m phantom=60/1m burst=3 status=429", 5, 10000,
	    "-++++");
	assert_int_equal(
	    parse(&r, "GET / limit=1/1h limit-per=key status=429", &e), 0);
	assert_false(mock_rule_match(&r, &h, START));
	assert_true(mock_rule_match(&r, &h, START));
	h.headers[0].value = sc_slice_of("B");
	assert_false(mock_rule_match(&r, &h, START));
	assert_true(mock_rule_match(&r, &h, START));
	h.headers[0] =
	    (struct mock_header){ sc_slice_of("x-API-key"), sc_slice_of("C") };
	assert_false(mock_rule_match(&r, &h, START));
	assert_int_equal(r.limit.n, 3);
	/* Of very many keys the last ones share a bucket. */
	for (int i = 0; i < 3000; i++) {
		char *key = sc_xasprintf("key %d", i);

		h.headers[0].value = sc_slice_of(key);
		(void)mock_rule_match(&r, &h, START);
		free(key);
	}
	assert_in_range(r.limit.n, 1000, 1100);
	mock_rule_fini(&r);
}

/* How long the rule holds back its n first answers, in a text. */
static void
delays_of(const char *rule, int n, int64_t *out)
{
	const struct mock_http h = { .method = sc_slice_of("GET"),
		.path = sc_slice_of("/") };
	struct mock_reply reply;
	struct sc_err e = { 0 };
	struct mock_rule r;

	assert_int_equal(parse(&r, rule, &e), 0);
	mock_reply_init(&reply);
	for (int i = 0; i < n; i++) {
		char fault[40];

		assert_true(mock_rule_match(&r, &h, START));
		mock_reply_reset(&reply);
		mock_rule_prepare(&r, START, &reply);
		mock_rule_edit(&r, &reply);
		assert_int_equal(reply.steps[0].op, MOCK_WAIT);
		out[i] = (int64_t)reply.steps[0].n;
		(void)snprintf(
		    fault, sizeof(fault), "delay=%zums", reply.steps[0].n);
		assert_string_equal(sc_buf_str(&reply.fault), fault);
	}
	mock_reply_fini(&reply);
	mock_rule_fini(&r);
}

static void
test_sequence(void **state)
{
	static const int want[] = { 201, 202, 202, 203, 203, 203 };
	struct mock_sequence q = { 0 };
	struct sc_err e = { 0 };
	const char *base;

	(void)state;
	(void)tmpdir_write("1.http", "HTTP/2 201\n\n", 0600);
	(void)tmpdir_write("2.http", "HTTP/2 202\n\n", 0600);
	(void)tmpdir_write("3.http", "HTTP/2 203\n\n", 0600);
	base = tmpdir_path("scenario");
	assert_int_equal(
	    mock_sequence_load(&q, base, "1.http,2.http*2,3.http", &e), 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(mock_sequence_at(&q, i + 1)->status, want[i]);
	assert_int_equal(mock_sequence_load(&q, base, "1.http,", &e), -1);
	assert_int_equal(mock_sequence_load(&q, base, "1.http,4.http", &e), -1);
	assert_int_equal(mock_sequence_load(&q, base, "1.http*x", &e), -1);
	mock_sequence_fini(&q);
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
test_delays(void **state)
{
	enum { N = 999 };
	int64_t a[N], b[N];

	(void)state;
	delays_of("GET / delay=1s", 2, a);
	assert_int_equal(a[0], 1000);
	assert_int_equal(a[1], 1000);
	delays_of("GET / delay=uniform:100ms-2s", N, a);
	delays_of("GET / delay=uniform:100ms-2s", N, b);
	assert_memory_equal(a, b, sizeof(a));
	qsort(a, N, sizeof(a[0]), compare);
	assert_in_range(a[0], 100, 120);
	assert_in_range(a[N / 2], 950, 1150);
	assert_in_range(a[N - 1], 1980, 2000);
	delays_of("GET / delay=lognormal:200ms,0.8", N, a);
	delays_of("GET / delay=lognormal:200ms,0.8", N, b);
	assert_memory_equal(a, b, sizeof(a));
	qsort(a, N, sizeof(a[0]), compare);
	/* 16, 50 and 84 of a hundred: one sigma around the median. */
	assert_in_range(a[N * 16 / 100], 80, 100);
	assert_in_range(a[N / 2], 180, 220);
	assert_in_range(a[N * 84 / 100], 400, 500);
	delays_of("GET / delay=lognormal:200ms,0", 1, a);
	assert_int_equal(a[0], 200);
	delays_of("GET / delay=uniform:7ms-7ms", 1, a);
	assert_int_equal(a[0], 7);
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
		"GET / nonsense=1 status=200", "GET /x=y status=200",
		"GET / after=soon status=503", "GET / until=9s status=503",
		"GET / after=+2s until=+1s status=503",
		"GET / every=5s status=503", "GET / for=5s status=503",
		"GET / every=5s for=6s status=503",
		"GET / every=0s for=0s status=503", "GET / p=101 status=503",
		"GET / p=-1 status=503", "GET / p=nan status=503",
		"GET / p=1x status=503", "GET / p=% status=503",
		"GET / if-query=a status=503", "GET / if-query=:a status=503",
		"GET / if-header=a status=503", "GET / if-body= status=503",
		"GET / if-body=*", "GET / limit=60 status=429",
		"GET / limit=0/1m status=429", "GET / limit=60/0s status=429",
		"GET / limit=60/32d status=429",
		"GET / limit=60/1m/1 status=429", "GET / limit=/1m status=429",
		"GET / burst=5 status=429", "GET / phantom=5/1m status=429",
		"GET / limit-per=key status=429",
		"GET / limit=5/1m limit-per=user status=429",
		"GET / limit-headers=yes status=429",
		"GET / limit=5/1m limit-headers=yes",
		"GET / status=429 retry-after=auto",
		"GET / limit=5/1m retry-after=auto delay=1s", "GET / error=503",
		"GET / status=200 error=200",
		"GET / status=200 error=503 as=json", "GET / delay=uniform:1s",
		"GET / delay=uniform:2s-1s", "GET / delay=uniform:1s-2s-3s",
		"GET / delay=normal:1s,2", "GET / delay=lognormal:1s",
		"GET / delay=lognormal:1s,x", "GET / delay=lognormal:1s,6",
		"GET / delay=lognormal:1s,-1", "GET / delay=lognormal:x,1",
		"GET / cut-after=heads", "GET / cut-after=head+",
		"GET / cut-after=head+x", "GET / cut-after=head-1",
		"GET / last-chunk=yes", "GET / last-chunk=no frame=close",
		"GET / close-notify=yes", "GET / gzip=no", "GET / mutate=all",
		"GET / mutate=deep", "GET / mutate=deep:0",
		"GET / mutate=deep:9999999", "GET / mutate=long:x",
		"GET / mutate=shrink", "GET / mutate=shrink:",
		"GET / mutate=shrink:a,shrink:b,shrink:c,shrink:d,shrink:e",
		"GET / mutate=bad-utf8:3", "GET / mutate=bad-utf8,",
		"GET / file=,", "GET / file=/dev/null*0", "GET / file=*2" };

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

/* What a client sends may have any byte in it; a pattern ends where it ends. */
static void
test_patterns(void **state)
{
	static const char longer[] = "abc\0def", text[] = "abc\0def";
	const struct sc_slice sent = { text, sizeof(text) - 1 };

	(void)state;
	assert_false(mock_glob(longer, sent));
	assert_true(mock_glob("abc*", sent));
	assert_true(mock_glob("*def", sent));
	assert_true(mock_glob("a*c*f", sent));
	assert_false(mock_glob("*c", sent));
	assert_true(mock_glob("", sc_slice_of("")));
	assert_false(mock_glob("", sent));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_from_and_times),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_chance),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_shared_limit),
		cmocka_unit_test(test_delays),
		cmocka_unit_test_setup_teardown(
		    test_sequence, tmpdir_make, tmpdir_remove),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
