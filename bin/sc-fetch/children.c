#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/conf.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/prog.h"

#include "answer.h"
#include "children.h"
#include "family.h"
#include "limited.h"
#include "memory.h"
#include "revisit.h"

#define ID_MAX     ((size_t)1024)
#define RECALL_MAX 50 /* parents of earlier runs; the next one goes on */

static int
find_ctx(
    void *arg, struct sc_json_val record, struct sc_buf *out, struct sc_err *e)
{
	const struct family *f = arg;

	(void)record;
	(void)e;
	return sc_buf_add(out, f->record.p, f->record.len);
}

static int
begin(struct family *f, struct reading *w, struct sc_err *e)
{
	const struct sc_stream *parent = w->pager.def->parent;
	const char *paths[FAMILY_STATE + SC_PATHS_MAX] = { parent->id,
		parent->revisit.changed != NULL ? parent->revisit.changed
						: "" };
	size_t n = w->pager.def->nchanged;

	f->w = w;
	w->pager.beside = (struct beside){ find_ctx, f };
	sc_buf_init(&f->record, SC_RECORD_MAX);
	sc_buf_init(&f->scratch, 2 * SC_RECORD_MAX);
	sc_buf_init(&f->key, ID_MAX - SC_NAME_MAX - 1);
	sc_buf_init(&f->name, ID_MAX);
	sc_buf_init(&f->state, ID_MAX);
	sc_buf_init(&f->path, TARGET_MAX);
	for (size_t i = 0; i < n; i++)
		paths[FAMILY_STATE + i] = w->pager.def->changed[i];
	f->plan = sc_json_plan_new(paths, FAMILY_STATE + n, e);
	f->parents = (struct pager){ .in = w->pager.in,
		.def = parent,
		.stream = w->pager.stream,
		.outcome = w->pager.outcome };
	return f->plan == NULL ? -1 : pager_init(&f->parents, e);
}

static void
end(struct family *f)
{
	f->w->pager.beside = (struct beside){ 0 };
	pager_fini(&f->parents);
	sc_json_plan_free(f->plan);
	keys_clear(&f->met);
	sc_http_resp_fini(&f->own);
	sc_buf_fini(&f->record);
	sc_buf_fini(&f->scratch);
	sc_buf_fini(&f->key);
	sc_buf_fini(&f->name);
	sc_buf_fini(&f->state);
	sc_buf_fini(&f->path);
	free(f);
}

static void
see_change(int64_t us, struct page_facts *facts)
{
	if (us != 0 && (facts->oldest_us == 0 || us < facts->oldest_us))
		facts->oldest_us = us;
}

/* In the middle of a page as well: each parent may cost many requests. */
static bool
is_stopped(const struct reading *w)
{
	return sc_stopping() ||
	    w->pager.outcome->counts[SC_N_PAGES] >= w->max_pages;
}

/* A page of parents, in w->resp. */
static int
take_parents(
    void *arg, struct page_facts *facts, bool *enough, struct sc_err *e)
{
	struct family *f = arg;
	struct sc_json_val v[FAMILY_STATE + SC_PATHS_MAX];
	struct sc_json_seen seen;
	struct answer a;

	if (answer_open(&f->parents, f->w->resp, &a, e) == -1)
		return -1;
	*facts = a.facts;
	f->w->cut = (struct retry){ 0 };
	while (!is_stopped(f->w) && f->w->pager.most > 0 &&
	    sc_json_next_look(&a.items, f->plan, &seen, v)) {
		facts->items++;
		see_change(family_changed_us(f, v), facts);
		if (family_take(f, &seen, v, e) == -1)
			return -1;
	}
	f->w->pager.outcome->counts[SC_N_PAGES]++;
	*enough = f->w->pager.most == 0;
	return 0;
}

/* A look at parents that may have changed. */
struct second {
	struct family *f;
	struct look look;
};

static int
take_again(void *arg, struct page_facts *facts, bool *enough, struct sc_err *e)
{
	struct second *s = arg;

	if (take_parents(s->f, facts, enough, e) == -1)
		return -1;
	*enough |= !revisit_goes_on(s->f->w, &s->look, facts);
	return 0;
}

static bool
is_done(struct reading *w, enum numbered_end end)
{
	return (end == NUMBERED_WHOLE || end == NUMBERED_ENOUGH) &&
	    !reading_must_stop(w);
}

/* 1: it came to its end, 0: it did not, -1: error. */
static int
read_window(struct family *f, struct sc_err *e)
{
	struct reading *w = f->w;
	const struct sc_stream *parent = w->pager.def->parent;
	struct numbered n = { .ask = { .def = parent,
				  .path = parent->path,
				  .window = &w->window },
		.take = take_parents,
		.arg = f,
		.dates = true };
	enum numbered_end end;

	if (numbered_read(w, &n, &end, e) == -1)
		return -1;
	return is_done(w, end);
}

static int
read_again(struct family *f, struct sc_err *e)
{
	struct reading *w = f->w;
	struct second s = { .f = f };
	struct numbered n = { .take = take_again, .arg = &s };
	enum numbered_end end;

	if (w->mark == NULL || w->pager.def->parent->revisit.back_ms == 0)
		return 1;
	revisit_begin(w, w->pager.def->parent, &s.look, &n);
	f->full = s.look.full;
	if (numbered_read(w, &n, &end, e) == -1)
		return -1;
	f->full = false;
	if (!is_done(w, end))
		return 0;
	revisit_done(w, &s.look);
	return 1;
}

/* Parents that were set aside and that no list has shown since. */
struct waiting {
	struct family *f;
	char **ids;
	size_t n;
};

static int
see_waiting(
    void *arg, struct sc_slice name, struct sc_slice aux, struct sc_err *e)
{
	struct waiting *s = arg;
	char *text = sc_xstrndup(name.p, name.n);
	const char *id = memory_id(s->f->parents.def, text);

	(void)e;
	if (id != NULL && memory_is_waiting(aux) &&
	    keys_add(&s->f->met, sc_slice_of(id), sc_slice_of("")) == KEYS_NEW)
		sc_names_add(&s->ids, &s->n, sc_xstrdup(id));
	free(text);
	return s->n == RECALL_MAX;
}

static int
ask_for_parent(struct reading *w, const struct sc_stream *parent,
    struct sc_slice id, struct sc_err *e)
{
	struct client *c = w->client;
	const struct sc_stream *was = c->stream;
	int rc;

	sc_buf_reset(&w->target);
	(void)sc_buf_adds(&w->target, w->pager.in->vendor->base);
	target_add_path(&w->target, parent->one, id);
	c->stream = parent;
	rc = reading_get(w, e);
	c->stream = was;
	return rc;
}

static int
recall(struct family *f, const char *id, struct sc_err *e)
{
	struct reading *w = f->w;
	struct sc_json_val v[FAMILY_STATE + SC_PATHS_MAX], record;
	struct sc_json_seen seen;
	struct sc_err fault = { 0 };

	sc_buf_reset(&f->key);
	(void)sc_buf_adds(&f->key, id);
	memory_name(&f->name, f->parents.def, sc_slice_of(id));
	if (ask_for_parent(w, f->parents.def, sc_slice_of(id), &fault) == -1) {
		if (w->resp->status == 404)
			return memory_gone(
			    w, (struct sc_slice){ f->name.p, f->name.len }, e);
		if (limited_to_one(
			w->pager.def, w->resp->status, &fault, &f->troubled))
			return family_set_aside(f, w->resp->status, &fault, e);
		*e = fault;
		return -1;
	}
	if (answer_record(&f->parents, w->resp, &record, e) == -1)
		return -1;
	sc_json_look(record.raw, f->plan, &seen, v);
	return family_take(f, &seen, v, e);
}

static int
read_waiting(struct family *f, struct sc_err *e)
{
	struct reading *w = f->w;
	struct waiting s = { .f = f };
	int rc = 0;

	if (w->mark == NULL || w->pager.store == NULL ||
	    f->parents.def->one == NULL)
		return 0;
	if (sc_store_remembered(
		w->pager.store, w->pager.stream, see_waiting, &s, e) == -1)
		rc = -1;
	/* Now they are met, and have not been taken yet. */
	keys_clear(&f->met);
	for (size_t i = 0; i < s.n && rc == 0 && !reading_must_stop(w); i++)
		rc = recall(f, s.ids[i], e);
	sc_names_free(s.ids, s.n);
	return rc;
}

static void
tell_failed(const struct family *f)
{
	const struct pager *p = &f->w->pager;

	if (f->failed == 0)
		return;
	p->outcome->partial = true;
	sc_log(SC_LOG_WARN, p->in->vendor->name,
	    "%s: %" PRId64 " of %" PRId64 " %s could not be read; the next run "
	    "tries again",
	    p->stream, f->failed, f->parents_read, f->parents.def->noun);
}

static int
read_all(struct family *f, struct sc_err *e)
{
	struct reading *w = f->w;
	int rc = read_window(f, e);
	/* Who is not remembered has to be found in the window again. */
	bool lost = f->failed > 0 &&
	    (w->pager.store == NULL || f->parents.def->one == NULL);

	if (rc == 1 && !lost) {
		numbered_move_mark(w);
		rc = reading_state(w, e) == -1 ? -1 : 1;
	}
	if (rc == 1 && (rc = read_again(f, e)) == 1)
		rc = read_waiting(f, e);
	tell_failed(f);
	return rc == -1 ? -1 : reading_state(w, e);
}

int
children_read(struct reading *w, struct sc_err *e)
{
	struct family *f = sc_xcalloc(1, sizeof(*f));
	int rc = begin(f, w, e);

	numbered_begin(w);
	if (rc == 0)
		rc = read_all(f, e);
	numbered_end(w);
	end(f);
	return rc;
}
