#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/log.h"
#include "sc/prog.h"
#include "sc/timefmt.h"

#include "reading.h"

#define SKEW_MS     300000 /* of the vendor's clock: worth a warning */
#define QUIET_MS    2000   /* a run shorter than this shows no progress */
#define PROGRESS_MS 1000

static bool
is_walk(const struct reading *w)
{
	return w->pager.def->paging == SC_PAGING_WALK;
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
bool
reading_begins_too_late(struct reading *w)
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

void
reading_tell(struct reading *w, size_t items)
{
	const struct pager *p = &w->pager;
	const int64_t *counts = p->outcome->counts;
	int64_t now = sc_clock_mono();

	w->cut = (struct retry){ 0 };
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

void
reading_walked(struct reading *w)
{
	struct sc_outcome *o = w->pager.outcome;
	int64_t date_ms = w->resp->date_ms;

	o->newest_ms = date_ms > 0 ? date_ms : sc_clock_ms();
	if (w->mark != NULL)
		stamp_set(&w->mark->high, o->newest_ms * 1000);
}

int
reading_state(struct reading *w, struct sc_err *e)
{
	if (w->positions == NULL)
		return sc_msg_flush(w->pager.out, e);
	return positions_state(w->positions, w->pager.out, e);
}

int
reading_ask(struct reading *w, const char *body, struct sc_err *e)
{
	int rc = retry_ask(w->client, body != NULL ? "POST" : "GET",
	    sc_buf_str(&w->target), body, w->resp, e);

	note_clock(w);
	return rc;
}

int
reading_get(struct reading *w, struct sc_err *e)
{
	return reading_ask(w, NULL, e);
}

static const char *
last_id(const struct bookmark *b, char text[32])
{
	(void)snprintf(text, 32, "id %" PRId64, b->after);
	return text;
}

int64_t
reading_vendor_now_us(const struct reading *w)
{
	return (w->resp->date_ms > 0 ? w->resp->date_ms : sc_clock_ms()) * 1000;
}

bool
reading_must_stop(struct reading *w)
{
	const struct pager *p = &w->pager;
	int64_t pages = p->outcome->counts[SC_N_PAGES];
	const char *how = "to go on, use --since ", *where = p->tide.high.text;
	char since[SC_TIME_BUF], id[32];

	if (!sc_stopping() && pages < w->max_pages)
		return false;
	p->outcome->partial = true;
	if (w->stopped)
		return true;
	w->stopped = true;
	(void)sc_time_format(w->window.since_us, 3, since);
	if (is_walk(w))
		how = "the next run begins anew";
	else if (w->mark != NULL)
		how = "the next run goes on from ";
	if (w->mark != NULL && !is_walk(w))
		where =
		    w->mark->by_id ? last_id(w->mark, id) : w->mark->high.text;
	else if (p->def->paging == SC_PAGING_WINDOW)
		where = since; /* of the next window */
	sc_log(SC_LOG_INFO, p->in->vendor->name,
	    "%s: stopped %s after %" PRId64 " pages; %s%s", p->stream,
	    sc_stopping() ? "as asked" : "at the limit", pages, how, where);
	return true;
}

bool
reading_ask_again(struct reading *w, const struct sc_err *e)
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
