#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bin/sc-fetch/target.h"

static char base[] = "/api", path[] = "/threats", since[] = "t__gte",
	    until[] = "t__lt", token[] = "cursor", limit[] = "limit",
	    thousand[] = "1000", odd[] = "a b", value[] = "x&y=z";

static struct sc_pair query[] = { { limit, thousand }, { odd, value } };
static char min_score[] = "min_score", fraction[] = "{min_score/100}",
	    minscore[] = "minscore", zone[] = "zone", zulu[] = "Z";
static struct sc_setting settings[] = { { .name = min_score,
    .kind = SC_SETTING_PERCENT } };
static struct sc_vendor vendor = { .base = base,
	.settings = settings,
	.nsettings = 1 };
static char *values[1];
static const struct sc_integration in = { .vendor = &vendor, .values = values };
static const struct sc_stream stream = { .path = path,
	.since = since,
	.until = until,
	.token = token,
	.query = query,
	.nquery = 2 };

static void
expect_of(const struct sc_stream *s, const struct window *w, const char *cursor,
    const char *target)
{
	struct sc_err e = { 0 };
	struct sc_buf b;

	sc_buf_init(&b, 4096);
	assert_int_equal(
	    target_build(&in, s, w, sc_slice_of(cursor), &b, &e), 0);
	assert_string_equal(sc_buf_str(&b), target);
	sc_buf_fini(&b);
}

static void
expect(const struct window *w, const char *cursor, const char *target)
{
	expect_of(&stream, w, cursor, target);
}

static void
every_page_repeats_the_question(void **state)
{
	const struct window w = { .since_us = INT64_C(1795352400000001) };

	(void)state;
	expect(&w, "",
	    "/api/threats?limit=1000&a%20b=x%26y%3Dz"
	    "&t__gte=2026-11-22T13%3A00%3A00.000001Z");
	expect(&w, "fQ==",
	    "/api/threats?limit=1000&a%20b=x%26y%3Dz"
	    "&t__gte=2026-11-22T13%3A00%3A00.000001Z&cursor=fQ%3D%3D");
}

static void
an_upper_bound_stands_on_every_page(void **state)
{
	const struct window w = { .since_us = INT64_C(1795352400000000),
		.until_us = INT64_C(1795356000000000) };

	(void)state;
	expect(&w, "c",
	    "/api/threats?limit=1000&a%20b=x%26y%3Dz"
	    "&t__gte=2026-11-22T13%3A00%3A00.000000Z"
	    "&t__lt=2026-11-22T14%3A00%3A00.000000Z&cursor=c");
}

static void
a_target_has_a_limit(void **state)
{
	const struct window w = { 0 };
	struct sc_err e = { 0 };
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 40);
	assert_int_equal(
	    target_build(&in, &stream, &w, sc_slice_of(""), &b, &e), -1);
	sc_buf_fini(&b);
}

/* Two readings of what is signed agree on sorted names and plain values. */
static void
a_window_is_asked_for_in_the_order_of_names(void **state)
{
	static struct sc_pair pairs[] = { { zone, zulu },
		{ minscore, fraction } };
	static char from[] = "starttime", to[] = "endtime";
	const struct sc_stream windows = { .path = path,
		.paging = SC_PAGING_WINDOW,
		.times = SC_TIMES_MS,
		.since = from,
		.until = to,
		.query = pairs,
		.nquery = 2 };
	const struct window w = { .since_us = INT64_C(1700000000000999),
		.until_us = INT64_C(1700000300000000) };
	static char score[] = "7";

	(void)state;
	expect_of(&windows, &w, "",
	    "/api/threats?endtime=1700000300000&starttime=1700000000000"
	    "&zone=Z");
	values[0] = score;
	expect_of(&windows, &w, "",
	    "/api/threats?endtime=1700000300000&minscore=0.07"
	    "&starttime=1700000000000&zone=Z");
	values[0] = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_repeats_the_question),
		cmocka_unit_test(an_upper_bound_stands_on_every_page),
		cmocka_unit_test(a_target_has_a_limit),
		cmocka_unit_test(a_window_is_asked_for_in_the_order_of_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
