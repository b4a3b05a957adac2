#ifndef SC_LOCK_H
#define SC_LOCK_H

#include <stdbool.h>

#include "sc/err.h"

/*
 * One run at a time for an integration: flock on STATEDIR/lock/NAME, held
 * through the open descriptor and inherited by children, so it lives as long
 * as any stage of the run.  The environment variable SC_LOCK_FD names an
 * inherited descriptor; it counts only if it is this very file.
 *
 * Returns the descriptor, or -1: EX_TEMPFAIL naming the holder when another
 * run has it and wait is false, EX_CANTCREAT when the file cannot be opened.
 * Never unlink the file.  Closing the descriptor releases the lock when no
 * child holds a copy.
 */
int sc_lock_take(
    const char *statedir, const char *integration, bool wait, struct sc_err *e);

#endif
