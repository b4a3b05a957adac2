#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "bin/sc-normalize/jqlex.h"

/* What is left of an expression; "!" and the complaint when it is refused. */
static const char *
checked(const char *text, struct jqlex_facts *facts)
{
	static struct sc_buf out;
	struct sc_err e = { 0 };

	sc_buf_fini(&out);
	sc_buf_init(&out, 4096);
	if (jqlex_check(sc_slice_of(text), &out, facts, &e) == -1) {
		assert_int_equal(e.code, EX_CONFIG);
		sc_buf_reset(&out);
		(void)sc_buf_addf(&out, "!%s", e.msg);
	}
	return sc_buf_str(&out);
}

static void
takes(const char *text)
{
	struct jqlex_facts facts;

	assert_string_equal(checked(text, &facts), text);
}

static void
refuses(const char *text, const char *why)
{
	struct jqlex_facts facts;
	const char *got = checked(text, &facts);

	if (*got != '!' || strstr(got, why) == NULL)
		fail_msg("%s: %s, not %s", text, got, why);
}

static void
words_that_reach_beyond_the_record_are_refused(void **state)
{
	static const char *const words[] = { "import", "include", "env",
		"input", "inputs", "debug", "stderr", "halt", "halt_error",
		"now", "localtime", "strflocaltime", "input_filename",
		"input_line_number", "get_search_list", "get_prog_origin",
		"get_jq_origin", "modulemeta", "$ENV", "$ARGS", "$__loc__",
		"$__prog_args" };
	static const char *const places[] = { "%s", ".a|%s", "[%s]", "{a:%s}",
		"{(%s):1}", "{a:1|%s}", "{a:.b,c:%s}", "\"a\\(%s)\"",
		"\"\\(\"\\(%s)\")\"", "f(1;%s)", "if %s then 1 else 2 end",
		". as {a:$x}|%s", "1,\n%s", "{\"a\":%s}", "@text \"\\(%s)\"",
		"%s # b" };
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (size_t j = 0; j < sizeof(places) / sizeof(places[0]);
		     j++) {
			const char *hole = strchr(places[j], '%');

			(void)snprintf(text, sizeof(text), "%.*s%s%s",
			    (int)(hole - places[j]), places[j], words[i],
			    hole + 2);
			refuses(text, "is refused");
		}
	}
	refuses("$ ENV", "$ENV is refused");
	refuses("$\n__loc__", "is refused");
}

static void
the_same_words_are_fine_as_names_and_in_strings(void **state)
{
	(void)state;
	takes(".env.now|.input?");
	takes("{env}");
	takes("{a:1,env}");
	takes("{input:1,now:.halt}");
	takes(". as {env:$env}|$env");
	takes("\"now env $ENV \\\\(input) \\\" input\"");
	takes(".[\"env\"]|.\"now\"");
	takes("nowhere|environment|my_input|input_1");
	takes("$ENVIRONMENT|$env");
	takes("@env");
}

static void
brackets_and_strings_must_be_closed(void **state)
{
	(void)state;
	takes("([{\"a\":\"\\(1+([2][0]))\"}])");
	takes("\"\\\\\"");
	refuses("(", "( that is not closed");
	refuses("[1", "[ that is not closed");
	refuses("{a:1", "{ that is not closed");
	refuses("\"\\(1\"", "not end");
	refuses("\"\\(1", "\\( that is not closed");
	refuses(")", ") that closes nothing");
	refuses("1)|(2", ") that closes nothing");
	refuses("(1]", "] that closes nothing");
	refuses("\"\\([)\"", ") that closes nothing");
	refuses("}", "} that closes nothing");
	refuses("\"a", "does not end");
	refuses("\"a\n\"", "does not end");
	refuses("\"a\\", "does not end");
}

static void
depth_is_bounded(void **state)
{
	char text[4001];

	(void)state;
	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	refuses(text, "nested too deeply");
}

static void
comments_and_blanks_at_the_end_go(void **state)
{
	struct jqlex_facts facts;

	(void)state;
	assert_string_equal(
	    checked(".a # b \"c (\n| .d# e", &facts), ".a \n| .d");
	assert_string_equal(checked("\"# no\" \t\n", &facts), "\"# no\"");
	assert_string_equal(checked("  # only", &facts), "");
}

static void
facts_are_found(void **state)
{
	struct jqlex_facts facts;

	(void)state;
	(void)checked("\"sentinelone\"", &facts);
	assert_true(facts.literal);
	assert_false(facts.uses_ctx);
	(void)checked(".a|$ctx.b", &facts);
	assert_true(facts.uses_ctx);
	assert_false(facts.literal);
	(void)checked("\"a\\(1)\"", &facts);
	assert_false(facts.literal);
	(void)checked("\"a\"+\"b\"", &facts);
	assert_false(facts.literal);
	(void)checked("1", &facts);
	assert_false(facts.literal);
	(void)checked("$ctxx|.ctx|\"$ctx\"", &facts);
	assert_false(facts.uses_ctx);
}

static int
def(const char *text, char name[JQLEX_NAME], struct sc_err *e)
{
	struct jqlex_facts facts;
	struct sc_buf out;
	int rc;

	sc_buf_init(&out, 4096);
	rc = jqlex_check_def(sc_slice_of(text), &out, &facts, name, e);
	sc_buf_fini(&out);
	return rc;
}

static void
defs_are_defs_and_nothing_else(void **state)
{
	static const struct {
		const char *text, *name; /* NULL: refused */
	} cases[] = {
		{ "def f: 1;", "f/0" },
		{ "def f(a; $b): a + $b;", "f/2" },
		{ "def f($b): reduce .[] as $x (0; . + 1);", "f/1" },
		{ "def f: def g: 1; def h: 2; g + h;", "f/0" },
		{ "def f: 1; def g: 2;", "f/0" },
		{ "def f: (def g: 1; g);", "f/0" },
		{ "def f: {def: 1, a: .def};", "f/0" },
		{ "def f: \"\\(def g: 1; g)\";", "f/0" },
		{ "def f: 1", NULL },
		{ "def f: def g: 1;", NULL },
		{ "def f: 1; .", NULL },
		{ "def f: 1; .x |", NULL },
		{ "def f: 1;;", NULL },
		{ "def f", NULL },
		{ "def", NULL },
		{ "def : 1;", NULL },
		{ "def f(a: 1;", NULL },
		{ "def f: (1;", NULL },
		{ "def env: 1;", NULL },
	};
	char name[JQLEX_NAME];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sc_err e = { 0 };
		int rc = def(cases[i].text, name, &e);

		if ((rc == 0) != (cases[i].name != NULL))
			fail_msg("%s: %d %s", cases[i].text, rc, e.msg);
		if (rc == 0)
			assert_string_equal(name, cases[i].name);
		else
			assert_int_equal(e.code, EX_CONFIG);
	}
}

static void
a_long_name_is_refused(void **state)
{
	char text[400], name[JQLEX_NAME];
	struct sc_err e = { 0 };

	(void)state;
	(void)snprintf(text, sizeof(text), "def f%0380d: 1;", 0);
	assert_int_equal(def(text, name, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    words_that_reach_beyond_the_record_are_refused),
		cmocka_unit_test(
		    the_same_words_are_fine_as_names_and_in_strings),
		cmocka_unit_test(brackets_and_strings_must_be_closed),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(comments_and_blanks_at_the_end_go),
		cmocka_unit_test(facts_are_found),
		cmocka_unit_test(defs_are_defs_and_nothing_else),
		cmocka_unit_test(a_long_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
