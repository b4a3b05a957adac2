#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/ident.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/prog.h"
#include "sc/timefmt.h"

#include "token.h"

#define SKEW_MS     300000 /* of the vendor's clock: worth a warning */
#define QUIET_MS    2000   /* a run shorter than this shows no progress */
#define PROGRESS_MS 1000

static void
parameter(struct sc_buf *b, char *sep, const char *name, struct sc_slice value)
{
	if (name == NULL || value.n == 0)
		return;
	(void)sc_buf_addc(b, *sep);
	(void)sc_url_encode(b, name, strlen(name));
	(void)sc_buf_addc(b, '=');
	(void)sc_url_encode(b, value.p, value.n);
	*sep = '&';
}

int
token_target(const struct sc_vendor *v, const struct sc_stream *s,
    const struct window *w, struct sc_slice token, struct sc_buf *b)
{
	char text[SC_TIME_BUF], sep = '?';

	(void)sc_buf_addf(b, "%s%s", v->base, s->path);
	for (size_t i = 0; i < s->nquery; i++)
		parameter(
		    b, &sep, s->query[i].name, sc_slice_of(s->query[i].value));
	parameter(b, &sep, s->since,
	    sc_slice_of(sc_time_format(w->since_us, 6, text)));
	if (w->until_us != 0)
		parameter(b, &sep, s->until,
		    sc_slice_of(sc_time_format(w->until_us, 6, text)));
	parameter(b, &sep, s->token, token);
	return b->full ? -1 : 0;
}

static bool
is_walk(const struct reading *w)
{
	return w->pager.def->paging == SC_PAGING_WALK;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* False when this token was there before. */
static bool
remember(struct reading *w, const struct sc_buf *token)
{
	char *hash = sc_xmalloc(SC_SHA256_BUF), **found;

	(void)sc_sha256_hex(token->p, token->len, hash);
	found = tsearch(hash, &w->sent, compare);
	if (found != NULL && *found == hash)
		return true;
	free(hash);
	return false;
}

static void
forget_sent(struct reading *w)
{
	tdestroy(w->sent, free);
	w->sent = NULL;
}

/*
 * A token that the vendor no longer knows: the window is read again from the
 * mark, which covers everything handed on so far; a walk begins again.  What
 * comes twice is known by its id.
 */
static bool
restart(struct reading *w)
{
	const struct pager *p = &w->pager;

	if (w->resp->status != 400 || w->token.len == 0 || w->restarted)
		return false;
	w->restarted = true;
	forget_sent(w);
	sc_buf_reset(&w->token);
	pager_begin_anew(&w->pager);
	if (w->mark != NULL && !is_walk(w))
		w->window.since_us = w->mark->high.us - w->overlap_us;
	sc_log(SC_LOG_WARN, p->in->vendor->name,
	    "%s: the vendor refuses its own page token; reading the %s",
	    p->stream,
	    is_walk(w) ? "whole list again"
		       : "window again from its last mark");
	return true;
}

static void
note_clock(struct reading *w)
{
	struct sc_outcome *o = w->pager.outcome;
	int64_t offset = w->resp->date_ms - sc_clock_ms();
	char text[SC_TIME_BUF];

	if (w->resp->date_ms == 0)
		return;
	if (!o->has_offset && (offset > SKEW_MS || offset < -SKEW_MS))
		sc_log(SC_LOG_WARN, w->pager.in->vendor->name,
		    "the vendor's clock is %s %s this machine's; check the "
		    "time of this machine",
		    sc_duration_format(offset < 0 ? -offset : offset, text),
		    offset < 0 ? "behind" : "ahead of");
	o->has_offset = true;
	o->clock_offset_ms = offset;
}

/*
 * A first run's window comes from this machine's clock.  One that runs ahead
 * would begin a stream in the vendor's future and never see what lies before:
 * the window begins anew, by the vendor's clock, and is asked for again.
 */
static bool
begins_too_late(struct reading *w)
{
	int64_t start_us = (w->resp->date_ms - w->pager.def->start_ms) * 1000;
	bool late = w->first && w->resp->date_ms > 0 &&
	    w->window.since_us > start_us + (int64_t)SKEW_MS * 1000;

	w->first = false;
	if (!late)
		return false;
	stamp_set(&w->mark->high, start_us);
	w->pager.tide.high = w->mark->high;
	w->window.since_us = start_us;
	return true;
}

static void
tell(struct reading *w, size_t items)
{
	const struct pager *p = &w->pager;
	const int64_t *counts = p->outcome->counts;
	int64_t now = sc_clock_mono();

	sc_log(SC_LOG_DEBUG, p->in->vendor->name,
	    "%s: page %" PRId64 ": %zu items, %zu bytes, %" PRId64 " ms",
	    p->stream, counts[SC_N_PAGES], items, w->resp->body.len,
	    w->resp->took_ms);
	if (now - w->began_ms < QUIET_MS || now - w->told_ms < PROGRESS_MS ||
	    isatty(STDERR_FILENO) == 0)
		return;
	w->told_ms = now;
	sc_log(SC_LOG_INFO, p->in->vendor->name,
	    "%s: %" PRId64 " records in %" PRId64 " pages%s%s", p->stream,
	    counts[SC_N_RECORDS], counts[SC_N_PAGES],
	    is_walk(w) ? "" : ", up to ", p->tide.high.text);
}

/* What follows a page. */
enum onward {
	ON_MORE,   /* another one */
	ON_DONE,   /* nothing: that was the end of the list */
	ON_STOP,   /* nothing, though the list may go on */
	ON_CIRCLE, /* a page that was there before */
};

/*
 * A token that is the one just sent means the end as well as none does, but
 * proves it less: what was read is kept and the run is well, but it does not
 * count as having read all.
 */
static enum onward
stop_at_same(struct reading *w)
{
	struct pager *p = &w->pager;

	p->outcome->partial = true;
	sc_log(SC_LOG_WARN, p->in->vendor->name,
	    "%s: page %" PRId64 " hands out the token that led to it; taken "
	    "for the end of the list, %s",
	    p->stream, p->outcome->counts[SC_N_PAGES],
	    is_walk(w) ? "but not as a complete walk"
		       : "the next run goes on from the last mark");
	return ON_STOP;
}

static enum onward
look_onward(struct reading *w, size_t items)
{
	const struct sc_buf *sent = &w->token, *next = &w->next;

	if (w->pager.most == 0)
		return ON_STOP;
	if (items == 0 || next->len == 0)
		return ON_DONE;
	if (next->len == sent->len && memcmp(next->p, sent->p, sent->len) == 0)
		return stop_at_same(w);
	return remember(w, next) ? ON_MORE : ON_CIRCLE;
}

/*
 * The mark may move inside a run only while the times came in order: then
 * nothing older follows.  That of a walk moves when all is read.
 */
static void
move_mark(struct reading *w, bool done)
{
	const struct tide *t = &w->pager.tide;
	int64_t date_ms = w->resp->date_ms;

	if (is_walk(w)) {
		if (!done)
			return;
		w->pager.outcome->newest_ms =
		    date_ms > 0 ? date_ms : sc_clock_ms();
		if (w->mark != NULL)
			stamp_set(
			    &w->mark->high, w->pager.outcome->newest_ms * 1000);
	} else if (w->mark != NULL && (done || !t->disordered)) {
		w->mark->high = t->high;
	}
}

/* Behind the records of a page. */
static int
commit_point(struct reading *w, bool done, struct sc_err *e)
{
	move_mark(w, done);
	if (w->positions == NULL)
		return sc_msg_flush(w->pager.out, e);
	return positions_state(w->positions, w->pager.out, e);
}

static int
cycle(const struct reading *w, struct sc_err *e)
{
	(void)sc_fail(e, EX_PROTOCOL,
	    "%s hands out a page token a second time: its pages go in a circle",
	    w->pager.in->vendor->name);
	return sc_remedy(e, SC_CLASS_PROTOCOL,
	    "what came before is kept; tell the vendor if it stays");
}

/* Asks for the page that w->token leads to. */
static int
ask(struct reading *w, struct sc_err *e)
{
	const struct pager *p = &w->pager;
	int rc;

	sc_buf_reset(&w->target);
	if (token_target(p->in->vendor, p->def, &w->window,
		(struct sc_slice){ w->token.p, w->token.len },
		&w->target) == -1)
		return sc_fail(e, EX_PROTOCOL, "the request is too long");
	rc = retry_get(w->client, sc_buf_str(&w->target), w->resp, e);
	note_clock(w);
	return rc;
}

/*
 * Whether the page is asked for once more: text that was cut off is no other
 * case than an answer that broke off.
 */
static bool
ask_again(struct reading *w, const struct sc_err *e)
{
	int64_t wait;

	if (sc_err_class(e) != SC_CLASS_NETWORK)
		return false;
	wait = retry_wait(&w->cut, e, w->resp->took_ms, -1, arc4random());
	if (wait == -1 || sc_stopping())
		return false;
	sc_log(SC_LOG_DEBUG, w->pager.in->vendor->name,
	    "attempt %d of %d failed, next in %lld ms: %s", w->cut.attempts,
	    RETRY_ATTEMPTS, (long long)wait, e->msg);
	return sc_clock_wait(wait) == 0 || !sc_stopping();
}

/* 1: another page follows, 0: that was the last one, -1: error. */
static int
turn_page(struct reading *w, struct sc_err *e)
{
	enum onward onward;
	struct sc_buf swap;
	size_t items;

	if (ask(w, e) == -1)
		return restart(w) ? 1 : -1;
	if (begins_too_late(w))
		return 1;
	if (pager_read(&w->pager, w->resp, &items, &w->next, e) == -1)
		return ask_again(w, e) ? 1 : -1;
	w->cut = (struct retry){ 0 };
	tell(w, items);
	onward = look_onward(w, items);
	if (commit_point(w, onward == ON_DONE, e) == -1)
		return -1;
	if (onward == ON_CIRCLE)
		return cycle(w, e);
	swap = w->token;
	w->token = w->next;
	w->next = swap;
	return onward == ON_MORE;
}

static bool
must_stop(struct reading *w)
{
	const struct pager *p = &w->pager;
	int64_t pages = p->outcome->counts[SC_N_PAGES];
	const char *how = "to go on, use --since ";

	if (!sc_stopping() && pages < w->max_pages)
		return false;
	p->outcome->partial = true;
	if (is_walk(w))
		how = "the next run begins anew";
	else if (w->mark != NULL)
		how = "the next run goes on from ";
	sc_log(SC_LOG_INFO, p->in->vendor->name,
	    "%s: stopped %s after %" PRId64 " pages; %s%s", p->stream,
	    sc_stopping() ? "as asked" : "at the limit", pages, how,
	    w->mark != NULL && !is_walk(w) ? w->mark->high.text
					   : p->tide.high.text);
	return true;
}

int
token_read(struct reading *w, struct sc_err *e)
{
	int rc;

	sc_buf_init(&w->target, TARGET_MAX);
	sc_buf_init(&w->token, TOKEN_MAX);
	sc_buf_init(&w->next, TOKEN_MAX);
	w->began_ms = sc_clock_mono();
	do {
		rc = turn_page(w, e);
	} while (rc == 1 && !must_stop(w));
	forget_sent(w);
	sc_buf_fini(&w->target);
	sc_buf_fini(&w->token);
	sc_buf_fini(&w->next);
	return rc == -1 ? -1 : 0;
}
