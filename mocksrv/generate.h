#ifndef MOCK_GENERATE_H
#define MOCK_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * Made-up records.  Record i of a plan depends on nothing but the plan and i,
 * so any number of them can be made in any order, the same on each machine.
 */
struct mock_plan {
	uint64_t n;
	uint64_t seed;
	int64_t start_us; /* the records' times lie in start .. start + span */
	int64_t span_us;
};

struct mock_generator {
	const char *name; /* "threats" */
	/* Appends the record without a line end. */
	void (*record)(const struct mock_plan *, uint64_t i, struct sc_buf *);
};

#define MOCK_PLAN_MAX 1000000000

/* EX_USAGE when the span cannot hold n different times. */
int mock_plan_check(const struct mock_plan *, struct sc_err *);
/*
 * Reads "N[,seed=S][,span=24h][,start=TIME]"; without start the span ends at
 * now_ms.
 */
int mock_plan_parse(struct mock_plan *, const char *text, uint64_t seed,
    int64_t now_ms, struct sc_err *);
/* Writes all records as NDJSON. */
int mock_generate(const struct mock_generator *, const struct mock_plan *,
    int fd, struct sc_err *);

/*
 * Random numbers (SplitMix64) from a key: the seed, what they are for, and
 * the ordinal of the thing in question.
 */
struct mock_rng {
	uint64_t state;
};

struct mock_rng mock_rng_key(uint64_t seed, uint64_t purpose, uint64_t i);
uint64_t mock_rng_next(struct mock_rng *);
/* 0 .. n-1, n > 0. */
uint64_t mock_rng_below(struct mock_rng *, uint64_t n);
/* True in so many of a hundred cases. */
bool mock_rng_percent(struct mock_rng *, unsigned percent);

#endif
