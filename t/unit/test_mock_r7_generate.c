#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mocksrv/rapid7/r7_generate.h"
#include "mocksrv/rapid7/r7_world.h"
#include "sc/json.h"
#include "sc/timefmt.h"

#define START_US (INT64_C(1795219200) * 1000000)
#define DAY_US   (INT64_C(86400) * 1000000)
#define N        400

static struct mock_plan
plan(uint64_t n, uint64_t seed)
{
	return (struct mock_plan){ .n = n,
		.seed = seed,
		.start_us = START_US,
		.span_us = 9 * DAY_US };
}

static const struct mock_generator *
generator(const char *name)
{
	const struct mock_generator *g = mock_r7_generators;

	while (strcmp(g->name, name) != 0)
		g++;
	return g;
}

/* The record as a JSON text, checked; out[] as sc_json_scan() has it. */
static void
make(const char *stream, const struct mock_plan *p, uint64_t i,
    const char *const *paths, size_t n, struct sc_json_val *out,
    struct sc_buf *b)
{
	struct sc_err e = { 0 };
	struct sc_json_plan *sp = sc_json_plan_new(paths, n, &e);

	sc_buf_reset(b);
	generator(stream)->record(p, i, b);
	if (sc_json_scan(
		b->p, b->len, sp, SC_JSON_UTF8 | SC_JSON_NODUP, out, &e) == -1)
		fail_msg("%s: %s: %.*s", stream, e.msg, (int)b->len, b->p);
	sc_json_plan_free(sp);
}

static int64_t
time_of(struct sc_json_val v)
{
	int64_t us = 0;

	assert_int_equal(v.type, SC_JSON_STRING);
	assert_int_equal(sc_time_parse_us(v.raw.p + 1, v.raw.n - 2, &us), 0);
	return us;
}

/* Zeros at the end of a fraction are not there, nor is a lone dot. */
static void
is_trimmed(struct sc_json_val v)
{
	char last = v.raw.p[v.raw.n - 3];

	assert_true(last != '.');
	if (memchr(v.raw.p, '.', v.raw.n) != NULL)
		assert_true(last != '0');
}

static void
test_investigations(void **state)
{
	static const char *const paths[] = { "created_time", "first_alert_time",
		"latest_alert_time", "source" };
	struct mock_plan p = plan(N, 5);
	struct sc_json_val v[4];
	int64_t last = 0;
	size_t lengths[32] = { 0 };
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 65536);
	for (uint64_t i = 0; i < N; i++) {
		int64_t created;

		make("investigations", &p, i, paths, 4, v, &b);
		created = time_of(v[0]);
		is_trimmed(v[0]);
		assert_in_range(v[0].raw.n, 22, 26);
		lengths[v[0].raw.n]++;
		assert_true(created >= START_US && created > last - DAY_US);
		assert_true(created < START_US + 9 * DAY_US);
		if (v[1].type == SC_JSON_STRING) {
			assert_true(sc_json_is(v[3], "ALERT"));
			assert_true(time_of(v[1]) <= created ||
			    time_of(v[1]) == START_US);
			assert_true(time_of(v[2]) >= time_of(v[1]));
			assert_true(time_of(v[2]) <= START_US + 9 * DAY_US);
		}
		last = created;
	}
	assert_true(lengths[22] > 0 && lengths[24] > 0);
	assert_true(lengths[25] > 0 && lengths[26] > 0);
	sc_buf_fini(&b);
}

/* Record i is the same whatever was made before it, or alone. */
static void
test_any_order(void **state)
{
	const struct mock_plan p = plan(100000, 3), q = plan(100000, 4);

	(void)state;
	for (const struct mock_generator *g = mock_r7_generators;
	     g->name != NULL; g++) {
		struct sc_buf a, b;

		sc_buf_init(&a, 65536);
		sc_buf_init(&b, 65536);
		g->record(&p, 99999, &a);
		g->record(&p, 0, &b);
		sc_buf_reset(&b);
		g->record(&p, 99999, &b);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.p, b.p, a.len);
		sc_buf_reset(&b);
		g->record(&q, 99999, &b);
		assert_true(a.len != b.len || memcmp(a.p, b.p, a.len) != 0);
		sc_buf_fini(&a);
		sc_buf_fini(&b);
	}
}

static bool
is_among(struct sc_json_val v, const char *stream, const char *path,
    const struct mock_plan *p, uint64_t from, uint64_t to)
{
	struct sc_json_val other;
	struct sc_buf b;
	bool found = false;

	sc_buf_init(&b, 65536);
	for (uint64_t i = from; i <= to && !found; i++) {
		make(stream, p, i, &path, 1, &other, &b);
		found = other.raw.n == v.raw.n &&
		    memcmp(other.raw.p, v.raw.p, v.raw.n) == 0;
	}
	sc_buf_fini(&b);
	return found;
}

/* Every child's parent is a record of the parents' plan, close to its place. */
static void
test_relations(void **state)
{
	static const struct {
		const char *child, *path;
		uint64_t per;
		const char *parent;
	} all[] = {
		{ "alerts", "investigation", 3, "investigations" },
		{ "product-alerts", "investigation", 1, "investigations" },
		{ "at-alerts", "investigation_rrn", 1, "investigations" },
		{ "evidences", "alert", 2, "at-alerts" },
		{ "actors", "alert", 2, "at-alerts" },
		{ "actors", "investigation", 2, "investigations" },
	};
	const struct mock_plan parents = plan(60, 8);
	struct sc_json_val v;
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 65536);
	for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		struct mock_plan p = plan(60 * all[k].per, 8);

		for (uint64_t i = 0; i < p.n; i++) {
			uint64_t at = i / all[k].per;

			make(all[k].child, &p, i, &all[k].path, 1, &v, &b);
			if (v.type == SC_JSON_NULL)
				continue;
			assert_true(is_among(v, all[k].parent, "rrn", &parents,
			    at > 0 ? at - 1 : 0, at));
		}
	}
	sc_buf_fini(&b);
}

/* What the investigation tells of its alerts is what they are. */
static void
test_alert_times(void **state)
{
	static const char *const paths[] = { "first_alert_time",
		"latest_alert_time" };
	static const char *const at[] = { "alert.created_time" };
	const struct mock_plan p = plan(60, 2), alerts = plan(180, 2);
	struct sc_json_val v[2], t;
	struct r7_incident c;
	struct sc_buf b, b2;

	(void)state;
	sc_buf_init(&b, 65536);
	sc_buf_init(&b2, 65536);
	for (uint64_t i = 0; i < p.n; i++) {
		uint64_t n;

		make("investigations", &p, i, paths, 2, v, &b);
		r7_incident_make(&c, &p, i);
		n = r7_alert_count(&c, &p);
		if (v[0].type != SC_JSON_STRING)
			continue;
		make("alerts", &alerts, i * 3, at, 1, &t, &b2);
		assert_int_equal(time_of(t), time_of(v[0]));
		/* These alone keep their zeros. */
		assert_int_equal(t.raw.n, 26);
		make("alerts", &alerts, i * 3 + n - 1, at, 1, &t, &b2);
		assert_int_equal(time_of(t), time_of(v[1]));
	}
	sc_buf_fini(&b);
	sc_buf_fini(&b2);
}

/* Among N records of a stream each of these texts is at least once. */
static const struct {
	const char *stream, *text;
} branches[] = {
	{ "investigations", "\"title\":\"\"" },
	{ "investigations", "<b>fett</b>" },
	{ "investigations", "\"priority\":\"UNMAPPED\"" },
	{ "investigations", "\"priority\":\"UNSPECIFIED\"" },
	{ "investigations", "\"priority\":\"UNKNOWN\"" },
	{ "investigations", "\"status\":\"WAITING\"" },
	{ "investigations", "\"source\":\"AUTOMATION\"" },
	{ "investigations", "\"source\":\"HUNT\"" },
	{ "investigations", "\"disposition\":\"SECURITY_TEST\"" },
	{ "investigations", "\"assignee\":null" },
	{ "investigations", "\"responsibility\":\"MDR\"}" },
	{ "investigations", "\"tags\":null" },
	{ "investigations", "\"tags\":[]" },
	{ "investigations", "\"first_alert_time\":null" },
	{ "alerts", "\"detection_rule_rrn\":null" },
	{ "alerts", "\"detection_rule_rrn\":\"rrn:" },
	{ "alerts", "\"detection_rule_rrn\":{\"rule_name\":" },
	{ "alerts", "\"alert\":{\"id\":\"rrn:alerts:" },
	{ "alerts", "\"first_event_time\":null" },
	{ "alerts", "\"alert_source\":\"User Behavior Analytics\"" },
	{ "product-alerts", "\"type\":\"INSIGHT AGENT\"" },
	{ "product-alerts", "\"type\":\"INSIGHT_AGENT\"" },
	{ "product-alerts", "\"applicable_close_reasons\":[]" },
	{ "product-alerts", "\"alert_type\":\"Endpoint Prevention\"}" },
	{ "at-alerts", "\"mitre_tcodes\":[]" },
	{ "at-alerts", "\"mitre_tcodes\":[\"Credential Access\",\"T1110\"]" },
	{ "at-alerts", "\"investigation_rrn\":null" },
	{ "at-alerts", "\"rule_keys_of_interest\":[]" },
	{ "at-alerts", "\"priority\":\"INFO\"" },
	{ "at-alerts", "\"status\":\"UNMAPPED\"" },
	{ "at-alerts", "\"monitored\":true" },
	{ "at-alerts", "\"customer_group\":" },
	{ "at-alerts", "\"seconds_to_first_closed\":" },
	{ "at-alerts", "\"first_name\":\"Ellen\"" },
	{ "evidences", "\"data\":\"\"" },
	{ "evidences", "\"event_type\":\"process_start_event\"" },
	{ "evidences", "\"event_type\":\"third_party_alert\"" },
	{ "evidences", "\\\"result\\\":\\\"FAILED_" },
	{ "actors", "\"type\":\"ASSET\"" },
	{ "actors", "\"type\":\"ACCOUNT\"" },
	{ "actors", "\"type\":\"IP_ADDRESS\"" },
	{ "actors", "\"user_id\":" },
};

static void
test_branches(void **state)
{
	const struct mock_plan p = plan(N, 1);
	const char *stream = "";
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, (size_t)N * 4096);
	for (size_t k = 0; k < sizeof(branches) / sizeof(branches[0]); k++) {
		if (strcmp(stream, branches[k].stream) != 0) {
			stream = branches[k].stream;
			sc_buf_reset(&b);
			for (uint64_t i = 0; i < N; i++)
				generator(stream)->record(&p, i, &b);
			assert_false(b.full);
		}
		if (strstr(sc_buf_str(&b), branches[k].text) == NULL)
			fail_msg("%s: no %s", stream, branches[k].text);
	}
	sc_buf_fini(&b);
}

/* JSON inside a string; now and then it is none. */
static void
test_evidence_data(void **state)
{
	static const char *const paths[] = { "evidence.data" };
	const struct mock_plan p = plan(N, 6);
	size_t good = 0, empty = 0, cut = 0;
	struct sc_json_val v;
	struct sc_buf b, data;

	(void)state;
	sc_buf_init(&b, 65536);
	sc_buf_init(&data, 65536);
	for (uint64_t i = 0; i < N; i++) {
		struct sc_err e = { 0 };

		make("evidences", &p, i, paths, 1, &v, &b);
		sc_buf_reset(&data);
		assert_int_equal(sc_json_str(v, &data), 0);
		if (data.len == 0)
			empty++;
		else if (sc_json_scan(data.p, data.len, NULL,
			     SC_JSON_UTF8 | SC_JSON_NODUP, NULL, &e) == 0)
			good++;
		else
			cut++;
	}
	assert_in_range(empty, 1, N / 20);
	assert_in_range(cut, 1, N / 20);
	assert_int_equal(good + empty + cut, N);
	sc_buf_fini(&b);
	sc_buf_fini(&data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_investigations),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_relations),
		cmocka_unit_test(test_alert_times),
		cmocka_unit_test(test_branches),
		cmocka_unit_test(test_evidence_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
