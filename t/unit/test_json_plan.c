#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/json.h"
#include "sc/mem.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Scans with a plan of paths that are divided by blanks; "-" is "". */
static struct sc_json_plan *
plan_of(const char *words, struct sc_err *e)
{
	char *copy = sc_xstrdup(words), *rest = copy, *word;
	const char *paths[80];
	struct sc_json_plan *plan;
	size_t n = 0;

	while ((word = strsep(&rest, " ")) != NULL) {
		assert_true(n < N(paths));
		paths[n++] = strcmp(word, "-") == 0 ? "" : word;
	}
	plan = sc_json_plan_new(paths, n, e);
	free(copy);
	return plan;
}

static void
plans_find_their_values(void **state)
{
	/* What is found, joined by blanks; "-" for what is not. */
	static const struct {
		const char *paths, *text, *found;
	} rows[] = {
		{ "a", "{\"a\":1}", "1" },
		{ "a", "{\"b\":1}", "-" },
		{ "a", "{}", "-" },
		{ "a", "7", "-" },
		{ "a", "[{\"a\":1}]", "-" },
		{ "-", " [1, 2] ", "[1, 2]" },
		{ "-", "true", "true" },
		{ "- a a.b", "{\"a\":{\"b\":2}}",
		    "{\"a\":{\"b\":2}} {\"b\":2} 2" },
		{ "a.b a", "{\"a\":{\"b\":\"x\"}}", "\"x\" {\"b\":\"x\"}" },
		{ "a.b", "{\"a\":[{\"b\":1}]}", "-" },
		{ "a.b", "{\"a\":1}", "-" },
		{ "a.b", "{\"b\":1,\"c\":{\"b\":2,\"a\":{\"b\":3}}}", "-" },
		{ "a.b.c", "{\"a\":{\"b\":{\"b\":{\"c\":1},\"c\":[]}}}", "[]" },
		{ "a a", "{\"a\":null}", "null null" },
		{ "a b c", "{\"c\":false,\"b\":[ ],\"a\":{ }}",
		    "{ } [ ] false" },
		{ "aa ab ba bb", "{\"bb\":4,\"ba\":3,\"ab\":2,\"aa\":1}",
		    "1 2 3 4" },
		{ "x-\xc3\xa9", "{\"x-\xc3\xa9\":1}", "1" },
		{ "x-\xc3\xa9", "{\"x-\\u00e9\":1}", "1" },
		{ "ab.cd", "{\"\\u0061b\":{\"c\\u0064\":1}}", "1" },
		{ "a/b", "{\"a\\/b\":1}", "1" },
		{ "a", "{\"a\\u0000\":1}", "-" },
		{ "a", "{\"\\u0061\\u0061\":1}", "-" },
		{ "a b", "{ \"a\" :\n1 , \"b\" : 2 }", "1 2" },
		/* of a repeated key the last counts, with all that is in it */
		{ "a", "{\"a\":1,\"a\":2}", "2" },
		{ "a", "{\"a\":1,\"\\u0061\":2}", "2" },
		{ "a.b", "{\"a\":{\"b\":1},\"a\":{\"b\":2}}", "2" },
		{ "a.b", "{\"a\":{\"b\":1},\"a\":{\"c\":2}}", "-" },
		{ "a.b", "{\"a\":{\"b\":1},\"a\":null}", "-" },
		{ "a.b", "{\"a\":{\"b\":1},\"a\":[]}", "-" },
		{ "a a.b.c", "{\"a\":{\"b\":{\"c\":1},\"b\":2}}",
		    "{\"b\":{\"c\":1},\"b\":2} -" },
		{ "a.b a.c d",
		    "{\"a\":{\"b\":1,\"c\":2},\"d\":3,\"a\":{\"c\":4}}",
		    "- 4 3" },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct sc_json_val out[8];
		struct sc_err e = { 0 };
		struct sc_json_plan *plan = plan_of(rows[i].paths, &e);
		const char *p = rows[i].found;
		size_t n = strlen(rows[i].text);
		struct sc_buf b;

		memset(out, 0x5a, sizeof(out));
		sc_buf_init(&b, 1000);
		assert_non_null(plan);
		assert_int_equal(
		    sc_json_scan(rows[i].text, n, plan, 0, out, &e), 0);
		for (size_t k = 0; b.len < strlen(p); k++) {
			if (b.len > 0)
				(void)sc_buf_addc(&b, ' ');
			if (out[k].type == SC_JSON_NONE)
				(void)sc_buf_addc(&b, '-');
			else
				(void)sc_buf_add(
				    &b, out[k].raw.p, out[k].raw.n);
		}
		assert_string_equal(sc_buf_str(&b), p);
		sc_buf_fini(&b);
		sc_json_plan_free(plan);
	}
}

static void
a_large_plan_finds_all(void **state)
{
	char name[64][16];
	const char *paths[65];
	struct sc_json_val out[64];
	struct sc_json_plan *plan;
	struct sc_err e = { 0 };
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 4096);
	for (int i = 0; i < 64; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "n.f%d", i);
		paths[i] = name[i];
		(void)sc_buf_addf(&b, "%s\"f%d\":%d", i > 0 ? "," : "{\"n\":{",
		    63 - i, 63 - i);
	}
	(void)sc_buf_adds(&b, "}}");
	plan = sc_json_plan_new(paths, 64, &e);
	assert_non_null(plan);
	assert_int_equal(sc_json_scan(b.p, b.len, plan, 0, out, &e), 0);
	for (int i = 0; i < 64; i++) {
		int64_t found;

		assert_int_equal(sc_json_int(out[i], &found), 0);
		assert_int_equal(found, i);
	}
	/* Cut off, the text has no values at all. */
	assert_int_equal(sc_json_scan(b.p, b.len - 1, plan, 0, out, &e), -1);
	for (int i = 0; i < 64; i++)
		assert_int_equal(out[i].type, SC_JSON_NONE);
	sc_json_plan_free(plan);
	sc_buf_fini(&b);
	paths[64] = "one too many";
	assert_null(sc_json_plan_new(paths, 65, &e));
	assert_int_equal(e.code, EX_CONFIG);
}

/* The longest path there is, to a container that is one level too deep. */
static void
a_path_may_end_where_frames_do(void **state)
{
	char path[2 * SC_JSON_MAX_DEPTH];
	const char *paths[] = { path };
	struct sc_err e = { 0 };
	struct sc_json_plan *plan;
	struct sc_json_val v;
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 10000);
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 2 == 0 ? 'a' : '.';
	path[sizeof(path) - 1] = '\0';
	plan = sc_json_plan_new(paths, 1, &e);
	for (int i = 0; i < SC_JSON_MAX_DEPTH; i++)
		(void)sc_buf_adds(&b, "{\"a\":");
	(void)sc_buf_adds(&b, "{\"a\":[{\"a\":1}]}");
	for (int i = 0; i < SC_JSON_MAX_DEPTH; i++)
		(void)sc_buf_adds(&b, "}");
	assert_int_equal(
	    sc_json_scan(b.p, b.len, plan, SC_JSON_DEEP, &v, &e), 0);
	assert_true(sc_slice_is(v.raw, "{\"a\":[{\"a\":1}]}"));
	assert_int_equal(sc_json_scan(b.p, b.len, plan, 0, &v, &e), -1);
	assert_int_equal(v.type, SC_JSON_NONE);
	sc_buf_fini(&b);
	sc_json_plan_free(plan);
}

static void
bad_paths_are_refused(void **state)
{
	static const char *const bad[] = { ".", ".a", "a.", "a..b" };
	char deep[2 * SC_JSON_MAX_DEPTH + 2];
	const char *path = deep;
	struct sc_json_plan *plan;
	struct sc_err e;

	(void)state;
	for (size_t i = 0; i < N(bad); i++) {
		e = (struct sc_err){ 0 };
		assert_null(sc_json_plan_new(&bad[i], 1, &e));
		assert_int_equal(e.code, EX_CONFIG);
		assert_non_null(strstr(e.msg, bad[i]));
	}
	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = i % 2 == 0 ? 'a' : '.';
	deep[sizeof(deep) - 1] = '\0';
	assert_null(sc_json_plan_new(&path, 1, &e));
	deep[sizeof(deep) - 3] = '\0';
	plan = sc_json_plan_new(&path, 1, &e);
	assert_non_null(plan);
	sc_json_plan_free(plan);
	sc_json_plan_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_find_their_values),
		cmocka_unit_test(a_large_plan_finds_all),
		cmocka_unit_test(a_path_may_end_where_frames_do),
		cmocka_unit_test(bad_paths_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
