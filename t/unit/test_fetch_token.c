#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bin/sc-fetch/token.h"

static char base[] = "/api", path[] = "/threats", since[] = "t__gte",
	    until[] = "t__lt", token[] = "cursor", limit[] = "limit",
	    thousand[] = "1000", odd[] = "a b", value[] = "x&y=z";

static struct sc_pair query[] = { { limit, thousand }, { odd, value } };
static const struct sc_vendor vendor = { .base = base };
static const struct sc_stream stream = { .path = path,
	.since = since,
	.until = until,
	.token = token,
	.query = query,
	.nquery = 2 };

static void
expect(const struct window *w, const char *cursor, const char *target)
{
	struct sc_buf b;

	sc_buf_init(&b, 4096);
	assert_int_equal(
	    token_target(&vendor, &stream, w, sc_slice_of(cursor), &b), 0);
	assert_string_equal(sc_buf_str(&b), target);
	sc_buf_fini(&b);
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
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 40);
	assert_int_equal(
	    token_target(&vendor, &stream, &w, sc_slice_of(""), &b), -1);
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_repeats_the_question),
		cmocka_unit_test(an_upper_bound_stands_on_every_page),
		cmocka_unit_test(a_target_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
