#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/ident.h"
#include "sc/log.h"

#include "number.h"
#include "revisit.h"

#define MS_US    INT64_C(1000)
#define S_US     INT64_C(1000000)
#define SLACK_US (60 * S_US) /* an end that is so much too early will do */
#define READINGS 3           /* of a list that does not stay as it is */

void
numbered_begin(struct reading *w)
{
	int64_t now_us = sc_clock_ms() / 1000 * S_US;
	int64_t settled_us = now_us - w->pager.def->settle_ms * MS_US;

	sc_buf_init(&w->target, TARGET_MAX);
	sc_buf_init(&w->body, TARGET_MAX);
	sc_buf_init(&w->next, TOKEN_MAX);
	w->began_ms = sc_clock_mono();
	/* The largest time seen; the position is another matter. */
	w->pager.tide = (struct tide){ 0 };
	/* Many vendors leave both ends out. */
	w->window.since_us -= MS_US;
	if (w->window.until_us == 0 || w->window.until_us > settled_us)
		w->window.until_us = settled_us;
	/* A clock of ours that is behind says nothing about the end. */
	if (w->window.until_us <= w->window.since_us)
		w->window.until_us = w->window.since_us + S_US;
}

void
numbered_end(struct reading *w)
{
	sc_buf_fini(&w->target);
	sc_buf_fini(&w->body);
	sc_buf_fini(&w->next);
}

/*
 * What lies in the vendor's future, or came so late that it is still missing,
 * must not count as read: true when the end was ours and is the vendor's now,
 * so that the page is to be asked for again.
 */
static bool
date(struct reading *w, struct numbered *n)
{
	int64_t end_us = reading_vendor_now_us(w) / S_US * S_US -
	    w->pager.def->settle_ms * MS_US;
	bool wanted = w->mark == NULL && w->window.until_us <= end_us;
	bool late = reading_begins_too_late(w);

	n->dates = false;
	if (late)
		w->pager.tide = (struct tide){ 0 };
	if (!late &&
	    (wanted ||
		(w->window.until_us <= end_us &&
		    end_us - w->window.until_us < SLACK_US)))
		return false;
	w->window.until_us = end_us;
	/* Or there is nothing to ask for: the vendor's clock went back. */
	return end_us > w->window.since_us;
}

static int
ask(struct reading *w, const struct numbered *n, struct sc_err *e)
{
	struct client *c = w->client;
	const struct sc_stream *was = c->stream;
	const char *body = NULL;
	int rc;

	sc_buf_reset(&w->target);
	sc_buf_reset(&w->body);
	if (target_build_page(w->pager.in, &n->ask, &w->target, &w->body, e) ==
	    -1)
		return -1;
	if (w->body.len > 0)
		body = sc_buf_str(&w->body);
	c->stream = n->ask.def;
	rc = reading_ask(w, body, e);
	c->stream = was;
	return rc;
}

/* One reading of a list. */
struct course {
	int64_t read;  /* records so far */
	int64_t first; /* the total, as the first page and the last ones say */
	int64_t last;
	bool lacking;
	char sha256[SC_SHA256_BUF]; /* of the page before */
};

static int
circle(const struct reading *w, const struct numbered *n, struct sc_err *e)
{
	(void)sc_fail(e, EX_PROTOCOL,
	    "%s answers page %" PRId64 " with the page before it",
	    w->pager.in->vendor->name, n->ask.index);
	return sc_remedy(e, SC_CLASS_PROTOCOL,
	    "what came before is kept; tell the vendor if it stays");
}

/* Whether the vendor knows nothing of page numbers. */
static bool
is_same(struct course *c, const struct page_facts *f)
{
	char sha256[SC_SHA256_BUF];
	bool same;

	(void)sc_sha256_hex(f->list.p, f->list.n, sha256);
	same = strcmp(sha256, c->sha256) == 0;
	memcpy(c->sha256, sha256, sizeof(sha256));
	return same;
}

static bool
is_last(const struct numbered *n, const struct page_facts *f)
{
	int64_t size = n->ask.def->size;

	if (f->items == 0)
		return true;
	if (f->total >= 0)
		return (n->ask.index + 1) * size >= f->total;
	return (int64_t)f->items < size;
}

/* 1: another page follows, 0: that was the last one, -1: error. */
static int
turn(struct reading *w, struct numbered *n, struct course *c, bool *enough,
    struct sc_err *e)
{
	struct page_facts f = { .total = -1 };

	if (ask(w, n, e) == -1)
		return -1;
	if (n->dates && date(w, n))
		return 1;
	if (n->take(n->arg, &f, enough, e) == -1)
		return reading_ask_again(w, e) ? 1 : -1;
	c->read += (int64_t)f.items;
	c->lacking |= f.lacking;
	c->last = f.total;
	if (n->ask.index == 0)
		c->first = f.total;
	if (*enough || is_last(n, &f))
		return 0;
	if (is_same(c, &f))
		return circle(w, n, e);
	n->ask.index++;
	return 1;
}

/* What a reading that came to its end is worth. */
static enum numbered_end
judge(const struct course *c, bool enough)
{
	if (c->lacking || c->first != c->last || (!enough && c->read < c->last))
		return NUMBERED_UNSTEADY;
	return enough ? NUMBERED_ENOUGH : NUMBERED_WHOLE;
}

static void
tell_unsteady(const struct reading *w, const struct course *c)
{
	char what[120];

	if (c->lacking)
		(void)strlcpy(what,
		    "the vendor says that its answer lacks some", sizeof(what));
	else if (c->first != c->last)
		(void)snprintf(what, sizeof(what),
		    "the list changes while it is read (%" PRId64
		    " records, then %" PRId64 ")",
		    c->first, c->last);
	else
		(void)snprintf(what, sizeof(what),
		    "the pages have %" PRId64 " of %" PRId64 " records",
		    c->read, c->last);
	sc_log(SC_LOG_WARN, w->pager.in->vendor->name,
	    "%s: %s, %d times; the next run reads it again", w->pager.stream,
	    what, READINGS);
}

int
numbered_read(struct reading *w, struct numbered *n, enum numbered_end *end,
    struct sc_err *e)
{
	struct course c = { 0 };
	bool enough = false;
	int rc;

	for (int i = 0; i < READINGS; i++) {
		c = (struct course){ .first = -1, .last = -1 };
		n->ask.index = 0;
		enough = false;
		while ((rc = turn(w, n, &c, &enough, e)) == 1) {
			if (!reading_must_stop(w))
				continue;
			*end = NUMBERED_STOPPED;
			return 0;
		}
		if (rc == -1)
			return -1;
		*end = judge(&c, enough);
		if (*end != NUMBERED_UNSTEADY)
			return 0;
		if (reading_must_stop(w)) {
			*end = NUMBERED_STOPPED;
			return 0;
		}
	}
	w->pager.outcome->partial = true;
	tell_unsteady(w, &c);
	return 0;
}

int
numbered_hand_on(
    void *arg, struct page_facts *f, bool *enough, struct sc_err *e)
{
	struct reading *w = arg;
	size_t items;

	if (pager_read(&w->pager, w->resp, &items, &w->next, e) == -1)
		return -1;
	reading_tell(w, items);
	*f = w->pager.last;
	*enough = w->pager.most == 0;
	return reading_state(w, e);
}

/* Never back. */
void
numbered_move_mark(struct reading *w)
{
	if (w->mark == NULL)
		return;
	w->mark->limited = 0;
	if (w->window.until_us > w->mark->high.us)
		stamp_set(&w->mark->high, w->window.until_us);
}

static int
read_all(struct reading *w, struct sc_err *e)
{
	const struct sc_stream *def = w->pager.def;
	struct numbered n = {
		.ask = { .def = def, .path = def->path, .window = &w->window },
		.take = numbered_hand_on,
		.arg = w,
		.dates = true
	};
	enum numbered_end end;

	if (numbered_read(w, &n, &end, e) == -1)
		return -1;
	if (end == NUMBERED_WHOLE) {
		numbered_move_mark(w);
		if (reading_state(w, e) == -1)
			return -1;
	}
	/* A preview and a back-fill are about the window alone. */
	if (end == NUMBERED_STOPPED || w->mark == NULL ||
	    def->revisit.back_ms == 0)
		return 0;
	return revisit_read(w, e);
}

int
number_read(struct reading *w, struct sc_err *e)
{
	int rc;

	numbered_begin(w);
	rc = read_all(w, e);
	numbered_end(w);
	return rc;
}
