#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/json.h"

#include "bin/sc-normalize/jqrun.h"

static struct jqrun *
compiled(const char *program)
{
	struct sc_err e = { 0 };
	struct jqrun *r = jqrun_new(program, &e);

	if (r == NULL)
		fail_msg("%s: %s", program, e.msg);
	return r;
}

/* The members that a run writes; "!" and the reason when it fails. */
static const char *
run(struct jqrun *r, const struct jqrun_input *in)
{
	static struct sc_buf out;
	struct sc_err e = { 0 };
	struct sc_jw w;

	assert_int_equal(sc_json_scan(in->record.p, in->record.n, NULL,
			     SC_JSON_UTF8, NULL, &e),
	    0);
	sc_buf_fini(&out);
	sc_buf_init(&out, 1 << 20);
	sc_jw_init(&w, &out);
	sc_jw_obj(&w);
	if (jqrun_members(r, in, &w, &e) == -1) {
		assert_int_equal(e.code, EX_DATAERR);
		assert_int_equal(out.len, 1);
		sc_buf_reset(&out);
		(void)sc_buf_addf(&out, "!%s", e.msg);
		return sc_buf_str(&out);
	}
	sc_jw_end(&w, '}');
	return sc_buf_str(&out);
}

static const char *
run_text(struct jqrun *r, const char *record)
{
	struct jqrun_input in = { .record = sc_slice_of(record) };

	return run(r, &in);
}

static void
records_survive_the_way_there_and_back(void **state)
{
	static const char *const same[] = {
		"{}",
		"{\"a\":1}",
		"{\"a\":[],\"b\":{},\"c\":[[],[{}],\"\"],\"d\":{\"e\":null}}",
		"{\"a\":true,\"b\":false,\"c\":[null]}",
		"{\"a\":0,\"b\":-0,\"c\":-1,\"d\":9007199254740992}",
		"{\"a\":0.5,\"b\":-2.25,\"c\":999999999999999}",
		"{\"\":1,\"\\\"\":2,\"k\\n\":3}",
		"{\"s\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\xc3\xa9\"}",
		"{\"z\":1,\"a\":2,\"m\":3}",
	};
	struct jqrun *r = compiled(".");

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_string_equal(run_text(r, same[i]), same[i]);
	jqrun_free(r);
}

static void
other_spellings_become_the_usual_ones(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ " { \"a\" :\t[ 1 , 2 ] } ", "{\"a\":[1,2]}" },
		{ "{\"a\":\"\\u00e9\\/\\ud83d\\ude00\"}",
		    "{\"a\":\"\xc3\xa9/\xf0\x9f\x98\x80\"}" },
		{ "{\"\\u0061\":1}", "{\"a\":1}" },
		{ "{\"a\":1.0,\"b\":1e3,\"c\":1E2}",
		    "{\"a\":1,\"b\":1000,\"c\":100}" },
		{ "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
		{ "{\"a\":\"x\\u0000y\"}", "{\"a\":\"x\\u0000y\"}" },
	};
	struct jqrun *r = compiled(".");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(run_text(r, cases[i].in), cases[i].out);
	jqrun_free(r);
}

static void
large_integers_are_strings_of_their_digits(void **state)
{
	struct jqrun *r = compiled("{t: [.[] | type], v: .}");

	(void)state;
	assert_string_equal(
	    run_text(r, "{\"a\":9007199254740993,\"b\":-9007199254740993}"),
	    "{\"t\":[\"string\",\"string\"],\"v\":{\"a\":\"9007199254740993\","
	    "\"b\":\"-9007199254740993\"}}");
	assert_string_equal(
	    run_text(r, "{\"a\":123456789012345678901234567890}"),
	    "{\"t\":[\"string\"],\"v\":{\"a\":"
	    "\"123456789012345678901234567890\"}}");
	assert_string_equal(run_text(r, "{\"a\":-9007199254740992}"),
	    "{\"t\":[\"number\"],\"v\":{\"a\":-9007199254740992}}");
	jqrun_free(r);
}

/* libjq 1.7 would print them as they are written, and exactly. */
static void
numbers_of_the_program_are_doubles(void **state)
{
	struct jqrun *r =
	    compiled("{a: 1.50, b: [2.0], c: 1e1000, d: 12345678901234567890, "
		     "e: (.t | tonumber), f: (.u | fromjson), g: 0.00001}");
	const char *const in = "{\"t\":\"0.10\",\"u\":\"300\"}";

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_string_equal(run_text(r, in),
		    "{\"a\":1.5,\"b\":[2],\"c\":1.7976931348623157e+308,"
		    "\"d\":12345678901234567000,\"e\":0.1,\"f\":300,"
		    "\"g\":1e-05}");
	jqrun_free(r);
}

static void
null_and_empty_members_are_left_out(void **state)
{
	struct jqrun *r = compiled("{a: null, b: \"\", c: false, d: 0, e: [], "
				   "f: \"\\u0000\", g: {h: null}}");

	(void)state;
	assert_string_equal(run_text(r, "{}"),
	    "{\"c\":false,\"d\":0,\"e\":[],\"f\":\"\\u0000\","
	    "\"g\":{\"h\":null}}");
	jqrun_free(r);
}

static void
the_list_gets_its_element(void **state)
{
	static const struct {
		const char *record, *out;
	} cases[] = {
		{ "{\"x\":1,\"tags\":[\"a\",{\"b\":[1]}],\"y\":2}",
		    "{\"x\":1,\"tags\":[\"a\",{\"b\":[1]},\"n\"],\"y\":2}" },
		{ "{\"tags\":[]}", "{\"tags\":[\"n\"]}" },
		{ "{\"x\":1}", "{\"x\":1,\"tags\":[\"n\"]}" },
		{ "{\"tags\":null}", "{\"tags\":[\"n\"]}" },
		{ "{\"tags\":\"text\"}", "{\"tags\":[\"n\"]}" },
	};
	struct jqrun *r = compiled(".");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct jqrun_input in = { .record =
					      sc_slice_of(cases[i].record),
			.list = "tags",
			.element = sc_slice_of("\"n\"") };

		assert_string_equal(run(r, &in), cases[i].out);
	}
	jqrun_free(r);
}

static void
ctx_comes_beside_the_record(void **state)
{
	struct jqrun *r = compiled(".[1] as $ctx | .[0] | {a: .a, c: $ctx.c}");
	struct jqrun_input in = { .record = sc_slice_of("{\"a\":1}"),
		.ctx = sc_slice_of("{\"c\":[2]}") };

	(void)state;
	assert_string_equal(run(r, &in), "{\"a\":1,\"c\":[2]}");
	in.ctx = sc_slice_of("null");
	assert_string_equal(run(r, &in), "{\"a\":1}");
	jqrun_free(r);
}

static void
a_record_that_fails_does_not_harm_the_next(void **state)
{
	struct jqrun *r =
	    compiled("if .bad == 1 then error(\"no!\") "
		     "elif .bad == 2 then error({a: 1}) "
		     "elif .bad == 3 then empty "
		     "elif .bad == 4 then [1] "
		     "elif .bad == 5 then "
		     "{a: 1, b: (reduce range(400) as $i (0; [.]))} "
		     "else {ok: 1} end");

	(void)state;
	assert_string_equal(run_text(r, "{\"bad\":1}"), "!no!");
	assert_string_equal(run_text(r, "{}"), "{\"ok\":1}");
	assert_string_equal(run_text(r, "{\"bad\":2}"), "!{\"a\":1}");
	assert_string_equal(
	    run_text(r, "{\"bad\":3}"), "!the map yields no object");
	assert_string_equal(
	    run_text(r, "{\"bad\":4}"), "!the map yields no object");
	assert_string_equal(
	    run_text(r, "{\"bad\":5}"), "!a value is too large or too deep");
	assert_string_equal(run_text(r, "{}"), "{\"ok\":1}");
	jqrun_free(r);
}

static void
records_may_be_as_deep_as_the_scanner_allows(void **state)
{
	struct jqrun *r = compiled("{a: .}");
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 4096);
	for (int i = 0; i < SC_JSON_MAX_DEPTH; i++)
		(void)sc_buf_addc(&b, '[');
	for (int i = 0; i < SC_JSON_MAX_DEPTH; i++)
		(void)sc_buf_addc(&b, ']');
	assert_int_equal(strlen(run_text(r, sc_buf_str(&b))),
	    (size_t)2 * SC_JSON_MAX_DEPTH + strlen("{\"a\":}"));
	sc_buf_fini(&b);
	jqrun_free(r);
}

static void
many_member_names_share_the_cache(void **state)
{
	struct jqrun *r = compiled(".");
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 1 << 20);
	for (int round = 0; round < 2; round++) {
		sc_buf_reset(&b);
		(void)sc_buf_addc(&b, '{');
		for (int i = 0; i < 3000; i++)
			(void)sc_buf_addf(
			    &b, "%s\"k%d\":%d", i ? "," : "", i, i);
		(void)sc_buf_addc(&b, '}');
		assert_string_equal(
		    run_text(r, sc_buf_str(&b)), sc_buf_str(&b));
	}
	sc_buf_fini(&b);
	jqrun_free(r);
}

static void
a_program_that_does_not_compile_says_why(void **state)
{
	struct sc_err e = { 0 };

	(void)state;
	assert_null(jqrun_new("{a: nosuch}", &e));
	assert_int_equal(e.code, EX_CONFIG);
	assert_string_equal(e.msg, "nosuch/0 is not defined");
	e = (struct sc_err){ 0 };
	assert_null(jqrun_new("{a: (1}", &e));
	assert_int_equal(strncmp(e.msg, "syntax error", 12), 0);
	assert_null(strstr(e.msg, "top-level"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_survive_the_way_there_and_back),
		cmocka_unit_test(other_spellings_become_the_usual_ones),
		cmocka_unit_test(large_integers_are_strings_of_their_digits),
		cmocka_unit_test(numbers_of_the_program_are_doubles),
		cmocka_unit_test(null_and_empty_members_are_left_out),
		cmocka_unit_test(the_list_gets_its_element),
		cmocka_unit_test(ctx_comes_beside_the_record),
		cmocka_unit_test(a_record_that_fails_does_not_harm_the_next),
		cmocka_unit_test(records_may_be_as_deep_as_the_scanner_allows),
		cmocka_unit_test(many_member_names_share_the_cache),
		cmocka_unit_test(a_program_that_does_not_compile_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
