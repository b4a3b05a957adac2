#ifndef MOCK_S1_ACTIVITY_H
#define MOCK_S1_ACTIVITY_H

#include "mocksrv/generate.h"
#include "sc/buf.h"

/* Whom an activity is about; decides which members `data` has. */
enum s1_topic {
	S1_ON_THREAT,
	S1_ON_LOGIN,
	S1_ON_AGENT,
	S1_ON_SETTINGS,
	S1_ON_RULE,
	S1_ON_DEVICE
};

/* A kind of activity, as GET /activities/types tells it. */
struct s1_kind {
	int code;
	enum s1_topic topic;
	const char *action;
	const char *text; /* with {{ name }} for a value */
};

/* The kind of that code, which must exist. */
const struct s1_kind *s1_kind_find(int code);
/* Any kind of the topic. */
const struct s1_kind *s1_kind_pick(enum s1_topic, struct mock_rng *);
/* The answer to GET /activities/types. */
void s1_put_activity_types(struct sc_buf *);

#endif
