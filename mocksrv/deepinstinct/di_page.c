#include <inttypes.h>

#include "mocksrv/deepinstinct/di.h"

struct page {
	size_t rows[DI_PAGE];
	size_t n;
	bool more; /* another record belongs behind these */
};

bool
di_is_visible(const struct mock_table *t, size_t row, int64_t msp)
{
	return msp == 0 || t->numbers[DI_COLUMN_MSP][row] == msp;
}

static void
collect(struct mock_table *t, const struct di_view *v, struct page *page)
{
	const struct mock_key after = { .number = v->after, .id = v->after };
	size_t i = mock_table_seek(t, DI_COLUMN_ID, false, &after);

	for (; i < t->data->nrecords && !page->more; i++) {
		size_t row = mock_table_row(t, DI_COLUMN_ID, false, i);

		if (!di_is_visible(t, row, v->msp) ||
		    (v->filter != NULL &&
			!di_filter_matches(v->filter, t, row)))
			continue;
		if (page->n == DI_PAGE)
			page->more = true;
		else
			page->rows[page->n++] = row;
	}
}

static void
answer_end(
    const struct di_stream *s, const struct di_style *style, struct sc_buf *b)
{
	if (style->end == DI_END_EMPTY)
		(void)sc_buf_adds(b, "{}");
	else if (style->end == DI_END_NULL)
		(void)sc_buf_addf(b, "{\"last_id\":null,\"%s\":[]}", s->list);
	else
		(void)sc_buf_addf(b, "{\"%s\":[]}", s->list);
}

static int64_t
last_id(const struct mock_table *t, const struct page *page, int64_t after,
    const struct di_style *style)
{
	if (style->last_id == DI_LAST_REPEAT && after > 0)
		return after;
	if (style->last_id == DI_LAST_CYCLE && !page->more)
		return 0;
	return t->numbers[DI_COLUMN_ID][page->rows[page->n - 1]];
}

void
di_page(const struct di_stream *s, struct mock_table *t,
    const struct di_view *v, const struct di_style *style, struct mock_reply *r)
{
	struct page page;

	page.n = 0;
	page.more = false;
	collect(t, v, &page);
	if (page.n == 0) {
		answer_end(s, style, &r->text);
		mock_reply_text(r, 200, "application/json");
		return;
	}
	(void)sc_buf_addc(&r->text, '{');
	if (page.more || style->end != DI_END_EARLY)
		(void)sc_buf_addf(&r->text, "\"last_id\":%" PRId64 ",",
		    last_id(t, &page, v->after, style));
	(void)sc_buf_addf(&r->text, "\"%s\":[", s->list);
	mock_reply_text(r, 200, "application/json");
	for (size_t i = 0; i < page.n; i++) {
		struct sc_slice record = t->data->records[page.rows[i]];

		if (i > 0)
			mock_reply_part(r, ",", 1);
		mock_reply_part(r, record.p, record.n);
	}
	mock_reply_part(r, "]}", 2);
}
