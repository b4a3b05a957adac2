#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/drill_impl.h"
#include "sc/clock.h"
#include "sc/mem.h"
#include "sc/prog.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)

static int64_t
step_of(const struct drill *d)
{
	int64_t step = MINUTE_MS;

	if (d->o->step_ms > 0)
		return d->o->step_ms;
	for (size_t i = 0; i < d->nstreams; i++) {
		const struct sc_integration *in = d->streams[i].in;

		for (size_t j = 0; j < in->nstreams; j++) {
			if (in->streams[j].def == d->streams[i].def &&
			    in->streams[j].interval_ms < step)
				step = in->streams[j].interval_ms;
		}
	}
	return step;
}

/* Retries may have moved the clock on already. */
static int
advance(struct drill *d, int64_t to_ms, struct sc_err *e)
{
	int64_t ms = to_ms - sc_clock_ms();
	char *words[] = { sc_xstrdup("advance"),
		sc_xasprintf("%" PRId64 "ms", ms) };
	struct sc_buf answer;
	int rc = 0;

	sc_buf_init(&answer, 4096);
	if (ms > 0)
		rc = drill_command(d, words, 2, &answer, e);
	sc_buf_fini(&answer);
	free(words[0]);
	free(words[1]);
	return rc;
}

/*
 * What is due is run, as from a timer.  What came of it is the status's
 * business; one at a time, so that it is the same each time.
 */
static int
poll(struct drill *d, struct sc_err *e)
{
	char *argv[] = { sc_xstrdup("sc-sched"), sc_xstrdup("-j1"),
		sc_xstrdup("--once"), NULL };
	int code;

	d->polls++;
	code = drill_program(d, argv, NULL, e);
	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	if (code == -1 || drill_play_journal(d, e) == -1)
		return -1;
	return drill_watch_look(d, e);
}

static int
run_days(struct drill *d, struct sc_err *e)
{
	const int64_t start = d->o->start_ms, step = step_of(d);
	int64_t end = d->o->for_ms > 0 ? start + d->o->for_ms
				       : drill_play_end(d) + HOUR_MS;
	int64_t before = start - 1;

	for (int64_t t = start; t <= end && !sc_stopping(); t += step) {
		int64_t now;

		if (advance(d, t, e) == -1)
			return -1;
		now = sc_clock_ms();
		drill_play_look(d, before, now);
		before = now;
		if (drill_watch_due(d, now) && poll(d, e) == -1)
			return -1;
	}
	return 0;
}

static int
make_store(struct drill *d, struct sc_err *e)
{
	char *argv[] = { sc_xstrdup("sc-store"), sc_xstrdup("init"), NULL };
	int code = drill_program(d, argv, NULL, e);

	free(argv[0]);
	free(argv[1]);
	return code <= 0
	    ? code
	    : sc_fail(e, EX_SOFTWARE, "sc-store init ended with %d", code);
}

/* Everything at once, whatever the schedule says. */
static int
run_all(struct drill *d, struct sc_err *e)
{
	for (size_t i = 0; i < d->ntargets; i++) {
		char *argv[] = { sc_xstrdup("sc-sched"), sc_xstrdup("run"),
			sc_xstrdup(d->targets[i]->name), NULL };
		int code = drill_program(d, argv, NULL, e);

		for (size_t j = 0; argv[j] != NULL; j++)
			free(argv[j]);
		if (code == -1)
			return -1;
	}
	return 0;
}

/*
 * What is not there may yet come: the faults end, and everything is run once
 * more.  What has not come then is lost.
 */
static int
collect_owed(struct drill *d, struct sc_err *e)
{
	char *words[] = { sc_xstrdup("calm") };
	int64_t *missing = sc_xcalloc(d->nstreams, sizeof(*missing));
	struct sc_buf answer;
	int rc;

	sc_buf_init(&answer, 4096);
	for (size_t i = 0; i < d->nstreams; i++)
		missing[i] = d->streams[i].tally.lost;
	rc = drill_command(d, words, 1, &answer, e);
	if (rc == 0)
		rc = run_all(d, e);
	if (rc == 0)
		rc = drill_tally(d, e);
	for (size_t i = 0; i < d->nstreams && rc == 0; i++) {
		struct drill_tally *t = &d->streams[i].tally;

		if (missing[i] > t->lost)
			t->owed = missing[i] - t->lost;
	}
	sc_buf_fini(&answer);
	free(missing);
	free(words[0]);
	return rc;
}

static struct drill_tally
sum_up(const struct drill *d)
{
	struct drill_tally sum = { 0 };

	for (size_t i = 0; i < d->nstreams; i++) {
		const struct drill_tally *t = &d->streams[i].tally;

		sum.shown += t->shown;
		sum.stored += t->stored;
		sum.owed += t->owed;
		sum.lost += t->lost;
		sum.doubled += t->doubled;
		sum.strange += t->strange;
		sum.early += t->early;
		sum.unseen += t->unseen;
	}
	return sum;
}

static int
judge(struct drill *d, struct sc_err *e)
{
	struct drill_tally sum;

	if (drill_tally(d, e) == -1)
		return -1;
	sum = sum_up(d);
	if (sum.lost > 0 && collect_owed(d, e) == -1)
		return -1;
	sum = sum_up(d);
	drill_result(d, &sum);
	if (sum.lost == 0 && sum.doubled == 0)
		return 0;
	return sc_fail(e, EX_DATAERR,
	    "%" PRId64 " lost and %" PRId64 " doubled of %" PRId64 " records",
	    sum.lost, sum.doubled, sum.shown);
}

static int
hold(struct drill *d, struct sc_err *e)
{
	if (drill_choose(d, e) == -1 || drill_play_load(d, e) == -1 ||
	    drill_open(d, e) == -1 || drill_serve(d, e) == -1 ||
	    drill_copy(d, e) == -1 || make_store(d, e) == -1 ||
	    run_days(d, e) == -1)
		return -1;
	if (sc_stopping())
		return sc_fail(e, EX_TEMPFAIL, "the drill was broken off");
	return judge(d, e);
}

static void
release(struct drill *d)
{
	drill_close(d);
	for (size_t i = 0; i < d->nstreams; i++) {
		free(d->streams[i].path);
		free(d->streams[i].remedy);
	}
	for (size_t i = 0; i < d->nlines; i++)
		free(d->lines[i].text);
	for (size_t i = 0; i < d->ntargets; i++)
		sc_integration_free(d->targets[i]);
	free(d->streams);
	free(d->lines);
	free(d->targets);
	mock_scenario_unref(d->scenario);
}

int
mock_drill_run(const struct mock_drill_options *o, struct sc_err *e)
{
	struct drill d = { .o = o,
		.source = { .path = o->scenario,
		    .seed = o->seed,
		    .now_ms = o->start_ms,
		    .looked_at = true },
		.log = -1 };
	int rc = -1;

	sc_prog_signals();
	d.scenario = mock_scenario_load(&d.source, e);
	if (d.scenario != NULL)
		rc = hold(&d, e);
	release(&d);
	return rc;
}
