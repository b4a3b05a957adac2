#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "mocksrv/put.h"
#include "mocksrv/sentinelone/s1_activity.h"
#include "mocksrv/sentinelone/s1_generate.h"
#include "mocksrv/sentinelone/s1_threatinfo.h"
#include "sc/json.h"
#include "sc/timefmt.h"

#define ACTIVITY_PURPOSE 0x6163746976 /* "activ" */
/* The first activities of a round are about its threat. */
#define THREAT_STEPS 4
/* One detection is told within a quarter of a second. */
#define STEP_MAX_US 60000
#define RECORD_MAX  ((size_t)64 * 1024)

struct activity {
	struct mock_rng rng;
	const struct s1_kind *kind;
	struct s1_threat threat; /* its agent is used without it as well */
	bool on_threat, on_agent;
	uint64_t round;
	const struct s1_operator *operator;
	int64_t created_us;
	char id[S1_ID_BUF];
	char sha1[48];
	char ip[16];
};

/* People and programs that use the console. */
static const struct s1_operator {
	const char *name, *id, *role;
} operators[] = {
	{ "Jürgen Beispiel", "1290568698312097301", "Admin" },
	{ "Ada Przykład", "1290568698312097303", "SOC" },
	{ "見本 花子", "1290568698312097305", "Viewer" },
	{ "api-collector", "1290568698312097307", "Viewer" },
};

static const char *const rules[] = { "LSASS read by a script",
	"Neue Admin-Gruppe", "DNS over HTTPS to a new host" };

/* What an activity at this place in the round is called. */
static int
threat_code(const struct s1_story *s, uint64_t step)
{
	static const char letters[] = "kqrb";
	static const int codes[] = { 2001, 2004, 2002, 2003 };
	const char *a = s->actions, *at;

	if (step == 0 && s->preempted)
		return 20;
	if (step == 0)
		return strcmp(s->confidence, "malicious") == 0 ? 19 : 4003;
	if (step == 2)
		return 4008;
	if (step == 3 && *a != '\0')
		a++;
	if (*a != '\0' && isupper((unsigned char)*a))
		return 2006;
	at = *a != '\0' ? strchr(letters, *a) : NULL;
	if (at != NULL)
		return codes[at - letters];
	return step == 1 ? 2030 : 2028;
}

/* The hash is drawn late in the making of a threat: make it. */
static void
find_hash(struct activity *a, const struct mock_plan *threats, uint64_t k)
{
	static const char *const paths[] = { "threatInfo.sha1" };
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 1, &e);
	struct sc_json_val v = { 0 };
	struct sc_buf b;

	sc_buf_init(&b, RECORD_MAX);
	s1_threat_record(threats, k, &b);
	if (sc_json_scan(b.p, b.len, plan, 0, &v, &e) == 0 && v.raw.n >= 2 &&
	    v.raw.n - 2 < sizeof(a->sha1))
		memcpy(a->sha1, v.raw.p + 1, v.raw.n - 2);
	sc_json_plan_free(plan);
	sc_buf_fini(&b);
}

static void
make_activity(struct activity *a, const struct mock_plan *p, uint64_t i)
{
	static const enum s1_topic topics[] = { S1_ON_LOGIN, S1_ON_AGENT,
		S1_ON_SETTINGS, S1_ON_RULE };
	struct mock_plan threats = *p;
	uint64_t k = i / S1_ROUND, step = i % S1_ROUND;
	enum s1_topic topic;
	int64_t slice;

	a->round = k;
	threats.n = (p->n + S1_ROUND - 1) / S1_ROUND;
	slice = s1_slice_us(&threats);
	a->rng = mock_rng_key(p->seed, ACTIVITY_PURPOSE, i);
	s1_threat_make(&a->threat, &threats, k);
	a->operator= & operators[mock_rng_below(&a->rng, 4)];
	(void)snprintf(a->ip, sizeof(a->ip), "198.51.100.%u",
	    (unsigned)mock_rng_below(&a->rng, 254) + 1);
	if (step < THREAT_STEPS) {
		a->kind = s1_kind_find(threat_code(a->threat.story, step));
		a->on_threat = a->on_agent = true;
		find_hash(a, &threats, k);
		a->created_us = a->threat.created_us + 1000 +
		    (int64_t)step * STEP_MAX_US +
		    (int64_t)mock_rng_below(&a->rng, STEP_MAX_US);
	} else {
		topic = topics[step - THREAT_STEPS];
		if (topic == S1_ON_RULE && mock_rng_percent(&a->rng, 40))
			topic = S1_ON_DEVICE;
		a->kind = s1_kind_pick(topic, &a->rng);
		a->on_agent = topic != S1_ON_LOGIN && topic != S1_ON_SETTINGS;
		a->created_us = p->start_us + slice * (int64_t)k +
		    (int64_t)mock_rng_below(&a->rng, (uint64_t)slice);
	}
	if (a->created_us > p->start_us + p->span_us)
		a->created_us = p->start_us + p->span_us;
	/* The round's own digit: no two activities have the same id. */
	s1_make_id(a->created_us,
	    mock_rng_below(&a->rng, (1 << S1_ID_BITS) / S1_ROUND) * S1_ROUND +
		step,
	    a->id);
}

static const char *
file_name(const struct activity *a)
{
	const char *file = a->threat.story->file;

	return file != NULL ? file : "powershell.exe (CLI 1f0a)";
}

static const char *
rule_name(const struct activity *a)
{
	return rules[a->threat.agent.number % 3];
}

static const char *
value_of(const struct activity *a, const char *name, size_t n)
{
	const struct {
		const char *name, *value;
	} values[] = { { "username", a->operator->name },
	    { "computer_name", a->threat.agent.name },
	    { "file_name", file_name(a) }, { "ip_address", a->ip },
	    { "site_name", a->threat.agent.site->site },
	    { "rule_name", rule_name(a) } };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strlen(values[i].name) == n &&
		    memcmp(values[i].name, name, n) == 0)
			return values[i].value;
	}
	return "";
}

/* The kind's text with its values in place. */
static void
put_description(const struct activity *a, struct sc_jw *w)
{
	const char *p = a->kind->text, *open, *close;
	struct sc_buf b;

	sc_buf_init(&b, 1024);
	while ((open = strstr(p, "{{ ")) != NULL &&
	    (close = strstr(open, " }}")) != NULL) {
		(void)sc_buf_add(&b, p, (size_t)(open - p));
		(void)sc_buf_adds(
		    &b, value_of(a, open + 3, (size_t)(close - open) - 3));
		p = close + 3;
	}
	(void)sc_buf_adds(&b, p);
	sc_jw_kv(w, "primaryDescription", sc_buf_str(&b));
	sc_buf_fini(&b);
}

/* A number of 19 digits, which does not fit into a double. */
static void
put_number(struct sc_jw *w, const char *key, const char *digits)
{
	sc_jw_kvraw(w, key, sc_slice_of(digits));
}

/* The same thing is a number here and a text there. */
static void
put_detected(struct activity *a, struct sc_jw *w)
{
	if (mock_rng_percent(&a->rng, 50))
		sc_jw_kvi(w, "detectedat", a->threat.identified_us / 1000);
	else
		mock_put_time(w, "detectedat", a->threat.identified_us);
}

static void
put_threat_data(struct activity *a, struct sc_jw *w)
{
	const struct s1_threat *t = &a->threat;
	char path[160];

	s1_threat_path(t, path, sizeof(path));
	sc_jw_kv(w, "computerName", t->agent.name);
	sc_jw_kv(w, "confidenceLevel", t->story->confidence);
	put_detected(a, w);
	sc_jw_kv(w, "fileContentHash", a->sha1);
	sc_jw_kv(w, "fileDisplayName", file_name(a));
	sc_jw_kv(w, "filePath", path);
	if (a->kind->code / 1000 == 2)
		sc_jw_kv(w, "globalStatus",
		    a->kind->code == 2006 ? "failed" : "success");
	if (a->kind->code == 4008) {
		sc_jw_kv(w, "newStatus", t->story->mitigation);
		sc_jw_kv(w, "originalStatus", "not_mitigated");
	}
	mock_put_text(w, "threatClassification", t->story->classification);
	mock_put_text(w, "threatClassificationSource", t->story->source);
	mock_put_null(w, "username");
}

static void
put_login_data(struct activity *a, struct sc_jw *w)
{
	sc_jw_kv(w, "ipAddress", a->ip);
	mock_put_text(w, "reason",
	    a->kind->code == 133 || a->kind->code == 3625 ? "wrong code"
							  : NULL);
	sc_jw_kv(w, "role", a->operator->role);
	sc_jw_kv(w, "source", "mgmt");
	put_number(w, "userId", a->operator->id);
	sc_jw_kv(w, "userScope", "account");
	sc_jw_kv(w, "username", a->operator->name);
}

static void
put_agent_data(struct activity *a, struct sc_jw *w)
{
	const struct s1_agent *g = &a->threat.agent;

	sc_jw_kv(w, "computerName", g->name);
	sc_jw_kv(w, "externalIp", g->external);
	put_number(w, "newGroupId", g->site->group_id);
	sc_jw_kv(w, "system", "true");
	mock_put_text(w, "username",
	    a->kind->code == 51 || a->kind->code == 117 ? a->operator->name
							: NULL);
	sc_jw_kv(w, "uuid", g->uuid);
}

static void
put_settings_data(struct activity *a, struct sc_jw *w)
{
	if (mock_rng_percent(&a->rng, 50))
		mock_put_bool(w, "newValue", true);
	else
		sc_jw_kv(w, "newValue", "protect");
	if (a->kind->code == 129)
		sc_jw_kv(w, "deactivationPeriodInDays", "90");
	if (a->kind->code == 3021)
		sc_jw_kv(w, "fileContentHash",
		    "02699626f388ed830012e5b787640e71c56d42d8");
	sc_jw_kv(w, "byUser", a->operator->name);
	sc_jw_kv(w, "role", a->operator->role);
	sc_jw_kv(w, "username", a->operator->name);
}

static void
put_rule_data(struct activity *a, struct sc_jw *w)
{
	char alert[S1_ID_BUF], rule[S1_ID_BUF];
	uint64_t form = a->round % 3;

	s1_make_id(a->created_us - 900, mock_rng_below(&a->rng, 8192), alert);
	s1_make_id(a->threat.agent.registered_us, 4000, rule);
	put_number(w, "alertId", alert);
	sc_jw_kv(w, "computerName", a->threat.agent.name);
	put_detected(a, w);
	if (form == 0)
		sc_jw_kv(w, "ruleId", "-1");
	else
		put_number(w, "ruleId", form == 1 ? "-1" : rule);
	sc_jw_kv(w, "ruleName", rule_name(a));
	sc_jw_kv(w, "severity", form == 0 ? "Low" : "High");
	sc_jw_kv(w, "username", a->operator->name);
}

static void
put_device_data(struct activity *a, struct sc_jw *w)
{
	const struct s1_agent *g = &a->threat.agent;

	sc_jw_kv(w, "computerName", g->name);
	sc_jw_kv(w, "lastLoggedInUserName", g->user->login);
	if (a->kind->code != 5232) {
		sc_jw_kv(w, "deviceClass", "08h");
		sc_jw_kv(w, "interface", "USB");
		sc_jw_kv(w, "productId", "5591");
		sc_jw_kv(w, "ruleName", "Keine Sticks");
		sc_jw_kv(w, "vendorId", "0781");
		return;
	}
	sc_jw_kv(w, "direction", "outbound");
	sc_jw_kv(w, "reportedProtocol", "TCP");
	sc_jw_kv(w, "reportedRemoteHost", a->ip);
	if (g->number % 2 == 0)
		sc_jw_kvi(w, "reportedRemotePort", 4444);
	else
		sc_jw_kv(w, "reportedRemotePort", "4444");
	sc_jw_kv(w, "ruleName", "Nur Web");
}

/* An account as a whole, or one group in it. */
static void
put_scope(const struct s1_site *s, bool account, struct sc_jw *w)
{
	char details[160], path[160];

	(void)snprintf(details, sizeof(details), "Account %s", s->account);
	(void)snprintf(path, sizeof(path), "Global / %s", s->account);
	if (!account) {
		(void)snprintf(details, sizeof(details),
		    "Group %s in Site %s of Account %s", s->group, s->site,
		    s->account);
		(void)snprintf(path, sizeof(path), "Global / %s / %s / %s",
		    s->account, s->site, s->group);
	}
	sc_jw_kv(w, "accountName", s->account);
	sc_jw_kv(w, "fullScopeDetails", details);
	sc_jw_kv(w, "fullScopeDetailsPath", path);
	mock_put_text(w, "groupName", account ? NULL : s->group);
	put_number(w, "scopeId", account ? s->account_id : s->group_id);
	sc_jw_kv(w, "scopeLevel", account ? "Account" : "Group");
	sc_jw_kv(w, "scopeName", account ? s->account : s->group);
	mock_put_text(w, "siteName", account ? NULL : s->site);
}

static void
put_data(struct activity *a, bool account, struct sc_jw *w)
{
	static void (*const put[])(struct activity *, struct sc_jw *) = {
		[S1_ON_THREAT] = put_threat_data,
		[S1_ON_LOGIN] = put_login_data,
		[S1_ON_AGENT] = put_agent_data,
		[S1_ON_SETTINGS] = put_settings_data,
		[S1_ON_RULE] = put_rule_data,
		[S1_ON_DEVICE] = put_device_data,
	};

	sc_jw_key(w, "data");
	sc_jw_obj(w);
	put_scope(a->threat.agent.site, account, w);
	put[a->kind->topic](a, w);
	sc_jw_end(w, '}');
}

static void
put_activity(struct activity *a, struct sc_jw *w)
{
	const struct s1_agent *g = &a->threat.agent;
	const struct s1_site *s = g->site;
	bool account = a->kind->topic == S1_ON_LOGIN;
	char uuid[MOCK_UUID_BUF];

	mock_random_uuid(&a->rng, uuid);
	sc_jw_obj(w);
	sc_jw_kv(w, "accountId", s->account_id);
	sc_jw_kv(w, "accountName", s->account);
	sc_jw_kvi(w, "activityType", a->kind->code);
	sc_jw_kv(w, "activityUuid", uuid);
	mock_put_text(w, "agentId", a->on_agent ? g->id : NULL);
	mock_put_text(
	    w, "agentUpdatedVersion", a->kind->code == 43 ? g->version : NULL);
	mock_put_null(w, "comments");
	mock_put_time(w, "createdAt", a->created_us);
	put_data(a, account, w);
	mock_put_null(w, "description");
	mock_put_text(w, "groupId", account ? NULL : s->group_id);
	mock_put_text(w, "groupName", account ? NULL : s->group);
	mock_put_null(w, "hash");
	sc_jw_kv(w, "id", a->id);
	mock_put_text(w, "osFamily", a->on_agent ? g->os->type : NULL);
	put_description(a, w);
	mock_put_text(w, "secondaryDescription", a->on_threat ? a->sha1 : NULL);
	mock_put_text(w, "siteId", account ? NULL : s->site_id);
	mock_put_text(w, "siteName", account ? NULL : s->site);
	mock_put_text(w, "threatId", a->on_threat ? a->threat.id : NULL);
	/* The row is stamped a moment before it is stored. */
	mock_put_time(w, "updatedAt",
	    a->created_us - 1000 - (int64_t)mock_rng_below(&a->rng, 8000));
	mock_put_text(w, "userId", a->on_agent ? NULL : a->operator->id);
	sc_jw_end(w, '}');
}

void
s1_activity_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	struct activity a = { 0 };
	struct sc_jw w;

	make_activity(&a, p, i);
	sc_jw_init(&w, b);
	put_activity(&a, &w);
}
