#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/lock.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/report.h"
#include "sc/timefmt.h"

#include "after.h"
#include "children.h"
#include "expiry.h"
#include "fetch.h"
#include "join.h"
#include "limited.h"
#include "number.h"
#include "token.h"
#include "window.h"

#define PREVIEW_MS 86400000 /* how far a preview looks back */

/* What the streams of a run share. */
struct fetch {
	const struct fetch_opts *opts;
	struct sc_integration *in;
	const struct sc_stream **streams; /* those of this run */
	size_t nstreams;
	int lock;
	struct sc_store *store; /* NULL for a preview or with a state file */
	struct positions positions;
	struct client client;
	struct sc_http_resp resp;
	struct sc_msg_writer out;
	struct sc_outcome *outcomes; /* of the streams so far */
	size_t noutcomes;
	int64_t expires_ms; /* the credential */
};

/* A live run moves the bookmarks that are in the store. */
static bool
is_live(const struct fetch_opts *o)
{
	return o->preview == 0 && o->since_ms == 0 && o->state_file == NULL;
}

static int
load_target(struct fetch *f, const struct sc_prog *prog, struct sc_err *e)
{
	const struct sc_stream_conf *only = NULL;

	f->in = sc_target_load(prog->confdir, f->opts->target, &only, e);
	if (f->in == NULL)
		return -1;
	f->streams = sc_xcalloc(f->in->nstreams, sizeof(struct sc_stream *));
	f->outcomes = sc_xcalloc(f->in->nstreams, sizeof(*f->outcomes));
	for (size_t i = 0; i < f->in->nstreams; i++) {
		const struct sc_stream_conf *s = &f->in->streams[i];

		/* A walk has no times: there is nothing to go back to. */
		if (f->opts->since_ms != 0 && s->def->paging == SC_PAGING_WALK)
			continue;
		if (only == NULL ? s->enabled : s == only)
			f->streams[f->nstreams++] = s->def;
	}
	if (f->nstreams > 0)
		return 0;
	if (f->opts->since_ms != 0)
		return sc_fail(e, EX_USAGE,
		    "%s has no streams that --since can be about",
		    f->opts->target);
	(void)sc_fail(
	    e, EX_CONFIG, "%s: all streams are disabled", f->in->path);
	return sc_remedy(e, SC_CLASS_CONFIG, "enable one of its streams");
}

static int
load_positions(struct fetch *f, struct sc_err *e)
{
	struct positions *p = &f->positions;
	const char *file = f->opts->state_file;

	p->dest = file != NULL ? file : "store";
	p->moves = f->opts->since_ms == 0;
	p->marks = sc_xcalloc(f->nstreams, sizeof(*p->marks));
	p->n = f->nstreams;
	for (size_t i = 0; i < p->n; i++) {
		(void)snprintf(p->marks[i].stream, sizeof(p->marks[i].stream),
		    "%s.%s", f->in->name, f->streams[i]->name);
		p->marks[i].walk = f->streams[i]->paging == SC_PAGING_WALK;
		p->marks[i].by_id = f->streams[i]->paging == SC_PAGING_AFTER;
	}
	if (file != NULL)
		return positions_from_file(p, file, e);
	if (is_live(f->opts))
		positions_from_store(p, f->store);
	return 0;
}

static int
open_all(struct fetch *f, const struct sc_prog *prog, struct sc_err *e)
{
	const struct fetch_opts *o = f->opts;
	const struct sc_http_opts http = { .net = &f->in->net,
		.keep_head = o->capture != NULL };

	if (is_live(o) &&
	    (f->lock = sc_lock_take(prog->statedir, f->in->name, o->wait, e)) ==
		-1)
		return -1;
	if (o->preview == 0 && o->state_file == NULL &&
	    (f->store = sc_store_open(prog->statedir, SC_STORE_READ, e)) ==
		NULL)
		return -1;
	if (load_positions(f, e) == -1)
		return -1;
	f->client.in = f->in;
	if (o->capture != NULL &&
	    (f->client.capture = capture_open(o->capture, f->in, e)) == NULL)
		return -1;
	f->client.auth = auth_start(prog->confdir, f->in->name, NULL, e);
	if (f->client.auth == NULL)
		return -1;
	f->client.http = sc_http_new(&http, e);
	return f->client.http == NULL ? -1 : 0;
}

static void
close_all(struct fetch *f)
{
	capture_close(f->client.capture);
	auth_stop(f->client.auth);
	sc_http_free(f->client.http);
	sc_http_resp_fini(&f->resp);
	sc_msg_writer_fini(&f->out);
	positions_fini(&f->positions);
	sc_store_close(f->store);
	if (f->lock != -1)
		(void)close(f->lock);
	free(f->outcomes);
	free(f->streams);
	sc_integration_free(f->in);
}

/* Which times to ask for; a first run begins its bookmark here. */
static void
set_window(const struct fetch *f, struct reading *w)
{
	const struct fetch_opts *o = f->opts;
	const struct sc_stream *def = w->pager.def;
	int64_t now = sc_clock_ms();

	if (def->paging == SC_PAGING_WALK)
		return;
	/* By id, it is about changes and not about the position. */
	if (def->paging != SC_PAGING_AFTER)
		w->overlap_us = def->overlap_ms * 1000;
	w->window.until_us = o->until_ms * 1000;
	if (w->mark == NULL) {
		w->window.since_us =
		    (o->since_ms != 0 ? o->since_ms : now - PREVIEW_MS) * 1000;
		return;
	}
	w->window.since_us = w->mark->high.us - w->overlap_us;
	if (w->mark->high.text[0] == '\0') {
		w->first = true;
		stamp_set(&w->mark->high, (now - def->start_ms) * 1000);
		w->window.since_us = w->mark->high.us;
	}
	w->pager.tide.high = w->mark->high;
}

static void
log_stream(const struct fetch *f, const struct sc_stream *def,
    const struct sc_outcome *o, int64_t ms)
{
	const int64_t *n = o->counts;
	char bad[40] = "";

	if (n[SC_N_BAD] > 0)
		(void)snprintf(bad, sizeof(bad), " bad=%" PRId64, n[SC_N_BAD]);
	sc_log(SC_LOG_INFO, f->in->vendor->name,
	    "fetched %" PRId64 " %s integration=%s new=%" PRId64
	    " changed=%" PRId64 " seen=%" PRId64 "%s pages=%" PRId64
	    " ms=%" PRId64,
	    n[SC_N_RECORDS], def->noun, f->in->name, n[SC_N_NEW],
	    n[SC_N_CHANGED], n[SC_N_SEEN], bad, n[SC_N_PAGES], ms);
}

static int
walk_read(struct reading *w, struct sc_err *e)
{
	return w->pager.def->after != NULL ? after_read(w, e)
					   : token_read(w, e);
}

/* Each kind of paging is a way to read a stream. */
static int (*const readers[])(struct reading *, struct sc_err *) = {
	[SC_PAGING_TOKEN] = token_read,
	[SC_PAGING_WALK] = walk_read,
	[SC_PAGING_WINDOW] = window_read,
	[SC_PAGING_AFTER] = after_read,
	[SC_PAGING_PAGE] = number_read,
	[SC_PAGING_CHILDREN] = children_read,
};

static int
read_stream(const struct fetch *f, struct reading *w,
    const struct bookmark *mark, struct sc_err *e)
{
	int rc = -1;

	if (mark->fault.code != EX_OK) {
		*e = mark->fault;
		return -1;
	}
	set_window(f, w);
	if (pager_init(&w->pager, e) == 0 && pager_schema(&w->pager, e) == 0)
		rc = readers[w->pager.def->paging](w, e);
	pager_judge_times(&w->pager);
	pager_fini(&w->pager);
	return rc;
}

static int
run_stream(struct fetch *f, size_t i, struct sc_err *e)
{
	const struct fetch_opts *o = f->opts;
	struct sc_outcome *outcome = &f->outcomes[f->noutcomes++];
	struct bookmark *mark = &f->positions.marks[i];
	struct reading w = { .client = &f->client,
		.resp = &f->resp,
		.positions = o->preview > 0 ? NULL : &f->positions,
		.max_pages = o->max_pages,
		.pager = { .in = f->in,
		    .def = f->streams[i],
		    .stream = mark->stream,
		    .store = f->store,
		    .out = &f->out,
		    .outcome = outcome,
		    .most = o->preview > 0 ? o->preview : INT64_MAX } };
	int64_t began = sc_clock_mono();
	struct join *join = NULL;
	int rc;

	(void)strlcpy(outcome->stream, mark->stream, sizeof(outcome->stream));
	if (w.positions != NULL && f->positions.moves)
		w.mark = mark;
	if (f->streams[i]->nbesides > 0) {
		join = join_new(&f->client, f->store, f->streams[i]);
		w.pager.beside = (struct beside){ join_find, join };
	}
	f->client.stream = f->streams[i];
	if (f->noutcomes == 1)
		f->client.first = mark->high.text[0] == '\0';
	rc = read_stream(f, &w, mark, e);
	f->client.stream = NULL;
	join_free(join);
	if (rc == -1 && limited_take(&w, e) == 0)
		rc = 0;
	if (rc == 0) {
		log_stream(f, w.pager.def, outcome, sc_clock_mono() - began);
		return 0;
	}
	if (e->msg[0] != '\0')
		(void)sc_ctx(e, "%s", mark->stream);
	outcome->err = *e;
	return -1;
}

/* Whether a failure would only repeat itself with the next stream. */
static bool
ends_run(const struct sc_err *e)
{
	enum sc_class class = sc_err_class(e);

	return class == SC_CLASS_AUTH || class == SC_CLASS_SECRET ||
	    e->code == SC_EX_PIPE || e->code == EX_IOERR ||
	    e->code == EX_CANTCREAT || e->code == EX_SOFTWARE;
}

/* What ends a run is the failure of the streams behind it as well. */
static void
pass_on(struct fetch *f)
{
	const struct sc_outcome *last = &f->outcomes[f->noutcomes - 1];
	const char *said = last->err.msg;

	if (*said != '\0')
		said += strlen(last->stream);
	while (f->noutcomes < f->nstreams) {
		struct sc_outcome *o = &f->outcomes[f->noutcomes];

		(void)strlcpy(o->stream,
		    f->positions.marks[f->noutcomes++].stream,
		    sizeof(o->stream));
		o->err = last->err;
		if (*said == '\0')
			continue;
		(void)strlcpy(o->err.msg, o->stream, sizeof(o->err.msg));
		(void)strlcat(o->err.msg, said, sizeof(o->err.msg));
	}
}

static int
run_streams(struct fetch *f, struct sc_err *worst)
{
	struct sc_err e = { 0 }, *less;

	*worst = e;
	for (size_t i = 0; i < f->nstreams && !sc_stopping(); i++) {
		if (run_stream(f, i, &e) == 0)
			continue;
		less = &e;
		if (sc_exit_worse(e.code, worst->code) == e.code) {
			struct sc_err old = *worst;

			*worst = e;
			e = old;
		}
		/* The most severe one is logged at the end of the program. */
		if (less->msg[0] != '\0')
			sc_error("%s%s%s", less->msg,
			    less->remedy[0] != '\0' ? "; " : "", less->remedy);
		if (ends_run(&f->outcomes[i].err)) {
			pass_on(f);
			break;
		}
	}
	return worst->code == EX_OK ? 0 : -1;
}

/* Nobody looks at the dates of a certificate that is pinned. */
static void
warn_dates(const struct fetch *f)
{
	struct sc_tls_peer p;
	char when[SC_TIME_BUF];
	bool expired;

	if (f->client.http == NULL || !sc_http_peer(f->client.http, &p) ||
	    !p.accepted || p.dates == SC_TLS_VALID)
		return;
	expired = p.dates == SC_TLS_EXPIRED;
	sc_warn("%s: the certificate %s (%s), which tls_pin lets pass; a new "
		"one may need another tls_pin",
	    f->in->name, expired ? "has expired" : "is not yet valid",
	    sc_time_format((expired ? p.until_ms : p.from_ms) * 1000, 0, when));
}

/* The streams' outcomes added up. */
static void
report(const struct fetch *f, const struct sc_err *e)
{
	/* Asked to stop, it may not have come to every stream. */
	struct sc_outcome sum = { .err = *e,
		.expires_ms = f->expires_ms,
		.partial = e->code == EX_OK && f->noutcomes < f->nstreams };

	(void)strlcpy(sum.stream, f->in != NULL ? f->in->name : f->opts->target,
	    sizeof(sum.stream));
	for (size_t i = 0; i < f->noutcomes; i++) {
		const struct sc_outcome *o = &f->outcomes[i];

		for (int c = 0; c < SC_NCOUNTS; c++)
			sum.counts[c] += o->counts[c];
		if (o->newest_ms > sum.newest_ms)
			sum.newest_ms = o->newest_ms;
		if (o->has_offset) {
			sum.has_offset = true;
			sum.clock_offset_ms = o->clock_offset_ms;
		}
		sum.partial |= o->partial;
	}
	sc_report_write("sc-fetch", &sum, f->outcomes, f->noutcomes);
}

int
fetch_run(
    const struct sc_prog *prog, const struct fetch_opts *opts, struct sc_err *e)
{
	struct fetch f = { .opts = opts, .lock = -1 };
	const struct sc_err none = { 0 };
	int rc = -1;

	sc_msg_writer_init(&f.out, STDOUT_FILENO);
	if (load_target(&f, prog, e) == 0 && open_all(&f, prog, e) == 0)
		rc = run_streams(&f, e);
	if (rc == 0 && is_live(opts) && !sc_stopping())
		f.expires_ms = expiry_ask(&f.client, prog->statedir, &f.resp);
	warn_dates(&f);
	report(&f, rc == 0 ? &none : e);
	close_all(&f);
	return rc;
}
