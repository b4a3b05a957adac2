#include <stdlib.h>

#include "mocksrv/darktrace/dt.h"
#include "mocksrv/darktrace/dt_refuse.h"
#include "sc/jsonw.h"
#include "sc/mem.h"

/* /devicesearch hands out so many unless asked for other numbers. */
#define SEARCH_COUNT 50
#define SEARCH_MAX   300

struct rows {
	size_t *row;
	size_t n;
};

/* The place of a table's row in the order that is asked for. */
static size_t
row_at(const struct dt_filter *f, size_t i)
{
	int64_t order = f->style->order;

	if (f->style->paging && f->q->order != 0)
		order = f->q->order > 0 ? DT_OLDEST : DT_NEWEST;
	if (order == DT_AS_STORED || f->stream == &dt_streams[DT_DEVICES])
		return i;
	return mock_table_row(
	    f->table, f->stream->order_col, order == DT_NEWEST, i);
}

static bool
is_counted(const struct dt_filter *f)
{
	return f->q->count >= 0 &&
	    (f->style->paging || f->stream == &dt_streams[DT_DEVICES]);
}

static void
collect(const struct dt_filter *f, struct rows *found)
{
	size_t n = f->table->data->nrecords;
	size_t most = is_counted(f) ? (size_t)f->q->count : n;

	found->row = sc_xcalloc(n, sizeof(*found->row));
	found->n = 0;
	for (size_t i = 0; i < n && found->n < most; i++) {
		size_t row = row_at(f, i);

		if (dt_filter_passes(f, row))
			found->row[found->n++] = row;
	}
}

static void
put_rows(const struct dt_filter *f, const size_t *row, size_t n,
    struct mock_reply *r)
{
	mock_reply_part(r, "[", 1);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			mock_reply_part(r, ",", 1);
		dt_put_record(f, row[i], r);
	}
	mock_reply_part(r, "]", 1);
}

void
dt_answer_list(const struct dt_filter *f, struct mock_reply *r)
{
	struct rows found;

	collect(f, &found);
	if (found.n == 1 && f->style->lone)
		dt_put_record(f, found.row[0], r);
	else
		put_rows(f, found.row, found.n, r);
	free(found.row);
	r->type = DT_JSON;
}

bool
dt_answer_one(const struct dt_filter *f, struct mock_reply *r)
{
	size_t row = 0;

	while (row < f->table->data->nrecords && !dt_filter_passes(f, row))
		row++;
	if (row == f->table->data->nrecords)
		return false;
	dt_put_record(f, row, r);
	r->type = DT_JSON;
	return true;
}

/* The column that orderBy names; MOCK_COLUMNS_MAX: none. */
static size_t
search_order(const struct dt_query *q)
{
	size_t c = 0;

	if (q->order_by.n == 0)
		return DT_D_SEEN;
	for (; dt_device_columns[c].name != NULL; c++) {
		if (dt_device_columns[c].sortable &&
		    sc_slice_is(q->order_by, dt_device_columns[c].name))
			return c;
	}
	return MOCK_COLUMNS_MAX;
}

int
dt_answer_search(const struct dt_filter *f, struct mock_reply *r)
{
	size_t n = f->table->data->nrecords, col = search_order(f->q);
	int64_t count = f->q->count, skip = f->q->offset;
	size_t *rows, nrows = 0, total = 0;

	if (col == MOCK_COLUMNS_MAX)
		return -1;
	if (count < 0 || count > SEARCH_MAX)
		count = count < 0 ? SEARCH_COUNT : SEARCH_MAX;
	rows = sc_xcalloc(SEARCH_MAX, sizeof(*rows));
	for (size_t i = 0; i < n; i++) {
		size_t row = mock_table_row(f->table, col, f->q->order <= 0, i);

		if (!dt_filter_passes(f, row))
			continue;
		if ((int64_t)total++ >= skip && (int64_t)nrows < count)
			rows[nrows++] = row;
	}
	/* Nothing is added to the text once parts point at it. */
	(void)sc_buf_addf(&r->text, "{\"totalCount\":%zu,\"devices\":", total);
	mock_reply_part(r, r->text.p, r->text.len);
	put_rows(f, rows, nrows, r);
	mock_reply_part(r, "}", 1);
	r->type = DT_JSON;
	free(rows);
	return 0;
}
