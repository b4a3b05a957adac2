#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/json.h"
#include "sc/log.h"
#include "sc/timefmt.h"

#include "after.h"
#include "answer.h"
#include "target.h"

#define BODY_MAX ((size_t)64 << 10)
#define LATE_US  INT64_C(3600000000) /* ids and times disagree by less */

/* What is read from its beginning to its end, page by page. */
struct list {
	const char *body; /* of a search; NULL: the list itself */
	int64_t after;    /* the largest id so far */
	int64_t began_us; /* the vendor's time at its first answer */
	bool done;        /* there is no more */
};

static bool
is_walk(const struct reading *w)
{
	return w->pager.def->paging == SC_PAGING_WALK;
}

/* Asks for the page behind l->after. */
static int
ask(struct reading *w, struct list *l, struct sc_err *e)
{
	const struct window none = { 0 };
	struct sc_stream def = *w->pager.def;
	char id[24];

	if (l->body != NULL)
		def.path = def.search.path;
	(void)snprintf(id, sizeof(id), "%" PRId64, l->after);
	sc_buf_reset(&w->target);
	if (target_build(w->pager.in, &def, &none, sc_slice_of(id), &w->target,
		e) == -1 ||
	    reading_ask(w, l->body, e) == -1)
		return -1;
	if (l->began_us == 0)
		l->began_us = 1000 *
		    (w->resp->date_ms > 0 ? w->resp->date_ms : sc_clock_ms());
	return 0;
}

/* The end of an answer that the vendor does not say has none. */
static bool
says_last_id(struct reading *w, int64_t *id)
{
	const struct sc_json_val v = { SC_JSON_NUMBER,
		{ w->next.p, w->next.len } };

	return w->next.len > 0 && sc_json_int(v, id) == 0;
}

static int
stands_still(
    const struct reading *w, int64_t after, int64_t last, struct sc_err *e)
{
	(void)sc_fail(e, EX_PROTOCOL,
	    "%s says that what lies behind id %" PRId64 " ends with id %" PRId64
	    ": its pages do not get on",
	    w->pager.in->vendor->name, after, last);
	return sc_remedy(e, SC_CLASS_PROTOCOL,
	    "what came before is kept; tell the vendor if it stays");
}

/*
 * Behind a page: where the next one begins.  The ids of the records count; the
 * vendor's last id must get on as well, and stands in where no record has one.
 */
static int
get_on(struct reading *w, struct list *l, size_t items, struct sc_err *e)
{
	const struct pager *p = &w->pager;
	int64_t from = l->after, last = p->page.last, said = 0;

	l->done = items == 0 || !says_last_id(w, &said);
	if (last < 0)
		last = said;
	if (last > from)
		l->after = last;
	if (!l->done && (said <= from || last <= from))
		return stands_still(w, from, said <= from ? said : last, e);
	/* A record may be a little older than the one before it. */
	if (w->window.until_us != 0 && p->page.oldest_us != INT64_MAX &&
	    p->page.oldest_us > w->window.until_us + LATE_US)
		l->done = true;
	return 0;
}

/* The position follows the list, and that of a walk its end. */
static void
move_mark(struct reading *w, const struct list *l)
{
	if (is_walk(w)) {
		if (l->done)
			reading_walked(w);
		return;
	}
	if (w->mark == NULL || l->body != NULL)
		return;
	/* Or no run that is limited would get beyond what it reads again. */
	if (l->after <= w->mark->after)
		w->max_pages++;
	else
		w->mark->after = l->after;
}

/* 1: another page follows, 0: that was the last one, -1: error. */
static int
turn_page(struct reading *w, struct list *l, struct sc_err *e)
{
	struct pager *p = &w->pager;
	size_t items;
	int rc;

	if (ask(w, l, e) == -1)
		return -1;
	if (reading_begins_too_late(w))
		return 1;
	/* Whatever has changed counts, however old it is. */
	p->since_us = l->body == NULL ? w->window.since_us : 0;
	p->until_us = w->window.until_us;
	if (pager_read(p, w->resp, &items, &w->next, e) == -1)
		return reading_ask_again(w, e) ? 1 : -1;
	reading_tell(w, items);
	rc = get_on(w, l, items, e);
	move_mark(w, l);
	if (reading_state(w, e) == -1 || rc == -1)
		return -1;
	return !l->done && p->most > 0;
}

static int
read_list(struct reading *w, struct list *l, struct sc_err *e)
{
	int rc;

	do {
		rc = turn_page(w, l, e);
	} while (rc == 1 && !reading_must_stop(w));
	return rc == -1 ? -1 : 0;
}

const char *
after_body(const char *body, int64_t since_us, struct sc_buf *b)
{
	static const char word[] = "{since}";
	char text[SC_TIME_BUF];
	const char *at;

	(void)sc_time_format(since_us, 3, text);
	sc_buf_init(b, BODY_MAX);
	while ((at = strstr(body, word)) != NULL) {
		(void)sc_buf_add(b, body, (size_t)(at - body));
		(void)sc_buf_adds(b, text);
		body = at + sizeof(word) - 1;
	}
	(void)sc_buf_adds(b, body);
	return sc_buf_str(b);
}

/* Whether the vendor answers that it knows no such question. */
static bool
is_unknown(const struct reading *w)
{
	static const int statuses[] = { 400, 404, 405, 422, 501 };

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (w->resp->status == statuses[i])
			return true;
	}
	return false;
}

/* The smallest id of an answer; 0 when no record has one, -1 without any. */
static int64_t
least_id(struct pager *p, struct answer *a)
{
	struct sc_json_val v[1];
	struct sc_json_seen seen;
	struct sc_err e;
	struct sc_json_plan *plan =
	    sc_json_plan_new((const char *const *)&p->def->id, 1, &e);
	int64_t least = -1, id;

	while (sc_json_next_look(&a->items, plan, &seen, v)) {
		if (sc_json_int(v[0], &id) == -1)
			id = 0;
		if (least == -1 || id < least)
			least = id;
	}
	sc_json_plan_free(plan);
	return least;
}

/* 1: searched, a is the answer; 0: there is no search; -1: error. */
static int
search_once(struct reading *w, struct answer *a, struct sc_err *e)
{
	const char *body = w->pager.def->search.since;
	struct list l = { 0 };
	struct sc_buf b;
	int rc;

	do {
		l.body = after_body(body, w->window.since_us, &b);
		rc = ask(w, &l, e);
		sc_buf_fini(&b);
		if (rc == -1)
			return is_unknown(w) ? 0 : -1;
		if (reading_begins_too_late(w))
			continue;
		if (answer_open(&w->pager, w->resp, a, e) == 0)
			return 1;
		rc = reading_ask_again(w, e) ? 0 : -1;
	} while (rc == 0);
	return -1;
}

/*
 * Where a first run begins, or a back-fill: in front of the first record that
 * a search for the time finds.  If there is none yet, the next run looks again
 * from the same time.  Without a search all is read, and left out what is
 * older: that takes longer, and loses nothing.
 */
static int
find_start(struct reading *w, struct list *l, struct sc_err *e)
{
	const struct pager *p = &w->pager;
	struct answer a;
	int64_t first;
	int rc = 0;

	if (p->def->search.path != NULL && (rc = search_once(w, &a, e)) == -1)
		return -1;
	if (rc == 1) {
		first = least_id(&w->pager, &a);
		l->done = first == -1;
		l->after = first > 0 ? first - 1 : 0;
		return 0;
	}
	*e = (struct sc_err){ 0 };
	if (p->def->search.path != NULL)
		sc_log(SC_LOG_WARN, p->in->vendor->name,
		    "%s: this server has no search for a time (it answers %d); "
		    "reading all there is, and leaving out what is older",
		    p->stream, w->resp->status);
	return 0;
}

/* 1: all of them read, 0: ended early, -1: error. */
static int
read_changed(struct reading *w, const char *body, int64_t since_us,
    int64_t *began_us, struct sc_err *e)
{
	struct list l = { 0 };
	struct sc_buf b;
	int rc;

	l.body = after_body(body, since_us, &b);
	rc = read_list(w, &l, e);
	sc_buf_fini(&b);
	if (*began_us == 0)
		*began_us = l.began_us;
	if (rc == 0)
		return l.done;
	if (!is_unknown(w))
		return -1;
	*e = (struct sc_err){ 0 };
	sc_log(SC_LOG_WARN, w->pager.in->vendor->name,
	    "%s: this server does not know the search %s (it answers %d); such "
	    "changes are not seen",
	    w->pager.stream, body, w->resp->status);
	return 1;
}

/*
 * A record that changes keeps its id: nothing of that is in the list behind
 * the position.  What is found twice is known by its content.
 */
static int
look_for_changes(struct reading *w, struct sc_err *e)
{
	const struct sc_stream *def = w->pager.def;
	struct bookmark *mark = w->mark;
	int64_t since_us, began_us = 0;
	int rc = 1;

	if (mark->looked.text[0] == '\0')
		mark->looked = mark->high;
	since_us = mark->looked.us - def->overlap_ms * 1000;
	for (size_t i = 0; i < def->search.nchanged && rc == 1; i++)
		rc = read_changed(
		    w, def->search.changed[i], since_us, &began_us, e);
	if (rc == -1)
		return -1;
	if (rc == 1 && began_us > mark->looked.us)
		stamp_set(&mark->looked, began_us);
	return reading_state(w, e);
}

static int
read_all(struct reading *w, struct sc_err *e)
{
	const struct sc_stream *def = w->pager.def;
	struct list l = { 0 };

	if (w->mark != NULL && w->mark->after > def->reread)
		l.after = w->mark->after - def->reread;
	else if (!is_walk(w) && (w->mark == NULL || w->mark->after == 0) &&
	    find_start(w, &l, e) == -1)
		return -1;
	if (l.done ? reading_state(w, e) == -1 : read_list(w, &l, e) == -1)
		return -1;
	if (w->mark == NULL || def->search.nchanged == 0 || !l.done)
		return 0;
	return look_for_changes(w, e);
}

int
after_read(struct reading *w, struct sc_err *e)
{
	int rc;

	sc_buf_init(&w->target, TARGET_MAX);
	sc_buf_init(&w->next, TOKEN_MAX);
	w->began_ms = sc_clock_mono();
	rc = read_all(w, e);
	sc_buf_fini(&w->target);
	sc_buf_fini(&w->next);
	return rc;
}
