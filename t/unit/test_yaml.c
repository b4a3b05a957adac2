#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/conf.h"
#include "sc/mem.h"
#include "sc/yaml.h"

enum colour { RED, GREEN };

struct item {
	char *name;
	int64_t weight;
};

struct thing {
	char *text;
	char *lines;
	char *word;
	enum colour colour;
	int64_t count;
	bool flag;
	int64_t interval;
	struct item in;
	struct item *seq;
	size_t nseq;
	struct item *dict;
	size_t ndict;
	struct sc_pair *pairs;
	size_t npairs;
	char **list;
	size_t nlist;
};

static const char *
no_blanks(const char *s)
{
	return strchr(s, ' ') != NULL ? "must not have blanks" : NULL;
}

static const char *const colours[] = { [RED] = "red", [GREEN] = "green", NULL };

static const struct sc_yaml_field item_fields[] = {
	{ .key = "weight",
	    .kind = SC_YAML_INT,
	    .at = offsetof(struct item, weight),
	    .flags = SC_YAML_REQUIRED,
	    .min = 1,
	    .max = 1000 },
};
static const struct sc_yaml_schema item_schema = { .fields = item_fields,
	.nfields = 1,
	.size = sizeof(struct item),
	.name = offsetof(struct item, name) };

#define AT(m) .at = offsetof(struct thing, m)
static const struct sc_yaml_field thing_fields[] = {
	{ .key = "text",
	    .kind = SC_YAML_TEXT,
	    AT(text),
	    .max = 20,
	    .check = no_blanks },
	{ .key = "lines",
	    .kind = SC_YAML_TEXT,
	    AT(lines),
	    .flags = SC_YAML_LINES | SC_YAML_EMPTY },
	{ .key = "word", .kind = SC_YAML_WORD, AT(word), .words = colours },
	{ .key = "colour", .kind = SC_YAML_ENUM, AT(colour), .words = colours },
	{ .key = "count",
	    .kind = SC_YAML_INT,
	    AT(count),
	    .min = -5,
	    .max = 1000 },
	{ .key = "flag", .kind = SC_YAML_BOOL, AT(flag) },
	{ .key = "interval",
	    .kind = SC_YAML_DURATION,
	    AT(interval),
	    .min = 10000,
	    .max = 86400000 },
	{ .key = "in", .kind = SC_YAML_MAP, AT(in), .sub = &item_schema },
	{ .key = "seq",
	    .kind = SC_YAML_SEQ,
	    AT(seq),
	    .count = offsetof(struct thing, nseq),
	    .sub = &item_schema },
	{ .key = "dict",
	    .kind = SC_YAML_DICT,
	    AT(dict),
	    .count = offsetof(struct thing, ndict),
	    .sub = &item_schema,
	    .check = no_blanks },
	{ .key = "pairs",
	    .kind = SC_YAML_PAIRS,
	    AT(pairs),
	    .count = offsetof(struct thing, npairs) },
	{ .key = "list",
	    .kind = SC_YAML_LIST,
	    AT(list),
	    .count = offsetof(struct thing, nlist) },
};
static const struct sc_yaml_schema thing_schema = { .fields = thing_fields,
	.nfields = sizeof(thing_fields) / sizeof(thing_fields[0]) };

static int
parse(const char *text, struct thing *t, struct sc_err *e)
{
	return sc_yaml_parse("t.yaml", sc_slice_of(text), &thing_schema, t, e);
}

static void
every_kind_is_read(void **state)
{
	struct thing t = { .flag = true };
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(parse("text: no\n"
			       "lines: |\n"
			       "  .a ==\n"
			       "  \"b\"\n"
			       "word: green\n"
			       "colour: green\n"
			       "count: -3\n"
			       "flag: no\n"
			       "interval: 1h30m\n"
			       "in: { weight: 7 }\n"
			       "seq:\n"
			       "  - weight: 1\n"
			       "  - weight: 2\n"
			       "dict: { b: { weight: 3 }, a: { weight: 4 } }\n"
			       "pairs: { limit: 1000, empty: '' }\n"
			       "list: [ x, 'y z' ]\n",
			     &t, &e),
	    0);
	assert_string_equal(t.text, "no"); /* a text is a text */
	assert_string_equal(t.lines, ".a ==\n\"b\"\n");
	assert_string_equal(t.word, "green");
	assert_int_equal(t.colour, GREEN);
	assert_int_equal(t.count, -3);
	assert_false(t.flag);
	assert_int_equal(t.interval, 5400000);
	assert_int_equal(t.in.weight, 7);
	assert_int_equal(t.nseq, 2);
	assert_int_equal(t.seq[1].weight, 2);
	assert_int_equal(t.ndict, 2);
	assert_string_equal(t.dict[0].name, "b"); /* the file's order */
	assert_int_equal(t.dict[1].weight, 4);
	assert_int_equal(t.npairs, 2);
	assert_string_equal(t.pairs[0].name, "limit");
	assert_string_equal(t.pairs[0].value, "1000");
	assert_string_equal(t.pairs[1].value, "");
	assert_int_equal(t.nlist, 2);
	assert_string_equal(t.list[1], "y z");
	sc_yaml_release(&thing_schema, &t);
	assert_null(t.text);
	assert_null(t.dict);
	assert_int_equal(t.npairs, 0);
}

static void
words_for_yes_and_no(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} cases[] = { { "yes", true }, { "true", true }, { "no", false },
		{ "false", false }, { "'yes'", true } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct thing t = { .flag = !cases[i].want };
		char *text = sc_xasprintf("flag: %s\n", cases[i].text);
		struct sc_err e = { 0 };

		assert_int_equal(parse(text, &t, &e), 0);
		assert_int_equal(t.flag, cases[i].want);
		free(text);
	}
}

static void
a_bare_number_is_minutes(void **state)
{
	struct thing t = { 0 };
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(parse("interval: 5\n", &t, &e), 0);
	assert_int_equal(t.interval, 300000);
}

static void
what_is_not_there_keeps_its_default(void **state)
{
	struct thing t = { .flag = true, .count = 42 };
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(parse("text: a\n", &t, &e), 0);
	assert_true(t.flag);
	assert_int_equal(t.count, 42);
	sc_yaml_release(&thing_schema, &t);
}

static const struct {
	const char *text;
	const char *message;
} errors[] = {
	/* Keys. */
	{ "text: a\nintervall: 5m\n",
	    "2:1: unknown key \"intervall\"; did you mean \"interval\"?" },
	{ "in:\n  wieght: 1\n",
	    "2:3: unknown key \"wieght\"; did you mean \"weight\"?" },
	{ "Flag: yes\n", "1:1: unknown key \"Flag\"; did you mean \"flag\"?" },
	{ "in: { speed: 9 }\n",
	    "1:7: unknown key \"speed\"; known here: weight" },
	{ "text: a\nflag: yes\ntext: b\n",
	    "3:1: duplicate key \"text\", first in line 1" },
	{ "dict: { a: { weight: 1 }, a: { weight: 2 } }\n",
	    "1:27: duplicate key \"a\"" },
	{ "pairs:\n  x: 1\n  x: 2\n", "3:3: duplicate key \"x\"" },
	{ "seq:\n  - weight: 1\n  - { }\n", "3:5: \"weight\" is missing" },
	{ "? [a]\n: b\n", "1:3: a key must be a word" },
	{ "\"te\\u0001xt\\n\": a\n",
	    "1:1: unknown key \"te?xt?\"; did you mean \"text\"?" },
	/* Kinds. */
	{ "text: [a]\n", "1:7: \"text\" must be a single value, not a list" },
	{ "text: { a: b }\n",
	    "1:7: \"text\" must be a single value, not a mapping" },
	{ "in: 5\n", "1:5: \"in\" must be a mapping, not a single value" },
	{ "in:\n", "1:4: \"in\" must be a mapping, not a single value" },
	{ "seq: { weight: 1 }\n",
	    "1:6: \"seq\" must be a list, not a mapping" },
	{ "seq: [ a ]\n",
	    "1:8: \"seq\" must be a mapping, not a single value" },
	{ "list: a\n", "1:7: \"list\" must be a list, not a single value" },
	{ "list: [ [a] ]\n",
	    "1:9: \"list\" must be a single value, not a list" },
	{ "dict: { a: b }\n",
	    "1:12: \"dict\" must be a mapping, not a single value" },
	{ "pairs: { a: [b] }\n",
	    "1:13: \"a\" must be a single value, not a list" },
	/* Values. */
	{ "text:\n", "1:6: \"text\" has no value" },
	{ "text: ''\n", "1:7: \"text\" has no value" },
	{ "text: \"a\\nb\"\n", "1:7: \"text\" must be a single line" },
	{ "text: \"a\\0b\"\n", "1:7: \"text\" holds a control byte" },
	{ "text: a b\n", "1:7: \"text\" must not have blanks" },
	{ "text: abcdefghijklmnopqrstuvwxyz\n",
	    "1:7: \"text\" is longer than 20 bytes" },
	{ "dict: { 'a b': { weight: 1 } }\n",
	    "1:9: \"dict\" must not have blanks" },
	{ "count: 12x\n",
	    "1:8: \"count\" must be a whole number from -5 to 1000, "
	    "not \"12x\"" },
	{ "count: 1001\n",
	    "1:8: \"count\" must be a whole number from -5 to 1000, "
	    "not \"1001\"" },
	{ "flag: True\n",
	    "1:7: \"flag\" cannot be \"True\"; did you mean \"true\"?" },
	{ "flag: perhaps\n",
	    "1:7: \"flag\" cannot be \"perhaps\"; it is one of no, yes, "
	    "false, true" },
	{ "colour: gren\n",
	    "1:9: \"colour\" cannot be \"gren\"; did you mean \"green\"?" },
	{ "word: blue\n",
	    "1:7: \"word\" cannot be \"blue\"; it is one of red, green" },
	{ "interval: 5x\n",
	    "1:11: \"interval\" must be a duration such as 90s, 5m or 1h30m, "
	    "not \"5x\"" },
	{ "interval: 5s\n",
	    "1:11: \"interval\" must be from 10s to 1d, not \"5s\"" },
	{ "interval: 99999\n",
	    "1:11: \"interval\" must be from 10s to 1d, not \"99999\"" },
	/* The language. */
	{ "text: &a b\n",
	    "1:7: anchors (&) and aliases (*) are not supported; write the "
	    "value out or quote it" },
	{ "text: *a\n",
	    "1:7: anchors (&) and aliases (*) are not supported; write the "
	    "value out or quote it" },
	{ "in: &a { weight: 1 }\n",
	    "1:5: anchors (&) and aliases (*) are not supported; write the "
	    "value out or quote it" },
	{ "text: !!str a\n",
	    "1:7: tags (!) are not supported; quote the value" },
	{ "seq: !x [ ]\n", "1:6: tags (!) are not supported; quote the value" },
	{ "text: a\n---\ntext: b\n",
	    "2:1: only one document a file: remove the line ---" },
	{ "", "1:1: the file is empty" },
	{ "# only a comment\n", "2:1: the file is empty" },
	{ "- a\n", "1:1: the file must consist of \"key: value\" lines" },
	{ "in:\n\tweight: 1\n",
	    "2:1: found character that cannot start any token (indent with "
	    "blanks, not tabs; quote texts that start with a special sign)" },
	{ "text: @a\n",
	    "1:7: found character that cannot start any token (indent with "
	    "blanks, not tabs; quote texts that start with a special sign)" },
	{ "list: [a\n", "2:1: did not find expected ',' or ']'" },
	{ "text: \xff\n", "1:1: invalid leading UTF-8 octet" },
};

static void
errors_name_the_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct thing t = { 0 };
		struct sc_err e = { 0 };
		char want[512];

		(void)snprintf(
		    want, sizeof(want), "t.yaml:%s", errors[i].message);
		assert_int_equal(parse(errors[i].text, &t, &e), -1);
		assert_string_equal(e.msg, want);
		assert_int_equal(e.code, EX_CONFIG);
		assert_null(t.text); /* released */
	}
}

static void
limits_are_kept(void **state)
{
	size_t n = SC_YAML_MAX_BYTES + 1;
	char *text = sc_xcalloc(n + 1, 1);
	struct thing t = { 0 };
	struct sc_err e = { 0 };

	(void)state;
	memset(text, '#', n);
	assert_int_equal(parse(text, &t, &e), -1);
	assert_string_equal(e.msg, "t.yaml is larger than 1048576 bytes");

	memset(text, '[', 100);
	memcpy(text, "text: ", 6);
	text[100] = '\0';
	assert_int_equal(parse(text, &t, &e), -1);
	assert_non_null(strstr(e.msg, "must be a single value"));

	/* Inside of what is skipped nothing else would stop it. */
	static const struct sc_yaml_schema open = { .open = true };

	assert_int_equal(
	    sc_yaml_parse("t.yaml", sc_slice_of(text), &open, &t, &e), -1);
	assert_string_equal(e.msg, "t.yaml:1:22: nested too deeply");

	memcpy(text, "list: [", 7);
	for (size_t i = 7; i < 60000; i += 2)
		memcpy(text + i, "a,", 2);
	text[60001] = '\0';
	assert_int_equal(parse(text, &t, &e), -1);
	assert_non_null(strstr(e.msg, ": the file is too long"));
	assert_null(t.list);
	free(text);
}

static void
an_open_table_passes_over_the_rest(void **state)
{
	static const struct sc_yaml_schema open = {
		.fields = thing_fields, .nfields = 1, .open = true
	};
	struct thing t = { 0 };
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(
	    sc_yaml_parse("t.yaml",
		sc_slice_of("a: { text: [x, {y: z}] }\ntext: b\nc: [d]\n"),
		&open, &t, &e),
	    0);
	assert_string_equal(t.text, "b");
	sc_yaml_release(&open, &t);
}

static void
values_are_found_where_they_stand(void **state)
{
	static const char text[] = "# \xc3\xa4\n"
				   "in: { enabled: no }\n"
				   "enabled:   yes   # why\n"
				   "streams:\n"
				   "  threats: { interval: '5m' }\n";
	struct sc_slice s = sc_slice_of(text);
	struct sc_yaml_span at;

	(void)state;
	assert_true(sc_yaml_find(s, "enabled", &at));
	assert_int_equal(at.line, 3);
	assert_int_equal(at.col, 12);
	assert_memory_equal(text + at.from, "yes", 3);
	assert_int_equal(at.to - at.from, 3);
	assert_true(sc_yaml_find(s, "streams.threats.interval", &at));
	assert_int_equal(at.line, 5);
	assert_memory_equal(text + at.from, "'5m'", at.to - at.from);
	assert_false(sc_yaml_find(s, "interval", &at));
	assert_false(sc_yaml_find(s, "streams.agents", &at));
	assert_false(sc_yaml_find(s, "enabled.x", &at));
}

static void
blame_puts_the_place_in_front(void **state)
{
	struct sc_slice s = sc_slice_of("a: b\nurl: x\n");
	struct sc_err e = { 0 };

	(void)state;
	(void)sc_fail(&e, EX_CONFIG, "bad");
	assert_int_equal(sc_yaml_blame("f", s, "url", &e), -1);
	assert_string_equal(e.msg, "f:2:6: bad");
	(void)sc_fail(&e, EX_CONFIG, "bad");
	(void)sc_yaml_blame("f", s, "host", &e);
	assert_string_equal(e.msg, "f: bad");
}

static void
the_nearest_word(void **state)
{
	static const char *const list[] = { "vendor", "host", "api_key",
		"interval" };
	static const struct {
		const char *word, *want;
	} cases[] = { { "vendro", "vendor" }, { "apikey", "api_key" },
		{ "HOST", "host" }, { "intervals", "interval" },
		{ "token", NULL }, { "", NULL }, { "xyz", NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = sc_nearest(cases[i].word, list, 4);

		if (cases[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_read),
		cmocka_unit_test(words_for_yes_and_no),
		cmocka_unit_test(a_bare_number_is_minutes),
		cmocka_unit_test(what_is_not_there_keeps_its_default),
		cmocka_unit_test(errors_name_the_place),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(an_open_table_passes_over_the_rest),
		cmocka_unit_test(values_are_found_where_they_stand),
		cmocka_unit_test(blame_puts_the_place_in_front),
		cmocka_unit_test(the_nearest_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
