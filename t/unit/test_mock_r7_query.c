#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mocksrv/rapid7/r7_console.h"

#define NOON_MS INT64_C(1795348800000)
#define NOON_US (NOON_MS * 1000)
#define DAY_US  (INT64_C(86400) * 1000000)

static int
parse(struct r7_query *q, enum r7_dialect d, const char *text)
{
	return r7_query_parse(q, d, sc_slice_of(text), NOON_MS);
}

static void
is_refused(enum r7_dialect d, const char *text)
{
	struct r7_query q;

	assert_int_equal(parse(&q, d, text), -1);
	assert_true(q.why[0] != '\0');
	r7_query_fini(&q);
}

static void
test_defaults(void **state)
{
	struct r7_query q;

	(void)state;
	assert_int_equal(parse(&q, R7_LIST, ""), 0);
	assert_int_equal(q.index, 0);
	assert_int_equal(q.size, 20);
	assert_int_equal(q.before_us, NOON_US);
	assert_int_equal(q.after_us, NOON_US - 28 * DAY_US);
	assert_int_equal(q.nsorts, 1);
	assert_int_equal(q.sorts[0].col, R7_INV_PRIORITY);
	assert_true(q.sorts[0].desc);
	assert_int_equal(q.ntests, 0);
	r7_query_fini(&q);

	assert_int_equal(parse(&q, R7_LIST_V1, ""), 0);
	assert_int_equal(q.sorts[0].col, R7_INV_CREATED);
	assert_true(q.after_us < 0 && q.before_us > 2 * NOON_US);
	r7_query_fini(&q);
}

/* What one request knows, another ignores. */
static void
test_dialects(void **state)
{
	static const struct {
		enum r7_dialect dialect;
		const char *text;
	} ignored[] = {
		{ R7_LIST_V1, "sort=x&sources=x&priorities=x&tags=x" },
		{ R7_LIST_V1, "assignee.email=x&multi-customer=x" },
		{ R7_SEARCH, "sort=x&statuses=x&start_time=x&rrns_only=x" },
		{ R7_ONE, "index=x&size=0" },
		{ R7_CHILDREN, "sort=x&statuses=x&start_time=x" },
		{ R7_AT_SEARCH, "start_time=x&multi-customer=x&strict=x" },
		{ R7_AT_RRNS, "index=x&size=x&rrns_only=x" },
		{ R7_AT_CHILDREN, "rrns_only=x&multi-customer=x" },
		{ R7_LIST, "status=x&Index=x&=x&x&strict=x" },
	};
	struct r7_query q;

	(void)state;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		assert_int_equal(
		    parse(&q, ignored[i].dialect, ignored[i].text), 0);
		assert_int_equal(q.ntests, 0);
		r7_query_fini(&q);
	}
	is_refused(R7_SEARCH, "size=0");
	is_refused(R7_CHILDREN, "index=-1");
	is_refused(R7_AT_RRNS, "strict=x");
	is_refused(R7_AT_SEARCH, "rrns_only=x");
	is_refused(R7_ONE, "multi-customer=x");
}

static void
test_numbers(void **state)
{
	static const char *const bad[] = { "size=0", "size=101", "size=+5",
		"size=%205", "size=5 ", "size=0x5", "size=99999999999999999999",
		"index=2147483648", "index=-0", "size" };
	struct r7_query q;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_refused(R7_LIST, bad[i]);
	assert_int_equal(parse(&q, R7_LIST, "size=0100&index=2147483647"), 0);
	assert_int_equal(q.size, 100);
	assert_int_equal(q.index, INT32_MAX);
	r7_query_fini(&q);
	/* Of two the first counts. */
	assert_int_equal(parse(&q, R7_LIST, "size=5&size=x"), 0);
	assert_int_equal(q.size, 5);
	r7_query_fini(&q);
	assert_int_equal(parse(&q, R7_LIST_V1, "size=1000"), 0);
	r7_query_fini(&q);
}

/* A time without a zone is somebody's local time. */
static void
test_instants(void **state)
{
	static const char *const good[] = { "2026-11-22T12:00:00Z",
		"2026-11-22T12:00:00.000000Z", "2026-11-22T12:00:00.0Z",
		"2026-11-22T12:00:00%2B00:00", "2026-11-22T13:00:00.00%2B01:00",
		"2026-11-22T04:00:00-08:00" };
	static const char *const bad[] = { "", "Z", "2026-11-22",
		"2026-11-22T12:00:00", "2026-11-22T12:00:00.123",
		"2026-11-22 12:00:00Z", "2026-11-22T12:00:00+00:00",
		"2026-11-22T12:00:00%2B0000", "2026-13-22T12:00:00Z",
		"01-01-2020T00:00:00Z", "1795348800", "2026-11-22T12:00Z" };
	struct sc_buf text;

	(void)state;
	sc_buf_init(&text, 128);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct r7_query q;

		sc_buf_reset(&text);
		(void)sc_buf_addf(&text, "start_time=%s", good[i]);
		assert_int_equal(parse(&q, R7_LIST, sc_buf_str(&text)), 0);
		assert_int_equal(q.after_us, NOON_US);
		r7_query_fini(&q);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sc_buf_reset(&text);
		(void)sc_buf_addf(&text, "end_time=%s", bad[i]);
		is_refused(R7_LIST, sc_buf_str(&text));
	}
	sc_buf_fini(&text);
}

static void
test_lists(void **state)
{
	struct r7_query q;

	(void)state;
	assert_int_equal(parse(&q, R7_LIST,
			     "statuses=OPEN%2CWAITING&tags=a,,b&priorities="
			     "UNSPECIFIED&sort=rrn%2CASC"),
	    0);
	/* Two of them, every tag on its own, two names of one value. */
	assert_int_equal(q.ntests, 5);
	assert_int_equal(q.tests[0].n, 2);
	assert_int_equal(q.tests[1].n, 1);
	assert_int_equal(q.tests[4].n, 2);
	assert_true(sc_slice_is(q.values[q.tests[4].first + 1], "UNMAPPED"));
	r7_query_fini(&q);
	is_refused(R7_LIST, "statuses=OPEN,,CLOSED");
	is_refused(R7_LIST, "statuses=OPEN, CLOSED");
	is_refused(R7_LIST, "sort=rrn");
	is_refused(R7_LIST, "sort=rrn,ASC,title");
	is_refused(R7_LIST, "sort=");
}

/* More than there is room for is refused, not forgotten. */
static void
test_limits(void **state)
{
	struct r7_query q;
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 65536);
	(void)sc_buf_adds(&b, "tags=a");
	for (int i = 0; i < R7_TESTS_MAX; i++)
		(void)sc_buf_adds(&b, ",a");
	is_refused(R7_LIST, sc_buf_str(&b));
	sc_buf_reset(&b);
	(void)sc_buf_adds(&b,
	    "{\"search\":[{\"field\":\"rrn\",\"operator\":\"IN\","
	    "\"value\":[\"a\"");
	for (int i = 0; i < R7_VALUES_MAX; i++)
		(void)sc_buf_adds(&b, ",\"a\"");
	(void)sc_buf_adds(&b, "]}]}");
	assert_int_equal(parse(&q, R7_SEARCH, ""), 0);
	assert_int_equal(
	    r7_search_parse(&q, (struct sc_slice){ b.p, b.len }), -1);
	assert_string_equal(q.why, "Too many values");
	r7_query_fini(&q);
	sc_buf_fini(&b);
}

/* Decoded values stay where they are while more are decoded. */
static void
test_search_values(void **state)
{
	static const char body[] =
	    "{\"search\":[{\"field\":\"title\",\"operator\":\"CONTAINS\","
	    "\"value\":\"\\u00fc\\\"\"},{\"field\":\"status\",\"operator\":"
	    "\"IN\",\"value\":[\"OPEN\",\"\\u0043LOSED\"]}],\"sort\":[{"
	    "\"field\":\"created_time\",\"order\":\"DESC\"},{\"order\":\"ASC\","
	    "\"field\":\"rrn\"}],\"start_time\":\"2026-11-22T12:00:00Z\","
	    "\"end_time\":null}";
	struct r7_query q;

	(void)state;
	assert_int_equal(parse(&q, R7_SEARCH, "index=3"), 0);
	assert_int_equal(r7_search_parse(&q, sc_slice_of(body)), 0);
	assert_int_equal(q.nvalues, 3);
	assert_true(sc_slice_is(q.values[0], "ü\""));
	assert_true(sc_slice_is(q.values[1], "OPEN"));
	assert_true(sc_slice_is(q.values[2], "CLOSED"));
	assert_int_equal(q.nsorts, 2);
	assert_int_equal(q.sorts[1].col, R7_INV_RRN);
	assert_int_equal(q.after_us, NOON_US);
	assert_int_equal(q.before_us, NOON_US);
	r7_query_fini(&q);
}

static void
test_window(void **state)
{
	struct r7_window w = { 0 };

	(void)state;
	assert_true(r7_window_take(&w, 0)); /* no limit */
	w.rate = (struct mock_rate){ .n = 2, .ms = 90000 };
	assert_true(r7_window_take(&w, NOON_MS));
	assert_int_equal(r7_window_left(&w), 1);
	assert_int_equal(r7_window_reset(&w, NOON_MS), 90);
	assert_true(r7_window_take(&w, NOON_MS + 1));
	assert_false(r7_window_take(&w, NOON_MS + 89999));
	assert_int_equal(r7_window_left(&w), 0);
	assert_int_equal(r7_window_reset(&w, NOON_MS + 89999), 1);
	/* Those that were refused do not make it longer. */
	assert_true(r7_window_take(&w, NOON_MS + 90000));
	assert_int_equal(r7_window_left(&w), 1);
}

static void
test_pages(void **state)
{
	struct r7_query q = { .index = 2, .size = 3 };
	struct r7_page p = { 0 };

	(void)state;
	for (size_t row = 0; row < 8; row++)
		r7_page_add(&p, &q, row);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.rows[0], 6);
	assert_int_equal(p.rows[1], 7);
	assert_int_equal(p.seen, 8);
}

/* An id of the old API is the same on every machine, and nobody else's. */
static void
test_uuid(void **state)
{
	char a[MOCK_UUID_BUF], b[MOCK_UUID_BUF];

	(void)state;
	r7_uuid_of(sc_slice_of("rrn:investigation:us:x:investigation:A"), a);
	r7_uuid_of(sc_slice_of("rrn:investigation:us:x:investigation:B"), b);
	assert_string_not_equal(a, b);
	r7_uuid_of(sc_slice_of("rrn:investigation:us:x:investigation:A"), b);
	assert_string_equal(a, b);
	assert_int_equal(strlen(a), 36);
	assert_int_equal(strspn(a, "0123456789abcdef-"), 36);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_dialects),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_instants),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_search_values),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_uuid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
