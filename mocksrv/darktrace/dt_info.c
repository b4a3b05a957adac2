#include <inttypes.h>
#include <stdio.h>

#include "mocksrv/darktrace/dt.h"
#include "mocksrv/darktrace/dt_refuse.h"
#include "sc/jsonw.h"
#include "sc/timefmt.h"

static const struct word {
	const char *type; /* of the filter */
	const char *code;
	const char *word;
} words[] = {
	{ "Protocol", "1", "ICMP" },
	{ "Protocol", "6", "TCP" },
	{ "Protocol", "17", "UDP" },
	{ "Application protocol", "1002", "DNS" },
	{ "Application protocol", "1003", "HTTPS" },
	{ "Application protocol", "1004", "HTTP" },
	{ "Application protocol", "1006", "SMB" },
	{ "Internal source device type", "6", "Desktop" },
	{ "Internal source device type", "9", "Server" },
	{ "Internal source device type", "11", "DNS Server" },
	{ "Internal source device type", "12", "Proxy Server" },
};

#define WORDS (sizeof(words) / sizeof(words[0]))

const char *
dt_enum_word(struct sc_json_val type, struct sc_json_val value)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (sc_json_is(type, words[i].type) &&
		    (sc_json_is(value, words[i].code) ||
			sc_slice_is(value.raw, words[i].code)))
			return words[i].word;
	}
	return NULL;
}

/* {"Protocol":[{"code":6,"name":"TCP"},...],...} */
void
dt_answer_enums(const struct dt_query *q, struct mock_reply *r)
{
	struct sc_jw w;

	(void)q;
	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	for (size_t i = 0; i < WORDS; i++) {
		if (i == 0 || words[i].type != words[i - 1].type) {
			sc_jw_key(&w, words[i].type);
			sc_jw_arr(&w);
		}
		sc_jw_obj(&w);
		sc_jw_kvraw(&w, "code", sc_slice_of(words[i].code));
		sc_jw_kv(&w, "name", words[i].word);
		sc_jw_end(&w, '}');
		if (i + 1 == WORDS || words[i].type != words[i + 1].type)
			sc_jw_end(&w, ']');
	}
	sc_jw_end(&w, '}');
	mock_reply_text(r, 200, DT_JSON);
}

struct fact {
	const char *name;
	const char *json;
};

static void
put_facts(const struct dt_query *q, struct sc_jw *w, const struct fact *facts)
{
	for (; facts->name != NULL; facts++) {
		if (dt_wants(q, sc_slice_of(facts->name)))
			sc_jw_kvraw(w, facts->name, sc_slice_of(facts->json));
	}
}

/* "2026-11-21 12:34:56", the first n characters of it. */
static void
put_clock(const struct dt_query *q, struct sc_jw *w, const char *key, size_t n)
{
	char time[SC_TIME_BUF];

	(void)sc_time_format(q->now_ms * 1000, 0, time);
	time[10] = ' ';
	if (dt_wants(q, sc_slice_of(key)))
		sc_jw_kvn(w, key, (struct sc_slice){ time, n });
}

void
dt_answer_time(const struct dt_query *q, struct mock_reply *r)
{
	struct sc_jw w;

	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	put_clock(q, &w, "time", 19);
	sc_jw_end(&w, '}');
	mock_reply_text(r, 200, DT_JSON);
}

void
dt_answer_status(const struct dt_query *q, struct mock_reply *r)
{
	static const struct fact before[] = {
		{ "excessTraffic", "false" },
		{ NULL, NULL },
	};
	static const struct fact after[] = {
		{ "installed", "\"2024-03-04\"" },
		{ "version", "\"6.1.26 (a1b2c3)\"" },
		{ "ipAddress", "\"192.0.2.10\"" },
		{ "modelsUpdated", "\"2026-11-20 03:12:44\"" },
		{ "modelPackageVersion", "\"6.1-2145~20261119\"" },
		{ "bundleVersion", "\"61042\"" },
		{ "bundleDate", "\"2026-11-19 18:02:11\"" },
		{ "hostname", "\"dt-0001-01\"" },
		{ "inoculation", "false" },
		{ "applianceOSCode", "\"f\"" },
		{ "license", "\"2027-12-31 00:00:00\"" },
		{ "licenseCounts", "{\"credentials\":120,\"devices\":310}" },
		{ "type", "\"master\"" },
		{ "diskUtilization", "38" },
		{ "uptime", "\"412:05:09\"" },
		{ "systemUptime", "\"1630:44:51\"" },
		{ "load", "12" },
		{ "cpu", "9" },
		{ "memoryUsed", "41" },
		{ "dataQueue", "0" },
		{ "darkflowQueue", "0" },
		{ "networkInterfacesState_eth0", "\"up\"" },
		{ "bandwidthCurrent", "128394827" },
		{ "eventsPerMinuteCurrent", "{\"cSensorDeviceEvents\":41}" },
		{ "models", "812" },
		{ "modelsBreached", "2290" },
		{ "modelsSuppressed", "17" },
		{ "devicesModeled", "310" },
		{ "mostRecentDNSTraffic", "\"2026-11-21 12:00:00\"" },
		{ "internalIPRangeList",
		    "[\"10.0.0.0/8\",\"192.168.0.0/16\"]" },
		{ "dnsServers", "4" },
		{ NULL, NULL },
	};
	static const struct fact children[] = {
		{ "probes",
		    "{\"1\":{\"id\":1,\"configuredServer\":\"192.0.2.11\","
		    "\"version\":\"6.1.26\",\"ipAddress\":\"192.0.2.11\","
		    "\"hostname\":\"dt-0001-02\",\"time\":"
		    "\"2026-11-21 12:00\",\"type\":\"vSensor\"}}" },
		{ NULL, NULL },
	};
	struct sc_jw w;

	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	put_facts(q, &w, before);
	put_clock(q, &w, "time", 16);
	put_facts(q, &w, after);
	if (q->children)
		put_facts(q, &w, children);
	sc_jw_end(&w, '}');
	mock_reply_text(r, 200, DT_JSON);
}

void
dt_answer_summary(
    const struct dt_query *q, size_t devices, struct mock_reply *r)
{
	char n[24];
	const struct fact facts[] = {
		{ "usercredentials", "120" },
		{ "subnets", "14" },
		{ "patterns", "48211" },
		{ "bandwidth", "[]" },
		{ "devices", n },
		{ NULL, NULL },
	};
	struct sc_jw w;

	(void)snprintf(n, sizeof(n), "%zu", devices);
	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	put_facts(q, &w, facts);
	sc_jw_end(&w, '}');
	mock_reply_text(r, 200, DT_JSON);
}
