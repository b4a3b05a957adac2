#ifndef SCHED_PIPELINE_H
#define SCHED_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/prog.h"
#include "sc/report.h"

/*
 * One run of sc-fetch | sc-normalize | sc-ship for an integration or one of
 * its streams: started with posix_spawn in a process group of its own, the
 * integration's lock and an outcome pipe inherited by all three.
 */
enum stage { FETCH, NORMALIZE, SHIP, NSTAGES };
const char *stage_name(enum stage); /* "sc-fetch" */

#define MAX_STREAMS 16

struct pipeline {
	char target[160]; /* INTEGRATION or INTEGRATION.STREAM */
	pid_t pids[NSTAGES];
	int pidfds[NSTAGES]; /* -1 once the stage was reaped */
	int exits[NSTAGES];  /* exit code, or 128 + signal */
	int report;          /* read end of the outcome pipe */
	struct sc_buf lines; /* what came through it */
	int64_t started_ms;  /* sc_clock_ms() */
	int64_t deadline_ms; /* real monotonic; TERM then, KILL 30 s later */
	int signals;         /* TERM and KILL sent so far */
};

/*
 * Starts the stages.  limit_ms (real time) bounds the run.  -1 when nothing
 * runs: EX_TEMPFAIL when the lock is held elsewhere, EX_OSERR when a stage
 * cannot be started.
 */
int pipeline_start(struct pipeline *, const struct sc_prog *,
    const char *target, bool wait, int64_t limit_ms, struct sc_err *e);

/*
 * Waits until at least one of the n pipelines has ended and returns its
 * index.  Passes a first TERM or INT on to the sc-fetch of all of them, so
 * that each ends after its page.
 */
size_t pipeline_wait(struct pipeline **all, size_t n);

/*
 * After the end: the outcome of each stream (at most MAX_STREAMS, their number
 * in *n), with failures of the later stages merged in.  Returns the worst exit
 * code.
 */
int pipeline_outcome(
    struct pipeline *, struct sc_outcome streams[MAX_STREAMS], size_t *n);

void pipeline_fini(struct pipeline *);

#endif
