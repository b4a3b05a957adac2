#include <stdio.h>

#include "mocksrv/rapid7/r7_generate.h"
#include "mocksrv/rapid7/r7_world.h"

#define AT_PURPOSE    0x61743a       /* "at:" */
#define ACTOR_PURPOSE 0x6163746f723a /* "actor:" */
#define SECOND        INT64_C(1000000)

/* At-alert i, and the incident that it is about. */
struct at_alert {
	struct r7_incident c;
	struct mock_rng rng;
	char rrn[R7_RRN_BUF];
	int64_t alerted_us, created_us, updated_us;
	int64_t version;
};

static void
make(struct at_alert *a, const struct mock_plan *p, uint64_t i)
{
	int64_t end = p->start_us + p->span_us;

	r7_at_alert_of(&a->c, p, i, a->rrn);
	a->rng = mock_rng_key(p->seed, AT_PURPOSE, i);
	a->alerted_us = a->c.created_us / 1000 * 1000;
	a->created_us =
	    a->alerted_us + (int64_t)mock_rng_below(&a->rng, 900000);
	a->version = 1 + (int64_t)mock_rng_below(&a->rng, 9);
	a->updated_us = a->created_us;
	if (a->version > 1)
		a->updated_us += (int64_t)mock_rng_below(&a->rng,
		    (uint64_t)(mock_rng_percent(&a->rng, 50) ? SECOND
							     : 86400 * SECOND));
	if (a->updated_us > end)
		a->updated_us = a->created_us;
}

static void
put_organization(const struct r7_organization *o, struct sc_jw *w)
{
	sc_jw_key(w, "organization");
	sc_jw_obj(w);
	sc_jw_kv(w, "id", o->id);
	sc_jw_kv(w, "name", o->name);
	sc_jw_kv(w, "region", o->at_name);
	/* No collector may let this through. */
	sc_jw_kv(w, "product_token", o->product_token);
	sc_jw_kv(w, "customer_id", o->customer_id);
	sc_jw_kv(w, "customer_name", o->customer);
	sc_jw_kv(w, "customer_code", o->code);
	sc_jw_kv(w, "customer_group", o->group);
	r7_put_strings(w, "flags", NULL, 0);
	sc_jw_end(w, '}');
}

static void
put_key(struct sc_jw *w, const char *key, const char *value)
{
	sc_jw_obj(w);
	sc_jw_kv(w, "key", key);
	r7_put_strings(w, "values", &value, 1);
	sc_jw_end(w, '}');
}

static const char *
entry_type(const struct r7_rule *rule)
{
	static const char *const types[] = {
		[R7_EVENT_AUTH] = "ingress_auth",
		[R7_EVENT_PROCESS] = "process_start_event",
		[R7_EVENT_FORWARDED] = "third_party_alert",
	};

	return types[rule->event];
}

static void
put_rule(const struct r7_rule *rule, struct sc_jw *w)
{
	const char *code = rule->code != NULL ? rule->code : "EX0MPLE99999";
	char rrn[80];

	sc_jw_key(w, "rule");
	sc_jw_obj(w);
	(void)snprintf(rrn, sizeof(rrn), "rrn:cba:::detection-rule:%s", code);
	sc_jw_kv(w, "rrn", rrn);
	if (rule->code != NULL && rule->code[11] % 2 == 0)
		sc_jw_kv(w, "name", rule->name);
	r7_put_strings(w, "mitre_tcodes", rule->tcodes, 3);
	(void)snprintf(
	    rrn, sizeof(rrn), "rrn:cba:::detection-rule:version:%s", code);
	sc_jw_kv(w, "version_rrn", rrn);
	sc_jw_end(w, '}');
}

/* Not always in the same order. */
static void
put_keys(struct at_alert *a, struct sc_jw *w)
{
	const char *const keys[] = { "result", "account", "geoip_country_code",
		"source_ip" };
	const char *const values[] = { "FAILED_BAD_PASSWORD",
		a->c.user->account, "ZZ", a->c.address };
	size_t first = mock_rng_below(&a->rng, 4);

	sc_jw_key(w, "rule_matching_keys");
	sc_jw_arr(w);
	put_key(w, "entryType", entry_type(a->c.rule));
	put_key(w, "orgId", a->c.org->id);
	sc_jw_end(w, ']');
	sc_jw_key(w, "rule_keys_of_interest");
	sc_jw_arr(w);
	for (size_t i = 0; i < 4 && a->c.rule->event == R7_EVENT_AUTH; i++)
		put_key(w, keys[(first + i) % 4], values[(first + i) % 4]);
	if (a->c.rule->event == R7_EVENT_PROCESS)
		put_key(w, "process.cmd_line", a->c.rule->command);
	sc_jw_end(w, ']');
}

static void
put_assignee(struct at_alert *a, struct sc_jw *w)
{
	if (!mock_rng_percent(&a->rng, 30))
		return;
	sc_jw_key(w, "assignee");
	sc_jw_obj(w);
	r7_put_time(w, "at", a->updated_us, 6);
	sc_jw_kv(w, "id", "0d0c0b0a-0002-4000-8000-000000000001");
	sc_jw_kv(w, "email", "ellen@soc.example.com");
	sc_jw_kv(w, "first_name", "Ellen");
	sc_jw_kv(w, "last_name", "Beispiel");
	sc_jw_end(w, '}');
}

static void
put_transitions(struct at_alert *a, bool closed, struct sc_jw *w)
{
	int64_t seconds = 60 + (int64_t)mock_rng_below(&a->rng, 7200);

	if (a->version < 3)
		return;
	sc_jw_key(w, "status_transitions");
	sc_jw_obj(w);
	sc_jw_kvi(w, "seconds_to_first_investigating", seconds);
	if (closed)
		sc_jw_kvi(w, "seconds_to_first_closed", seconds * 3);
	sc_jw_end(w, '}');
}

static void
put_state(struct at_alert *a, struct sc_jw *w)
{
	static const char *const responsible[] = { "UNMAPPED", "CUSTOMER",
		"MDR" };
	static const char *const statuses[] = { "OPEN", "INVESTIGATING",
		"WAITING", "UNMAPPED" };
	static const char *const ends[] = { "MALICIOUS", "BENIGN", "UNKNOWN",
		"NOT_APPLICABLE", "SECURITY_TEST", "FALSE_POSITIVE" };
	static const char *const tags[] = { "Prüfen", "vip" };
	bool closed = a->version >= 6;

	sc_jw_kv(w, "responsibility", responsible[mock_rng_below(&a->rng, 3)]);
	if (mock_rng_percent(&a->rng, 50)) {
		sc_jw_key(w, "monitored");
		sc_jw_bool(w, mock_rng_percent(&a->rng, 50));
	}
	put_assignee(a, w);
	sc_jw_kv(w, "priority",
	    mock_rng_percent(&a->rng, 5) ? "UNMAPPED" : a->c.rule->priority);
	sc_jw_kv(w, "status",
	    closed ? "CLOSED" : statuses[mock_rng_below(&a->rng, 4)]);
	put_transitions(a, closed, w);
	sc_jw_kv(w, "disposition",
	    closed ? ends[mock_rng_below(&a->rng, 6)] : "UNDECIDED");
	mock_put_text(w, "investigation_rrn",
	    mock_rng_percent(&a->rng, 15) ? NULL : a->c.rrn);
	r7_put_strings(w, "tags", tags, mock_rng_below(&a->rng, 3));
	sc_jw_key(w, "permissions");
	sc_jw_obj(w);
	sc_jw_key(w, "canEdit");
	sc_jw_bool(w, mock_rng_percent(&a->rng, 50));
	sc_jw_end(w, '}');
	r7_put_strings(w, "fields", NULL, 0);
}

void
r7_at_alert_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	struct at_alert a;
	char uuid[MOCK_UUID_BUF];
	struct sc_jw w;

	make(&a, p, i);
	mock_random_uuid(&a.rng, uuid);
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "rrn", a.rrn);
	sc_jw_kvi(&w, "version", a.version);
	r7_put_time(&w, "created_at", a.created_us, 6);
	r7_put_time(&w, "updated_at", a.updated_us, 6);
	r7_put_time(&w, "alerted_at", a.alerted_us, 3);
	r7_put_time(&w, "ingested_at", a.created_us - 5661, 6);
	sc_jw_kv(&w, "external_source",
	    a.c.rule->event == R7_EVENT_FORWARDED ? "Forwarded" : "IDR ABA");
	sc_jw_kv(&w, "external_id", uuid);
	put_organization(a.c.org, &w);
	sc_jw_kv(&w, "title", a.c.rule->name);
	sc_jw_kv(&w, "type", a.c.rule->name);
	put_rule(a.c.rule, &w);
	put_keys(&a, &w);
	put_state(&a, &w);
	sc_jw_end(&w, '}');
}

/* The alert's machine or address, then its account. */
static void
put_actor(struct at_alert *a, bool account, struct mock_rng *r, struct sc_jw *w)
{
	const struct r7_user *user = a->c.user;
	bool address = a->c.rule->event == R7_EVENT_AUTH;
	char rrn[96], hex[33], uuid[MOCK_UUID_BUF];

	mock_random_hex(r, hex, 32);
	mock_random_uuid(r, uuid);
	(void)snprintf(rrn, sizeof(rrn), "rrn:alerts:%s:%s:actor:1:%s",
	    a->c.org->at_name, a->c.org->id, hex);
	sc_jw_obj(w);
	sc_jw_kv(w, "rrn", rrn);
	sc_jw_kv(w, "id", uuid);
	sc_jw_kv(w, "type",
	    account       ? "ACCOUNT"
		: address ? "IP_ADDRESS"
			  : "ASSET");
	if (account) {
		sc_jw_kv(w, "user_id", user->id);
		sc_jw_kv(w, "display_name",
		    user->mail != NULL ? user->mail : user->account);
	} else {
		sc_jw_kv(w, "display_name", address ? a->c.address : a->c.host);
	}
	sc_jw_end(w, '}');
}

void
r7_actor_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	struct mock_rng r = mock_rng_key(p->seed, ACTOR_PURPOSE, i);
	struct mock_plan alerts = *p;
	struct at_alert a;
	struct sc_jw w;

	alerts.n = (p->n + 1) / 2;
	make(&a, &alerts, i / 2);
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "alert", a.rrn);
	mock_put_text(&w, "investigation", a.c.rrn);
	sc_jw_key(&w, "actor");
	put_actor(&a, i % 2 == 1, &r, &w);
	sc_jw_end(&w, '}');
}
