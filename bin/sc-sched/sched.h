#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include "sc/err.h"
#include "sc/prog.h"

/*
 * Runs one integration or stream now, whatever its schedule says.  Returns
 * the exit code of the run; -1 with e when it could not be started.
 */
int sched_run(
    const struct sc_prog *, const char *target, bool wait, struct sc_err *e);

/*
 * Runs everything that is due, up to `parallel` integrations at a time.
 * Returns the worst exit code, -1 with e when nothing could be done at all.
 */
int sched_once(const struct sc_prog *, size_t parallel, struct sc_err *e);

#endif
