#include <stdlib.h>
#include <string.h>

#include "mocksrv/drill_state.h"
#include "sc/mem.h"
#include "sc/msg.h"
#include "sc/timefmt.h"

#define MARKS_MAX (2 * SC_PATHS_MAX)
#define TEXT_MAX  ((size_t)256 << 20)

int
drill_reader_init(struct drill_reader *r, const struct sc_stream *def,
    int64_t reach_ms, struct sc_err *e)
{
	const char *const head[] = { def->id, def->time };
	const char *marks[MARKS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < def->nredact; i++)
		marks[n++] = def->redact[i];
	for (size_t i = 0; i < def->nvolatiles; i++)
		marks[n++] = def->volatiles[i];
	*r = (struct drill_reader){
		.def = def, .reach_ms = reach_ms, .nmarks = n
	};
	sc_buf_init(&r->text, TEXT_MAX);
	r->head = sc_json_plan_new(head, def->time != NULL ? 2 : 1, e);
	r->marks = sc_json_plan_new(marks, n, e);
	return r->head != NULL && r->marks != NULL ? 0 : -1;
}

void
drill_reader_fini(struct drill_reader *r)
{
	sc_json_plan_free(r->head);
	sc_json_plan_free(r->marks);
	sc_buf_fini(&r->text);
}

/* Where the next token stands. */
static const char *
next_at(struct sc_json_lex lex)
{
	struct sc_json_val v;
	int t = sc_json_token(&lex, &v);

	return t == 'k' || t == 'v' ? v.raw.p : lex.p - 1;
}

/* The place of a marked value in the list of marks; n when it is none. */
static size_t
find_mark(const struct sc_json_val *marks, size_t n, const char *at)
{
	size_t i = 0;

	while (i < n && (marks[i].type == SC_JSON_NONE || marks[i].raw.p != at))
		i++;
	return i;
}

/*
 * Steps over a marked value behind its name and puts what counts of the
 * member into b; false when the value is not marked.
 */
static bool
put_marked(const struct drill_reader *r, struct sc_json_lex *lex,
    const struct sc_json_val *marks, struct sc_slice name, struct sc_buf *b)
{
	size_t i = find_mark(marks, r->nmarks, next_at(*lex));

	if (i == r->nmarks ||
	    (i < r->def->nredact && marks[i].type == SC_JSON_NULL))
		return false;
	lex->p = marks[i].raw.p + marks[i].raw.n;
	if (i >= r->def->nredact)
		return true;
	(void)sc_buf_add(b, name.p, name.n);
	(void)sc_buf_adds(b, ":\"REDACTED\",");
	return true;
}

/* The record's tokens, each once, as they will be compared. */
static void
put_tokens(
    struct drill_reader *r, struct sc_slice record, const struct sc_json_val *m)
{
	struct sc_json_lex lex = { record.p, record.p + record.n };
	struct sc_buf *b = &r->text;
	struct sc_json_val v;
	int t;

	sc_buf_reset(b);
	while ((t = sc_json_token(&lex, &v)) != 0) {
		if (t == 'k' && put_marked(r, &lex, m, v.raw, b))
			continue;
		if (t != 'k' && t != 'v') {
			(void)sc_buf_addc(b, (char)t);
			continue;
		}
		(void)sc_buf_add(b, v.raw.p, v.raw.n);
		(void)sc_buf_addc(b, t == 'k' ? ':' : ',');
	}
}

static char *
key_of(struct sc_json_val id)
{
	if (id.type == SC_JSON_STRING)
		return sc_json_dup(id);
	return id.type == SC_JSON_NUMBER ? sc_xstrndup(id.raw.p, id.raw.n)
					 : NULL;
}

/* As the stream writes times; false where there is none. */
static bool
read_time(const struct sc_stream *def, struct sc_json_val v, int64_t *ms)
{
	int64_t us;

	if (def->times == SC_TIMES_MS && sc_json_int(v, ms) == 0)
		return true;
	if (v.type != SC_JSON_STRING ||
	    sc_time_parse_us(v.raw.p + 1, v.raw.n - 2, &us) == -1)
		return false;
	*ms = us / 1000;
	return true;
}

static void
read_head(
    struct drill_state *s, const struct drill_reader *r, struct sc_slice record)
{
	struct sc_json_val head[2] = { 0 };
	struct sc_err e = { 0 };
	int64_t ms;

	if (sc_json_scan(record.p, record.n, r->head, 0, head, &e) == -1)
		return;
	if (s->key == NULL)
		s->key = key_of(head[0]);
	s->early = read_time(r->def, head[1], &ms) && ms < r->reach_ms;
}

void
drill_states_add(struct drill_states *all, struct drill_reader *r,
    struct sc_slice record, const char *key)
{
	struct sc_json_val marks[MARKS_MAX];
	struct drill_state *s;
	struct sc_err e = { 0 };

	if (all->n == all->cap) {
		all->cap = all->cap > 0 ? 2 * all->cap : 256;
		all->list =
		    sc_xreallocarray(all->list, all->cap, sizeof(*all->list));
	}
	s = &all->list[all->n];
	*s = (struct drill_state){ .key = key != NULL ? sc_xstrdup(key) : NULL,
		.place = all->n };
	read_head(s, r, record);
	if (s->key == NULL)
		s->key = sc_xstrdup("");
	s->vague = record.n > SC_RECORD_MAX ||
	    sc_json_scan(
		record.p, record.n, r->marks, SC_JSON_UTF8, marks, &e) == -1;
	if (s->vague) {
		(void)sc_sha256_hex(record.p, record.n, s->hash);
	} else {
		put_tokens(r, record, marks);
		(void)sc_sha256_hex(r->text.p, r->text.len, s->hash);
	}
	all->n++;
}

void
drill_states_fini(struct drill_states *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->list[i].key);
	free(all->list);
	*all = (struct drill_states){ 0 };
}

static int
by_place(const void *a, const void *b)
{
	const struct drill_state *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : (x->place > y->place) - (x->place < y->place);
}

static int
by_hash(const void *a, const void *b)
{
	const struct drill_state *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : strcmp(x->hash, y->hash);
}

/* Of neighbours that are the same one is left. */
static void
squeeze(struct drill_states *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (n > 0 && by_hash(&all->list[n - 1], &all->list[i]) == 0)
			free(all->list[i].key);
		else
			all->list[n++] = all->list[i];
	}
	all->n = n;
}

static void
sort(struct drill_states *all, int (*by)(const void *, const void *))
{
	if (all->n > 0)
		qsort(all->list, all->n, sizeof(*all->list), by);
}

void
drill_states_settle(struct drill_states *all, bool again_is_new)
{
	sort(all, by_place);
	squeeze(all);
	sort(all, by_hash);
	if (!again_is_new)
		squeeze(all);
}

/* A piece of a sorted list. */
struct range {
	const struct drill_state *p;
	size_t n;
};

/* The states at the front that have the first one's key, or its hash too. */
static size_t
run_of(struct range r,
    int (*same)(const struct drill_state *, const struct drill_state *))
{
	size_t n = 0;

	while (n < r.n && same(&r.p[0], &r.p[n]) == 0)
		n++;
	return n;
}

static int
cmp_key(const struct drill_state *a, const struct drill_state *b)
{
	return strcmp(a->key, b->key);
}

static int
cmp_all(const struct drill_state *a, const struct drill_state *b)
{
	return by_hash(a, b);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What is left of one record when all that is the same has been paired. */
struct rest {
	size_t lost, vague, strange;
	bool known; /* the vendor showed that record */
};

static void
count_same(struct range want, struct range have, struct rest *rest,
    struct drill_tally *out)
{
	size_t pairs = least(want.n, have.n);

	if (want.p[0].early) {
		out->early += (int64_t)want.n;
	} else {
		out->stored += (int64_t)pairs;
		out->shown += (int64_t)want.n;
		rest->lost += want.n - pairs;
		if (want.p[0].vague)
			rest->vague += want.n - pairs;
	}
	out->doubled += (int64_t)(have.n - pairs);
}

static void
drop(struct range *r, size_t n)
{
	r->p += n;
	r->n -= n;
}

/* The states of one record. */
static void
count_key(struct range want, struct range have, enum drill_by by,
    struct drill_tally *out)
{
	struct rest rest = { .known = want.n > 0 };
	size_t pairs;

	while (want.n > 0 || have.n > 0) {
		int c = want.n == 0 ? 1
		    : have.n == 0   ? -1
				    : strcmp(want.p[0].hash, have.p[0].hash);
		size_t w = c <= 0 ? run_of(want, cmp_all) : 0;
		size_t h = c >= 0 ? run_of(have, cmp_all) : 0;

		if (w == 0)
			rest.strange += h;
		else
			count_same((struct range){ want.p, w },
			    (struct range){ have.p, h }, &rest, out);
		drop(&want, w);
		drop(&have, h);
	}
	pairs =
	    least(by == DRILL_BY_KEY ? rest.lost : rest.vague, rest.strange);
	out->stored += (int64_t)pairs;
	out->lost += (int64_t)(rest.lost - pairs);
	if (by == DRILL_BY_KEY && rest.known)
		out->doubled += (int64_t)(rest.strange - pairs);
	else
		out->strange += (int64_t)(rest.strange - pairs);
}

/* How many of a are not in b. */
static int64_t
count_missing(const struct drill_states *a, const struct drill_states *b)
{
	size_t j = 0;
	int64_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		while (j < b->n && by_hash(&b->list[j], &a->list[i]) < 0)
			j++;
		n += j == b->n || by_hash(&b->list[j], &a->list[i]) != 0;
	}
	return n;
}

void
drill_states_compare(const struct drill_states *shown,
    const struct drill_states *unseen, struct drill_states *stored,
    enum drill_by by, struct drill_tally *out)
{
	struct range want = { shown->list, shown->n };
	struct range have;

	sort(stored, by_hash);
	have = (struct range){ stored->list, stored->n };
	while (want.n > 0 || have.n > 0) {
		int c = want.n == 0 ? 1
		    : have.n == 0   ? -1
				    : strcmp(want.p[0].key, have.p[0].key);
		size_t w = c <= 0 ? run_of(want, cmp_key) : 0;
		size_t h = c >= 0 ? run_of(have, cmp_key) : 0;

		count_key((struct range){ want.p, w },
		    (struct range){ have.p, h }, by, out);
		drop(&want, w);
		drop(&have, h);
	}
	out->unseen = count_missing(unseen, shown);
}
