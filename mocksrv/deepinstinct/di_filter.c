#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mocksrv/deepinstinct/di.h"
#include "sc/timefmt.h"

#define TEXT_MAX ((size_t)64 * 1024)
#define INVALID  422

static int refuse(struct di_filter *, const char *column, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

static int
refuse(struct di_filter *f, const char *column, const char *fmt, ...)
{
	char text[96];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)snprintf(f->why, sizeof(f->why), "%s: %s", column, text);
	return INVALID;
}

static bool
is_textual(const struct mock_column *c)
{
	return c->kind == MOCK_TEXT;
}

/* One value, alone or in a list. */
static int
check_value(
    struct di_filter *f, const struct mock_column *c, struct sc_json_val v)
{
	int64_t n;

	if (is_textual(c) && v.type != SC_JSON_STRING)
		return refuse(f, c->name, "Not a valid string.");
	if (!is_textual(c) && sc_json_int(v, &n) == -1)
		return refuse(f, c->name, "Not a valid integer.");
	return 0;
}

static int
check_list(
    struct di_filter *f, const struct mock_column *c, struct sc_json_val list)
{
	struct sc_json_iter it = sc_json_iter(list);
	struct sc_json_val v;
	int n = 0, status;

	for (; sc_json_next(&it, NULL, &v); n++) {
		if ((status = check_value(f, c, v)) != 0)
			return status;
	}
	return n > 0 ? 0 : refuse(f, c->name, "Shorter than length 1.");
}

static int
take_time(struct di_filter *f, const struct mock_column *c, struct di_term *t)
{
	struct sc_json_iter it = sc_json_iter(t->value);
	struct sc_json_val key, v;
	int n = 0;

	t->from = MOCK_ABSENT + 1;
	t->to = INT64_MAX;
	for (; sc_json_next(&it, &key, &v); n++) {
		bool from = sc_json_is(key, "from");

		if (!from && !sc_json_is(key, "to"))
			return refuse(f, c->name, "Expected from and to.");
		if (v.type != SC_JSON_STRING ||
		    sc_time_parse_us(v.raw.p + 1, v.raw.n - 2,
			from ? &t->from : &t->to) == -1)
			return refuse(f, c->name, "Not a valid datetime.");
	}
	return n > 0 ? 0 : refuse(f, c->name, "Expected from and to.");
}

static int
take(struct di_filter *f, struct sc_json_val key, struct sc_json_val value)
{
	struct di_term *t = &f->terms[f->n];
	const struct mock_column *c;
	size_t col = DI_COLUMN_MSP;

	while (di_event_columns[col].name != NULL &&
	    !sc_json_is(key, di_event_columns[col].name))
		col++;
	c = &di_event_columns[col];
	if (c->name == NULL) {
		/* The key comes from the request: only what is harmless. */
		(void)snprintf(f->why, sizeof(f->why), "%.*s: Unknown field.",
		    (int)(key.raw.n < 48 ? key.raw.n - 2 : 0), key.raw.p + 1);
		return INVALID;
	}
	f->n++;
	t->col = col;
	t->value = value;
	if (c->kind == MOCK_TIME)
		return value.type == SC_JSON_OBJECT
		    ? take_time(f, c, t)
		    : refuse(f, c->name, "Expected from and to.");
	return value.type == SC_JSON_ARRAY ? check_list(f, c, value)
					   : check_value(f, c, value);
}

int
di_filter_parse(struct di_filter *f, struct sc_slice body)
{
	static const char *const whole[] = { "" };
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(whole, 1, &e);
	struct sc_json_val top = { 0 }, key, value;
	struct sc_json_iter it;
	int status = 0;

	f->n = 0;
	f->why[0] = '\0';
	(void)sc_json_scan(
	    body.p, body.n, plan, SC_JSON_UTF8 | SC_JSON_NODUP, &top, &e);
	sc_json_plan_free(plan);
	if (top.type != SC_JSON_OBJECT) {
		(void)strlcpy(
		    f->why, "The body is not a JSON object.", sizeof(f->why));
		return 400;
	}
	it = sc_json_iter(top);
	while (status == 0 && sc_json_next(&it, &key, &value))
		status = take(f, key, value);
	return status;
}

/* The text of a column as the record has it: with quotes. */
static struct sc_json_val
text_of(const struct mock_table *t, size_t col, size_t row)
{
	struct sc_slice s = mock_table_text(t, col, row);

	if (s.p == t->data->records[row].p || s.p[-1] != '"')
		return (struct sc_json_val){ 0 };
	return (struct sc_json_val){ SC_JSON_STRING, { s.p - 1, s.n + 2 } };
}

static bool
is_same_slice(struct sc_slice a, struct sc_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool
is_escaped(struct sc_slice s)
{
	return memchr(s.p, '\\', s.n) != NULL;
}

/* Clients escape more or less than the record does. */
static bool
is_same_text(struct sc_json_val a, struct sc_json_val b)
{
	struct sc_buf da, db;
	bool same;

	if (a.type != SC_JSON_STRING)
		return false;
	if (!is_escaped(a.raw) && !is_escaped(b.raw))
		return is_same_slice(a.raw, b.raw);
	sc_buf_init(&da, TEXT_MAX);
	sc_buf_init(&db, TEXT_MAX);
	same = sc_json_str(a, &da) == 0 && sc_json_str(b, &db) == 0 &&
	    is_same_slice((struct sc_slice){ da.p, da.len },
		(struct sc_slice){ db.p, db.len });
	sc_buf_fini(&da);
	sc_buf_fini(&db);
	return same;
}

static bool
is_value(const struct mock_table *t, size_t col, size_t row,
    struct sc_json_val asked)
{
	int64_t n;

	if (is_textual(&t->columns[col]))
		return is_same_text(text_of(t, col, row), asked);
	return sc_json_int(asked, &n) == 0 && t->numbers[col][row] == n;
}

static bool
holds(const struct di_term *term, const struct mock_table *t, size_t row)
{
	struct sc_json_iter it;
	struct sc_json_val v;

	if (t->columns[term->col].kind == MOCK_TIME)
		return t->numbers[term->col][row] >= term->from &&
		    t->numbers[term->col][row] <= term->to;
	if (term->value.type != SC_JSON_ARRAY)
		return is_value(t, term->col, row, term->value);
	it = sc_json_iter(term->value);
	while (sc_json_next(&it, NULL, &v)) {
		if (is_value(t, term->col, row, v))
			return true;
	}
	return false;
}

bool
di_filter_matches(
    const struct di_filter *f, const struct mock_table *t, size_t row)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!holds(&f->terms[i], t, row))
			return false;
	}
	return true;
}
