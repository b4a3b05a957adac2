#include "mocksrv/sentinelone/s1.h"
#include "sc/jsonw.h"

struct page {
	size_t rows[S1_LIMIT_MAX];
	size_t n;
	bool more; /* another record matches behind these */
};

static void
collect(struct mock_table *t, const struct s1_query *q, struct page *page)
{
	const struct s1_sort *sort = &q->sort;
	size_t n = t->data->nrecords, i = 0;
	int64_t skip = q->skip;

	if (q->has_cursor)
		i = mock_table_seek(t, sort->col, sort->desc, &q->after);
	for (; i < n && !page->more; i++) {
		size_t row = mock_table_row(t, sort->col, sort->desc, i);

		if (!s1_query_matches(q, t, row) || skip-- > 0)
			continue;
		if (page->n == (size_t)q->limit)
			page->more = true;
		else
			page->rows[page->n++] = row;
	}
}

int64_t
s1_count(const struct mock_table *t, const struct s1_query *q)
{
	int64_t n = 0;

	for (size_t row = 0; row < t->data->nrecords; row++)
		n += s1_query_matches(q, t, row);
	return n;
}

/* The place that the next page begins behind; false: there is none. */
static bool
next_place(struct mock_table *t, const struct s1_query *q,
    const struct s1_style *style, const struct page *page, struct mock_key *key)
{
	const struct s1_sort *sort = &q->sort;
	size_t last = page->n - 1;

	if (page->n == 0)
		return false;
	if (style->cursor == S1_CURSOR_REPEAT && q->has_cursor) {
		*key = q->after;
		return true;
	}
	if (!page->more && style->cursor == S1_CURSOR_CYCLE) {
		*key = mock_table_key(
		    t, sort->col, mock_table_row(t, sort->col, sort->desc, 0));
		return true;
	}
	/* A page of one record would never get on. */
	if (page->more && style->overlap && page->n > 1)
		last--;
	*key = mock_table_key(t, sort->col, page->rows[last]);
	return page->more || style->extra_empty_page;
}

static void
put_cursor(struct sc_jw *w, const struct s1_stream *stream,
    struct mock_table *t, const struct s1_query *q,
    const struct s1_style *style, const struct page *page)
{
	struct sc_buf text;
	struct mock_key key;

	sc_jw_key(w, "nextCursor");
	if (!next_place(t, q, style, page, &key)) {
		sc_jw_null(w);
		return;
	}
	sc_buf_init(&text, (size_t)64 * 1024);
	s1_cursor_encode(
	    stream, q->sort, &key, style->cursor != S1_CURSOR_DECODED, &text);
	sc_jw_strn(w, text.p, text.len);
	sc_buf_fini(&text);
}

void
s1_page(const struct s1_stream *stream, struct mock_table *t,
    const struct s1_query *q, const struct s1_style *style,
    struct mock_reply *r)
{
	static const char head[] = "{\"data\":[";
	struct page page;
	struct sc_jw w;

	page.n = 0;
	page.more = false;
	if (!q->count_only)
		collect(t, q, &page);
	/* The end first: what parts point at must not move any more. */
	(void)sc_buf_adds(&r->text, "],\"pagination\":");
	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	put_cursor(&w, stream, t, q, style, &page);
	sc_jw_kvi(&w, "totalItems",
	    q->skip_count && !q->count_only ? 0 : s1_count(t, q));
	sc_jw_end(&w, '}');
	(void)sc_buf_addc(&r->text, '}');

	mock_reply_part(r, head, sizeof(head) - 1);
	for (size_t i = 0; i < page.n; i++) {
		struct sc_slice record = t->data->records[page.rows[i]];

		if (i > 0)
			mock_reply_part(r, ",", 1);
		mock_reply_part(r, record.p, record.n);
	}
	mock_reply_text(r, 200, "application/json");
}
