#ifndef MOCK_DT_GENERATE_H
#define MOCK_DT_GENERATE_H

#include <stdint.h>

#include "mocksrv/darktrace/dt_world.h"
#include "mocksrv/generate.h"

/*
 * Made-up Darktrace records.  The streams of one seed tell one story: of 24 n
 * breaches, 3 n incident events and n groups in the same time span, each event
 * is about some of DT_ROUND breaches, and each group holds DT_GROUP events.
 */
#define DT_ROUND 8
#define DT_GROUP 3

/* "model-breaches", "ai-analyst", "groups", "devices"; a NULL name ends. */
extern const struct mock_generator mock_dt_generators[];

void dt_breach_record(const struct mock_plan *, uint64_t i, struct sc_buf *);
void dt_event_record(const struct mock_plan *, uint64_t i, struct sc_buf *);
void dt_group_record(const struct mock_plan *, uint64_t i, struct sc_buf *);
void dt_device_record(const struct mock_plan *, uint64_t i, struct sc_buf *);

/* What other streams have to know of a breach. */
struct dt_breach {
	struct mock_rng rng; /* where the rest of the record comes from */
	int64_t pbid;
	int64_t time_ms, created_ms; /* whole seconds */
	int64_t score;               /* thousandths */
	const struct dt_model *model;
	struct dt_device device; /* not of system models */
};
void dt_breach_make(struct dt_breach *, const struct mock_plan *, uint64_t i);

/* The same of an event. */
#define DT_RELATED_MAX 3
struct dt_story;
struct dt_event {
	struct mock_rng rng;
	char id[DT_UUID_BUF];
	char group[DT_UUID_BUF]; /* id of its first event */
	const struct dt_story *story;
	bool acknowledged, pinned, structured;
	int64_t created_ms, start_ms, end_ms;
	struct dt_breach related[DT_RELATED_MAX];
	size_t nrelated;
};
void dt_event_make(struct dt_event *, const struct mock_plan *, uint64_t i);
void dt_event_id(uint64_t seed, uint64_t i, char id[DT_UUID_BUF]);
/* How many breaches of the round an event is about, system ones included. */
size_t dt_event_reach(uint64_t seed, uint64_t i);
/* Thousandths. */
int64_t dt_group_score(uint64_t seed, uint64_t group);
/* What the i-th event tells. */
struct dt_story {
	const char *summariser, *title, *category, *text;
	int phase; /* attack phase; 0: not known */
	const char *tactic;
};
const struct dt_story *dt_event_story(uint64_t i);

/* The members "summary" and "details" of an event. */
void dt_put_summary(const struct dt_event *, struct sc_jw *);
void dt_put_details(struct dt_event *, struct sc_jw *);
/* The value of a device as incident events name it. */
void dt_put_named_device(const struct dt_breach *, struct sc_jw *);
/* The member "triggeredComponents" of a breach. */
void dt_put_components(struct dt_breach *, struct sc_jw *);

#endif
