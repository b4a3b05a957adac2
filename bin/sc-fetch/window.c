#include <sysexits.h>

#include "sc/clock.h"
#include "sc/log.h"
#include "sc/timefmt.h"

#include "target.h"
#include "window.h"

#define MS_US    INT64_C(1000)
#define LEAST_US INT64_C(1000000) /* times of whole seconds: not less */

/* The way through the time that is wanted. */
struct course {
	int64_t end_us;    /* of the last window */
	int64_t length_us; /* of the next one, at most */
	int64_t slice_us;  /* ... and of all that follow */
	bool dated;        /* the end is the vendor's, or the user's */
};

static void
begin(struct reading *w, struct course *c)
{
	const struct window *all = &w->window;
	bool overlaps = w->mark != NULL && !w->first;

	c->slice_us = w->pager.def->slice_ms * MS_US;
	/* What is read again costs no window of its own. */
	c->length_us = c->slice_us + (overlaps ? w->overlap_us : 0);
	c->dated = all->until_us != 0;
	/* Many vendors count the end in; one that does not lacks a ms. */
	c->end_us = c->dated ? all->until_us - MS_US : sc_clock_ms() * MS_US;
	/* The largest time seen; the position is another matter. */
	w->pager.tide = (struct tide){ 0 };
}

/* A clock of ours that is behind the position says nothing about the end. */
static int64_t
upper_end(const struct reading *w, const struct course *c)
{
	int64_t until_us = w->window.since_us + c->length_us;

	return c->end_us > w->window.since_us && c->end_us < until_us
	    ? c->end_us
	    : until_us;
}

static int
ask(struct reading *w, struct sc_err *e)
{
	const struct pager *p = &w->pager;

	sc_buf_reset(&w->target);
	if (target_build(p->in, p->def, &w->window, (struct sc_slice){ 0 },
		&w->target, e) == -1)
		return -1;
	return reading_get(w, e);
}

/* After a failure: false when that was not the size of the answer. */
static bool
halve(struct reading *w, struct course *c, const struct sc_err *e)
{
	int64_t half_us = (w->window.until_us - w->window.since_us) / 2;
	char text[SC_TIME_BUF];

	if (sc_err_class(e) != SC_CLASS_PROTOCOL || !w->resp->body.full ||
	    half_us < LEAST_US)
		return false;
	c->length_us = c->slice_us = half_us;
	sc_log(SC_LOG_WARN, w->pager.in->vendor->name,
	    "%s: an answer is larger than %zu bytes; asking for %s at a time",
	    w->pager.stream, w->resp->body.max,
	    sc_duration_format(half_us / MS_US, text));
	return true;
}

/* Never back, and never beyond the vendor's time. */
static void
move_mark(struct reading *w)
{
	int64_t us = w->window.until_us, now_us = reading_vendor_now_us(w);

	if (us > now_us)
		us = now_us;
	if (w->mark != NULL && us > w->mark->high.us)
		stamp_set(&w->mark->high, us);
}

/* 1: another window follows, 0: that was the last one, -1: error. */
static int
take(struct reading *w, struct course *c, struct sc_err *e)
{
	struct sc_buf *next = &w->next;
	size_t items;

	if (!c->dated)
		c->end_us = reading_vendor_now_us(w);
	c->dated = true;
	if (pager_read(&w->pager, w->resp, &items, next, e) == -1)
		return reading_ask_again(w, e) ? 1 : -1;
	reading_tell(w, items);
	move_mark(w);
	if (reading_state(w, e) == -1)
		return -1;
	w->window.since_us = w->window.until_us;
	c->length_us = c->slice_us;
	return w->pager.most > 0 && w->window.since_us < c->end_us;
}

static int
turn(struct reading *w, struct course *c, struct sc_err *e)
{
	w->window.until_us = upper_end(w, c);
	if (ask(w, e) == -1)
		return halve(w, c, e) ? 1 : -1;
	if (reading_begins_too_late(w)) {
		w->pager.tide = (struct tide){ 0 };
		c->end_us = reading_vendor_now_us(w);
		return 1;
	}
	return take(w, c, e);
}

int
window_read(struct reading *w, struct sc_err *e)
{
	struct course c;
	int rc;

	sc_buf_init(&w->target, TARGET_MAX);
	sc_buf_init(&w->next, TOKEN_MAX);
	w->began_ms = sc_clock_mono();
	begin(w, &c);
	do {
		rc = turn(w, &c, e);
	} while (rc == 1 && !reading_must_stop(w));
	sc_buf_fini(&w->target);
	sc_buf_fini(&w->next);
	return rc == -1 ? -1 : 0;
}
