#ifndef FETCH_CHECK_H
#define FETCH_CHECK_H

#include <stdbool.h>

#include "sc/err.h"
#include "sc/prog.h"

struct check_opts {
	const char *target; /* NAME or NAME.STREAM */
	bool json;
	bool find; /* only look for the regional host */
	bool yes;  /* ... without asking first */
};

/*
 * Goes all the way from the configuration to the newest record of each stream
 * and tells each step on stdout as it ends.  Nothing moves and nothing is
 * kept.  -1 when a step failed: e has the code of the worst one and no message,
 * because all has been said.
 */
int check_run(
    const struct sc_prog *, const struct check_opts *, struct sc_err *);

#endif
