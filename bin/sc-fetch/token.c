#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/ident.h"
#include "sc/log.h"
#include "sc/mem.h"

#include "target.h"
#include "token.h"

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

	if (is_walk(w)) {
		if (done)
			reading_walked(w);
	} else if (w->mark != NULL && (done || !t->disordered)) {
		w->mark->high = t->high;
	}
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

	sc_buf_reset(&w->target);
	if (target_build(p->in, p->def, &w->window,
		(struct sc_slice){ w->token.p, w->token.len }, &w->target,
		e) == -1)
		return -1;
	return reading_get(w, e);
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
	if (reading_begins_too_late(w))
		return 1;
	if (pager_read(&w->pager, w->resp, &items, &w->next, e) == -1)
		return reading_ask_again(w, e) ? 1 : -1;
	reading_tell(w, items);
	onward = look_onward(w, items);
	move_mark(w, onward == ON_DONE);
	if (reading_state(w, e) == -1)
		return -1;
	if (onward == ON_CIRCLE)
		return cycle(w, e);
	swap = w->token;
	w->token = w->next;
	w->next = swap;
	return onward == ON_MORE;
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
	} while (rc == 1 && !reading_must_stop(w));
	forget_sent(w);
	sc_buf_fini(&w->target);
	sc_buf_fini(&w->token);
	sc_buf_fini(&w->next);
	return rc == -1 ? -1 : 0;
}
