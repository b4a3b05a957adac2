#include <stdio.h>

#include "mocksrv/darktrace/dt_generate.h"

#define STATE_PURPOSE 0x67737461 /* "gsta" */

/* The devices of all events, each once. */
struct devices {
	int did[DT_GROUP * DT_RELATED_MAX];
	size_t n;
};

static void
add_devices(struct devices *all, const struct dt_event *e)
{
	for (size_t i = 0; i < e->nrelated; i++) {
		int did = e->related[i].device.did;
		size_t k = 0;

		while (k < all->n && all->did[k] != did)
			k++;
		if (k == all->n)
			all->did[all->n++] = did;
	}
}

static void
put_numbers(struct sc_jw *w, const char *key, const int *v, size_t n)
{
	dt_open(w, key, '[');
	for (size_t i = 0; i < n; i++)
		sc_jw_int(w, v[i]);
	sc_jw_end(w, ']');
}

static void
put_events(const struct dt_event *e, struct sc_jw *w)
{
	dt_open(w, "incidentEvents", '[');
	for (size_t i = 0; i < DT_GROUP; i++) {
		sc_jw_obj(w);
		sc_jw_kv(w, "uuid", e[i].id);
		sc_jw_kvi(w, "start", e[i].start_ms);
		sc_jw_kv(w, "title", e[i].story->title);
		sc_jw_kvi(w, "triggerDid",
		    e[i].nrelated > 0 ? e[i].related[0].device.did : -1);
		mock_put_bool(w, "visible", true);
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, ']');
}

static void
put_tactics(const struct dt_event *e, struct sc_jw *w)
{
	dt_open(w, "mitreTactics", '[');
	for (size_t i = 0; i < DT_GROUP; i++) {
		if (e[i].story->tactic != NULL)
			sc_jw_str(w, e[i].story->tactic);
	}
	sc_jw_end(w, ']');
}

static void
put_state(const struct dt_event *e, struct mock_rng *r, struct sc_jw *w)
{
	static const char *const states[] = { "active", "acknowledged",
		"pinned", "userTriggered", "externalTriggered" };
	static const unsigned percent[] = { 60, 10, 5, 3, 3 };
	char id[DT_UUID_BUF + 1];

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		mock_put_bool(w, states[i], mock_rng_percent(r, percent[i]));
	dt_open(w, "previousIds", '[');
	if (mock_rng_percent(r, 15)) {
		(void)snprintf(id, sizeof(id), "g%s", e[1].id);
		sc_jw_str(w, id);
	}
	sc_jw_end(w, ']');
}

void
dt_group_record(const struct mock_plan *p, uint64_t i, struct sc_buf *out)
{
	struct mock_rng r = mock_rng_key(p->seed, STATE_PURPOSE, i);
	struct mock_plan events = *p;
	struct dt_event e[DT_GROUP];
	struct devices all = { .n = 0 };
	int64_t start = INT64_MAX, end = 0;
	char id[DT_UUID_BUF + 1], url[96];
	struct sc_jw w;

	events.n = p->n * DT_GROUP;
	for (size_t k = 0; k < DT_GROUP; k++) {
		dt_event_make(&e[k], &events, i * DT_GROUP + k);
		add_devices(&all, &e[k]);
		start = e[k].start_ms < start ? e[k].start_ms : start;
		end = e[k].end_ms > end ? e[k].end_ms : end;
	}
	(void)snprintf(id, sizeof(id), "g%s", e[0].id);
	(void)snprintf(
	    url, sizeof(url), "https://darktrace.example.com/#aiagroup/%s", id);
	sc_jw_init(&w, out);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "id", id);
	sc_jw_kv(&w, "groupUrl", url);
	put_state(e, &r, &w);
	put_events(e, &w);
	if (i % 5 != 4)
		put_tactics(e, &w);
	put_numbers(&w, "devices", all.did, all.n);
	put_numbers(&w, "initialDevices", all.did, all.n > 0);
	sc_jw_kv(&w, "category", e[0].story->category);
	dt_put_thousandths(&w, "groupScore", dt_group_score(p->seed, i));
	sc_jw_kvi(&w, "start", start);
	sc_jw_kvi(&w, "end", end);
	dt_open(&w, "edges", '[');
	sc_jw_end(&w, ']');
	sc_jw_end(&w, '}');
}
