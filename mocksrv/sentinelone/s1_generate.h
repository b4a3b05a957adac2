#ifndef MOCK_S1_GENERATE_H
#define MOCK_S1_GENERATE_H

#include <stdint.h>

#include "mocksrv/generate.h"

/*
 * Made-up SentinelOne records.  The streams of one seed tell one story: the
 * threats happen on the agents, and of n activities those before i come from
 * the threats before i / S1_ROUND of n / S1_ROUND in the same time span.
 */
#define S1_ROUND 8

/* "threats", "agents", "activities"; ends with a NULL name. */
extern const struct mock_generator mock_s1_generators[];

void s1_threat_record(const struct mock_plan *, uint64_t i, struct sc_buf *);
void s1_agent_record(const struct mock_plan *, uint64_t i, struct sc_buf *);
void s1_activity_record(const struct mock_plan *, uint64_t i, struct sc_buf *);

/* Each record has its own slice of the span: sorted, and never equal. */
int64_t s1_slice_us(const struct mock_plan *);

#define S1_ID_BUF  24
#define S1_ID_BITS 13
/*
 * The vendor's id for something born then: milliseconds, then 23 bits that
 * the vendor fills at random; here the microseconds come first among them, so
 * that ids have the order of the times, and `low` has S1_ID_BITS.
 */
void s1_make_id(int64_t created_us, uint64_t low, char out[S1_ID_BUF]);

#endif
