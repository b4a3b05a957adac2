#include <string.h>

#include "mocksrv/put.h"
#include "mocksrv/sentinelone/s1_fleet.h"
#include "mocksrv/sentinelone/s1_generate.h"
#include "mocksrv/sentinelone/s1_story.h"
#include "mocksrv/sentinelone/s1_threatinfo.h"

#define THREAT_PURPOSE 0x746872656174 /* "threat" */
#define BULK_PURPOSE   0x62756c6b     /* "bulk" */
#define SECOND         INT64_C(1000000)
#define DAY            (86400 * SECOND)
/* Records that an analyst may close together. */
#define BULK INT64_C(16)
/* Every so manieth record takes the next story in turn. */
#define ROUND 4

static int64_t
min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Analysts close several incidents with one click, at one microsecond. */
static int64_t
bulk_update_us(const struct mock_plan *p, uint64_t i)
{
	uint64_t block = i / (uint64_t)BULK;
	struct mock_rng r = mock_rng_key(p->seed, BULK_PURPOSE, block);
	int64_t end = p->start_us + p->span_us;
	int64_t last = min64((int64_t)(block + 1) * BULK, (int64_t)p->n);
	int64_t from = p->start_us + s1_slice_us(p) * last;
	int64_t room = min64(end - from, DAY / 4);

	return from + (int64_t)mock_rng_below(&r, (uint64_t)room + 1);
}

static void
make_times(struct s1_threat *t, const struct mock_plan *p, uint64_t i)
{
	int64_t slice = s1_slice_us(p), end = p->start_us + p->span_us;
	const char *incident = t->story->incident;
	int64_t age = 200000 + (int64_t)mock_rng_below(&t->rng, 2800000);

	t->created_us = p->start_us + slice * (int64_t)i +
	    (int64_t)mock_rng_below(&t->rng, (uint64_t)slice);
	if (mock_rng_percent(&t->rng, 3)) /* found while offline */
		age += (int64_t)mock_rng_below(&t->rng, 20 * DAY);
	/* The agent's clock has milliseconds. */
	t->identified_us = (t->created_us - age) / 1000 * 1000;
	t->mitigated_us =
	    t->created_us + (int64_t)mock_rng_below(&t->rng, 250000);
	if (strcmp(incident, "resolved") == 0)
		t->updated_us = bulk_update_us(p, i);
	else if (t->story->actions[0] == '\0' || mock_rng_percent(&t->rng, 30))
		t->updated_us = t->created_us - 1000 -
		    (int64_t)mock_rng_below(&t->rng, 8000);
	else
		t->updated_us = min64(end,
		    t->mitigated_us + 2 * SECOND +
			(int64_t)mock_rng_below(&t->rng, 38 * SECOND));
}

static void
pick_agent(struct s1_threat *t, uint64_t seed)
{
	unsigned n = (unsigned)mock_rng_below(&t->rng, S1_FLEET);

	while (s1_agent_family(n) != t->story->family)
		n = (n + 1) % S1_FLEET;
	s1_agent_make(&t->agent, seed, n);
}

static void
put_techniques(struct sc_jw *w, const struct s1_indicator *in)
{
	sc_jw_key(w, "techniques");
	sc_jw_arr(w);
	for (size_t i = 0; i < 2 && in->techniques[i].name != NULL; i++) {
		sc_jw_obj(w);
		sc_jw_kv(w, "link", in->techniques[i].link);
		sc_jw_kv(w, "name", in->techniques[i].name);
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, ']');
}

static void
put_indicator(struct sc_jw *w, const struct s1_indicator *in)
{
	sc_jw_obj(w);
	sc_jw_kv(w, "category", in->category);
	if (in->id % 2 == 0)
		mock_put_null(w, "categoryId");
	else
		sc_jw_kvi(w, "categoryId", in->id / 100);
	sc_jw_kv(w, "description", in->description);
	sc_jw_key(w, "ids");
	sc_jw_arr(w);
	sc_jw_int(w, in->id);
	sc_jw_end(w, ']');
	sc_jw_key(w, "tactics");
	sc_jw_arr(w);
	if (in->tactic != NULL) {
		sc_jw_obj(w);
		sc_jw_kv(w, "name", in->tactic);
		sc_jw_kv(w, "source", "MITRE");
		put_techniques(w, in);
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
}

static void
put_indicators(struct s1_threat *t, struct sc_jw *w)
{
	uint64_t more = mock_rng_below(&t->rng, 4);
	unsigned i = t->story->indicator;

	sc_jw_key(w, "indicators");
	sc_jw_arr(w);
	/* One story in a while comes without any. */
	if (!mock_rng_percent(&t->rng, 8)) {
		put_indicator(w, &s1_indicators[i]);
		for (; more > 0; more--) {
			i = (i + 1 + (unsigned)mock_rng_below(&t->rng, 4)) %
			    S1_INDICATORS;
			put_indicator(w, &s1_indicators[i]);
		}
	}
	sc_jw_end(w, ']');
}

static void
put_container(const struct s1_threat *t, struct sc_jw *w)
{
	static const char *const names[] = { "id", "image",
		"isContainerQuarantine", "labels", "name", NULL };

	if (!t->story->container) {
		mock_put_nulls(w, "containerInfo", names);
		return;
	}
	sc_jw_key(w, "containerInfo");
	sc_jw_obj(w);
	sc_jw_kv(w, "id", t->storyline);
	sc_jw_kv(w, "image", "registry.example.com/shop/kasse:1.4");
	mock_put_bool(w, "isContainerQuarantine", false);
	mock_put_strings(w, "labels", "app:kasse", "tier:frontend");
	sc_jw_kv(w, "name", "kasse-7d9c");
	sc_jw_end(w, '}');
}

static void
put_kubernetes(const struct s1_threat *t, struct sc_jw *w)
{
	static const char *const names[] = { "cluster", "controllerKind",
		"controllerLabels", "controllerName", "isContainerQuarantine",
		"namespace", "namespaceLabels", "node", "nodeLabels", "pod",
		"podLabels", NULL };

	if (!t->story->container) {
		mock_put_nulls(w, "kubernetesInfo", names);
		return;
	}
	sc_jw_key(w, "kubernetesInfo");
	sc_jw_obj(w);
	sc_jw_kv(w, "cluster", "nordwind-prod");
	sc_jw_kv(w, "controllerKind", "deployment");
	mock_put_strings(w, "controllerLabels", "app:kasse", NULL);
	sc_jw_kv(w, "controllerName", "kasse");
	mock_put_null(w, "isContainerQuarantine");
	sc_jw_kv(w, "namespace", "shop");
	mock_put_strings(w, "namespaceLabels", NULL, NULL);
	sc_jw_kv(w, "node", t->agent.name);
	mock_put_null(w, "nodeLabels");
	sc_jw_kv(w, "pod", "kasse-7d9c-x2x9k");
	mock_put_strings(w, "podLabels", "app:kasse", NULL);
	sc_jw_end(w, '}');
}

static void
put_threat(struct s1_threat *t, struct sc_jw *w)
{
	static const char *const ecs[] = { "clusterName", "serviceArn",
		"serviceName", "taskArn", "taskAvailabilityZone",
		"taskDefinitionArn", "taskDefinitionFamily",
		"taskDefinitionRevision", "type", "version", NULL };

	sc_jw_obj(w);
	sc_jw_key(w, "agentDetectionInfo");
	s1_agent_put_detection(&t->agent, w);
	sc_jw_key(w, "agentRealtimeInfo");
	s1_agent_put_realtime(&t->agent, &t->rng, w);
	put_container(t, w);
	mock_put_nulls(w, "ecsInfo", ecs);
	sc_jw_kv(w, "id", t->id);
	put_indicators(t, w);
	put_kubernetes(t, w);
	s1_put_mitigations(t, w);
	s1_put_threat_info(t, w);
	mock_put_strings(w, "whiteningOptions",
	    t->story->file != NULL ? "hash" : NULL,
	    t->story->file != NULL ? "path" : NULL);
	sc_jw_end(w, '}');
}

void
s1_threat_make(struct s1_threat *t, const struct mock_plan *p, uint64_t i)
{
	size_t n = s1_story_count();

	*t = (struct s1_threat){ .rng =
				     mock_rng_key(p->seed, THREAT_PURPOSE, i) };
	t->story = s1_story(
	    i % ROUND == 0 ? i / ROUND % n : mock_rng_below(&t->rng, n));
	make_times(t, p, i);
	s1_make_id(
	    t->created_us, mock_rng_below(&t->rng, 1 << S1_ID_BITS), t->id);
	pick_agent(t, p->seed);
	mock_random_hex(&t->rng, t->storyline, 16);
}

void
s1_threat_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	struct s1_threat t;
	struct sc_jw w;

	s1_threat_make(&t, p, i);
	sc_jw_init(&w, b);
	put_threat(&t, &w);
}
