#include <inttypes.h>
#include <stdio.h>

#include "mocksrv/sentinelone/s1_generate.h"

/* What SentinelOne's ids count from: 2017-01-01. */
#define ID_EPOCH_MS INT64_C(1483228800000)

const struct mock_generator mock_s1_generators[] = {
	{ "threats", s1_threat_record },
	{ "agents", s1_agent_record },
	{ "activities", s1_activity_record },
	{ NULL, NULL },
};

int64_t
s1_slice_us(const struct mock_plan *p)
{
	return p->span_us / (int64_t)p->n;
}

void
s1_make_id(int64_t created_us, uint64_t low, char out[S1_ID_BUF])
{
	uint64_t ms = (uint64_t)(created_us / 1000 - ID_EPOCH_MS);
	uint64_t us = (uint64_t)(created_us % 1000);

	(void)snprintf(
	    out, S1_ID_BUF, "%" PRIu64, ms << 23 | us << S1_ID_BITS | low);
}
