#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mocksrv/darktrace/dt_generate.h"
#include "sc/json.h"

#define START_US (INT64_C(1795219200) * 1000000)
#define DAY_US   (INT64_C(86400) * 1000000)

static struct mock_plan
plan(uint64_t n, uint64_t seed)
{
	return (struct mock_plan){
		.n = n, .seed = seed, .start_us = START_US, .span_us = DAY_US
	};
}

static const struct mock_generator *
generator(const char *name)
{
	const struct mock_generator *g = mock_dt_generators;

	while (strcmp(g->name, name) != 0)
		g++;
	return g;
}

/* Makes record i and picks members out of it. */
static void
make(const struct mock_generator *g, const struct mock_plan *p, uint64_t i,
    struct sc_buf *b, const char *const *paths, size_t n,
    struct sc_json_val *out)
{
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(paths, n, &e);

	sc_buf_reset(b);
	g->record(p, i, b);
	if (sc_json_scan(b->p, b->len, plan, SC_JSON_UTF8 | SC_JSON_NODUP, out,
		&e) == -1)
		fail_msg("%s %d: %s: %.*s", g->name, (int)i, e.msg, (int)b->len,
		    b->p);
	sc_json_plan_free(plan);
}

static int64_t
number(struct sc_json_val v)
{
	int64_t n = 0;

	assert_int_equal(sc_json_int(v, &n), 0);
	return n;
}

/* Whole seconds, ties, and breaches that are there long after or too early. */
static void
test_breach_times(void **state)
{
	static const char *const paths[] = { "pbid", "time", "creationTime",
		"device.did" };
	const struct mock_generator *g = generator("model-breaches");
	struct mock_plan p = plan(2000, 3);
	unsigned ties = 0, early = 0, late = 0, nowhere = 0;
	int64_t last = 0;
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 1 << 20);
	for (uint64_t i = 0; i < p.n; i++) {
		struct sc_json_val v[4];
		int64_t time, created;

		make(g, &p, i, &b, paths, 4, v);
		time = number(v[1]);
		created = number(v[2]);
		assert_int_equal(number(v[0]), 20001 + (int64_t)i);
		assert_int_equal(time % 1000, 0);
		assert_int_equal(created % 1000, 0);
		assert_true(time >= last);
		assert_in_range(
		    time, START_US / 1000, (START_US + DAY_US) / 1000);
		ties += time == last;
		early += created < time;
		late += created > time + 60000;
		nowhere += number(v[3]) == -1;
		last = time;
	}
	assert_in_range(ties, 150, 400);
	assert_in_range(early, 50, 400);
	assert_in_range(late, 5, 100);
	assert_in_range(nowhere, 100, 600);
	sc_buf_fini(&b);
}

/* Record i is the same whatever was made before it, or alone. */
static void
test_any_order(void **state)
{
	const struct mock_plan p = plan(100000, 3), q = plan(100000, 4);
	struct sc_buf a, b;

	(void)state;
	sc_buf_init(&a, 1 << 20);
	sc_buf_init(&b, 1 << 20);
	for (const struct mock_generator *g = mock_dt_generators;
	     g->name != NULL; g++) {
		sc_buf_reset(&a);
		g->record(&p, 99999, &a);
		sc_buf_reset(&b);
		g->record(&p, 0, &b);
		sc_buf_reset(&b);
		g->record(&p, 99999, &b);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.p, b.p, a.len);
		sc_buf_reset(&b);
		g->record(&q, 99999, &b);
		assert_true(a.len != b.len || memcmp(a.p, b.p, a.len) != 0);
	}
	sc_buf_fini(&a);
	sc_buf_fini(&b);
}

static bool
contains(const struct sc_buf *b, struct sc_json_val v)
{
	return memmem(b->p, b->len, v.raw.p, v.raw.n) != NULL;
}

/* The first element of an array. */
static struct sc_json_val
first(struct sc_json_val array)
{
	struct sc_json_iter it = sc_json_iter(array);
	struct sc_json_val v = { 0 };

	(void)sc_json_next(&it, NULL, &v);
	return v;
}

/*
 * 24 n breaches, 3 n events and n groups tell one story: a group has the
 * events that name it, with its score; an event has breaches that are there,
 * and that name it.
 */
static void
test_story(void **state)
{
	static const char *const of_event[] = { "id", "currentGroup",
		"relatedBreaches", "createdAt", "groupScore" };
	static const char *const of_group[] = { "id", "groupScore" };
	static const char *const of_breach[] = { "pbid", "time" };
	const struct mock_plan breaches = plan(240, 9), events = plan(30, 9),
			       groups = plan(10, 9);
	unsigned related = 0;
	struct sc_buf e, g, b;

	(void)state;
	sc_buf_init(&e, 1 << 20);
	sc_buf_init(&g, 1 << 20);
	sc_buf_init(&b, 1 << 20);
	for (uint64_t i = 0; i < events.n; i++) {
		struct sc_json_val v[5], w[2], x[2], named;

		make(generator("ai-analyst"), &events, i, &e, of_event, 5, v);
		make(generator("groups"), &groups, i / DT_GROUP, &g, of_group,
		    2, w);
		assert_true(contains(&g, v[0]));
		if (v[1].raw.n == w[0].raw.n)
			assert_memory_equal(v[1].raw.p, w[0].raw.p, w[0].raw.n);
		if (v[4].type == SC_JSON_NUMBER)
			assert_memory_equal(v[4].raw.p, w[1].raw.p, w[1].raw.n);
		named = first(v[2]);
		if (named.type == SC_JSON_NONE)
			continue;
		make(generator("model-breaches"), &breaches,
		    (uint64_t)number(sc_json_member(named, "pbid")) - 20001, &b,
		    of_breach, 2, x);
		assert_true(contains(&b, v[0]));
		assert_int_equal(
		    number(sc_json_member(named, "timestamp")), number(x[1]));
		assert_true(number(v[3]) >= number(x[1]) ||
		    number(v[3]) == (START_US + DAY_US) / 1000);
		related++;
	}
	assert_true(related > 20);
	sc_buf_fini(&e);
	sc_buf_fini(&g);
	sc_buf_fini(&b);
}

/* What a mapping has to tell apart. */
static const struct form {
	const char *stream, *text;
} forms[] = {
	{ "model-breaches", "\"category\":\"Critical\"" },
	{ "model-breaches", "\"category\":\"Suspicious\"" },
	{ "model-breaches", "\"category\":\"Informational\"" },
	{ "model-breaches", "\"priority\":0}" },
	{ "model-breaches", "\"compliance\":true" },
	{ "model-breaches", "\"acknowledged\":{" },
	{ "model-breaches", "\"acknowledged\":true" },
	{ "model-breaches", "\"acknowledged\":false" },
	{ "model-breaches", "\"aianalystData\":[{" },
	{ "model-breaches", "\"mitreTechniques\":[{" },
	{ "model-breaches", "\"triggeredComponents\":[{}]" },
	{ "model-breaches", "\"device\":{\"did\":-1}" },
	{ "model-breaches", "\"sid\":-9" },
	{ "model-breaches", "\"sid\":-11" },
	{ "model-breaches", "\"ip\":\"10.0.0.#28" },
	{ "model-breaches", "\"ip6\":\"2001:db8::" },
	{ "model-breaches", "\"credentials\":[\"" },
	{ "model-breaches", "\"credentials\":[{" },
	{ "model-breaches", "\"action\":\"quarantine\"" },
	{ "model-breaches", "\"antigena\":{}" },
	{ "model-breaches", "weightedComponentList" },
	{ "model-breaches", "\"type\":\"componentList\"" },
	{ "model-breaches", "\"description\":\"\"" },
	{ "model-breaches", "\\\\n\\\\nAction" },
	{ "model-breaches", "\"tags\":[\"\"," },
	{ "model-breaches", "\"pbscore\":" },
	{ "model-breaches", "\"value\":\"in\"" },
	{ "model-breaches", "\"userID\":24" },
	{ "ai-analyst", "\"attackPhases\":null" },
	{ "ai-analyst", "\"mitreTactics\":[]" },
	{ "ai-analyst", "\"groupPreviousGroups\":null" },
	{ "ai-analyst", "\"groupPreviousGroups\":[\"g" },
	{ "ai-analyst", "\"groupScore\":\"" },
	{ "ai-analyst", "\"pinned\":true" },
	{ "ai-analyst", "\"acknowledged\":true" },
	{ "ai-analyst", "\"relatedBreaches\":null" },
	{ "ai-analyst", "\"breachDevices\":[]" },
	{ "ai-analyst", "\"summary\":{" },
	{ "ai-analyst", "\"summary\":\"" },
	{ "ai-analyst", "\"blockType\":\"grouped\"" },
	{ "ai-analyst", "\"category\":\"compliance\"" },
	{ "ai-analyst", "\"sender\":\"" },
	{ "groups", "\"previousIds\":[\"g" },
	{ "groups", "\"acknowledged\":true" },
	{ "groups", "\"active\":false" },
	{ "devices", "\"quarantine\":true" },
	{ "devices", "\"devicelabel\":" },
	{ "devices", "\"vendor\":\"\"" },
	{ "devices", "\"did\":7,\"sid\":7}" },
};

#define NFORMS (sizeof(forms) / sizeof(forms[0]))

static void
test_forms(void **state)
{
	struct mock_plan p = plan(600, 1);
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 1 << 24);
	for (const struct mock_generator *g = mock_dt_generators;
	     g->name != NULL; g++) {
		sc_buf_reset(&b);
		for (uint64_t i = 0; i < p.n; i++)
			g->record(&p, i, &b);
		for (size_t k = 0; k < NFORMS; k++) {
			if (strcmp(forms[k].stream, g->name) == 0 &&
			    memmem(b.p, b.len, forms[k].text,
				strlen(forms[k].text)) == NULL)
				fail_msg("%s: no %s", g->name, forms[k].text);
		}
	}
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_breach_times),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_story),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
