#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/query.h"
#include "mocksrv/sentinelone/s1.h"
#include "sc/json.h"
#include "sc/timefmt.h"

static int refuse(struct s1_query *, struct sc_slice name, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* "limit: Must be between 1 and 1000.", as the console words it. */
static int
refuse(struct s1_query *q, struct sc_slice name, const char *fmt, ...)
{
	char text[96];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* The name comes from the request: only what JSON can carry. */
	(void)snprintf(q->why, sizeof(q->why), "%.*s: %s",
	    (int)(name.n < 40 ? sc_utf8_valid(name.p, name.n) : 0), name.p,
	    text);
	return -1;
}

static bool
is_text(struct sc_slice s, const char *prefix, size_t n)
{
	return s.n == n && memcmp(s.p, prefix, n) == 0;
}

static int
find_column(const struct s1_stream *s, const char *name, size_t n)
{
	struct sc_slice asked = { name, n };

	for (int i = 0; s->columns[i].name != NULL; i++) {
		if (sc_slice_is(asked, s->columns[i].name))
			return i;
	}
	return -1;
}

static int
take_int(struct s1_query *q, const struct mock_param *p, int64_t lo, int64_t hi,
    int64_t *out)
{
	if (mock_parse_digits(p->value, MOCK_MS_MAX, out) == -1)
		return refuse(q, p->name, "Not a valid integer.");
	if (*out < lo || *out > hi)
		return refuse(
		    q, p->name, "Must be between %d and %d.", (int)lo, (int)hi);
	return 0;
}

static int
take_bool(struct s1_query *q, const struct mock_param *p, bool *out)
{
	bool yes = p->value.n == 4 && strncasecmp(p->value.p, "true", 4) == 0;
	bool no = p->value.n == 5 && strncasecmp(p->value.p, "false", 5) == 0;

	if (!yes && !no)
		return refuse(q, p->name, "Not a valid boolean.");
	*out = yes;
	return 0;
}

static int
take_sort_by(
    struct s1_query *q, const struct s1_stream *s, const struct mock_param *p)
{
	int col = find_column(s, p->value.p, p->value.n);

	if (col == -1 || !s->columns[col].sortable)
		return refuse(q, p->name, "Not a valid choice.");
	q->sort.col = (size_t)col;
	return 0;
}

static int
take_sort_order(struct s1_query *q, const struct mock_param *p)
{
	q->sort.desc = sc_slice_is(p->value, "desc");
	if (!q->sort.desc && !sc_slice_is(p->value, "asc"))
		return refuse(q, p->name, "Must be one of: asc, desc.");
	return 0;
}

/* Narrows the range of a column; several bounds all hold. */
static void
narrow(struct s1_query *q, size_t col, int64_t min, int64_t max)
{
	if (!q->range[col].set) {
		q->range[col].min = MOCK_ABSENT + 1;
		q->range[col].max = INT64_MAX;
		q->range[col].set = true;
	}
	if (min > q->range[col].min)
		q->range[col].min = min;
	if (max < q->range[col].max)
		q->range[col].max = max;
}

/* "1700000000000-1700000060000": milliseconds, both included. */
static int
take_between(struct s1_query *q, size_t col, const struct mock_param *p)
{
	const char *dash = memchr(p->value.p, '-', p->value.n);
	struct sc_slice from = p->value, to = { 0 };
	int64_t min, max;

	if (dash != NULL) {
		from.n = (size_t)(dash - p->value.p);
		to = (struct sc_slice){ dash + 1, p->value.n - from.n - 1 };
	}
	if (mock_parse_digits(from, MOCK_MS_MAX, &min) == -1 ||
	    mock_parse_digits(to, MOCK_MS_MAX, &max) == -1)
		return refuse(q, p->name, "Expected <from ms>-<to ms>.");
	narrow(q, col, min * 1000, max * 1000 + 999);
	return 0;
}

/* createdAt__gte and the like; 1 when the name is no such parameter. */
static int
take_range(
    struct s1_query *q, const struct s1_stream *s, const struct mock_param *p)
{
	const char *cut = memmem(p->name.p, p->name.n, "__", 2);
	size_t n = cut != NULL ? (size_t)(cut - p->name.p) : 0;
	int found = cut != NULL ? find_column(s, p->name.p, n) : -1;
	struct sc_slice op;
	size_t col;
	int64_t t;

	if (found == -1 || s->columns[found].kind != MOCK_TIME)
		return 1;
	col = (size_t)found;
	op = (struct sc_slice){ cut + 2, p->name.n - n - 2 };
	if (sc_slice_is(op, "between"))
		return take_between(q, col, p);
	if (!sc_slice_is(op, "gt") && !sc_slice_is(op, "gte") &&
	    !sc_slice_is(op, "lt") && !sc_slice_is(op, "lte"))
		return 1;
	if (sc_time_parse_us(p->value.p, p->value.n, &t) == -1)
		return refuse(q, p->name, "Not a valid datetime.");
	if (op.p[0] == 'g')
		narrow(q, col, op.n == 2 ? t + 1 : t, INT64_MAX);
	else
		narrow(q, col, MOCK_ABSENT, op.n == 2 ? t - 1 : t);
	return 0;
}

/* siteIds and the like; 1 when the name is no such parameter. */
static int
take_list(
    struct s1_query *q, const struct s1_stream *s, const struct mock_param *p)
{
	for (size_t i = 0; s->lists[i].param != NULL; i++) {
		const char *column = s->lists[i].column;

		if (!sc_slice_is(p->name, s->lists[i].param))
			continue;
		if (p->value.n == 0)
			return refuse(q, p->name, "Shorter than length 1.");
		q->lists[q->nlists].values = p->value;
		q->lists[q->nlists++].col =
		    (size_t)find_column(s, column, strlen(column));
		return 0;
	}
	return 1;
}

static int
take(struct s1_query *q, const struct s1_stream *s, const struct mock_param *p)
{
	bool idle;
	int rc;

	if (sc_slice_is(p->name, "limit"))
		return take_int(q, p, 1, S1_LIMIT_MAX, &q->limit);
	if (sc_slice_is(p->name, "skip"))
		return take_int(q, p, 0, S1_SKIP_MAX, &q->skip);
	if (sc_slice_is(p->name, "countOnly"))
		return take_bool(q, p, &q->count_only);
	if (sc_slice_is(p->name, "skipCount"))
		return take_bool(q, p, &q->skip_count);
	if (sc_slice_is(p->name, "sortBy"))
		return take_sort_by(q, s, p);
	if (sc_slice_is(p->name, "sortOrder"))
		return take_sort_order(q, p);
	if (sc_slice_is(p->name, "cursor"))
		return 0; /* last, when the order is known */
	if (s->idle != NULL && sc_slice_is(p->name, s->idle))
		return take_bool(q, p, &idle);
	if ((rc = take_range(q, s, p)) == 1)
		rc = take_list(q, s, p);
	return rc == 1 ? refuse(q, p->name, "Unknown field.") : rc;
}

static int
take_cursor(
    struct s1_query *q, const struct s1_stream *s, const struct mock_param *p)
{
	if (!sc_slice_is(p->name, "cursor") || p->value.n == 0)
		return 0;
	q->has_cursor = true;
	if (s1_cursor_decode(s, q->sort, p->value, &q->text, &q->after) == 0)
		return 0;
	(void)snprintf(q->why, sizeof(q->why), "Invalid cursor value received");
	return -1;
}

static bool
is_repeated(const struct mock_query *params, size_t i)
{
	struct sc_slice name = params->params[i].name;

	for (size_t k = 0; k < i; k++) {
		if (is_text(params->params[k].name, name.p, name.n))
			return true;
	}
	return false;
}

int
s1_query_parse(
    struct s1_query *q, const struct s1_stream *s, struct sc_slice text)
{
	const struct mock_query *params = &q->params;

	*q = (struct s1_query){ .limit = 10 };
	sc_buf_init(&q->text, (size_t)64 * 1024);
	if (mock_query_parse(&q->params, text) == -1) {
		(void)strlcpy(q->why, "Malformed query string", sizeof(q->why));
		return -1;
	}
	for (size_t i = 0; i < params->nparams; i++) {
		const struct mock_param *p = &params->params[i];

		if (is_repeated(params, i))
			return refuse(q, p->name, "Given more than once.");
		if (take(q, s, p) == -1)
			return -1;
	}
	for (size_t i = 0; i < params->nparams; i++) {
		if (take_cursor(q, s, &params->params[i]) == -1)
			return -1;
	}
	return 0;
}

void
s1_query_fini(struct s1_query *q)
{
	sc_buf_fini(&q->text);
	mock_query_fini(&q->params);
}

/* Clients in Python send True and False. */
static bool
is_value(enum mock_kind kind, struct sc_slice text, struct sc_slice v)
{
	if (kind == MOCK_BOOL)
		return text.n == v.n && strncasecmp(text.p, v.p, v.n) == 0;
	return is_text(text, v.p, v.n);
}

static bool
is_listed(enum mock_kind kind, struct sc_slice values, struct sc_slice text)
{
	struct sc_slice v;

	while (mock_next_value(&values, &v)) {
		if (is_value(kind, text, v))
			return true;
	}
	return false;
}

bool
s1_query_matches(
    const struct s1_query *q, const struct mock_table *t, size_t row)
{
	for (size_t c = 0; c < t->ncolumns; c++) {
		if (!q->range[c].set)
			continue;
		if (t->numbers[c][row] < q->range[c].min ||
		    t->numbers[c][row] > q->range[c].max)
			return false;
	}
	for (size_t i = 0; i < q->nlists; i++) {
		size_t col = q->lists[i].col;

		if (!is_listed(t->columns[col].kind, q->lists[i].values,
			mock_table_text(t, col, row)))
			return false;
	}
	return true;
}
