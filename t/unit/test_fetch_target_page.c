/* Questions for numbered pages: what is asked, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bin/sc-fetch/target.h"

static char base[] = "/api", path[] = "/cases", since[] = "from",
	    until[] = "to", page[] = "index", limit[] = "size", sort[] = "sort",
	    created[] = "created,ASC", touched[] = "touched,DESC",
	    state[] = "states", open_[] = "A,B", kind[] = "kind", any[] = "any",
	    body[] =
		"{\"s\":{\"from\":\"{since}\",\"to\":\"{until}\"},\"x\":{}}";

static struct sc_pair query[] = { { sort, created }, { kind, any } };
static struct sc_pair other[] = { { state, open_ }, { sort, touched } };
static struct sc_vendor vendor = { .base = base };
static char *values[1];
static const struct sc_integration in = { .vendor = &vendor, .values = values };
static const struct sc_stream stream = { .path = path,
	.since = since,
	.until = until,
	.page = page,
	.limit = limit,
	.size = 50,
	.query = query,
	.nquery = 2 };
static const struct window window = { .since_us = INT64_C(1795352400000001),
	.until_us = INT64_C(1795356000000000) };

static void
expect(const struct question *q, const char *target, const char *sent)
{
	struct sc_err e = { 0 };
	struct sc_buf b, text;

	sc_buf_init(&b, 4096);
	sc_buf_init(&text, 4096);
	assert_int_equal(target_build_page(&in, q, &b, &text, &e), 0);
	assert_string_equal(sc_buf_str(&b), target);
	assert_string_equal(sc_buf_str(&text), sent);
	sc_buf_fini(&b);
	sc_buf_fini(&text);
}

static void
a_page_of_a_window(void **unused)
{
	const struct question q = {
		.def = &stream, .path = path, .window = &window, .index = 3
	};

	(void)unused;
	expect(&q,
	    "/api/cases?sort=created%2CASC&kind=any"
	    "&from=2026-11-22T13%3A00%3A00.000001Z"
	    "&to=2026-11-22T14%3A00%3A00.000000Z&size=50&index=3",
	    "");
}

static void
a_question_may_replace_parameters_and_add_some(void **unused)
{
	const struct question q = {
		.def = &stream, .path = path, .query = other, .nquery = 2
	};

	(void)unused;
	expect(&q,
	    "/api/cases?kind=any&states=A%2CB&sort=touched%2CDESC"
	    "&size=50&index=0",
	    "");
}

static void
a_window_may_be_in_the_body(void **unused)
{
	struct sc_stream post = stream;
	const struct question q = {
		.def = &post, .path = path, .window = &window
	};

	(void)unused;
	post.body = body;
	post.nquery = 0;
	post.since = post.until = NULL;
	expect(&q, "/api/cases?size=50&index=0",
	    "{\"s\":{\"from\":\"2026-11-22T13:00:00.000001Z\","
	    "\"to\":\"2026-11-22T14:00:00.000000Z\"},\"x\":{}}");
}

static void
a_question_has_a_limit(void **unused)
{
	const struct question q = { .def = &stream, .path = path };
	struct sc_err e = { 0 };
	struct sc_buf b, text;

	(void)unused;
	sc_buf_init(&b, 20);
	sc_buf_init(&text, 20);
	assert_int_equal(target_build_page(&in, &q, &b, &text, &e), -1);
	assert_string_equal(e.msg, "the request is too long");
	sc_buf_fini(&b);
	sc_buf_fini(&text);
}

static void
an_id_is_one_part_of_a_path(void **unused)
{
	struct sc_buf b;

	(void)unused;
	sc_buf_init(&b, 100);
	target_add_path(
	    &b, "/cases/{id}/notes", sc_slice_of("a:b/../c?d=%20\xc3\xa9"));
	assert_string_equal(
	    sc_buf_str(&b), "/cases/a%3Ab%2F..%2Fc%3Fd%3D%2520%C3%A9/notes");
	sc_buf_reset(&b);
	target_add_path(&b, "/cases/{id}", sc_slice_of("7"));
	assert_string_equal(sc_buf_str(&b), "/cases/7");
	sc_buf_reset(&b);
	target_add_path(&b, "/cases", sc_slice_of("7"));
	assert_string_equal(sc_buf_str(&b), "/cases");
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_of_a_window),
		cmocka_unit_test(
		    a_question_may_replace_parameters_and_add_some),
		cmocka_unit_test(a_window_may_be_in_the_body),
		cmocka_unit_test(a_question_has_a_limit),
		cmocka_unit_test(an_id_is_one_part_of_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
