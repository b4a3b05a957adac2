#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bin/sc-normalize/differ.h"

static struct sc_json_val
value(const char *text)
{
	struct sc_json_seen seen = { 0 };
	struct sc_err e = { 0 };

	if (sc_json_scan(text, strlen(text), NULL, 0, NULL, &e) == -1)
		fail_msg("%s: %s", text, e.msg);
	sc_json_look(sc_slice_of(text), NULL, &seen, NULL);
	return seen.value;
}

static void
what_means_the_same_is_the_same(void **state)
{
	static const char *const pairs[][2] = {
		{ "1", "1" },
		{ "null", "null " },
		{ "\"\\u00e9\\/\"", "\"é/\"" },
		{ "\"\"", "\"\"" },
		{ "[1, [\"a\"], {}]", "[1,[\"\\u0061\"],{ }]" },
		{ "{\"a\":1,\"b\":{\"c\":[],\"d\":2}}",
		    "{\"b\":{\"d\":2,\"c\":[]},\"\\u0061\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_true(
		    differ_same(value(pairs[i][0]), value(pairs[i][1])));
		assert_true(
		    differ_same(value(pairs[i][1]), value(pairs[i][0])));
	}
}

static void
what_is_written_otherwise_is_not(void **state)
{
	static const char *const pairs[][2] = {
		{ "1", "1.0" },
		{ "1e1", "10" },
		{ "9007199254740993", "9007199254740992" },
		{ "1", "\"1\"" },
		{ "true", "false" },
		{ "null", "false" },
		{ "\"a\"", "\"A\"" },
		{ "\"a\"", "\"a\\u0000\"" },
		{ "[1,2]", "[2,1]" },
		{ "[1]", "[1,1]" },
		{ "[]", "{}" },
		{ "{\"a\":1}", "{\"a\":1,\"b\":null}" },
		{ "{\"a\":1}", "{\"b\":1}" },
		{ "{\"a\":[{\"b\":1}]}", "{\"a\":[{\"b\":2}]}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_false(
		    differ_same(value(pairs[i][0]), value(pairs[i][1])));
		assert_false(
		    differ_same(value(pairs[i][1]), value(pairs[i][0])));
	}
}

static void
check_fields(const char *expected, const char *got, size_t n, const char *text)
{
	static const struct map none = { 0 };
	struct sc_buf b;

	sc_buf_init(&b, 1 << 16);
	assert_int_equal(
	    differ_fields(&none, value(expected), value(got), &b), n);
	assert_string_equal(sc_buf_str(&b), text);
	sc_buf_fini(&b);
}

static void
fields_that_differ_are_told(void **state)
{
	(void)state;
	check_fields(
	    "{\"a\":1,\"message\":\"x\"}", "{\"message\":7,\"a\":1}", 0, "");
	check_fields("{\"a\":1,\"b\":2}", "{\"b\":\"2\",\"c\":null}", 3,
	    "#   a\n#     expected  1\n#     got       nothing\n"
	    "#   b\n#     expected  2\n#     got       \"2\"\n"
	    "#   c\n#     expected  nothing\n#     got       null\n");
}

/* Near its begin, its end, and in between. */
static void
of_long_values_the_difference_is_shown(void **state)
{
	static const struct map none = { 0 };
	char a[1024], b[1024];
	struct sc_buf out;

	(void)state;
	sc_buf_init(&out, 1 << 16);
	for (size_t at = 7; at < 995; at += 13) {
		(void)snprintf(a, sizeof(a), "{\"x\":\"%0990d\"}", 0);
		(void)snprintf(b, sizeof(b), "{\"x\":\"%0990d\"}", 0);
		b[at] = '1';
		assert_int_equal(
		    differ_fields(&none, value(a), value(b), &out), 1);
		assert_non_null(strstr(sc_buf_str(&out), "010"));
		assert_true(out.len < 500);
		sc_buf_reset(&out);
	}
	sc_buf_fini(&out);
}

static void
an_artifact_is_written_without_its_message(void **state)
{
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 1 << 16);
	differ_put(
	    value("{\"message\":\"x\",\"a\":[1, 2],\"b\":\"\\u00e9\"}"), &b);
	assert_string_equal(sc_buf_str(&b), "{\"a\":[1, 2],\"b\":\"\\u00e9\"}");
	sc_buf_reset(&b);
	differ_put(value("{}"), &b);
	assert_string_equal(sc_buf_str(&b), "{}");
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_means_the_same_is_the_same),
		cmocka_unit_test(what_is_written_otherwise_is_not),
		cmocka_unit_test(fields_that_differ_are_told),
		cmocka_unit_test(of_long_values_the_difference_is_shown),
		cmocka_unit_test(an_artifact_is_written_without_its_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
