#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/conf.h"
#include "sc/file.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/status.h"
#include "sc/store.h"

#include "pipeline.h"
#include "sched.h"

/* A run that takes longer than this is ended; the next one goes on. */
#define RUN_LIMIT_MS ((int64_t)3600 * 1000)
#define STATUS_MAX   ((size_t)16 << 20)

/* For monitors that may not open the store. */
static int
write_status(const struct sc_prog *p, struct sc_store *store, struct sc_err *e)
{
	char *path = sc_xasprintf("%s/status.json", p->statedir);
	struct sc_status s;
	struct sc_buf b;
	size_t broken;
	int rc = -1;

	sc_buf_init(&b, STATUS_MAX);
	if (sc_status_load(p, store, NULL, &s, &broken, e) == 0) {
		sc_status_expiry(&s, p->statedir);
		sc_status_json(&s, &b);
		rc = sc_file_replace(path, b.p, b.len, 0664, e);
		sc_status_fini(&s);
	}
	sc_buf_fini(&b);
	free(path);
	return rc;
}

/* An outcome of the whole integration is that of each stream it wants. */
static int
note(const struct sc_prog *p, struct sc_store *store,
    const struct sc_outcome *o, int64_t when_ms, struct sc_err *e)
{
	struct sc_outcome one = *o;
	struct sc_status st;
	size_t broken;
	int rc = 0;

	if (strchr(o->stream, '.') != NULL)
		return sc_store_outcome(store, o, when_ms, e);
	if (sc_status_load(p, store, o->stream, &st, &broken, e) == -1)
		rc = -1;
	for (size_t i = 0; i < st.n && rc == 0; i++) {
		if (st.streams[i].state == SC_STATE_DISABLED)
			continue;
		(void)strlcpy(one.stream, st.streams[i].health.stream,
		    sizeof(one.stream));
		rc = sc_store_outcome(store, &one, when_ms, e);
	}
	sc_status_fini(&st);
	return rc;
}

static int
record(const struct sc_prog *p, struct sc_store *store, struct pipeline *pl,
    int *worst, struct sc_err *e)
{
	struct sc_outcome streams[MAX_STREAMS];
	size_t n;
	int code = pipeline_outcome(pl, streams, &n);

	*worst = sc_exit_worse(*worst, code);
	for (size_t i = 0; i < n; i++) {
		if (note(p, store, &streams[i], pl->started_ms, e) == -1)
			return -1;
	}
	return 0;
}

int
sched_run(
    const struct sc_prog *p, const char *target, bool wait, struct sc_err *e)
{
	const struct sc_stream_conf *stream;
	struct sc_integration *in =
	    sc_target_load(p->confdir, target, &stream, e);
	struct sc_store *store = NULL;
	struct pipeline pl, *one = &pl;
	int worst = EX_OK, rc = -1;

	if (in == NULL)
		return -1;
	sc_integration_free(in);
	if ((store = sc_store_open(p->statedir, SC_STORE_WRITE, e)) == NULL)
		return -1;
	if (pipeline_start(&pl, p, target, wait, RUN_LIMIT_MS, e) == -1)
		goto out;
	(void)pipeline_wait(&one, 1);
	if (record(p, store, &pl, &worst, e) == 0 &&
	    write_status(p, store, e) == 0)
		rc = worst;
	pipeline_fini(&pl);
out:
	sc_store_close(store);
	return rc;
}

struct target {
	char name[160]; /* INTEGRATION or INTEGRATION.STREAM */
	bool started;
};

/* The runs that are due, in order. */
struct due {
	struct target *targets;
	size_t n;
};

static void
due_add(struct due *d, const char *name)
{
	struct target *t;

	d->targets =
	    sc_xreallocarray(d->targets, d->n + 1, sizeof(*d->targets));
	t = &d->targets[d->n++];
	*t = (struct target){ .started = false };
	(void)strlcpy(t->name, name, sizeof(t->name));
}

static bool
is_due(const struct sc_stream_status *s, int64_t now)
{
	return s->state != SC_STATE_DISABLED && s->due_ms <= now;
}

/* One run for an integration whose streams are all due, else one each. */
static void
find_due(const struct sc_status *st, int64_t now, struct due *d)
{
	size_t from, to;

	for (from = 0; from < st->n; from = to) {
		const struct sc_stream_status *s = &st->streams[from];
		size_t wanted = 0, due = 0;

		for (to = from; to < st->n &&
		     strcmp(st->streams[to].integration, s->integration) == 0;
		     to++) {
			wanted += st->streams[to].state != SC_STATE_DISABLED;
			due += is_due(&st->streams[to], now);
		}
		if (due > 0 && due == wanted) {
			due_add(d, s->integration);
			continue;
		}
		for (size_t i = from; i < to; i++) {
			if (is_due(&st->streams[i], now))
				due_add(d, st->streams[i].health.stream);
		}
	}
}

/* A start that fails is this target's failure, not the others'. */
static struct pipeline *
start(const struct sc_prog *p, struct sc_store *store, const char *target,
    int *worst)
{
	struct pipeline *pl = sc_xcalloc(1, sizeof(*pl));
	struct sc_outcome failed = { 0 };

	if (pipeline_start(pl, p, target, false, RUN_LIMIT_MS, &failed.err) ==
	    0)
		return pl;
	free(pl);
	sc_error("%s: %s", target, failed.err.msg);
	*worst = sc_exit_worse(*worst, failed.err.code);
	if (failed.err.code != EX_TEMPFAIL) {
		struct sc_err e;

		(void)strlcpy(failed.stream, target, sizeof(failed.stream));
		if (note(p, store, &failed, sc_clock_ms(), &e) == -1)
			sc_error("%s", e.msg);
	}
	return NULL;
}

static bool
same_integration(const char *a, const char *b)
{
	size_t n = strcspn(a, ".");

	return n == strcspn(b, ".") && strncmp(a, b, n) == 0;
}

/*
 * The next run to start, NULL if there is none now: streams of one
 * integration share its lock, so they follow one another.
 */
static struct target *
next_target(const struct due *d, struct pipeline **running, size_t nrunning)
{
	for (size_t i = 0; i < d->n; i++) {
		struct target *t = &d->targets[i];
		size_t busy = 0;

		while (busy < nrunning &&
		    !same_integration(t->name, running[busy]->target))
			busy++;
		if (!t->started && busy == nrunning)
			return t;
	}
	return NULL;
}

static int
run_due(const struct sc_prog *p, struct sc_store *store, const struct due *d,
    size_t parallel, struct sc_err *e)
{
	struct pipeline **running = sc_xcalloc(parallel, sizeof(*running));
	size_t nrunning = 0;
	int worst = EX_OK, rc = 0;

	for (;;) {
		struct target *t;
		size_t i;

		while (nrunning < parallel && !sc_stopping() &&
		    (t = next_target(d, running, nrunning)) != NULL) {
			struct pipeline *pl = start(p, store, t->name, &worst);

			t->started = true;
			if (pl != NULL)
				running[nrunning++] = pl;
		}
		if (nrunning == 0)
			break;
		i = pipeline_wait(running, nrunning);
		if (record(p, store, running[i], &worst, e) == -1)
			rc = -1;
		pipeline_fini(running[i]);
		free(running[i]);
		running[i] = running[--nrunning];
	}
	free(running);
	return rc == -1 ? -1 : worst;
}

int
sched_once(const struct sc_prog *p, size_t parallel, struct sc_err *e)
{
	struct sc_store *store = sc_store_open(p->statedir, SC_STORE_WRITE, e);
	struct due d = { 0 };
	struct sc_status st;
	size_t broken;
	int rc = -1;

	if (store == NULL)
		return -1;
	if (sc_status_load(p, store, NULL, &st, &broken, e) == -1)
		goto out;
	find_due(&st, sc_clock_ms(), &d);
	rc = run_due(p, store, &d, parallel, e);
	if (rc != -1 && broken > 0)
		rc = sc_exit_worse(rc, EX_CONFIG);
	if (st.n == 0 && broken == 0)
		sc_warn("no integration in %s: sc-conf add VENDOR NAME makes "
			"one",
		    p->confdir);
	else if (d.n == 0 && broken == 0)
		sc_info("nothing is due");
	if (rc != -1 && write_status(p, store, e) == -1)
		rc = -1;
	sc_status_fini(&st);
	free(d.targets);
out:
	sc_store_close(store);
	return rc;
}
