#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/query.h"
#include "mocksrv/table.h"
#include "sc/json.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

static bool
is_textual(enum mock_kind kind)
{
	return kind == MOCK_TEXT || kind == MOCK_BOOL || kind == MOCK_JSON;
}

static int
fail_row(
    const struct mock_table *t, size_t row, struct sc_err *e, const char *what)
{
	return sc_fail(e, EX_CONFIG, "%s:%u: %s", t->data->name,
	    t->data->lines[row], what);
}

/* The token without quotes; nothing for null, arrays and objects. */
static struct mock_span
span_of(struct sc_slice record, const struct sc_json_val *v)
{
	if (v->type == SC_JSON_NUMBER || v->type == SC_JSON_TRUE ||
	    v->type == SC_JSON_FALSE)
		return (struct mock_span){ (uint32_t)(v->raw.p - record.p),
			(uint32_t)v->raw.n };
	if (v->type != SC_JSON_STRING)
		return (struct mock_span){ 0 };
	return (struct mock_span){ (uint32_t)(v->raw.p + 1 - record.p),
		(uint32_t)(v->raw.n - 2) };
}

static int
index_value(struct mock_table *t, size_t col, size_t row,
    const struct sc_json_val *v, struct sc_err *e)
{
	struct sc_slice record = t->data->records[row], text;
	struct mock_span span = span_of(record, v);

	text = (struct sc_slice){ record.p + span.off, span.len };
	switch (t->columns[col].kind) {
	case MOCK_ID:
		t->spans[col][row] = span;
		if (v->type != SC_JSON_STRING ||
		    mock_parse_digits(text, INT64_MAX, &t->numbers[col][row]) ==
			-1)
			return fail_row(
			    t, row, e, "id is not a string of decimal digits");
		break;
	case MOCK_TIME:
		t->numbers[col][row] = MOCK_ABSENT;
		if (text.n > 0 &&
		    sc_time_parse_us(text.p, text.n, &t->numbers[col][row]) ==
			-1)
			return fail_row(t, row, e, "bad time");
		break;
	case MOCK_KEY:
	case MOCK_INT:
		t->spans[col][row] = span;
		if (sc_json_int(*v, &t->numbers[col][row]) == 0)
			break;
		if (t->columns[col].kind == MOCK_KEY)
			return fail_row(t, row, e, "id is not an integer");
		t->numbers[col][row] = MOCK_ABSENT;
		break;
	case MOCK_JSON:
		if (v->type != SC_JSON_NONE)
			t->spans[col][row] =
			    (struct mock_span){ (uint32_t)(v->raw.p - record.p),
				    (uint32_t)v->raw.n };
		break;
	case MOCK_TEXT:
	case MOCK_BOOL:
	default:
		t->spans[col][row] = span;
		break;
	}
	return 0;
}

static int
index_rows(struct mock_table *t, struct sc_err *e)
{
	const char *paths[MOCK_COLUMNS_MAX];
	struct sc_json_val values[MOCK_COLUMNS_MAX] = { 0 };
	struct sc_json_plan *plan;
	int rc = 0;

	for (size_t c = 0; c < t->ncolumns; c++)
		paths[c] = t->columns[c].path;
	if ((plan = sc_json_plan_new(paths, t->ncolumns, e)) == NULL)
		return -1;
	for (size_t row = 0; row < t->data->nrecords && rc == 0; row++) {
		struct sc_slice r = t->data->records[row];
		struct sc_err cause = { 0 };

		if (r.n >= UINT32_MAX)
			rc = fail_row(t, row, e, "record too long");
		else if (sc_json_scan(r.p, r.n, plan, 0, values, &cause) == -1)
			rc = fail_row(t, row, e, cause.msg);
		for (size_t c = 0; c < t->ncolumns && rc == 0; c++)
			rc = index_value(t, c, row, &values[c], e);
	}
	sc_json_plan_free(plan);
	return rc;
}

struct mock_table *
mock_table_new(const struct mock_column *columns, struct mock_dataset *data,
    struct sc_err *e)
{
	struct mock_table *t = sc_xcalloc(1, sizeof(*t));
	size_t n = data->nrecords;

	t->columns = columns;
	t->data = data;
	for (; columns[t->ncolumns].name != NULL; t->ncolumns++) {
		size_t c = t->ncolumns;

		if (!is_textual(columns[c].kind))
			t->numbers[c] = sc_xcalloc(n, sizeof(int64_t));
		if (columns[c].kind != MOCK_TIME)
			t->spans[c] = sc_xcalloc(n, sizeof(struct mock_span));
	}
	if (index_rows(t, e) == 0)
		return t;
	mock_table_free(t);
	return NULL;
}

void
mock_table_free(struct mock_table *t)
{
	if (t == NULL)
		return;
	for (size_t c = 0; c < t->ncolumns; c++) {
		free(t->numbers[c]);
		free(t->spans[c]);
		free(t->orders[c]);
	}
	mock_dataset_close(t->data);
	free(t->wanted);
	free(t);
}

struct sc_slice
mock_table_text(const struct mock_table *t, size_t col, size_t row)
{
	const struct mock_span *s = &t->spans[col][row];

	return (struct sc_slice){ t->data->records[row].p + s->off, s->len };
}

struct mock_key
mock_table_key(const struct mock_table *t, size_t col, size_t row)
{
	struct mock_key k = { .id = t->numbers[0] != NULL ? t->numbers[0][row]
							  : (int64_t)row };

	if (is_textual(t->columns[col].kind))
		k.text = mock_table_text(t, col, row);
	else
		k.number = t->numbers[col][row];
	return k;
}

static int
compare_keys(const struct mock_key *a, const struct mock_key *b)
{
	size_t n = a->text.n < b->text.n ? a->text.n : b->text.n;
	int d = n > 0 ? memcmp(a->text.p, b->text.p, n) : 0;

	if (d != 0)
		return d;
	if (a->text.n != b->text.n)
		return a->text.n < b->text.n ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

struct sorting {
	const struct mock_table *t;
	size_t col;
};

static int
compare_rows(const void *a, const void *b, void *arg)
{
	const struct sorting *s = arg;
	struct mock_key ka = mock_table_key(s->t, s->col, *(const uint32_t *)a);
	struct mock_key kb = mock_table_key(s->t, s->col, *(const uint32_t *)b);

	return compare_keys(&ka, &kb);
}

static const uint32_t *
order_of(struct mock_table *t, size_t col)
{
	size_t n = t->data->nrecords;
	struct sorting how = { t, col };
	uint32_t *order = t->orders[col];

	if (order != NULL)
		return order;
	order = t->orders[col] = sc_xcalloc(n, sizeof(*order));
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, n, sizeof(*order), compare_rows, &how);
	return order;
}

size_t
mock_table_row(struct mock_table *t, size_t col, bool desc, size_t i)
{
	return order_of(t, col)[desc ? t->data->nrecords - 1 - i : i];
}

size_t
mock_table_seek(
    struct mock_table *t, size_t col, bool desc, const struct mock_key *key)
{
	size_t lo = 0, hi = t->data->nrecords;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		struct mock_key k =
		    mock_table_key(t, col, mock_table_row(t, col, desc, mid));
		int d = compare_keys(&k, key);

		if (desc ? d >= 0 : d <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
