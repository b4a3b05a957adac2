#ifndef MOCK_DRILL_H
#define MOCK_DRILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/err.h"

/*
 * A scenario against somebody's own configuration: a copy of it in a
 * temporary folder talks to a server on loopback, sc-sched runs what is due
 * on a clock that is moved step by step, and in the end the store is compared
 * with what the server has shown.  Programs of the suite are started with an
 * environment of their own; secrets of the configuration are not resolved.
 */
struct mock_drill_options {
	const char *scenario;
	const char *confdir;
	char *const *names; /* integrations; none: all that are enabled */
	size_t nnames;
	uint64_t seed;
	int64_t start_ms; /* on the drill's clock */
	int64_t step_ms;  /* 0: a minute, or the shortest interval */
	int64_t for_ms;   /* 0: an hour longer than the scenario */
	bool keep;        /* the temporary folder */
	bool json;
	bool verbose; /* the programs' log lines to stderr */
};

/*
 * Writes to stdout what happens and what came of it.  -1: EX_DATAERR when a
 * record was lost or doubled; EX_CONFIG when the scenario does not play what
 * the configuration wants; EX_OSERR and others when the drill cannot be held.
 */
int mock_drill_run(const struct mock_drill_options *, struct sc_err *e);

#endif
