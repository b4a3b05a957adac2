#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/ident.h"
#include "sc/json.h"
#include "sc/jsonw.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#include "answer.h"
#include "bad.h"
#include "content.h"
#include "note.h"
#include "page.h"
#include "repeat.h"

#define BODY_MAX ((size_t)256 << 20) /* an element, redacted */
#define KEY_MAX  ((size_t)1024)

enum member { M_ID, M_TIME, M_REV, M_AUX, M_CHANGED, NMEMBERS };

/* One element of a page. */
struct element {
	struct sc_json_seen seen; /* as it stands there, without secrets */
	struct sc_json_val v[NMEMBERS];
	struct stamp time;    /* text "" where it has none that can be used */
	struct sc_slice text; /* ... and without white space */
	const char *bad;      /* why it cannot travel as it is, or NULL */
	struct sc_slice key;
	struct sc_slice rev;
	struct sc_slice aux; /* empty: nothing */
	bool by_content;     /* the revision is made of this: */
	char hash[CONTENT_HASH_BUF];
	char sha256[SC_SHA256_BUF]; /* "" until it is needed */
};

/* What is found for "" is the whole text; nobody looks at it. */
static const char *
path_or_none(const char *path)
{
	return path != NULL ? path : "";
}

/* Whether the revision is a member of the record. */
static bool
has_path(const struct sc_stream *def)
{
	return def->revision != NULL && !def->by_content;
}

int
pager_init(struct pager *p, struct sc_err *e)
{
	const struct sc_stream *def = p->def;
	const char *page[ANSWER_NPATHS];
	const char *record[] = { [M_ID] = def->id,
		[M_TIME] = path_or_none(def->time),
		[M_REV] = has_path(def) ? def->revision : "",
		[M_AUX] = path_or_none(def->remember),
		[M_CHANGED] = path_or_none(def->revisit.changed) };

	answer_paths(def, page);
	sc_buf_init(&p->redacted, BODY_MAX);
	sc_buf_init(&p->record, SC_RECORD_MAX);
	sc_buf_init(&p->ctx, SC_RECORD_MAX);
	sc_buf_init(&p->key, KEY_MAX);
	sc_buf_init(&p->rev, sizeof(((struct sc_object *)0)->rev) - 1);
	sc_buf_init(&p->time, TIME_TEXT_MAX);
	sc_buf_init(&p->aux, SC_AUX_MAX);
	p->page_plan = sc_json_plan_new(page, ANSWER_NPATHS, e);
	p->record_plan = sc_json_plan_new(record, NMEMBERS, e);
	return p->page_plan == NULL || p->record_plan == NULL ? -1 : 0;
}

void
pager_fini(struct pager *p)
{
	sc_json_plan_free(p->page_plan);
	sc_json_plan_free(p->record_plan);
	keys_clear(&p->walked);
	sc_buf_fini(&p->redacted);
	sc_buf_fini(&p->record);
	sc_buf_fini(&p->ctx);
	sc_buf_fini(&p->key);
	sc_buf_fini(&p->rev);
	sc_buf_fini(&p->time);
	sc_buf_fini(&p->aux);
}

/*
 * A scalar as text: a string decoded, a number as it is written.  False for
 * what no text can stand for: two of those might look the same.
 */
static bool
scalar(const struct element *el, enum member m, struct sc_buf *b)
{
	struct sc_json_val v = el->v[m];
	struct sc_err e;

	sc_buf_reset(b);
	if (v.type == SC_JSON_NUMBER)
		(void)sc_buf_add(b, v.raw.p, v.raw.n);
	else if (v.type == SC_JSON_STRING)
		(void)sc_json_str(v, b);
	if (b->len == 0 || b->full)
		return false;
	return !el->seen.not_utf8 ||
	    sc_json_scan(v.raw.p, v.raw.n, NULL, SC_JSON_UTF8, NULL, &e) == 0;
}

static struct sc_slice
digest(struct element *el)
{
	struct sc_slice raw = el->seen.value.raw;

	if (el->sha256[0] == '\0')
		(void)sc_sha256_hex(raw.p, raw.n, el->sha256);
	return sc_slice_of(el->sha256);
}

/* What does not name itself, or its revision, is named by its content. */
static void
identify(struct pager *p, struct element *el)
{
	bool named = scalar(el, M_ID, &p->key);

	el->rev = sc_slice_of("");
	if (named)
		el->key = (struct sc_slice){ p->key.p, p->key.len };
	else
		el->key = digest(el);
	if (has_path(p->def) && scalar(el, M_REV, &p->rev))
		el->rev = (struct sc_slice){ p->rev.p, p->rev.len };
	else
		el->by_content = p->def->revision != NULL;
	if (el->by_content)
		el->rev =
		    sc_slice_of(content_hash(p->def, el->seen.value, el->hash));
	if (p->def->remember != NULL && scalar(el, M_AUX, &p->aux))
		el->aux = (struct sc_slice){ p->aux.p, p->aux.len };
	if (!named || el->bad != NULL)
		p->outcome->counts[SC_N_BAD]++;
}

/* Secrets go first of all: nothing below gets to see them. */
static int
redact(struct pager *p, struct element *el, struct sc_err *e)
{
	if (p->def->nredact == 0)
		return 0;
	sc_buf_reset(&p->redacted);
	if (content_redact(p->def, el->seen.value, &p->redacted, e) == -1)
		return -1;
	sc_json_look((struct sc_slice){ p->redacted.p, p->redacted.len },
	    p->record_plan, &el->seen, el->v);
	return 0;
}

/* Finds out whether it can travel as it is, but for white space. */
static void
examine(struct pager *p, struct element *el)
{
	el->text = el->seen.value.raw;
	sc_buf_reset(&p->record);
	if (el->seen.blanks && sc_json_compact(el->text, &p->record) == 0)
		el->text = (struct sc_slice){ p->record.p, p->record.len };
	if (el->text.n > SC_RECORD_MAX)
		el->bad = "oversize";
	else if (el->seen.depth >= SC_JSON_MAX_DEPTH) /* in a message */
		el->bad = "deep";
	else if (el->seen.not_utf8)
		el->bad = "utf8";
}

static int
find_beside(struct pager *p, const struct element *el, struct sc_err *e)
{
	sc_buf_reset(&p->ctx);
	if (p->beside.find == NULL)
		return 0;
	return p->beside.find(p->beside.arg, el->seen.value, &p->ctx, e);
}

static int
put_record(
    struct pager *p, struct element *el, const char *when, struct sc_err *e)
{
	const struct sc_ident ident = { .vendor = p->in->vendor->name,
		.realm = p->in->realm,
		.stream = p->def->name,
		.key = el->key,
		.rev = el->rev };
	char id[SC_ID_BUF];
	struct sc_jw w;

	if (find_beside(p, el, e) == -1)
		return -1;
	sc_msg_begin(p->out, &w);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "type", "RECORD");
	sc_jw_kv(&w, "stream", p->stream);
	sc_jw_kv(&w, "time_extracted", when);
	sc_jw_kv(&w, "id", sc_ident_id(&ident, id));
	sc_jw_kvn(&w, "key", el->key);
	sc_jw_kvn(&w, "rev", el->rev);
	if (p->ctx.len > 0)
		sc_jw_kvraw(
		    &w, "ctx", (struct sc_slice){ p->ctx.p, p->ctx.len });
	if (el->aux.n > 0)
		sc_jw_kvn(&w, "aux", el->aux);
	if (el->bad != NULL)
		bad_put(&w, el->bad, el->seen.value.raw, digest(el));
	else
		sc_jw_kvraw(&w, "record", el->text);
	sc_jw_end(&w, '}');
	return sc_msg_end(p->out, e);
}

/*
 * A content's revision is HASH:n, n counting the revisions before it, so that
 * a record that turns back to what it was is a new state.  known: what the
 * store saw last, or NULL.
 */
static void
count_revision(
    struct pager *p, struct element *el, const struct sc_object *known)
{
	size_t n = sizeof(el->hash) - 1;

	sc_buf_reset(&p->rev);
	if (known != NULL && strncmp(known->rev, el->hash, n) == 0 &&
	    known->rev[n] == ':')
		(void)sc_buf_adds(&p->rev, known->rev);
	else
		(void)sc_buf_addf(&p->rev, "%s:%" PRId64, el->hash,
		    known != NULL ? known->n : 0);
	el->rev = (struct sc_slice){ p->rev.p, p->rev.len };
}

/* 1: the store holds this state already, 0: it does not, -1: error. */
static int
is_seen(struct pager *p, struct element *el, struct sc_err *e)
{
	int64_t *counts = p->outcome->counts;
	struct sc_object known;
	int rc = 0;

	if (p->store != NULL)
		rc = sc_store_object(
		    p->store, sc_slice_of(p->stream), el->key, &known, e);
	if (rc == -1)
		return -1;
	rc = rc == 1 && known.n > 0;
	if (el->by_content)
		count_revision(p, el, rc == 1 ? &known : NULL);
	if (rc == 1 && sc_slice_is(el->rev, known.rev)) {
		counts[SC_N_SEEN]++;
		if (el->aux.n == 0 || sc_slice_is(el->aux, known.aux))
			return 1;
		return note_put(p->out, p->stream, el->key, el->aux, e) == -1
		    ? -1
		    : 1;
	}
	counts[rc == 1 ? SC_N_CHANGED : SC_N_NEW]++;
	counts[SC_N_RECORDS]++;
	return 0;
}

static void
read_time(struct pager *p, struct element *el)
{
	if (p->def->time == NULL || !scalar(el, M_TIME, &p->time) ||
	    !stamp_read((struct sc_slice){ p->time.p, p->time.len },
		p->def->times, &el->time))
		return;
	if (el->time.us < p->page.oldest_us)
		p->page.oldest_us = el->time.us;
}

static void
see_time(struct pager *p, const struct element *el, int64_t limit_us)
{
	if (p->def->time == NULL)
		return;
	if (el->time.text[0] == '\0') {
		p->untimed++;
		return;
	}
	p->timed++;
	tide_see(&p->tide, &el->time, limit_us);
	p->outcome->newest_ms = p->tide.high.us / 1000;
}

/* Whether its time is not one of those that are wanted. */
static bool
is_outside(const struct pager *p, const struct element *el)
{
	int64_t us = el->time.us;

	return el->time.text[0] != '\0' &&
	    ((p->since_us != 0 && us < p->since_us) ||
		(p->until_us != 0 && us >= p->until_us));
}

static void
see_id(struct pager *p, const struct element *el)
{
	int64_t id;

	if (p->def->after != NULL && sc_json_int(el->v[M_ID], &id) == 0 &&
	    id > p->page.last)
		p->page.last = id;
}

/* The oldest time of a change on the page. */
static void
see_change(struct pager *p, const struct element *el)
{
	struct stamp s;

	if (p->def->revisit.changed == NULL ||
	    !scalar(el, M_CHANGED, &p->time) ||
	    !stamp_read(
		(struct sc_slice){ p->time.p, p->time.len }, p->def->times, &s))
		return;
	if (p->last.oldest_us == 0 || s.us < p->last.oldest_us)
		p->last.oldest_us = s.us;
}

static int
read_element(struct pager *p, struct element *el, const char *when,
    int64_t limit_us, struct sc_err *e)
{
	int seen;

	if (redact(p, el, e) == -1)
		return -1;
	read_time(p, el);
	see_id(p, el);
	if (is_outside(p, el))
		return 0;
	examine(p, el);
	identify(p, el);
	see_change(p, el);
	if (repeat_met(p, el->key, el->rev))
		return 0;
	if ((seen = is_seen(p, el, e)) == -1 ||
	    (seen == 0 && put_record(p, el, when, e) == -1))
		return -1;
	p->most -= seen == 0;
	see_time(p, el, limit_us);
	return 0;
}

int
pager_read(struct pager *p, const struct sc_http_resp *r, size_t *items,
    struct sc_buf *next, struct sc_err *e)
{
	int64_t now = sc_clock_ms();
	/* Not a second more: what lies between would never be asked for. */
	int64_t limit_us = (r->date_ms > 0 ? r->date_ms : now) * 1000;
	struct answer a;
	char when[SC_TIME_BUF];

	*items = 0;
	p->page.last = -1;
	p->page.oldest_us = INT64_MAX;
	if (answer_open(p, r, &a, e) == -1 ||
	    answer_token(p, &a, next, e) == -1)
		return -1;
	p->last = a.facts;
	(void)sc_time_format(now * 1000, 0, when);
	while (p->most > 0) {
		struct element el = { 0 };

		if (!sc_json_next_look(
			&a.items, p->record_plan, &el.seen, el.v))
			break;
		if (read_element(p, &el, when, limit_us, e) == -1)
			return -1;
		(*items)++;
	}
	p->last.items = *items;
	p->outcome->counts[SC_N_PAGES]++;
	return 0;
}

int
pager_read_one(struct pager *p, const struct sc_http_resp *r, struct sc_err *e)
{
	int64_t now = sc_clock_ms();
	struct element el = { 0 };
	struct sc_json_val record;
	char when[SC_TIME_BUF];

	if (answer_record(p, r, &record, e) == -1)
		return -1;
	sc_json_look(record.raw, p->record_plan, &el.seen, el.v);
	(void)sc_time_format(now * 1000, 0, when);
	return read_element(
	    p, &el, when, (r->date_ms > 0 ? r->date_ms : now) * 1000, e);
}

void
pager_begin_anew(struct pager *p)
{
	p->tide.last_us = 0;
	keys_clear(&p->walked);
}
