#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sc/json.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* A value of a text that lives as long as the test's literal. */
static struct sc_json_val
value(const char *text)
{
	static const char *const whole[] = { "" };
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(whole, 1, &e);
	struct sc_json_val v;

	assert_non_null(plan);
	if (sc_json_scan(text, strlen(text), plan, 0, &v, &e) == -1)
		fail_msg("%s: %s", text, e.msg);
	sc_json_plan_free(plan);
	return v;
}

static void
values_have_their_types(void **state)
{
	static const struct {
		const char *text;
		enum sc_json_type type;
	} rows[] = {
		{ "null", SC_JSON_NULL },
		{ "false", SC_JSON_FALSE },
		{ "true", SC_JSON_TRUE },
		{ "-1", SC_JSON_NUMBER },
		{ "0", SC_JSON_NUMBER },
		{ "\"\"", SC_JSON_STRING },
		{ "[]", SC_JSON_ARRAY },
		{ "{}", SC_JSON_OBJECT },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(value(rows[i].text).type, rows[i].type);
}

/* What an iteration over the text sees: "key=elem;" or "elem;". */
static void
walks_as(const char *text, const char *expected)
{
	struct sc_json_iter it = sc_json_iter(value(text));
	struct sc_json_val key, elem;
	struct sc_buf b;

	sc_buf_init(&b, 1000);
	while (sc_json_next(&it, &key, &elem)) {
		if (key.type != SC_JSON_NONE)
			(void)sc_buf_addf(
			    &b, "%.*s=", (int)key.raw.n, key.raw.p);
		(void)sc_buf_addf(&b, "%.*s;", (int)elem.raw.n, elem.raw.p);
	}
	assert_string_equal(sc_buf_str(&b), expected);
	assert_false(sc_json_next(&it, NULL, &elem));
	sc_buf_fini(&b);
}

static void
iterates_over_arrays_and_objects(void **state)
{
	struct sc_json_iter it = sc_json_iter((struct sc_json_val){ 0 });
	struct sc_json_val elem;

	(void)state;
	assert_false(sc_json_next(&it, NULL, &elem));
	walks_as("[]", "");
	walks_as("{ }", "");
	walks_as("12", "");
	walks_as("\"[1]\"", "");
	walks_as("[1]", "1;");
	walks_as("[1e+3,-2E-1,3]", "1e+3;-2E-1;3;");
	walks_as(
	    " [ -1.5e3 ,\n\"a,]\" , null,true ] ", "-1.5e3;\"a,]\";null;true;");
	walks_as("[[1,[2]],{\"a\":[3]},[],{},\"\"]",
	    "[1,[2]];{\"a\":[3]};[];{};\"\";");
	walks_as("{\"a\":1}", "\"a\"=1;");
	walks_as("{ \"a\" : { \"b\" : [ \"}\" ] } ,\"c\":\"\\\"]\\\\\" }",
	    "\"a\"={ \"b\" : [ \"}\" ] };\"c\"=\"\\\"]\\\\\";");
	walks_as("{\"a\":1,\"a\":2,\"\":3}", "\"a\"=1;\"a\"=2;\"\"=3;");
}

static void
looks_at_elements(void **state)
{
	static const struct {
		const char *raw;
		size_t depth;
		bool blanks, not_utf8;
		const char *id, *b;
	} rows[] = {
		{ "{\"id\":1,\"a\":{\"b\":[2]}}", 3, false, false, "1", "[2]" },
		{ "{\"id\": 1}", 1, true, false, "1", "" },
		{ "{\"id\":1,\n\"x\":0}", 1, true, false, "1", "" },
		{ "{\"id\":1 }", 1, true, false, "1", "" },
		{ "[ ]", 1, true, false, "", "" },
		{ "{\"id\":\" \",\"id\":\"\"}", 1, false, false, "\"\"", "" },
		{ "{\"id\":\"\xff\",\"a\":{\"b\":\"c\"}}", 2, false, true,
		    "\"\xff\"", "\"c\"" },
		{ "{\"\xc3\":1}", 1, false, true, "", "" },
		{ "{\"id\":\"\\ud83dx\"}", 1, false, true, "\"\\ud83dx\"", "" },
		{ "[\"\\ud83d\\ude00\xc3\xa9\"]", 1, false, false, "", "" },
		{ "[\"\\ude00\\ud83d\\\"\"]", 1, false, true, "", "" },
		{ "-1.5e3", 0, false, false, "", "" },
		{ "\"],\"", 0, false, false, "", "" },
		{ "null", 0, false, false, "", "" },
		{ "7", 0, false, false, "", "" },
	};
	static const char *const paths[] = { "id", "a.b" };
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 2, &e);
	struct sc_json_seen seen;
	struct sc_json_val v[2];
	struct sc_json_iter it;
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 1000);
	for (size_t i = 0; i < N(rows); i++)
		(void)sc_buf_addf(
		    &b, "%s%s", i == 0 ? "[ " : " ,\t", rows[i].raw);
	(void)sc_buf_addc(&b, ']');
	it = sc_json_iter(value(sc_buf_str(&b)));
	for (size_t i = 0; i < N(rows); i++) {
		assert_true(sc_json_next_look(&it, plan, &seen, v));
		assert_true(sc_slice_is(seen.value.raw, rows[i].raw));
		assert_int_equal(seen.depth, rows[i].depth);
		assert_int_equal(seen.blanks, rows[i].blanks);
		assert_int_equal(seen.not_utf8, rows[i].not_utf8);
		assert_true(sc_slice_is(v[0].raw, rows[i].id));
		assert_true(sc_slice_is(v[1].raw, rows[i].b));
	}
	assert_false(sc_json_next_look(&it, plan, &seen, v));
	it = sc_json_iter(value("[ ]"));
	assert_false(sc_json_next_look(&it, plan, &seen, v));
	it = sc_json_iter(value("{\"a\":1}"));
	assert_false(sc_json_next_look(&it, plan, &seen, v));
	sc_buf_fini(&b);
	sc_json_plan_free(plan);
}

/* What is found does not depend on what is nested beside it. */
static void
looks_at_any_depth(void **state)
{
	static const char *const paths[] = { "id" };
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 1, &e);
	struct sc_json_seen seen;
	struct sc_json_val id;
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 1 << 20);
	for (size_t n = 1; n < 100000; n = n * 3 / 2 + 1) {
		sc_buf_reset(&b);
		(void)sc_buf_adds(&b, "{\"id\":{\"id\":1},\"deep\":");
		for (size_t i = 0; i < n; i++)
			(void)sc_buf_adds(&b, "[");
		(void)sc_buf_adds(&b, "{\"id\":2}");
		for (size_t i = 0; i < n; i++)
			(void)sc_buf_adds(&b, "]");
		(void)sc_buf_adds(&b, ",\"id\":[3]},4");
		sc_json_look((struct sc_slice){ b.p, b.len }, plan, &seen, &id);
		assert_int_equal(seen.value.raw.n, b.len - 2);
		assert_int_equal(seen.depth, n + 2);
		assert_true(sc_slice_is(id.raw, "[3]"));
	}
	sc_buf_fini(&b);
	sc_json_plan_free(plan);
}

static void
gives_token_by_token(void **state)
{
	static const struct {
		const char *text, *tokens;
	} rows[] = {
		{ "7", "v7 " },
		{ "[-1.5e+3,2E+1 ,0]", "[v-1.5e+3 v2E+1 v0 ]" },
		{ " \"a:b\" ", "v\"a:b\" " },
		{ "[]", "[]" },
		{ "[1,\"a\",null]", "[v1 v\"a\" vnull ]" },
		{ "{\"a\":\"b\" , \"c\" : [ {} ] }",
		    "{k\"a\" v\"b\" k\"c\" [{}]}" },
		{ "[\"a\",{\"\\\"\"\n:\n\"\\\\\"}]",
		    "[v\"a\" {k\"\\\"\" v\"\\\\\" }]" },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct sc_json_lex lex = { .p = rows[i].text,
			.end = rows[i].text + strlen(rows[i].text) };
		struct sc_json_val v;
		struct sc_buf b;
		int c;

		sc_buf_init(&b, 1000);
		while ((c = sc_json_token(&lex, &v)) != 0) {
			(void)sc_buf_addc(&b, (char)c);
			if (c == 'k' || c == 'v')
				(void)sc_buf_addf(
				    &b, "%.*s ", (int)v.raw.n, v.raw.p);
		}
		assert_string_equal(sc_buf_str(&b), rows[i].tokens);
		assert_int_equal(sc_json_token(&lex, &v), 0);
		sc_buf_fini(&b);
	}
}

static void
compacts_and_nothing_more(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ " 1.50 ", "1.50" },
		{ "[1,2]", "[1,2]" },
		{ " [ 1 ,\t2\r\n] ", "[1,2]" },
		{ "{ \"a b\" : \" c\\\" \" , \"\\\\\" : [ ] }",
		    "{\"a b\":\" c\\\" \",\"\\\\\":[]}" },
	};
	struct sc_buf b;

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		sc_buf_init(&b, strlen(rows[i][1]));
		assert_int_equal(
		    sc_json_compact(sc_slice_of(rows[i][0]), &b), 0);
		assert_string_equal(sc_buf_str(&b), rows[i][1]);
		sc_buf_fini(&b);
	}
	sc_buf_init(&b, 4);
	assert_int_equal(sc_json_compact(sc_slice_of("[1, 2]"), &b), -1);
	assert_int_equal(sc_json_compact(sc_slice_of("[12345]"), &b), -1);
	sc_buf_fini(&b);
	assert_int_equal(sc_json_compact((struct sc_slice){ 0 }, &b), 0);
}

#define REPLACED "\xef\xbf\xbd"

static void
decodes_strings(void **state)
{
	static const char *const rows[][2] = {
		{ "\"\"", "" },
		{ "\"abc\"", "abc" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"C:\\\\Temp\\\\x.exe\"", "C:\\Temp\\x.exe" },
		{ "\"\\u0041\\u007f\"", "A\x7f" },
		{ "\"\\u0080\\u07ff\"", "\xc2\x80\xdf\xbf" },
		{ "\"\\u0800\\uffff\"", "\xe0\xa0\x80\xef\xbf\xbf" },
		{ "\"\\ud7ff\\ue000\"", "\xed\x9f\xbf\xee\x80\x80" },
		{ "\"\\ud800\\udc00\"", "\xf0\x90\x80\x80" },
		{ "\"x\\uD83D\\uDE00y\"", "x\xf0\x9f\x98\x80y" },
		{ "\"\\uDbFf\\udFfF\"", "\xf4\x8f\xbf\xbf" },
		{ "\"\xc3\xa9\\n\xc3\xa9\"", "\xc3\xa9\n\xc3\xa9" },
		/* halves of pairs */
		{ "\"\\ud800\"", REPLACED },
		{ "\"\\udc00\"", REPLACED },
		{ "\"\\uDBFF\\\\u\"", REPLACED "\\u" },
		{ "\"\\ud800\\u0041\"", REPLACED "A" },
		{ "\"\\ud800\\ud800\\udc00\"", REPLACED "\xf0\x90\x80\x80" },
		{ "\"\\udc00\\ud800x\"", REPLACED REPLACED "x" },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct sc_json_val v = value(rows[i][0]);
		char *copy = sc_json_dup(v);
		struct sc_buf b;

		assert_string_equal(copy, rows[i][1]);
		free(copy);
		assert_true(sc_json_is(v, rows[i][1]));
		sc_buf_init(&b, strlen(rows[i][1]));
		assert_int_equal(sc_json_str(v, &b), 0);
		assert_string_equal(sc_buf_str(&b), rows[i][1]);
		sc_buf_fini(&b);
	}
}

static void
decodes_strings_only(void **state)
{
	static const char *const others[] = { "1", "null", "[\"a\"]",
		"{\"a\":\"a\"}" };
	struct sc_json_val nul = value("\"a\\u0000b\"");
	struct sc_json_val none = { 0 };
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 3);
	for (size_t i = 0; i < N(others); i++) {
		assert_null(sc_json_dup(value(others[i])));
		assert_int_equal(sc_json_str(value(others[i]), &b), -1);
		assert_false(sc_json_is(value(others[i]), others[i]));
	}
	assert_null(sc_json_dup(none));
	assert_int_equal(sc_json_str(none, &b), -1);
	assert_false(sc_json_is(none, ""));
	/* A NUL fits into a buffer, not into a C string. */
	assert_null(sc_json_dup(nul));
	assert_false(sc_json_is(nul, "a"));
	assert_int_equal(sc_json_str(nul, &b), 0);
	assert_memory_equal(b.p, "a\0b", 3);
	assert_int_equal(sc_json_str(value("\"c\""), &b), -1);
	sc_buf_fini(&b);
}

static void
compares_decoded_text(void **state)
{
	static const struct {
		const char *text, *with;
		bool same;
	} rows[] = {
		{ "\"abc\"", "abc", true },
		{ "\"abc\"", "ab", false },
		{ "\"ab\"", "abc", false },
		{ "\"\"", "", true },
		{ "\"\"", "a", false },
		{ "\"a\\u0062c\"", "abc", true },
		{ "\"a\\u0062c\"", "abd", false },
		{ "\"a\\u0062\"", "a", false },
		{ "\"a\\n\"", "a\\n", false },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(sc_json_is(value(rows[i].text), rows[i].with),
		    rows[i].same);
}

static void
reads_integers(void **state)
{
	static const struct {
		const char *text;
		int64_t i;
	} rows[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "42", 42 },
		{ "-42", -42 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
	};
	static const char *const bad[] = { "9223372036854775808",
		"-9223372036854775809", "99999999999999999999", "1.0", "1e3",
		"0.5", "\"1\"", "null", "[1]" };
	int64_t i64 = 7;

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		assert_int_equal(sc_json_int(value(bad[i]), &i64), -1);
	assert_int_equal(sc_json_int((struct sc_json_val){ 0 }, &i64), -1);
	assert_int_equal(i64, 7);
	for (size_t i = 0; i < N(rows); i++) {
		assert_int_equal(sc_json_int(value(rows[i].text), &i64), 0);
		assert_int_equal(i64, rows[i].i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_have_their_types),
		cmocka_unit_test(iterates_over_arrays_and_objects),
		cmocka_unit_test(looks_at_elements),
		cmocka_unit_test(looks_at_any_depth),
		cmocka_unit_test(gives_token_by_token),
		cmocka_unit_test(compacts_and_nothing_more),
		cmocka_unit_test(decodes_strings),
		cmocka_unit_test(decodes_strings_only),
		cmocka_unit_test(compares_decoded_text),
		cmocka_unit_test(reads_integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
