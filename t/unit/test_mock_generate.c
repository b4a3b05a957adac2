#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "mocksrv/generate.h"
#include "mocksrv/sentinelone/s1_fleet.h"
#include "mocksrv/sentinelone/s1_generate.h"
#include "sc/json.h"
#include "sc/timefmt.h"

#define START_US (INT64_C(1795219200) * 1000000)
#define DAY_US   (INT64_C(86400) * 1000000)

static struct mock_plan
plan(uint64_t n, uint64_t seed)
{
	return (struct mock_plan){
		.n = n, .seed = seed, .start_us = START_US, .span_us = DAY_US
	};
}

static void
make(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	sc_buf_reset(b);
	s1_threat_record(p, i, b);
}

enum { ID, CREATED, UPDATED, IDENTIFIED, NPATHS };
static const char *const paths[NPATHS] = { "id", "threatInfo.createdAt",
	"threatInfo.updatedAt", "threatInfo.identifiedAt" };

static void
scan(const struct sc_buf *b, struct sc_json_val out[NPATHS])
{
	struct sc_err e = { 0 };
	struct sc_json_plan *sp = sc_json_plan_new(paths, NPATHS, &e);

	if (sc_json_scan(
		b->p, b->len, sp, SC_JSON_UTF8 | SC_JSON_NODUP, out, &e) == -1)
		fail_msg("%s: %.*s", e.msg, (int)b->len, b->p);
	sc_json_plan_free(sp);
}

static int64_t
time_of(struct sc_json_val v)
{
	int64_t us = 0;

	assert_int_equal(v.type, SC_JSON_STRING);
	assert_int_equal(v.raw.n, 29);
	assert_int_equal(sc_time_parse_us(v.raw.p + 1, v.raw.n - 2, &us), 0);
	return us;
}

static void
test_shape(void **state)
{
	struct mock_plan p = plan(500, 11);
	int64_t last_id = 0, last_created = 0, last_updated = 0;
	int shared = 0;
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 65536);
	for (uint64_t i = 0; i < p.n; i++) {
		struct sc_json_val v[NPATHS];
		int64_t id, created, updated;
		struct sc_buf text;

		make(&p, i, &b);
		scan(&b, v);
		assert_in_range(b.len, 3000, 8000);
		sc_buf_init(&text, 64);
		assert_int_equal(sc_json_str(v[ID], &text), 0);
		id = strtoll(sc_buf_str(&text), NULL, 10);
		sc_buf_fini(&text);
		created = time_of(v[CREATED]);
		updated = time_of(v[UPDATED]);
		assert_true(id > last_id);
		assert_true(created > last_created);
		assert_true(created >= START_US);
		assert_true(updated <= START_US + DAY_US);
		assert_true(time_of(v[IDENTIFIED]) < created);
		/* The vendor's ids tell when the record was born. */
		assert_int_equal(
		    (id >> 23) + INT64_C(1483228800000), created / 1000);
		shared += updated == last_updated;
		last_id = id;
		last_created = created;
		last_updated = updated;
	}
	assert_true(shared > 0);
	sc_buf_fini(&b);
}

/* Record i is the same whatever was made before it, or alone. */
static void
test_any_order(void **state)
{
	struct mock_plan p = plan(1000000, 3), q = plan(1000000, 4);
	struct sc_buf a, b;

	(void)state;
	sc_buf_init(&a, 65536);
	sc_buf_init(&b, 65536);
	make(&p, 999999, &a);
	make(&p, 0, &b);
	make(&p, 999999, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.p, b.p, a.len);
	make(&q, 999999, &b);
	assert_true(a.len != b.len || memcmp(a.p, b.p, a.len) != 0);
	sc_buf_fini(&a);
	sc_buf_fini(&b);
}

/* What a mapping of threats has to tell apart. */
static const char *const branches[] = {
	"\"classification\":\"Ransomware\"",
	"\"classification\":\"Exploit\"",
	"\"classification\":\"Lateral Movement\"",
	"\"classification\":\"Infostealer\"",
	"\"classification\":\"PUA\"",
	"\"classification\":\"Malware\"",
	"\"classification\":null",
	"\"name\":\"Credential Access\"",
	"\"detectionType\":\"static\"",
	"\"detectionType\":\"dynamic\"",
	"\"isFileless\":true",
	"\"confidenceLevel\":\"malicious\"",
	"\"confidenceLevel\":\"suspicious\"",
	"\"confidenceLevel\":\"n/a\"",
	"\"analystVerdict\":\"true_positive\"",
	"\"analystVerdict\":\"false_positive\"",
	"\"analystVerdict\":\"suspicious\"",
	"\"incidentStatus\":\"in_progress\"",
	"\"incidentStatus\":\"resolved\"",
	"\"mitigationStatus\":\"mitigated\"",
	"\"mitigationStatus\":\"not_mitigated\"",
	"\"mitigationStatus\":\"marked_as_benign\"",
	"\"mitigationStatus\":[]",
	"\"mitigatedPreemptively\":true",
	"\"failedActions\":true",
	"\"pendingActions\":true",
	"\"action\":\"kill\"",
	"\"action\":\"quarantine\"",
	"\"action\":\"remediate\"",
	"\"action\":\"rollback\"",
	"\"action\":\"unquarantine\"",
	"\"action\":\"network_quarantine\"",
	"\"action\":\"remove_macros\"",
	"\"status\":\"success\"",
	"\"status\":\"failed\"",
	"\"status\":\"pending-reboot\"",
	"\"actionsCounters\":null",
	"\"agentIpV4\":\"\"",
	",172.17.0.1\"",
	"\"name\":\"docker0\"",
	"\"agentIpV6\":\"2001:db8:0:6::",
	"\"networkInterfaces\":[]",
	"\"169.254.10.7\"",
	"\"processUser\":\"\"",
	"\"processUser\":\"NORDWIND\\\\",
	"\"agentLastLoggedInUserName\":\"\"",
	"\"sha256\":null",
	"\"sha1\":\"\"",
	"\"threatName\":\"\"",
	"\"filePath\":\"\\\\Device\\\\HarddiskVolume",
	"\"filePath\":\"/",
	"\"AWS\":{",
	"\"pod\":\"kasse",
	"\"indicators\":[]",
	"\"agentOsType\":\"macos\"",
	"\"agentOsType\":\"linux\"",
	"\"agentOsType\":\"windows_legacy\"",
};

#define NBRANCHES (sizeof(branches) / sizeof(branches[0]))

static void
test_branches(void **state)
{
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 65536);
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct mock_plan p = plan(200, seed);
		bool seen[NBRANCHES] = { false };

		for (uint64_t i = 0; i < p.n; i++) {
			make(&p, i, &b);
			for (size_t k = 0; k < NBRANCHES; k++)
				seen[k] |= memmem(b.p, b.len, branches[k],
					       strlen(branches[k])) != NULL;
		}
		for (size_t k = 0; k < NBRANCHES; k++) {
			if (!seen[k])
				fail_msg(
				    "seed %d: no %s", (int)seed, branches[k]);
		}
	}
	sc_buf_fini(&b);
}

enum { A_ID, A_TYPE, A_CREATED, A_UPDATED, A_THREAT, A_AGENT, A_SCOPE };
static const char *const activity_paths[] = { "id", "activityType", "createdAt",
	"updatedAt", "threatId", "agentId", "data.scopeId" };

/* Activities: of the threats of the same plan, at times inside it. */
static void
test_activities(void **state)
{
	struct mock_plan p = plan(800, 7), threats = plan(100, 7);
	struct sc_json_plan *sp, *tp;
	struct sc_json_val v[7], t[NPATHS];
	struct sc_err e = { 0 };
	struct sc_buf b, threat;
	int64_t created, scope;

	(void)state;
	sp = sc_json_plan_new(activity_paths, 7, &e);
	tp = sc_json_plan_new(paths, NPATHS, &e);
	sc_buf_init(&b, 65536);
	sc_buf_init(&threat, 65536);
	for (uint64_t i = 0; i < p.n; i++) {
		sc_buf_reset(&b);
		s1_activity_record(&p, i, &b);
		assert_int_equal(sc_json_scan(b.p, b.len, sp,
				     SC_JSON_UTF8 | SC_JSON_NODUP, v, &e),
		    0);
		created = time_of(v[A_CREATED]);
		assert_in_range(created, START_US, START_US + DAY_US);
		assert_in_range(created - time_of(v[A_UPDATED]), 1000, 9000);
		assert_int_equal(v[A_TYPE].type, SC_JSON_NUMBER);
		/* Nineteen digits: more than a double can tell apart. */
		assert_int_equal(v[A_SCOPE].type, SC_JSON_NUMBER);
		assert_int_equal(v[A_SCOPE].raw.n, 19);
		assert_int_equal(sc_json_int(v[A_SCOPE], &scope), 0);
		if (i % S1_ROUND >= 4) {
			assert_int_equal(v[A_THREAT].type, SC_JSON_NULL);
			continue;
		}
		make(&threats, i / S1_ROUND, &threat);
		assert_int_equal(
		    sc_json_scan(threat.p, threat.len, tp, 0, t, &e), 0);
		assert_int_equal(v[A_THREAT].raw.n, t[ID].raw.n);
		assert_memory_equal(
		    v[A_THREAT].raw.p, t[ID].raw.p, t[ID].raw.n);
		assert_non_null(memmem(
		    threat.p, threat.len, v[A_AGENT].raw.p, v[A_AGENT].raw.n));
		assert_true(created > time_of(t[CREATED]) ||
		    created == START_US + DAY_US);
		assert_true(created - time_of(t[CREATED]) < 250000);
	}
	sc_json_plan_free(sp);
	sc_json_plan_free(tp);
	sc_buf_fini(&threat);
	sc_buf_fini(&b);
}

/* The types of the same member drift from record to record. */
static void
test_activity_forms(void **state)
{
	static const char *const forms[] = { "\"ruleId\":\"-1\"",
		"\"ruleId\":-1,", "\"ruleId\":2", "\"detectedat\":\"2026-",
		"\"detectedat\":17", "\"newValue\":true",
		"\"newValue\":\"protect\"", "\"reportedRemotePort\":4444",
		"\"reportedRemotePort\":\"4444\"",
		"\"deactivationPeriodInDays\":\"90\"", "\"activityType\":19,",
		"\"activityType\":20,", "\"activityType\":2001,",
		"\"activityType\":2006,", "\"activityType\":4003,",
		"\"activityType\":133,", "\"siteId\":null",
		"\"osFamily\":null" };
	const size_t n = sizeof(forms) / sizeof(forms[0]);
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 65536);
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct mock_plan p = plan(2400, seed);
		bool seen[32] = { false };

		for (uint64_t i = 0; i < p.n; i++) {
			sc_buf_reset(&b);
			s1_activity_record(&p, i, &b);
			for (size_t k = 0; k < n; k++)
				seen[k] |= memmem(b.p, b.len, forms[k],
					       strlen(forms[k])) != NULL;
			/* Every {{ name }} of a text has found its value. */
			assert_null(memmem(b.p, b.len, "{{", 2));
		}
		for (size_t k = 0; k < n; k++) {
			if (!seen[k])
				fail_msg("seed %d: no %s", (int)seed, forms[k]);
		}
	}
	sc_buf_fini(&b);
}

/* An agent has one id, in its own record and in those of its threats. */
static void
test_agents(void **state)
{
	static const char *const own[] = { "id", "updatedAt", "registeredAt",
		"licenseKey" };
	static const char *const theirs[] = { "agentRealtimeInfo.agentId" };
	struct mock_plan p = plan(300, 7);
	struct sc_err e = { 0 };
	struct sc_json_plan *ap = sc_json_plan_new(own, 4, &e);
	struct sc_json_plan *tp = sc_json_plan_new(theirs, 1, &e);
	struct sc_json_val v[4], t;
	struct sc_buf ids, b;
	size_t fleet = 0;

	(void)state;
	sc_buf_init(&ids, 65536);
	sc_buf_init(&b, 65536);
	for (uint64_t i = 0; i < p.n; i++) {
		sc_buf_reset(&b);
		s1_agent_record(&p, i, &b);
		assert_int_equal(sc_json_scan(b.p, b.len, ap,
				     SC_JSON_UTF8 | SC_JSON_NODUP, v, &e),
		    0);
		assert_in_range(time_of(v[1]), START_US, START_US + DAY_US);
		assert_true(time_of(v[2]) < START_US);
		assert_true(v[3].raw.n > 30);
		assert_null(
		    memmem(sc_buf_str(&ids), ids.len, v[0].raw.p, v[0].raw.n));
		(void)sc_buf_add(&ids, v[0].raw.p, v[0].raw.n);
		if (i < S1_FLEET)
			fleet = ids.len;
	}
	for (uint64_t i = 0; i < p.n; i++) {
		make(&p, i, &b);
		assert_int_equal(sc_json_scan(b.p, b.len, tp, 0, &t, &e), 0);
		assert_non_null(memmem(ids.p, fleet, t.raw.p, t.raw.n));
	}
	sc_json_plan_free(ap);
	sc_json_plan_free(tp);
	sc_buf_fini(&ids);
	sc_buf_fini(&b);
}

static void
test_plan(void **state)
{
	static const char *const bad[] = { "", "0", "x", "5,", "5,span",
		"5,span=1x", "5,seed=-1", "5,start=never", "5,wat=1",
		"100,span=100ms,start=1980-01-01", "1000000,span=1s" };
	struct sc_err e = { 0 };
	struct mock_plan p;

	(void)state;
	assert_int_equal(mock_plan_parse(&p, "5", 9, START_US / 1000, &e), 0);
	assert_int_equal(p.seed, 9);
	assert_int_equal(p.start_us, START_US - DAY_US);
	assert_int_equal(
	    mock_plan_parse(&p, "5,seed=2,span=1h,start=2026-11-21T00:00Z", 9,
		START_US / 1000, &e),
	    0);
	assert_int_equal(p.seed, 2);
	assert_int_equal(p.start_us, START_US);
	assert_int_equal(p.span_us, INT64_C(3600000000));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    mock_plan_parse(&p, bad[i], 1, START_US / 1000, &e), -1);
		assert_int_equal(e.code, EX_USAGE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_branches),
		cmocka_unit_test(test_activities),
		cmocka_unit_test(test_activity_forms),
		cmocka_unit_test(test_agents),
		cmocka_unit_test(test_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
