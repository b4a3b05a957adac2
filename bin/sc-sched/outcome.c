#include <string.h>
#include <sysexits.h>

#include "pipeline.h"

/* One stage's line, if it left one. */
static bool
stage_line(struct pipeline *p, enum stage s, struct sc_outcome *sum,
    struct sc_outcome streams[MAX_STREAMS], size_t *n)
{
	const char *at = sc_buf_str(&p->lines);
	struct sc_err e;
	char stage[32];

	for (const char *nl; (nl = strchr(at, '\n')) != NULL; at = nl + 1) {
		struct sc_slice line = { at, (size_t)(nl - at) };

		*n = MAX_STREAMS;
		if (sc_report_parse(line, stage, sum, streams, n, &e) == 0 &&
		    strcmp(stage, stage_name(s)) == 0)
			return true;
	}
	*sum = (struct sc_outcome){ 0 };
	*n = 0;
	return false;
}

/* What a stage whose line tells of no fault must have died of. */
static void
silent_end(enum stage s, int code, struct sc_outcome *o)
{
	if (code == EX_OK)
		(void)sc_fail(
		    &o->err, EX_SOFTWARE, "%s left no outcome", stage_name(s));
	else if (code > 128 && code != SC_EX_PIPE)
		(void)sc_fail(&o->err, EX_SOFTWARE, "%s was ended by signal %d",
		    stage_name(s), code - 128);
	else
		(void)sc_fail(&o->err, code, "%s ended with exit code %d",
		    stage_name(s), code);
}

static void
blame_all(const struct sc_err *e, struct sc_outcome *streams, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sc_exit_worse(e->code, streams[i].err.code) == e->code)
			streams[i].err = *e;
	}
}

/* A later stage's failure is every stream's failure. */
static void
merge(struct pipeline *p, enum stage s, struct sc_outcome *streams, size_t n)
{
	struct sc_outcome sum, none[MAX_STREAMS];
	size_t nnone;
	int code = p->exits[s];

	if (code == EX_OK)
		return;
	if (!stage_line(p, s, &sum, none, &nnone) || sum.err.code == EX_OK)
		silent_end(s, code, &sum);
	blame_all(&sum.err, streams, n);
}

int
pipeline_outcome(
    struct pipeline *p, struct sc_outcome streams[MAX_STREAMS], size_t *n)
{
	struct sc_outcome sum;
	int worst = EX_OK;

	if (!stage_line(p, FETCH, &sum, streams, n)) {
		(void)strlcpy(sum.stream, p->target, sizeof(sum.stream));
		silent_end(FETCH, p->exits[FETCH], &sum);
	} else if (p->exits[FETCH] != EX_OK && sum.err.code == EX_OK) {
		silent_end(FETCH, p->exits[FETCH], &sum);
		blame_all(&sum.err, streams, *n);
	}
	/* A failure before the first stream is told for the whole target. */
	if (*n == 0) {
		streams[0] = sum;
		*n = 1;
	}
	merge(p, NORMALIZE, streams, *n);
	merge(p, SHIP, streams, *n);
	for (int s = FETCH; s < NSTAGES; s++)
		worst = sc_exit_worse(worst, p->exits[s]);
	return worst;
}
