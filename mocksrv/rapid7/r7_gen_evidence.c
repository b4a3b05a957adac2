#include <stdio.h>

#include "mocksrv/rapid7/r7_generate.h"
#include "mocksrv/rapid7/r7_world.h"
#include "sc/timefmt.h"

#define EVIDENCE_PURPOSE 0x65766964656e6365 /* "evidence" */
#define DATA_MAX         ((size_t)64 * 1024)

/* Every so manieth has data that are no JSON, or none. */
#define BROKEN 31

struct evidence {
	struct r7_incident c;
	struct mock_rng rng;
	int64_t at_us;
};

/* {"type":"user","rrn":"rrn:uba:...","name":"..."} */
static void
put_entity(const struct evidence *v, const char *type, const char *name,
    struct sc_jw *w)
{
	char rrn[96];

	(void)snprintf(rrn, sizeof(rrn), "rrn:uba:%s:%s:%s:EX0MPLE%05u",
	    v->c.org->region, v->c.org->id, type,
	    (unsigned)(v->c.number % 100000));
	sc_jw_key(w, type);
	sc_jw_obj(w);
	sc_jw_kv(w, "type", type);
	sc_jw_kv(w, "rrn", rrn);
	sc_jw_kv(w, "name", name);
	sc_jw_end(w, '}');
}

static void
put_source(struct evidence *v, const char *result, struct sc_jw *w)
{
	char id[MOCK_UUID_BUF];

	mock_random_uuid(&v->rng, id);
	sc_jw_key(w, "source_json");
	sc_jw_obj(w);
	sc_jw_kv(w, "Id", id);
	sc_jw_kv(w, "Operation", "UserLoggedIn");
	sc_jw_kvi(w, "RecordType", 15);
	sc_jw_kv(w, "ResultStatus", result);
	sc_jw_kv(w, "ClientIP", v->c.address);
	sc_jw_kv(w, "UserId", v->c.user->mail);
	sc_jw_end(w, '}');
}

static void
put_auth(struct evidence *v, struct sc_jw *w)
{
	static const char *const results[] = { "SUCCESS", "FAILED_BAD_PASSWORD",
		"FAILED_ACCOUNT_DISABLED" };
	const char *result = results[mock_rng_below(&v->rng, 3)];
	const struct r7_user *user = v->c.user;
	char time[SC_TIME_BUF];

	sc_jw_kv(w, "timestamp", sc_time_format(v->at_us, 3, time));
	sc_jw_kv(w, "user", user->name);
	sc_jw_kv(w, "account", user->account);
	sc_jw_kv(w, "result", result);
	sc_jw_kv(w, "source_ip", v->c.address);
	sc_jw_kv(w, "service", v->c.number % 2 == 0 ? "o365" : "vpn");
	if (v->c.number % 4 != 0) {
		sc_jw_kv(w, "geoip_city", "Łódź");
		sc_jw_kv(w, "geoip_country_code", "PL");
		sc_jw_kv(w, "geoip_country_name", "Poland");
		sc_jw_kv(w, "geoip_organization", "Example Carrier");
		sc_jw_kv(w, "geoip_region", "10");
	}
	put_source(v, result, w);
	sc_jw_key(w, "custom_data");
	sc_jw_obj(w);
	sc_jw_end(w, '}');
	sc_jw_key(w, "r7_context");
	sc_jw_obj(w);
	put_entity(v, "user", user->name, w);
	put_entity(v, "account", user->account, w);
	sc_jw_end(w, '}');
}

static void
put_process(struct evidence *v, const char *key, const char *command,
    const char *path, struct sc_jw *w)
{
	char md5[33], sha1[41], sha256[65];

	mock_random_hex(&v->rng, md5, 32);
	mock_random_hex(&v->rng, sha1, 40);
	mock_random_hex(&v->rng, sha256, 64);
	sc_jw_key(w, key);
	sc_jw_obj(w);
	r7_put_time(w, "start_time", v->at_us, 3);
	sc_jw_kv(w, "name", "upd.exe");
	sc_jw_kvi(w, "pid", 400 + (int64_t)mock_rng_below(&v->rng, 60000));
	sc_jw_kv(w, "exe_path", path);
	sc_jw_kv(w, "cmd_line", command);
	sc_jw_kv(w, "username", v->c.user->account);
	sc_jw_key(w, "exe_file");
	sc_jw_obj(w);
	sc_jw_key(w, "hashes");
	sc_jw_obj(w);
	sc_jw_kv(w, "md5", md5);
	sc_jw_kv(w, "sha1", sha1);
	sc_jw_kv(w, "sha256", sha256);
	sc_jw_end(w, '}');
	sc_jw_kv(w, "signing_status", "UNSIGNED");
	sc_jw_end(w, '}');
	if (mock_rng_percent(&v->rng, 50)) {
		sc_jw_key(w, "hash_reputation");
		sc_jw_obj(w);
		sc_jw_kv(w, "reputation", "Malicious");
		sc_jw_kv(w, "threat_level", "High");
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, '}');
}

static void
put_start(struct evidence *v, struct sc_jw *w)
{
	char id[33];

	mock_random_hex(&v->rng, id, 32);
	sc_jw_kv(w, "hostname", v->c.host);
	sc_jw_kv(w, "dns_domain", "nordwind.example.com");
	sc_jw_kv(w, "os_type", "WINDOWS");
	sc_jw_kv(w, "r7_hostid", id);
	put_process(
	    v, "process", v->c.rule->command, "C:\\ProgramData\\upd.exe", w);
	if (v->c.number % 2 == 0)
		put_process(v, "parent_process", "explorer.exe",
		    "C:\\Windows\\explorer.exe", w);
	sc_jw_key(w, "r7_context");
	sc_jw_obj(w);
	put_entity(v, "asset", v->c.host, w);
	sc_jw_end(w, '}');
}

static void
put_forwarded(struct evidence *v, struct sc_jw *w)
{
	sc_jw_kvi(w, "alert_id", (int64_t)(9007199254740993 + v->c.number));
	sc_jw_kv(w, "host_name", v->c.host);
	sc_jw_kv(w, "user_name", v->c.user->account);
	sc_jw_kv(w, "actor_process_command_line", v->c.rule->command);
	sc_jw_kv(
	    w, "mitre_technique_id_and_name", "T1566.002 - Spearphishing Link");
}

static void
put_data(struct evidence *v, uint64_t i, struct sc_jw *w)
{
	struct sc_buf text;
	struct sc_jw inner;

	sc_buf_init(&text, DATA_MAX);
	sc_jw_init(&inner, &text);
	sc_jw_obj(&inner);
	if (v->c.rule->event == R7_EVENT_AUTH)
		put_auth(v, &inner);
	else if (v->c.rule->event == R7_EVENT_PROCESS)
		put_start(v, &inner);
	else
		put_forwarded(v, &inner);
	sc_jw_end(&inner, '}');
	if (i % BROKEN == 3)
		text.len = 0;
	else if (i % BROKEN == 7)
		text.len = 14; /* inside the first name */
	sc_jw_key(w, "data");
	sc_jw_strn(w, text.p, text.len);
	sc_buf_fini(&text);
}

void
r7_evidence_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	static const char *const types[] = {
		[R7_EVENT_AUTH] = "ingress_auth",
		[R7_EVENT_PROCESS] = "process_start_event",
		[R7_EVENT_FORWARDED] = "third_party_alert",
	};
	struct evidence v;
	struct mock_plan alerts = *p;
	char rrn[R7_RRN_BUF], hex[33];
	struct sc_jw w;

	alerts.n = (p->n + 1) / 2;
	r7_at_alert_of(&v.c, &alerts, i / 2, rrn);
	v.rng = mock_rng_key(p->seed, EVIDENCE_PURPOSE, i);
	v.at_us = v.c.created_us - 1000 * (int64_t)(1 + i % 2);
	mock_random_hex(&v.rng, hex, 32);
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "alert", rrn);
	sc_jw_key(&w, "evidence");
	sc_jw_obj(&w);
	(void)snprintf(rrn, sizeof(rrn), "rrn:alerts:%s:%s:evidence:1:%s",
	    v.c.org->at_name, v.c.org->id, hex);
	sc_jw_kv(&w, "rrn", rrn);
	sc_jw_kvi(&w, "version", 1);
	r7_put_time(&w, "created_at", v.c.created_us + 768731, 6);
	r7_put_time(&w, "updated_at", v.c.created_us + 768731, 6);
	r7_put_time(&w, "evented_at", v.at_us, 3);
	sc_jw_kv(&w, "external_source", "IDR ABA");
	sc_jw_kv(&w, "event_type", types[v.c.rule->event]);
	put_data(&v, i, &w);
	sc_jw_end(&w, '}');
	sc_jw_end(&w, '}');
}
