#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/ident.h"
#include "sc/jsonw.h"
#include "sc/log.h"
#include "sc/prog.h"

#include "content.h"
#include "family.h"
#include "limited.h"
#include "memory.h"

#define STATE_MOST 200      /* a longer one is hashed */
#define GIVE_UP_MS 86400000 /* for children that never come */

/* A scalar as text, else its JSON. */
static void
add_text(struct sc_buf *b, struct sc_json_val v)
{
	if (v.type != SC_JSON_STRING || sc_json_str(v, b) == -1)
		(void)sc_buf_add(b, v.raw.p, v.raw.n);
}

static bool
is_nothing(struct sc_json_val v)
{
	return v.type == SC_JSON_NONE || v.type == SC_JSON_NULL;
}

static void
find_state(struct family *f, const struct sc_json_val *v)
{
	const struct sc_stream *def = f->w->pager.def;
	char hash[SC_SHA256_BUF];

	sc_buf_reset(&f->state);
	f->unknown = true;
	for (size_t i = 0; i < def->nchanged; i++) {
		if (i > 0)
			(void)sc_buf_addc(&f->state, ' ');
		add_text(&f->state, v[FAMILY_STATE + i]);
		f->unknown &= is_nothing(v[FAMILY_STATE + i]);
	}
	if (!f->state.full && f->state.len <= STATE_MOST)
		return;
	(void)sc_sha256_hex(f->state.p, f->state.len, hash);
	sc_buf_reset(&f->state);
	(void)sc_buf_adds(&f->state, hash);
}

/* What cannot travel as JSON text stays at home. */
static int
find_record(struct family *f, const struct sc_json_seen *seen, struct sc_err *e)
{
	struct sc_slice raw = seen->value.raw;
	struct sc_jw w;

	sc_buf_reset(&f->record);
	sc_buf_reset(&f->scratch);
	if (seen->not_utf8 || seen->depth + 2 >= SC_JSON_MAX_DEPTH ||
	    raw.n > SC_RECORD_MAX)
		return 0;
	if (f->parents.def->nredact > 0) {
		if (content_redact(
			f->parents.def, seen->value, &f->scratch, e) == -1)
			return -1;
		raw = (struct sc_slice){ f->scratch.p, f->scratch.len };
	}
	sc_jw_init(&w, &f->record);
	sc_jw_obj(&w);
	sc_jw_key(&w, f->w->pager.def->as);
	(void)sc_json_compact(raw, &f->record);
	(void)sc_buf_addc(&f->record, '}');
	if (f->record.full)
		sc_buf_reset(&f->record);
	return 0;
}

static struct sc_slice
content(const struct sc_buf *b)
{
	return (struct sc_slice){ b->p, b->len };
}

static int
take_children(
    void *arg, struct page_facts *facts, bool *enough, struct sc_err *e)
{
	struct family *f = arg;

	if (numbered_hand_on(f->w, facts, enough, e) == -1)
		return -1;
	f->listed += (int64_t)facts->items;
	return 0;
}

static int
ask_for_children(struct family *f, enum numbered_end *end, struct sc_err *e)
{
	struct reading *w = f->w;
	const struct sc_stream *def = w->pager.def;
	struct sc_http_resp *parents = w->resp;
	struct numbered n = { .take = take_children, .arg = f };
	int rc;

	sc_buf_reset(&f->path);
	target_add_path(&f->path, def->path, content(&f->key));
	n.ask = (struct question){ .def = def, .path = sc_buf_str(&f->path) };
	f->listed = 0;
	/* The parents' answer is still being read. */
	w->resp = &f->own;
	rc = numbered_read(w, &n, end, e);
	w->resp = parents;
	return rc;
}

/* Notes that there is more to come, or, after long enough, that there is not.
 */
static int
wait_for(struct family *f, int64_t most_ms, const char *why, struct sc_err *e)
{
	const struct pager *p = &f->w->pager;
	int64_t now_ms = reading_vendor_now_us(f->w) / 1000;
	struct memory m;

	if (memory_find(f->w, content(&f->name), &m, e) == -1)
		return -1;
	if (m.waits && now_ms - m.since_ms > most_ms) {
		sc_log(SC_LOG_INFO, p->in->vendor->name,
		    "%s: no longer waiting for those of %.100s: %s", p->stream,
		    sc_buf_str(&f->key), why);
		return memory_read(
		    f->w, content(&f->name), content(&f->state), e);
	}
	return memory_wait(
	    f->w, content(&f->name), m.waits ? m.since_ms : now_ms, e);
}

int
family_set_aside(
    struct family *f, int status, const struct sc_err *fault, struct sc_err *e)
{
	const struct pager *p = &f->w->pager;

	f->failed++;
	sc_log(SC_LOG_WARN, p->in->vendor->name, "%s: those of %.100s: %s",
	    p->stream, sc_buf_str(&f->key), fault->msg);
	return wait_for(f, status == 404 ? GIVE_UP_MS : p->def->retention_ms,
	    fault->msg, e);
}

/*
 * Whether its last change is so young that the list of its children may not
 * have what it speaks of.
 */
static bool
is_fresh(const struct family *f)
{
	int64_t age_us = reading_vendor_now_us(f->w) - f->changed_us;

	return f->changed_us != 0 && age_us < f->w->overlap_us &&
	    age_us > -f->w->overlap_us;
}

/* After an answer: what is to be remembered of the parent. */
static int
conclude(struct family *f, enum numbered_end end, struct sc_err *e)
{
	f->troubled = 0;
	if (end == NUMBERED_STOPPED)
		return 0;
	if (end == NUMBERED_UNSTEADY) {
		f->failed++;
		return wait_for(
		    f, f->w->pager.def->retention_ms, "they never agree", e);
	}
	if (f->listed == 0 && !f->unknown)
		return wait_for(f, GIVE_UP_MS, "the list stays empty", e);
	if (is_fresh(f))
		return memory_wait(f->w, content(&f->name),
		    reading_vendor_now_us(f->w) / 1000, e);
	return memory_read(f->w, content(&f->name), content(&f->state), e);
}

static int
read_children(struct family *f, struct sc_err *e)
{
	enum numbered_end end = NUMBERED_STOPPED;
	struct sc_err fault = { 0 };

	f->parents_read++;
	if (ask_for_children(f, &end, &fault) == 0)
		return conclude(f, end, e);
	if (limited_to_one(
		f->w->pager.def, f->own.status, &fault, &f->troubled))
		return family_set_aside(f, f->own.status, &fault, e);
	/* The refusal that ends the reading. */
	f->w->resp->status = f->own.status;
	*e = fault;
	return -1;
}

int64_t
family_changed_us(const struct family *f, const struct sc_json_val *v)
{
	const struct sc_stream *def = f->parents.def;
	struct stamp s = { 0 };
	char *text;

	if (def->revisit.changed == NULL ||
	    (text = sc_json_dup(v[FAMILY_CHANGED])) == NULL)
		return 0;
	(void)stamp_read(sc_slice_of(text), def->times, &s);
	free(text);
	return s.us;
}

int
family_take(struct family *f, const struct sc_json_seen *seen,
    const struct sc_json_val *v, struct sc_err *e)
{
	struct memory m;

	sc_buf_reset(&f->key);
	if (!is_nothing(v[FAMILY_ID]))
		add_text(&f->key, v[FAMILY_ID]);
	if (f->key.len == 0 || f->key.full) {
		f->w->pager.outcome->counts[SC_N_BAD]++;
		return 0;
	}
	if (keys_add(&f->met, content(&f->key), sc_slice_of("")) != KEYS_NEW)
		return 0;
	find_state(f, v);
	f->changed_us = family_changed_us(f, v);
	memory_name(&f->name, f->parents.def, content(&f->key));
	if (memory_find(f->w, content(&f->name), &m, e) == -1)
		return -1;
	/* One that says nothing is read with each look at all. */
	if (m.reads && sc_slice_is(content(&f->state), m.state) &&
	    !(f->full && f->unknown))
		return 0;
	if (find_record(f, seen, e) == -1)
		return -1;
	return read_children(f, e);
}
