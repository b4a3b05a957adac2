#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mocksrv/deepinstinct/di_generate.h"
#include "sc/json.h"
#include "sc/timefmt.h"

#define START_US (INT64_C(1795219200) * 1000000)
#define DAY_US   (INT64_C(86400) * 1000000)
#define TEXT_MAX 65536

typedef void record_fn(const struct mock_plan *, uint64_t, struct sc_buf *);

static struct mock_plan
plan(uint64_t n, uint64_t seed)
{
	return (struct mock_plan){
		.n = n, .seed = seed, .start_us = START_US, .span_us = DAY_US
	};
}

static void
make(record_fn *record, const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	sc_buf_reset(b);
	record(p, i, b);
	assert_false(b->full);
}

enum { ID, DEVICE, AGENT, INSERTED, CLOSED, AGAIN, HOST, NPATHS };
static const char *const paths[NPATHS] = { "id", "device_id", "timestamp",
	"insertion_timestamp", "close_timestamp", "last_reoccurrence",
	"recorded_device_info.hostname" };

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
int_of(struct sc_json_val v)
{
	int64_t n = 0;

	assert_int_equal(sc_json_int(v, &n), 0);
	return n;
}

static int64_t
time_of(struct sc_json_val v)
{
	int64_t us = 0;

	assert_int_equal(v.type, SC_JSON_STRING);
	assert_int_equal(sc_time_parse_us(v.raw.p + 1, v.raw.n - 2, &us), 0);
	return us;
}

/* Zero for null and for a member that is not there. */
static int64_t
late_time_of(struct sc_json_val v)
{
	return v.type == SC_JSON_STRING ? time_of(v) : 0;
}

/* Ids and the server's times ascend, the agents' need not; nothing is ahead. */
static void
check_order(record_fn *record, uint64_t n, uint64_t seed)
{
	struct mock_plan p = plan(n, seed);
	int64_t last_id = 0, last_us = 0, last_agent = 0;
	int backwards = 0, whole = 0;
	struct sc_buf b;

	sc_buf_init(&b, TEXT_MAX);
	for (uint64_t i = 0; i < n; i++) {
		struct sc_json_val v[NPATHS];
		int64_t agent, inserted;

		make(record, &p, i, &b);
		scan(&b, v);
		agent = time_of(v[AGENT]);
		inserted = time_of(v[INSERTED]);
		assert_true(int_of(v[ID]) > last_id);
		assert_true(inserted > last_us);
		assert_in_range(inserted, START_US, START_US + DAY_US);
		assert_true(agent < inserted);
		for (int t = CLOSED; t <= AGAIN; t++) {
			int64_t us = late_time_of(v[t]);

			assert_true(us == 0 || us >= inserted);
			assert_true(us <= START_US + DAY_US);
		}
		backwards += agent < last_agent;
		whole += v[AGENT].raw.n == strlen("\"2026-11-21T00:00:00Z\"");
		last_id = int_of(v[ID]);
		last_us = inserted;
		last_agent = agent;
	}
	assert_true(backwards > 0);
	assert_true(whole > 0);
	sc_buf_fini(&b);
}

static void
test_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		check_order(di_event_record, 700, seed);
		check_order(di_suspicious_record, 700, seed);
	}
}

/* Both kinds draw from one series: no id is in both, and each has gaps. */
static void
test_ids(void **state)
{
	struct mock_plan p = plan(600, 9);
	static bool seen[20000];
	record_fn *const records[] = { di_event_record, di_suspicious_record };
	struct sc_json_val v[NPATHS];
	int64_t id, most = 0, gap = 0, last = 0;
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, TEXT_MAX);
	for (size_t k = 0; k < 2; k++) {
		for (uint64_t i = 0; i < p.n; i++, last = id) {
			make(records[k], &p, i, &b);
			scan(&b, v);
			id = int_of(v[ID]);
			assert_in_range(id, 1, 19999);
			assert_false(seen[id]);
			seen[id] = true;
			if (i > 0 && id - last > gap)
				gap = id - last;
			most = id > most ? id : most;
		}
	}
	assert_true(most > (int64_t)p.n * 2);
	assert_true(gap > 1000);
	sc_buf_fini(&b);
}

/* Record i is the same whatever was made before it, or alone. */
static void
test_any_order(void **state)
{
	struct mock_plan p = plan(1000000, 3), q = plan(1000000, 4);
	struct sc_buf a, b;

	(void)state;
	sc_buf_init(&a, TEXT_MAX);
	sc_buf_init(&b, TEXT_MAX);
	for (const struct mock_generator *g = mock_di_generators;
	     g->name != NULL; g++) {
		make(g->record, &p, 999999, &a);
		make(g->record, &p, 0, &b);
		make(g->record, &p, 999999, &b);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.p, b.p, a.len);
		make(g->record, &q, 999999, &b);
		assert_true(a.len != b.len || memcmp(a.p, b.p, a.len) != 0);
	}
	sc_buf_fini(&a);
	sc_buf_fini(&b);
}

/* What an event says about its device is what the device says. */
static void
test_devices(void **state)
{
	struct mock_plan p = plan(500, 7);
	record_fn *const records[] = { di_event_record, di_suspicious_record };
	struct sc_json_val v[NPATHS];
	struct di_device d;
	struct sc_buf b;
	unsigned used = 0;
	bool seen[DI_FLEET] = { false };

	(void)state;
	sc_buf_init(&b, TEXT_MAX);
	for (uint64_t i = 0; i < 2 * p.n; i++) {
		unsigned k = 0;

		make(records[i % 2], &p, i / 2, &b);
		scan(&b, v);
		do
			di_device_make(&d, p.seed, k);
		while (d.id != int_of(v[DEVICE]) && ++k < DI_FLEET);
		assert_true(k < DI_FLEET);
		assert_true(sc_json_is(v[HOST], d.host));
		assert_int_equal(d.is_tenant,
		    memmem(b.p, b.len, "\"tenant_id\":", 12) != NULL);
		used += !seen[k];
		seen[k] = true;
	}
	assert_true(used > DI_FLEET / 2);
	sc_buf_fini(&b);
}

struct branches {
	const char *stream;
	record_fn *record;
	const char *const *texts;
};

static const char *const event_texts[] = { "\"STATIC_ANALYSIS\"",
	"\"RANSOMWARE_FILE_ENCRYPTION\"", "\"REMOTE_CODE_INJECTION_EXECUTION\"",
	"\"KNOWN_SHELLCODE_PAYLOADS\"", "\"ARBITRARY_SHELLCODE\"",
	"\"REFLECTIVE_DLL\"", "\"REFLECTIVE_DOTNET\"", "\"AMSI_BYPASS\"",
	"\"DIRECT_SYSTEMCALLS\"", "\"CREDENTIAL_DUMP\"",
	"\"SCRIPT_CONTROL_COMMAND\"", "\"SCRIPT_CONTROL_PATH\"",
	"\"MALICIOUS_POWERSHELL_COMMAND_EXECUTION\"", "\"trigger\":\"BRAIN\"",
	"\"MALICIOUS_FILE\"", "\"DDE_USAGE\"", "\"trigger\":null",
	"\"PREVENTED\"", "\"DETECTED\"", "\"threat_severity\":\"NONE\"",
	"\"LOW\"", "\"MODERATE\"", "\"HIGH\"", "\"VERY_HIGH\"",
	"\"threat_severity\":null", "\"OPEN\"", "\"CLOSED\"",
	"\"CLOSED_BY_ADMIN\"", "\"close_trigger\":\"NONE\"",
	"\"close_trigger\":\"BRAIN\"", "\"close_trigger\":null",
	"\"last_reoccurrence\":null", "\"last_reoccurrence\":\"2",
	"\"FILE_UPLOADED_SUCCESSFULLY\"", "\"FILE_UPLOADED_FAILED\"",
	"\"QUARANTINE_SUCCESS\"", "\"last_action\":null", "\"comment\":null",
	"\"comment\":\"\"", "\\nsiehe", "\"ZIP\"", "\"PE\"", "\"EXE\"",
	"\"DLL\"", "\"DOC\"", "\"OFFICE\"", "\"PPT\"", "\"XLS\"", "\"RAR\"",
	"\"JAR\"", "\"SWF\"", "\"EICAR\"", "\"ACTIVE_SCRIPT\"",
	"\"HTML_APPLICATION\"", "{\"path\":\"", "{\"threat_severity\"",
	"\"path\":[", "\"file_archive_hash\":null", "\"file_size\":null",
	"\"UPLOADED\"", "\"NOT_UPLOADED\"", "\"READY_TO_GENERATE\"",
	"\"certificate_thumbprint\":null", "\\\"München\\\"", "\"RANSOMWARE\"",
	"\"BACKDOOR\"", "\"DROPPER\"", "\"deep_classification\":null",
	"\"WINDOWS\"", "\"MAC\"", "\"LINUX\"", "\"ANDROID\"", "\"IOS\"",
	"\"CHROME\"", "\"NETWORK_AGENTLESS\"", "\"00:00:00:00:00:00\"",
	"\"mitre_classifications\":null", "\"mitre_classifications\":[]",
	"\"mitre_classifications\":[\"T", "\"mitre_classifications\":[{",
	"\"mitre_classifications\":{", "T1566.001", "\"msp_id\":1,",
	"\"msp_id\":4,", "\u202e", "}}", "\"tag\":\"\"", NULL };

static const char *const suspicious_texts[] = {
	"\"SUSPICIOUS_SCRIPT_EXCECUTION\"",
	"\"SUSPICIOUS_POWERSHELL_COMMAND_EXECUTION\"", "\"CREDENTIAL_DUMP\"",
	"\"rule_trigger\":\"", "\"rule_trigger\":null", "\"remediation\":null",
	"\"remediation\":\"", "\"remediation\":[{", "\"path\":null",
	"\"file_archive_hash\":null", "\"CLOSED\"", "\"OPEN\"", NULL
};

static const char *const device_texts[] = { "\"ip_address\":\"\"",
	"\"ip_address\":\"10.", "\"ip_address\":\"192.0.2.",
	"\"ip_address\":\"2001:db8:", "\"00:00:00:00:00:00\"",
	"\"00:00:5E:00:53:", "\"00:00:5e:00:53:", "\"domain\":\"\"",
	"\"domain\":\"NORDWIND\"", "\"email\":null", "\"email\":\"",
	"\"logged_in_users\":\"\"", ", svc_scan\"", "NORDWIND\\\\",
	"\"comment\":null", "\\\"OK\\\"", "\"ONLINE\"", "\"OFFLINE\"",
	"\"REGISTERED\"", "\"UNINSTALLED\"", "\"ACTIVATED\"", "\"DEACTIVATED\"",
	"\"NETWORK_AGENTLESS\"", "営業-", "\"tag\":\"tier-0;\\\"critical",
	"Server Group\"", NULL };

static void
test_branches(void **state)
{
	static const struct branches all[] = {
		{ "events", di_event_record, event_texts },
		{ "suspicious-events", di_suspicious_record, suspicious_texts },
		{ "devices", di_device_record, device_texts },
	};
	struct sc_buf b, text;

	(void)state;
	sc_buf_init(&b, TEXT_MAX);
	sc_buf_init(&text, 4 * 1024 * 1024);
	for (uint64_t k = 0; k < 3 * 10; k++) {
		const struct branches *s = &all[k % 3];
		struct mock_plan p = plan(300, k / 3 + 1);

		sc_buf_reset(&text);
		for (uint64_t i = 0; i < p.n; i++) {
			make(s->record, &p, i, &b);
			(void)sc_buf_add(&text, b.p, b.len);
		}
		for (const char *const *t = s->texts; *t != NULL; t++) {
			if (memmem(text.p, text.len, *t, strlen(*t)) == NULL)
				fail_msg("seed %d: no %s in %s", (int)p.seed,
				    *t, s->stream);
		}
	}
	sc_buf_fini(&text);
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_branches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
