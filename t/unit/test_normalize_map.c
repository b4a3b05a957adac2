#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/mem.h"

#include "bin/sc-normalize/field.h"
#include "bin/sc-normalize/map.h"
#include "bin/sc-normalize/program.h"

static struct map *
empty_map(void)
{
	struct map *m = sc_xcalloc(1, sizeof(*m));

	m->vendor = sc_xstrdup("v");
	m->stream = sc_xstrdup("s");
	return m;
}

static struct map *
parsed(const char *shipped, const char *local)
{
	struct map *m = empty_map();
	struct sc_err e = { 0 };

	if (map_parse(m, "s.map", sc_slice_of(shipped), false, &e) == -1)
		fail_msg("%s", e.msg);
	if (local != NULL &&
	    map_parse(m, "l.map", sc_slice_of(local), true, &e) == -1)
		fail_msg("%s", e.msg);
	return m;
}

static void
check_line(const struct map_line *l, const char *name, const char *text,
    const char *file, unsigned lineno)
{
	assert_non_null(l);
	assert_string_equal(l->name, name);
	assert_string_equal(l->text, text);
	assert_string_equal(l->file, file);
	assert_int_equal(l->lineno, lineno);
}

static void
lines_are_read_with_their_places(void **state)
{
	struct map *m = parsed("# c\n"
			       "def f(a):\n"
			       "  # c\n"
			       "\ta;   # c\n"
			       "\n"
			       "action=.a\r\n"
			       " | .b # c\n"
			       "\n"
			       "   | .c\n"
			       "x_1   =   \"s\"",
	    NULL);

	(void)state;
	assert_int_equal(m->ndefs, 1);
	assert_int_equal(m->nfields, 2);
	check_line(&m->defs[0], "f/1", "def f(a):\n\ta;", "s.map", 2);
	check_line(map_field(m, "action"), "action", ".a\n | .b \n   | .c",
	    "s.map", 6);
	check_line(map_field(m, "x_1"), "x_1", "\"s\"", "s.map", 10);
	assert_true(map_field(m, "x_1")->literal);
	assert_null(map_field(m, "x_2"));
	assert_false(map_uses_ctx(m));
	map_free(m);
}

static void
local_lines_replace_in_place_or_come_behind(void **state)
{
	struct map *m = parsed("def a: 1;\n"
			       "def b: a;\n"
			       "x_a = a\n"
			       "x_b = b\n"
			       "x_c = 3\n",
	    "x_new = a(1)\n"
	    "x_b = 2\n"
	    "def a: $ctx;\n"
	    "def a(x): x;\n"
	    "x_c =\n"
	    "x_unknown = # nothing\n");

	(void)state;
	assert_int_equal(m->ndefs, 3);
	check_line(&m->defs[0], "a/0", "def a: $ctx;", "l.map", 3);
	check_line(&m->defs[1], "b/0", "def b: a;", "s.map", 2);
	check_line(&m->defs[2], "a/1", "def a(x): x;", "l.map", 4);
	assert_int_equal(m->nfields, 3);
	check_line(&m->fields[0], "x_a", "a", "s.map", 3);
	check_line(&m->fields[1], "x_b", "2", "l.map", 2);
	check_line(&m->fields[2], "x_new", "a(1)", "l.map", 1);
	assert_true(map_uses_ctx(m));
	map_free(m);
}

static void
faults_are_named_with_their_line(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "x_a = 1\n\nclientIp = 1\n",
		    "s.map:3: no field clientIp, did you mean clientIP" },
		{ "zzzzzzzz = 1", "s.map:1: no field zzzzzzzz; own fields" },
		{ "x_ = 1", "s.map:1: no field x_" },
		{ "id = 1", "s.map:1: id is set by sc-normalize" },
		{ "message = 1", "message is set by" },
		{ "senderHost = 1", "senderHost is set by" },
		{ "sourceInfo = 1", "sourceInfo is set by" },
		{ "org_id = 1", "org_id is set by" },
		{ "action = 1\naction = 2", "s.map:2: action is already on" },
		{ "def f: 1;\ndef f: 2;", "s.map:2: f/0 is already on line 1" },
		{ "action", "s.map:1: no \"=\" behind action" },
		{ "action : 1", "s.map:1: no \"=\" behind action" },
		{ "= 1", "s.map:1: no \"field = expression\"" },
		{ "action =", "s.map:1: action has no expression" },
		{ "\n action = 1", "s.map:2: an indented line continues" },
		{ "action = 1\n\x01", "s.map:2: a control character" },
		{ "action = \"\xff\"", "s.map: larger than" },
		{ "action = 1\n\n  + (\n", "s.map:1: a ( that is not closed" },
		{ "def f: 1", "s.map:1: the def does not end" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct map *m = empty_map();
		struct sc_err e = { 0 };

		assert_int_equal(map_parse(m, "s.map",
				     sc_slice_of(cases[i].text), false, &e),
		    -1);
		assert_int_equal(e.code, EX_CONFIG);
		if (strncmp(e.msg, cases[i].why, strlen(cases[i].why)) != 0 &&
		    strstr(e.msg, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].text, e.msg);
		map_free(m);
	}
}

static void
a_file_has_limits(void **state)
{
	struct map *m = empty_map();
	struct sc_err e = { 0 };
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, MAP_FILE_MAX * 2);
	for (int i = 0; i <= MAP_LINES_MAX; i++)
		(void)sc_buf_addf(&b, "x_%d = 1\n", i);
	assert_int_equal(
	    map_parse(m, "s.map", (struct sc_slice){ b.p, b.len }, false, &e),
	    -1);
	assert_non_null(strstr(e.msg, "s.map:513: too many lines"));
	while (b.len <= MAP_FILE_MAX)
		(void)sc_buf_adds(&b, "# comment comment comment comment\n");
	assert_int_equal(
	    map_parse(m, "s.map", (struct sc_slice){ b.p, b.len }, false, &e),
	    -1);
	assert_non_null(strstr(e.msg, "larger than"));
	sc_buf_fini(&b);
	map_free(m);
}

static void
expect_program(
    const struct map *m, enum program_form form, const char *expected)
{
	struct sc_buf b;

	sc_buf_init(&b, PROGRAM_MAX);
	program_text(m, form, &b);
	assert_string_equal(sc_buf_str(&b), expected);
	sc_buf_fini(&b);
}

static void
programs_have_their_forms(void **state)
{
	struct map *m = parsed("x_a = .a # c\ndef f: $ctx;\nx_b = f", NULL);

	(void)state;
	expect_program(m, PROGRAM_RUN,
	    ".[1] as $ctx | .[0] |\n"
	    "def f: $ctx;\n"
	    "{\nx_a: [(.a)?][0],\nx_b: [(f)?][0]\n}\n");
	expect_program(m, PROGRAM_PRINT,
	    "$ARGS.named.ctx as $ctx |\n"
	    "# s.map:2\ndef f: $ctx;\n"
	    "{\n# s.map:1\nx_a: [(.a)?][0],\n# s.map:3\nx_b: [(f)?][0]\n}\n"
	    "| del(.[] | select(. == null or . == \"\"))\n");
	map_free(m);
	m = parsed("", NULL);
	expect_program(m, PROGRAM_RUN, "{\n}\n");
	map_free(m);
}

static void
a_rendition_depends_on_the_program_alone(void **state)
{
	struct map *a = parsed("x_a = .a\n", NULL);
	struct map *b = parsed("# moved\n\nx_a =   .a  # comment\n", NULL);
	struct map *c = parsed("x_a = .a\n", "x_a = .b\n");
	char *ra = program_rendition(a), *rb = program_rendition(b);
	char *rc = program_rendition(c);

	(void)state;
	assert_int_equal(strncmp(ra, "v/s@", 4), 0);
	assert_int_equal(strlen(ra), 4 + 12);
	assert_string_equal(ra, rb);
	assert_string_not_equal(ra, rc);
	free(ra);
	free(rb);
	free(rc);
	map_free(a);
	map_free(b);
	map_free(c);
}

static void
fields_are_known_by_name_and_type(void **state)
{
	(void)state;
	assert_int_equal(field_find("clientIP")->type, FIELD_TEXT);
	assert_int_equal(field_find("severityCode")->type, FIELD_NUMBER);
	assert_int_equal(field_find("tags")->type, FIELD_TEXTS);
	assert_int_equal(field_find("productIds")->type, FIELD_NUMBERS);
	assert_int_equal(field_find("x_anything")->type, FIELD_ANY);
	assert_null(field_find("clientip"));
	assert_null(field_find("x_"));
	assert_true(field_find("message")->ours);
	assert_false(field_find("uri")->ours);
	assert_string_equal(field_nearest("userNmae"), "userName");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_with_their_places),
		cmocka_unit_test(local_lines_replace_in_place_or_come_behind),
		cmocka_unit_test(faults_are_named_with_their_line),
		cmocka_unit_test(a_file_has_limits),
		cmocka_unit_test(programs_have_their_forms),
		cmocka_unit_test(a_rendition_depends_on_the_program_alone),
		cmocka_unit_test(fields_are_known_by_name_and_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
