#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mocksrv/mutate.h"
#include "sc/json.h"
#include "sc/mem.h"

#define DEEP_MAX 1000000
#define LONG_MAX ((int64_t)32 * 1024 * 1024)
/* How far below the top the list of records is looked for. */
#define LIST_DEPTH 3

static int
add_shrink(struct mock_mutation *m, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	const char *const paths[] = { w->value };
	struct sc_json_plan *plan = NULL;
	struct sc_err cause;

	if (w->value != NULL && *w->value != '\0')
		plan = sc_json_plan_new(paths, 1, &cause);
	if (plan == NULL)
		return mock_line_fail(l, e,
		    "mutate=shrink: expected the path of a number, such as "
		    "shrink:pagination.totalItems");
	sc_json_plan_free(plan);
	if (m->nshrinks == MOCK_SHRINKS_MAX)
		return mock_line_fail(l, e, "mutate=shrink: at most %d numbers",
		    MOCK_SHRINKS_MAX);
	m->shrinks[m->nshrinks++] = sc_xstrdup(w->value);
	return 0;
}

static int
parse_one(struct mock_mutation *m, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	static const char *const known[] = { "duplicate-keys", "bad-utf8",
		"big-numbers", "deep", "long", "shrink", NULL };
	bool *const flags[] = { &m->duplicate_keys, &m->bad_utf8,
		&m->big_numbers };
	int which = mock_line_choice(l, "mutate", w->key, known, e);

	if (which == -1)
		return -1;
	if (which < 3 && w->value != NULL)
		return mock_line_fail(l, e, "mutate=%s has no number", w->key);
	if (which == 3)
		return mock_line_number(l, w, 1, DEEP_MAX, &m->deep, e);
	if (which == 4)
		return mock_line_number(l, w, 1, LONG_MAX, &m->long_text, e);
	if (which == 5)
		return add_shrink(m, l, w, e);
	*flags[which] = true;
	return 0;
}

int
mock_mutation_parse(struct mock_mutation *m, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	char *copy = sc_xstrdup(w->value), *rest = copy;
	struct mock_word one;
	int rc = 0;

	while (rc == 0 && (one.value = strsep(&rest, ",")) != NULL) {
		one.key = strsep(&one.value, ":");
		rc = parse_one(m, l, &one, e);
	}
	free(copy);
	return rc;
}

void
mock_mutation_fini(struct mock_mutation *m)
{
	for (size_t i = 0; i < m->nshrinks; i++)
		free(m->shrinks[i]);
	m->nshrinks = 0;
}

bool
mock_mutation_given(const struct mock_mutation *m)
{
	return mock_mutation_of_records(m) || m->nshrinks > 0;
}

bool
mock_mutation_of_records(const struct mock_mutation *m)
{
	return m->duplicate_keys || m->bad_utf8 || m->big_numbers ||
	    m->deep > 0 || m->long_text > 0;
}

/* The first array whose elements are objects; an empty one counts. */
static struct sc_json_val
find_list(struct sc_json_val v, int depth)
{
	struct sc_json_iter it;
	struct sc_json_val elem, found = { 0 };
	bool any = false;

	if (v.type != SC_JSON_ARRAY && v.type != SC_JSON_OBJECT)
		return found;
	it = sc_json_iter(v);
	while (found.type == SC_JSON_NONE && sc_json_next(&it, NULL, &elem)) {
		any = true;
		if (v.type == SC_JSON_ARRAY)
			return elem.type == SC_JSON_OBJECT ? v : found;
		if (depth > 0)
			found = find_list(elem, depth - 1);
	}
	return v.type == SC_JSON_ARRAY && !any ? v : found;
}

static void
add_run(struct sc_buf *b, char c, int64_t n)
{
	char *to = sc_buf_room(b, (size_t)n);

	if (to == NULL)
		return;
	memset(to, c, (size_t)n);
	b->len += (size_t)n;
}

/* The members that are put in front of the record's own. */
static void
add_members(const struct mock_mutation *m, bool first, struct sc_buf *b)
{
	if (m->bad_utf8)
		(void)sc_buf_adds(b, "\"mock_bad_utf8\":\"caf\xe9 \xff\",");
	if (m->big_numbers)
		(void)sc_buf_adds(b, "\"mock_big\":9007199254740993001,");
	if (m->deep > 0 && first) {
		(void)sc_buf_adds(b, "\"mock_deep\":");
		add_run(b, '[', m->deep);
		add_run(b, ']', m->deep);
		(void)sc_buf_addc(b, ',');
	}
	if (m->long_text > 0 && first) {
		(void)sc_buf_adds(b, "\"mock_long\":\"");
		add_run(b, 'x', m->long_text);
		(void)sc_buf_adds(b, "\",");
	}
}

/* An object with at least one member: so a comma may follow what is added. */
static void
add_record(const struct mock_mutation *m, struct sc_json_val record,
    struct sc_json_val key, struct sc_json_val value, bool first,
    struct sc_buf *b)
{
	(void)sc_buf_addc(b, '{');
	add_members(m, first, b);
	if (m->duplicate_keys) {
		(void)sc_buf_add(b, key.raw.p, key.raw.n);
		(void)sc_buf_addc(b, ':');
		(void)sc_buf_add(b, value.raw.p, value.raw.n);
		(void)sc_buf_addc(b, ',');
	}
	(void)sc_buf_add(b, record.raw.p + 1, record.raw.n - 1);
}

/* Copies the text up to the record's end, with the record changed. */
static const char *
copy_record(const struct mock_mutation *m, const char *from,
    struct sc_json_val record, bool first, struct sc_buf *b)
{
	struct sc_json_iter it = sc_json_iter(record);
	struct sc_json_val key, value;

	if (record.type != SC_JSON_OBJECT || !sc_json_next(&it, &key, &value))
		return from;
	(void)sc_buf_add(b, from, (size_t)(record.raw.p - from));
	add_record(m, record, key, value, first, b);
	return record.raw.p + record.raw.n;
}

static void
copy_changed(const struct mock_mutation *m, struct sc_slice text,
    struct sc_json_val all, struct sc_buf *b)
{
	struct sc_json_val list = find_list(all, LIST_DEPTH), elem;
	const char *from = text.p, *after;
	struct sc_json_iter it;
	bool first = true;

	if (list.type == SC_JSON_NONE) {
		from = copy_record(m, from, all, true, b);
	} else {
		it = sc_json_iter(list);
		while (sc_json_next(&it, NULL, &elem)) {
			after = copy_record(m, from, elem, first, b);
			first = first && after == from;
			from = after;
		}
	}
	(void)sc_buf_add(b, from, text.n - (size_t)(from - text.p));
}

/* Where the totals stand in the text, the first one first. */
static size_t
find_totals(const struct mock_mutation *m, struct sc_slice text,
    struct sc_json_val found[MOCK_SHRINKS_MAX])
{
	struct sc_json_plan *plan;
	struct sc_json_val v[MOCK_SHRINKS_MAX];
	struct sc_err e = { 0 };
	size_t n = 0, at;

	plan =
	    sc_json_plan_new((const char *const *)m->shrinks, m->nshrinks, &e);
	if (plan == NULL ||
	    sc_json_scan(text.p, text.n, plan, SC_JSON_DEEP, v, &e) == -1) {
		sc_json_plan_free(plan);
		return 0;
	}
	for (size_t i = 0; i < m->nshrinks; i++) {
		if (v[i].type != SC_JSON_NUMBER)
			continue;
		for (at = n++; at > 0 && found[at - 1].raw.p > v[i].raw.p; at--)
			found[at] = found[at - 1];
		found[at] = v[i];
	}
	sc_json_plan_free(plan);
	return n;
}

/* A total that is so much less, but not less than nothing. */
static void
copy_totals(const struct mock_mutation *m, int64_t less, struct sc_slice text,
    struct sc_buf *b)
{
	struct sc_json_val found[MOCK_SHRINKS_MAX];
	size_t n = find_totals(m, text, found);
	const char *from = text.p;
	int64_t total;

	for (size_t i = 0; i < n; i++) {
		if (sc_json_int(found[i], &total) == -1 || total < 0 ||
		    found[i].raw.p < from)
			continue;
		(void)sc_buf_add(b, from, (size_t)(found[i].raw.p - from));
		(void)sc_buf_addf(
		    b, "%" PRId64, total > less ? total - less : 0);
		from = found[i].raw.p + found[i].raw.n;
	}
	(void)sc_buf_add(b, from, text.n - (size_t)(from - text.p));
}

static void
copy_records(
    const struct mock_mutation *m, struct sc_slice text, struct sc_buf *b)
{
	static const char *const whole[] = { "" };
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(whole, 1, &e);
	struct sc_json_val all;

	if (plan != NULL &&
	    sc_json_scan(text.p, text.n, plan, 0, &all, &e) == 0)
		copy_changed(m, text, all, b);
	else
		(void)sc_buf_add(b, text.p, text.n);
	sc_json_plan_free(plan);
}

void
mock_mutate(const struct mock_mutation *m, int64_t n, struct mock_reply *r)
{
	struct sc_buf old, less, fresh;
	struct sc_slice text;

	sc_buf_init(&old, MOCK_BODY_COPY_MAX);
	sc_buf_init(&less, MOCK_BODY_COPY_MAX);
	sc_buf_init(&fresh, MOCK_BODY_COPY_MAX);
	mock_reply_body(r, &old);
	if (!old.full && old.len > 0) {
		text = (struct sc_slice){ old.p, old.len };
		if (m->nshrinks > 0) {
			copy_totals(m, n, text, &less);
			text = (struct sc_slice){ less.p, less.len };
		}
		copy_records(m, text, &fresh);
		if (!less.full && !fresh.full)
			mock_reply_rebody(r, &fresh);
	}
	sc_buf_fini(&fresh);
	sc_buf_fini(&less);
	sc_buf_fini(&old);
}
