#include <inttypes.h>
#include <stdlib.h>

#include "sc/conf.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/prog.h"

#include "limited.h"
#include "note.h"
#include "revisit.h"

#define VANISHED_MAX 50 /* asked for in one run; the next one goes on */
#define GONE         "gone"

void
revisit_begin(const struct reading *w, const struct sc_stream *list,
    struct look *look, struct numbered *n)
{
	const struct sc_revisit *r = &list->revisit;
	const struct bookmark *m = w->mark;

	look->window = (struct window){
		.since_us = w->window.until_us - r->back_ms * 1000,
		.until_us = w->window.until_us,
	};
	look->full = m->revisited.text[0] == '\0' || m->looks + 1 >= r->every;
	n->ask = (struct question){ .def = list,
		.path = list->path,
		.window = &look->window,
		.query = r->query,
		.nquery = r->nquery };
}

bool
revisit_goes_on(const struct reading *w, const struct look *look,
    const struct page_facts *f)
{
	return look->full || f->oldest_us == 0 ||
	    f->oldest_us >= w->mark->revisited.us - w->overlap_us;
}

void
revisit_done(struct reading *w, const struct look *look)
{
	stamp_set(&w->mark->revisited, look->window.until_us);
	w->mark->looks = look->full ? 0 : w->mark->looks + 1;
}

/* A look by the reading of the stream itself. */
struct second {
	struct reading *w;
	struct look look;
	char **vanished; /* keys to ask for */
	size_t nvanished;
	bool settled; /* one of them is open no more */
	int troubled; /* of them, one after the other: the vendor's fault */
};

static int
take(void *arg, struct page_facts *f, bool *enough, struct sc_err *e)
{
	struct second *s = arg;

	if (numbered_hand_on(s->w, f, enough, e) == -1)
		return -1;
	*enough |= !revisit_goes_on(s->w, &s->look, f);
	return 0;
}

static bool
is_open(const struct sc_revisit *r, struct sc_slice aux)
{
	for (size_t i = 0; i < r->nopen; i++) {
		if (sc_slice_is(aux, r->open[i]))
			return true;
	}
	return false;
}

/* Of what the store takes for open, what this run has not met. */
static int
miss(void *arg, struct sc_slice key, struct sc_slice aux, struct sc_err *e)
{
	struct second *s = arg;
	struct pager *p = &s->w->pager;

	(void)e;
	if (!is_open(&p->def->revisit, aux) ||
	    keys_add(&p->walked, key, aux) != KEYS_NEW)
		return 0;
	sc_names_add(&s->vanished, &s->nvanished, sc_xstrndup(key.p, key.n));
	return s->nvanished == VANISHED_MAX;
}

/* It is as it is now, whatever that is, and is asked for last of all then. */
static int
ask_for(struct second *s, const char *key, struct sc_err *e)
{
	struct reading *w = s->w;
	struct pager *p = &w->pager;
	struct sc_slice aux = sc_slice_of(GONE);

	sc_buf_reset(&w->target);
	(void)sc_buf_adds(&w->target, p->in->vendor->base);
	target_add_path(&w->target, p->def->one, sc_slice_of(key));
	if (reading_get(w, e) == 0) {
		sc_buf_reset(&p->aux);
		if (pager_read_one(p, w->resp, e) == -1)
			return -1;
		aux = (struct sc_slice){ p->aux.p, p->aux.len };
	} else if (w->resp->status != 404) {
		return -1;
	} else {
		sc_log(SC_LOG_INFO, p->in->vendor->name,
		    "%s: %.80s is gone at the vendor", p->stream, key);
	}
	if (aux.n == 0)
		return 0;
	s->settled |= !is_open(&p->def->revisit, aux);
	return note_put(p->out, p->stream, sc_slice_of(key), aux, e);
}

/* It is the last to be asked for from now on: it must not keep others out. */
static int
set_aside(const struct reading *w, const char *key, const struct sc_err *fault,
    struct sc_err *e)
{
	const struct pager *p = &w->pager;
	struct sc_slice name = sc_slice_of(key);
	struct sc_object o;

	p->outcome->partial = true;
	sc_log(SC_LOG_WARN, p->in->vendor->name,
	    "%s: %.80s cannot be asked for: %s", p->stream, key, fault->msg);
	if (sc_store_object(p->store, sc_slice_of(p->stream), name, &o, e) ==
	    -1)
		return -1;
	return note_put(p->out, p->stream, name, sc_slice_of(o.aux), e);
}

static int
find_one(struct second *s, const char *key, struct sc_err *e)
{
	struct reading *w = s->w;
	struct sc_err fault = { 0 };

	if (ask_for(s, key, &fault) == 0) {
		s->troubled = 0;
		return 0;
	}
	if (limited_to_one(w->pager.def, w->resp->status, &fault, &s->troubled))
		return set_aside(w, key, &fault, e);
	*e = fault;
	return -1;
}

static int
find_vanished(struct second *s, struct sc_err *e)
{
	struct reading *w = s->w;
	const struct pager *p = &w->pager;
	int rc = 0;

	if (p->store == NULL || p->def->revisit.nopen == 0)
		return 0;
	if (sc_store_remembered(p->store, p->stream, miss, s, e) == -1)
		return -1;
	for (size_t i = 0; i < s->nvanished && rc == 0 && !sc_stopping(); i++)
		rc = find_one(s, s->vanished[i], e);
	return rc;
}

static int
finish(struct second *s, struct sc_err *e)
{
	struct reading *w = s->w;

	if (s->look.full && find_vanished(s, e) == -1)
		return -1;
	if (sc_stopping()) {
		w->pager.outcome->partial = true;
		return reading_state(w, e);
	}
	revisit_done(w, &s->look);
	/* There may be more of them; those that stay open must not keep at it.
	 */
	if (s->nvanished == VANISHED_MAX && s->settled)
		w->mark->looks = w->pager.def->revisit.every;
	return reading_state(w, e);
}

int
revisit_read(struct reading *w, struct sc_err *e)
{
	struct second s = { .w = w };
	struct numbered n = { .take = take, .arg = &s };
	enum numbered_end end;
	int rc;

	revisit_begin(w, w->pager.def, &s.look, &n);
	rc = numbered_read(w, &n, &end, e);
	if (rc == 0 && (end == NUMBERED_WHOLE || end == NUMBERED_ENOUGH))
		rc = finish(&s, e);
	sc_names_free(s.vanished, s.nvanished);
	return rc;
}
