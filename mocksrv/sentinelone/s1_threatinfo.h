#ifndef MOCK_S1_THREATINFO_H
#define MOCK_S1_THREATINFO_H

#include "mocksrv/sentinelone/s1_fleet.h"
#include "mocksrv/sentinelone/s1_story.h"

/* A threat while it is made up. */
struct s1_threat {
	struct mock_rng rng;
	const struct s1_story *story;
	struct s1_agent agent;
	int64_t created_us, updated_us, identified_us, mitigated_us;
	char id[24];
	char storyline[40];
};

/* Threat i of the plan: who, what and when. */
void s1_threat_make(struct s1_threat *, const struct mock_plan *, uint64_t i);
/* The file's path; "" without a file. */
void s1_threat_path(const struct s1_threat *, char *out, size_t cap);
/* Write the members mitigationStatus and threatInfo. */
void s1_put_mitigations(struct s1_threat *, struct sc_jw *);
void s1_put_threat_info(struct s1_threat *, struct sc_jw *);

#endif
