#ifndef MOCK_DELAY_H
#define MOCK_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/generate.h"
#include "mocksrv/line.h"
#include "sc/err.h"

/* "200ms", "uniform:100ms-2s" or "lognormal:MEDIAN,SIGMA". */
struct mock_delay {
	enum {
		MOCK_DELAY_NONE = 0,
		MOCK_DELAY_FIXED,
		MOCK_DELAY_UNIFORM,
		MOCK_DELAY_LOGNORMAL
	} kind;
	int64_t ms; /* the time, its lower bound or its median */
	int64_t max_ms;
	double sigma;
};

int mock_delay_parse(struct mock_delay *, const struct mock_line *,
    const struct mock_word *, struct sc_err *);
/* In milliseconds; never more than a day. */
int64_t mock_delay_draw(const struct mock_delay *, struct mock_rng);

#endif
