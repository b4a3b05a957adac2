#include <inttypes.h>
#include <stdio.h>

#include "mocksrv/darktrace/dt_generate.h"
#include "sc/timefmt.h"

#define TIME_PURPOSE   0x74696d65     /* "time" */
#define BREACH_PURPOSE 0x627265616368 /* "breach" */
#define FIRST_PBID     INT64_C(20001)
/* Every so manieth record takes the next model in turn. */
#define TURN   3
#define HOUR_S INT64_C(3600)

/* Where in its slice of the span a record lies, by the second. */
static int64_t
base_ms(const struct mock_plan *p, uint64_t i)
{
	struct mock_rng r = mock_rng_key(p->seed, TIME_PURPOSE, i);
	int64_t slice = p->span_us / (int64_t)p->n;
	int64_t us = p->start_us + slice * (int64_t)i +
	    (int64_t)mock_rng_below(&r, (uint64_t)slice);

	return us / 1000000 * 1000;
}

/*
 * Most breaches are there some seconds after the event, those of the
 * appliance itself perhaps a second before it, a few much later.
 */
static void
make_times(struct dt_breach *b, const struct mock_plan *p, uint64_t i)
{
	int64_t end_ms = (p->start_us + p->span_us) / 1000000 * 1000;
	int64_t late_s = 4 + (int64_t)mock_rng_below(&b->rng, 37);
	bool tie = i > 0 && mock_rng_percent(&b->rng, 12);

	if (b->model->system && mock_rng_percent(&b->rng, 50))
		late_s = -1;
	else if (mock_rng_percent(&b->rng, 2))
		late_s =
		    (int64_t)mock_rng_below(&b->rng, (uint64_t)(3 * HOUR_S));
	b->time_ms = base_ms(p, tie ? i - 1 : i);
	b->created_ms = b->time_ms + late_s * 1000;
	if (b->created_ms > end_ms)
		b->created_ms = end_ms;
}

void
dt_breach_make(struct dt_breach *b, const struct mock_plan *p, uint64_t i)
{
	unsigned n = dt_model_count(), model, device;

	*b = (struct dt_breach){ .rng =
				     mock_rng_key(p->seed, BREACH_PURPOSE, i) };
	b->pbid = FIRST_PBID + (int64_t)i;
	model = (unsigned)mock_rng_below(&b->rng, n);
	if (i % TURN == 0)
		model = (unsigned)(i / TURN % n);
	b->model = dt_model(model);
	make_times(b, p, i);
	b->score = 100 + (int64_t)mock_rng_below(&b->rng, 901);
	device = (unsigned)mock_rng_below(&b->rng, DT_FLEET);
	while (b->model->saas != (device % DT_KINDS == DT_SAAS))
		device = (device + 1) % DT_FLEET;
	dt_device_make(&b->device, p->seed, device);
}

static void
put_logic(const struct dt_model *m, struct sc_jw *w)
{
	dt_open(w, "logic", '{');
	dt_open(w, "data", '[');
	for (int i = 0; i < 2; i++) {
		if (m->weighted) {
			sc_jw_obj(w);
			sc_jw_kvi(w, "cid", m->pid * 20 + i);
			sc_jw_kvi(w, "weight", 1);
			sc_jw_end(w, '}');
		} else {
			sc_jw_int(w, m->pid * 20 + i);
		}
	}
	sc_jw_end(w, ']');
	if (m->weighted)
		sc_jw_kvi(w, "targetScore", 1);
	sc_jw_kv(
	    w, "type", m->weighted ? "weightedComponentList" : "componentList");
	sc_jw_kvi(w, "version", 1);
	sc_jw_end(w, '}');
}

static void
put_actions(const struct dt_model *m, struct sc_jw *w)
{
	static const char *const off[] = { "setPriority", "setTag", "setType" };

	dt_open(w, "actions", '{');
	mock_put_bool(w, "alert", !m->compliance);
	dt_open(w, "antigena", '{');
	if (m->action != NULL) {
		sc_jw_kv(w, "action", m->action);
		sc_jw_kvi(w, "duration", 3600);
		mock_put_bool(w, "confirm", m->priority < 5);
		sc_jw_kv(w, "threshold", "60");
		mock_put_bool(w, "ignoreSchedule", false);
		dt_open(w, "connector_actions", '{');
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, '}');
	mock_put_bool(w, "breach", true);
	mock_put_bool(w, "model", true);
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		mock_put_bool(w, off[i], false);
	if (m->action != NULL)
		sc_jw_kvi(w, "tagTTL", 604800);
	sc_jw_end(w, '}');
}

static void
put_tags(const struct dt_model *m, struct sc_jw *w)
{
	dt_open(w, "tags", '[');
	if (m->tag != NULL) {
		if (*m->tag == '\0')
			sc_jw_str(w, "");
		sc_jw_str(w, *m->tag != '\0' ? m->tag : "AP: Egress");
	}
	sc_jw_end(w, ']');
}

static void
put_mitre(const struct dt_model *m, struct sc_jw *w)
{
	if (m->tactic == NULL)
		return;
	dt_open(w, "mitre", '{');
	dt_open(w, "tactics", '[');
	sc_jw_str(w, m->tactic);
	sc_jw_end(w, ']');
	dt_open(w, "techniques", '[');
	sc_jw_str(w, m->technique);
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
}

/* Who made it, who touched it, and when not to look. */
static void
put_history(const struct dt_model *m, bool edited, struct sc_jw *w)
{
	dt_open(w, "activeTimes", '{');
	dt_open(w, "devices", '{');
	sc_jw_end(w, '}');
	dt_open(w, "tags", '{');
	sc_jw_end(w, '}');
	sc_jw_kv(w, "type", "exclusions");
	sc_jw_kvi(w, "version", 2);
	sc_jw_end(w, '}');
	dt_open(w, "defeats", '[');
	if (edited) {
		sc_jw_obj(w);
		dt_open(w, "arguments", '{');
		sc_jw_kv(w, "value", "backup.example.com");
		sc_jw_end(w, '}');
		sc_jw_kv(w, "comparator", "is");
		sc_jw_kvi(w, "defeatID", 1);
		sc_jw_kv(w, "filtertype", "Connection hostname");
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, ']');
	dt_open(w, "created", '{');
	sc_jw_kv(w, "by", "System");
	sc_jw_end(w, '}');
	dt_open(w, "edited", '{');
	sc_jw_kv(w, "by", edited ? "j.beispiel" : "Nobody");
	if (edited)
		sc_jw_kvi(w, "userID", 24);
	sc_jw_end(w, '}');
	if (edited)
		sc_jw_kv(w, "message",
		    m->message != NULL ? m->message : "Schwelle erhöht");
}

/* edited: as somebody changed it after the breach. */
static void
put_model(const struct dt_model *m, bool edited, struct sc_jw *w)
{
	sc_jw_obj(w);
	sc_jw_kv(w, "name", m->name);
	sc_jw_kvi(w, "pid", m->pid);
	sc_jw_kvi(w, "phid", m->pid * 11 + edited);
	sc_jw_kv(w, "uuid", m->uuid);
	put_logic(m, w);
	sc_jw_kvi(w, "throttle", 3600);
	mock_put_bool(w, "sharedEndpoints", false);
	put_actions(m, w);
	put_tags(m, w);
	sc_jw_kvi(w, "interval", 3600);
	if (m->category != NULL)
		sc_jw_kvi(w, "delay", 0);
	mock_put_bool(w, "sequenced", false);
	mock_put_bool(w, "active", true);
	sc_jw_kv(w, "modified",
	    edited ? "2026-11-21 23:59:59" : "2025-06-22 15:56:27");
	mock_put_bool(w, "autoUpdatable", true);
	mock_put_bool(w, "autoUpdate", !edited);
	mock_put_bool(w, "autoSuppress", true);
	sc_jw_kv(w, "description", m->description);
	sc_jw_kv(w, "behaviour", m->behaviour);
	put_history(m, edited, w);
	sc_jw_kvi(w, "version", 31 + edited);
	put_mitre(m, w);
	sc_jw_kvi(w, "priority", m->priority);
	if (m->category != NULL) {
		sc_jw_kv(w, "category", m->category);
		mock_put_bool(w, "compliance", m->compliance);
	}
	sc_jw_end(w, '}');
}

/* As it was then and as it is now, mostly the same. */
static void
put_models(struct dt_breach *b, struct sc_jw *w)
{
	size_t from, n;

	dt_open(w, "model", '{');
	sc_jw_key(w, "then");
	from = w->b->len;
	put_model(b->model, false, w);
	n = w->b->len - from;
	sc_jw_key(w, "now");
	if (mock_rng_percent(&b->rng, 10))
		put_model(b->model, true, w);
	else if (sc_buf_room(w->b, n) != NULL)
		sc_jw_raw(w, (struct sc_slice){ w->b->p + from, n });
	sc_jw_end(w, '}');
}

/* Absent in most, a truth value or the name of who did it in some. */
static void
put_acknowledged(struct dt_breach *b, struct sc_jw *w)
{
	uint64_t form = mock_rng_below(&b->rng, 20);

	if (form == 0) {
		dt_open(w, "acknowledged", '{');
		sc_jw_kv(w, "username", "j.beispiel");
		sc_jw_kvi(w, "time", b->created_ms + 600000);
		sc_jw_end(w, '}');
	} else if (form <= 2) {
		mock_put_bool(w, "acknowledged", form == 1);
	}
}

static void
put_techniques(const struct dt_model *m, struct sc_jw *w)
{
	if (m->technique == NULL)
		return;
	dt_open(w, "mitreTechniques", '[');
	sc_jw_obj(w);
	sc_jw_kv(w, "technique", m->technique_name);
	sc_jw_kv(w, "techniqueID", m->technique);
	sc_jw_end(w, '}');
	sc_jw_end(w, ']');
}

/* The event that this breach is part of. */
static void
put_event(const struct dt_breach *b, uint64_t seed, uint64_t i, struct sc_jw *w)
{
	uint64_t event = i / DT_ROUND;
	char id[DT_UUID_BUF];

	if (b->model->system || i % DT_ROUND >= dt_event_reach(seed, event))
		return;
	dt_event_id(seed, event, id);
	dt_open(w, "aianalystData", '[');
	sc_jw_obj(w);
	sc_jw_kv(w, "uuid", id);
	dt_open(w, "related", '[');
	sc_jw_int(w, b->pbid);
	sc_jw_end(w, ']');
	sc_jw_kv(w, "summariser", dt_event_story(event)->summariser);
	sc_jw_end(w, '}');
	sc_jw_end(w, ']');
}

void
dt_breach_record(const struct mock_plan *p, uint64_t i, struct sc_buf *out)
{
	struct dt_breach b;
	char url[96];
	struct sc_jw w;

	dt_breach_make(&b, p, i);
	(void)snprintf(url, sizeof(url),
	    "https://darktrace.example.com/#modelbreach/%" PRId64, b.pbid);
	sc_jw_init(&w, out);
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "commentCount", (int64_t)mock_rng_below(&b.rng, 3));
	sc_jw_kvi(&w, "pbid", b.pbid);
	sc_jw_kvi(&w, "time", b.time_ms);
	sc_jw_kvi(&w, "creationTime", b.created_ms);
	sc_jw_kv(&w, "breachUrl", url);
	put_acknowledged(&b, &w);
	put_event(&b, p->seed, i, &w);
	put_models(&b, &w);
	put_techniques(b.model, &w);
	dt_put_components(&b, &w);
	dt_put_thousandths(&w, "score", b.score);
	if (mock_rng_percent(&b.rng, 30)) {
		dt_put_thousandths(&w, "pbscore", b.score);
		dt_put_thousandths(&w, "devicescore", b.score / 2);
	}
	sc_jw_key(&w, "device");
	if (b.model->system) {
		sc_jw_obj(&w);
		sc_jw_kvi(&w, "did", -1);
		sc_jw_end(&w, '}');
	} else {
		dt_put_device(&b.device, b.time_ms, &w);
	}
	sc_jw_end(&w, '}');
}
