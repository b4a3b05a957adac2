#include <stdio.h>
#include <string.h>

#include "mocksrv/darktrace/dt_generate.h"

#define EVENT_PURPOSE 0x6576656e74     /* "event" */
#define ID_PURPOSE    0x6576656e746964 /* "eventid" */
#define REACH_PURPOSE 0x7265616368     /* "reach" */
#define GROUP_PURPOSE 0x67726f7570     /* "group" */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct dt_story stories[] = {
	{ "ExternalTransferSummary", "Unusual External Data Transfer",
	    "critical",
	    "The device {} was observed sending 1.07 GB to the external "
	    "endpoint {}.",
	    6, "exfiltration" },
	{ "InternalTransferSummary", "Unusual Internal Data Transfer",
	    "suspicious", "The device {} sent much data to {}.", 5,
	    "collection" },
	{ "SmbPasswordSummary", "Possible SMB Brute-Force", "critical",
	    "The device {} tried many passwords on {}.", 3,
	    "credential-access" },
	{ "FluxingSummary", "Possible Fast-Flux Command and Control",
	    "suspicious", "The device {} followed names around {}.", 2,
	    "command-and-control" },
	{ "LateralMovementCrawler", "Extensive Lateral Movement", "critical",
	    "The device {} moved on to {}.", 4, "lateral-movement" },
	{ "ScanSummary", "Port Scanning", "suspicious",
	    "The device {} tried the ports of {}.", 1, "discovery" },
	{ "SmbEncryptionSummary", "Encryption of Files over SMB", "critical",
	    "The device {} rewrote files on {}.", 6, "impact" },
	{ "AdminConnSummary", "Unusual Administrative Connections",
	    "compliance", "The device {} administered {} – „Fernwartung“.", 0,
	    NULL },
	{ "HttpAgentSummary", "Suspicious HTTP Agents", "suspicious",
	    "The device {} used a new agent towards {}.", 2, NULL },
	{ "BeaconSummary", "Possible HTTP Command and Control", "critical",
	    "The device {} called {} again and again.", 2,
	    "command-and-control" },
	{ "SaasHijackSummary", "Possible Hijack of Office365 Account",
	    "critical", "The actor {} was seen from the unusual place {}.", 3,
	    "privilege-escalation" },
};

const struct dt_story *
dt_event_story(uint64_t i)
{
	return &stories[i % COUNT(stories)];
}

void
dt_event_id(uint64_t seed, uint64_t i, char id[DT_UUID_BUF])
{
	struct mock_rng r = mock_rng_key(seed, ID_PURPOSE, i);

	dt_random_uuid(&r, id);
}

size_t
dt_event_reach(uint64_t seed, uint64_t i)
{
	struct mock_rng r = mock_rng_key(seed, REACH_PURPOSE, i);

	return 1 + mock_rng_below(&r, DT_RELATED_MAX);
}

/*
 * The analyst is done a minute to half an hour after the activity, and for a
 * few events a day later.
 */
static void
make_times(struct dt_event *e, const struct mock_plan *p, int64_t last_ms)
{
	int64_t end_ms = (p->start_us + p->span_us) / 1000;
	int64_t lag_ms = 52000 + (int64_t)mock_rng_below(&e->rng, 1928000);

	if (mock_rng_percent(&e->rng, 3))
		lag_ms = (int64_t)mock_rng_below(&e->rng, 83880000);
	e->end_ms = last_ms + (int64_t)mock_rng_below(&e->rng, 1000);
	e->start_ms = e->end_ms - (int64_t)mock_rng_below(&e->rng, 7200000);
	e->created_ms = e->end_ms + lag_ms;
	if (e->created_ms > end_ms)
		e->created_ms = end_ms;
}

void
dt_event_make(struct dt_event *e, const struct mock_plan *p, uint64_t i)
{
	struct mock_plan breaches = *p;
	int64_t last_ms = 0;

	breaches.n = p->n * DT_ROUND;
	*e =
	    (struct dt_event){ .rng = mock_rng_key(p->seed, EVENT_PURPOSE, i) };
	dt_event_id(p->seed, i, e->id);
	dt_event_id(p->seed, i - i % DT_GROUP, e->group);
	e->story = dt_event_story(i);
	e->structured = i % 4 == 3;
	e->acknowledged = mock_rng_percent(&e->rng, 8);
	e->pinned = mock_rng_percent(&e->rng, 4);
	for (size_t k = 0; k < dt_event_reach(p->seed, i); k++) {
		struct dt_breach *b = &e->related[e->nrelated];

		dt_breach_make(b, &breaches, i * DT_ROUND + k);
		last_ms = b->time_ms;
		e->nrelated += !b->model->system;
	}
	make_times(e, p, last_ms);
}

static void
put_periods(struct dt_event *e, struct sc_jw *w)
{
	int64_t middle = (e->start_ms + e->end_ms) / 2;
	bool two = mock_rng_percent(&e->rng, 25);

	dt_open(w, "periods", '[');
	sc_jw_obj(w);
	sc_jw_kvi(w, "start", e->start_ms);
	sc_jw_kvi(w, "end", two ? middle : e->end_ms);
	sc_jw_end(w, '}');
	if (two) {
		sc_jw_obj(w);
		sc_jw_kvi(w, "start", middle + 1);
		sc_jw_kvi(w, "end", e->end_ms);
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, ']');
}

void
dt_put_named_device(const struct dt_breach *b, struct sc_jw *w)
{
	const struct dt_device *d = &b->device;
	const char *ip = d->ip[0] != '\0' ? d->ip : NULL;
	const char *host = d->hostname[0] != '\0' ? d->hostname : NULL;

	sc_jw_obj(w);
	sc_jw_key(w, "identifier");
	sc_jw_str(w, host != NULL ? host : ip);
	sc_jw_key(w, "hostname");
	sc_jw_str(w, host);
	sc_jw_key(w, "ip");
	sc_jw_str(w, ip);
	sc_jw_key(w, "mac");
	sc_jw_str(w, d->mac[0] != '\0' ? d->mac : NULL);
	sc_jw_key(w, "subnet");
	sc_jw_str(w, d->number % 3 == 0 ? "Büro 2. OG" : NULL);
	sc_jw_kvi(w, "did", d->did);
	sc_jw_kvi(w, "sid", d->sid);
	sc_jw_end(w, '}');
}

/* "SaaS / Access / ...": the folders of the name, written another way. */
static void
put_model_name(const char *name, struct sc_jw *w)
{
	struct sc_buf b;

	sc_buf_init(&b, 256);
	for (; *name != '\0'; name++) {
		if (name[0] == ':' && name[1] == ':') {
			(void)sc_buf_adds(&b, " / ");
			name++;
		} else {
			(void)sc_buf_addc(&b, *name);
		}
	}
	sc_jw_kvn(w, "modelName", (struct sc_slice){ b.p, b.len });
	sc_buf_fini(&b);
}

static void
put_breaches(struct dt_event *e, struct sc_jw *w)
{
	if (e->nrelated == 0) {
		/* Seen both ways where there is nothing to tell. */
		if (mock_rng_percent(&e->rng, 50))
			mock_put_null(w, "relatedBreaches");
		return;
	}
	dt_open(w, "relatedBreaches", '[');
	for (size_t i = 0; i < e->nrelated; i++) {
		const struct dt_breach *b = &e->related[i];

		sc_jw_obj(w);
		put_model_name(b->model->name, w);
		sc_jw_kvi(w, "pbid", b->pbid);
		if (b->pbid % 2 == 0)
			sc_jw_kvi(w, "threatScore", b->score / 10);
		else
			dt_put_thousandths(w, "threatScore", b->score * 100);
		sc_jw_kvi(w, "timestamp", b->time_ms);
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, ']');
}

static void
put_devices(const struct dt_event *e, struct sc_jw *w)
{
	dt_open(w, "breachDevices", '[');
	for (size_t i = 0; i < e->nrelated; i++) {
		if (i == 0 ||
		    e->related[i].device.did != e->related[i - 1].device.did)
			dt_put_named_device(&e->related[i], w);
	}
	sc_jw_end(w, ']');
}

int64_t
dt_group_score(uint64_t seed, uint64_t group)
{
	struct mock_rng r = mock_rng_key(seed, GROUP_PURPOSE, group);

	return (int64_t)mock_rng_below(&r, 100000);
}

/* A number, and once in a while a text. */
static void
put_group_score(struct dt_event *e, int64_t score, struct sc_jw *w)
{
	char text[32];

	if (!mock_rng_percent(&e->rng, 10)) {
		dt_put_thousandths(w, "groupScore", score);
		return;
	}
	(void)snprintf(text, sizeof(text), "%d.%d", (int)score / 1000,
	    (int)score / 100 % 10);
	sc_jw_kv(w, "groupScore", text);
}

static void
put_group(struct dt_event *e, uint64_t seed, uint64_t i, struct sc_jw *w)
{
	char group[DT_UUID_BUF + 1];
	bool plain = mock_rng_percent(&e->rng, 5);

	(void)snprintf(
	    group, sizeof(group), "%s%s", plain ? "" : "g", e->group);
	sc_jw_kv(w, "currentGroup", group);
	sc_jw_kv(w, "groupCategory",
	    stories[(i - i % DT_GROUP) % COUNT(stories)].category);
	put_group_score(e, dt_group_score(seed, i / DT_GROUP), w);
	if (mock_rng_percent(&e->rng, 10)) {
		mock_put_null(w, "groupPreviousGroups");
	} else {
		dt_open(w, "groupPreviousGroups", '[');
		if (i % DT_GROUP == 2) {
			(void)snprintf(group, sizeof(group), "g%s", e->id);
			sc_jw_str(w, group);
		}
		sc_jw_end(w, ']');
	}
}

static void
put_attack(struct dt_event *e, struct sc_jw *w)
{
	if (e->story->phase == 0) {
		mock_put_null(w, "attackPhases");
	} else {
		dt_open(w, "attackPhases", '[');
		sc_jw_int(w, e->story->phase);
		sc_jw_end(w, ']');
	}
	dt_open(w, "mitreTactics", '[');
	if (e->story->tactic != NULL)
		sc_jw_str(w, e->story->tactic);
	sc_jw_end(w, ']');
}

static void
put_origin(struct dt_event *e, struct sc_jw *w)
{
	char hex[9];

	mock_random_hex(&e->rng, hex, 8);
	sc_jw_kv(w, "activityId", hex);
	mock_random_hex(&e->rng, hex, 8);
	dt_open(w, "groupingIds", '[');
	sc_jw_str(w, hex);
	sc_jw_end(w, ']');
	mock_put_bool(w, "groupByActivity", mock_rng_percent(&e->rng, 5));
	mock_put_bool(w, "userTriggered", mock_rng_percent(&e->rng, 3));
	mock_put_bool(w, "externalTriggered", mock_rng_percent(&e->rng, 3));
	if (mock_rng_percent(&e->rng, 50))
		sc_jw_kvi(w, "aiaScore", (int64_t)mock_rng_below(&e->rng, 101));
	else
		dt_put_thousandths(
		    w, "aiaScore", (int64_t)mock_rng_below(&e->rng, 100000));
	if (mock_rng_percent(&e->rng, 20))
		sc_jw_kv(w, "sender", "aianalyst@example.com");
	else
		mock_put_null(w, "sender");
}

void
dt_event_record(const struct mock_plan *p, uint64_t i, struct sc_buf *out)
{
	struct dt_event e;
	char url[128];
	struct sc_jw w;

	dt_event_make(&e, p, i);
	sc_jw_init(&w, out);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "summariser", e.story->summariser);
	mock_put_bool(&w, "acknowledged", e.acknowledged);
	mock_put_bool(&w, "pinned", e.pinned);
	sc_jw_kvi(&w, "createdAt", e.created_ms);
	put_attack(&e, &w);
	sc_jw_kv(&w, "title", e.story->title);
	sc_jw_kv(&w, "id", e.id);
	(void)snprintf(url, sizeof(url),
	    "https://darktrace.example.com/#aiagroup/g%s/%s", e.group, e.id);
	sc_jw_kv(&w, "incidentEventUrl", url);
	dt_open(&w, "children", '[');
	sc_jw_str(&w, e.id);
	sc_jw_end(&w, ']');
	sc_jw_kv(&w, "category", e.story->category);
	put_group(&e, p->seed, i, &w);
	put_origin(&e, &w);
	dt_put_summary(&e, &w);
	put_periods(&e, &w);
	put_devices(&e, &w);
	put_breaches(&e, &w);
	dt_put_details(&e, &w);
	sc_jw_end(&w, '}');
}
