#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mocksrv/rapid7/r7_console.h"
#include "sc/mem.h"

#define JSON "application/json"

struct r7_data
r7_data(const struct r7_call *c, enum r7_stream asked)
{
	struct r7_data d = { 0 };

	for (unsigned i = 0; i < R7_STREAMS; i++) {
		struct mock_feed *f = &c->console->feeds[i];

		if (f->n == 0)
			continue;
		d.tables[i] = i == asked ? mock_feed_ask(f, c->now_ms)
					 : mock_feed_current(f, c->now_ms);
	}
	return d;
}

bool
r7_parse(const struct r7_call *c, enum r7_dialect dialect, struct r7_query *q)
{
	if (r7_query_parse(q, dialect, c->http->query, c->now_ms) == -1)
		r7_fail(c, 400, q->why);
	else if (q->multi_customer && c->console->key != R7_KEY_USER)
		r7_fail(c, 403, NULL);
	else
		return true;
	return false;
}

void
r7_put_rows(struct mock_reply *r, const struct mock_table *t, size_t col,
    const size_t *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sc_slice s = col == R7_WHOLE
		    ? t->data->records[rows[i]]
		    : mock_table_text(t, col, rows[i]);

		if (i > 0)
			mock_reply_part(r, ",", 1);
		mock_reply_part(r, s.p, s.n);
	}
}

/* The end first: what parts point at must not move any more. */
static void
put_metadata(struct mock_reply *r, const struct r7_query *q, int64_t total)
{
	(void)sc_buf_addf(&r->text,
	    "],\"metadata\":{\"index\":%" PRId64 ",\"size\":%" PRId64
	    ",\"total_pages\":%" PRId64 ",\"total_data\":%" PRId64 "}}",
	    q->index, q->size, (total + q->size - 1) / q->size, total);
}

static void
put_page(struct mock_reply *r, const struct r7_query *q,
    const struct mock_table *t, size_t col, const struct r7_page *page)
{
	static const char head[] = "{\"data\":[";

	put_metadata(r, q, page->seen);
	mock_reply_part(r, head, sizeof(head) - 1);
	r7_put_rows(r, t, col, page->rows, page->n);
	mock_reply_text(r, 200, JSON);
}

/*
 * Lists and searches know an investigation late: each one after a time of its
 * own, so that they do not come in the order in which they were created.
 */
static bool
is_indexed(const struct r7_call *c, struct sc_slice rrn, int64_t created_us)
{
	int64_t delay_ms = c->console->index_delay_ms;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (delay_ms == 0)
		return true;
	for (size_t i = 0; i < rrn.n; i++)
		h = (h ^ (unsigned char)rrn.p[i]) * UINT64_C(0x100000001b3);
	return created_us / 1000 + (int64_t)(h % (uint64_t)(delay_ms + 1)) <=
	    c->now_ms;
}

/* Those of other customers are there only when asked for. */
static bool
is_own(const struct r7_call *c, const struct r7_query *q,
    const struct mock_table *t, size_t row)
{
	return q->multi_customer || c->console->organization == NULL ||
	    sc_slice_is(mock_table_text(t, R7_INV_ORGANIZATION, row),
		c->console->organization);
}

static void
select_rows(const struct r7_call *c, const struct r7_query *q,
    const struct r7_data *d, struct r7_page *page)
{
	const struct mock_table *t = d->tables[R7_INVESTIGATIONS];
	const uint32_t *order =
	    r7_order_get(&c->console->order, t, q->sorts, q->nsorts);

	page->n = 0;
	page->seen = 0;
	for (size_t i = 0; i < t->data->nrecords; i++) {
		size_t row = order[i];
		int64_t created = t->numbers[R7_INV_CREATED][row];

		if (created > q->after_us && created < q->before_us &&
		    is_own(c, q, t, row) &&
		    is_indexed(
			c, mock_table_text(t, R7_INV_RRN, row), created) &&
		    r7_matches(q, d, R7_INVESTIGATIONS, row))
			r7_page_add(page, q, row);
	}
}

static void
answer_selected(const struct r7_call *c, const struct r7_query *q)
{
	struct r7_data d = r7_data(c, R7_INVESTIGATIONS);
	struct r7_page page;

	select_rows(c, q, &d, &page);
	put_page(c->reply, q, d.tables[R7_INVESTIGATIONS], R7_WHOLE, &page);
}

void
r7_answer_list(const struct r7_call *c)
{
	struct r7_query q;

	if (r7_parse(c, R7_LIST, &q))
		answer_selected(c, &q);
	r7_query_fini(&q);
}

void
r7_answer_search(const struct r7_call *c)
{
	const struct sc_slice body = { c->http->body.p, c->http->body.len };
	struct r7_query q;

	if (!r7_parse(c, R7_SEARCH, &q))
		;
	else if (r7_search_parse(&q, body) == -1)
		r7_fail(c, 400, q.why);
	else
		answer_selected(c, &q);
	r7_query_fini(&q);
}

void
r7_answer_list_v1(const struct r7_call *c)
{
	struct r7_data d;
	struct r7_page page;
	struct r7_query q;

	if (r7_parse(c, R7_LIST_V1, &q)) {
		d = r7_data(c, R7_INVESTIGATIONS);
		select_rows(c, &q, &d, &page);
		(void)sc_buf_adds(&c->reply->text, "{\"data\":[");
		for (size_t i = 0; i < page.n; i++) {
			if (i > 0)
				(void)sc_buf_addc(&c->reply->text, ',');
			r7_put_v1(&d, page.rows[i], &c->reply->text);
		}
		put_metadata(c->reply, &q, page.seen);
		mock_reply_text(c->reply, 200, JSON);
	}
	r7_query_fini(&q);
}

/* "us" and "us1" are two names of one region. */
static bool
is_region_of(const char *region, struct sc_slice rrn)
{
	static const char prefix[] = "rrn:investigation:";
	size_t n = strlen(region), skip = sizeof(prefix) - 1;

	if (rrn.n < skip + n + 1 || memcmp(rrn.p + skip, region, n) != 0)
		return false;
	rrn.p += skip + n;
	return *rrn.p == ':' ||
	    (*rrn.p == '1' && rrn.n > skip + n + 1 && rrn.p[1] == ':');
}

static bool
find_row(const struct mock_table *t, struct r7_kin *kin, struct sc_slice id,
    size_t *row)
{
	char uuid[MOCK_UUID_BUF];

	if (id.n > 4 && memcmp(id.p, "rrn:", 4) == 0)
		return r7_kin_next(kin, row);
	for (*row = 0; *row < t->data->nrecords; (*row)++) {
		r7_uuid_of(mock_table_text(t, R7_INV_RRN, *row), uuid);
		if (sc_slice_is(id, uuid))
			return true;
	}
	return false;
}

bool
r7_find_investigation(const struct r7_call *c, const struct r7_query *q,
    const struct r7_data *d, size_t *row)
{
	struct mock_table *t = d->tables[R7_INVESTIGATIONS];
	struct r7_kin kin = r7_kin(t, R7_INV_RRN, c->id);

	if (q->multi_customer && !is_region_of(c->console->region, c->id))
		r7_fail(c, 400,
		    "multi-customer needs the RRN of an investigation of "
		    "this region");
	else if (!find_row(t, &kin, c->id, row) || !is_own(c, q, t, *row))
		r7_fail(c, 404, NULL);
	else
		return true;
	return false;
}

void
r7_answer_one(const struct r7_call *c)
{
	struct r7_query q;
	struct r7_data d;
	size_t row;

	if (r7_parse(c, R7_ONE, &q)) {
		d = r7_data(c, R7_STREAMS);
		if (r7_find_investigation(c, &q, &d, &row)) {
			r7_put_rows(c->reply, d.tables[R7_INVESTIGATIONS],
			    R7_WHOLE, &row, 1);
			c->reply->type = JSON;
		}
	}
	r7_query_fini(&q);
}

/* The rows of an investigation's children; for free(). */
static size_t *
children_of(const struct r7_call *c, struct mock_table *t, struct sc_slice rrn,
    size_t *n)
{
	size_t col = c->children == R7_ACTORS ? (size_t)R7_ACTOR_INVESTIGATION
					      : (size_t)R7_PARENT;
	struct r7_kin kin = r7_kin(t, col, rrn);
	size_t *rows = NULL, cap = 0, row;

	*n = 0;
	while (r7_kin_next(&kin, &row)) {
		if (*n == cap) {
			cap = cap > 0 ? cap * 2 : 16;
			rows = sc_xreallocarray(rows, cap, sizeof(*rows));
		}
		rows[(*n)++] = row;
	}
	return rows;
}

static int
compare_newest(const void *pa, const void *pb, void *arg)
{
	const struct mock_table *t = arg;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
	int64_t ta = t->numbers[R7_ALERT_CREATED][a];
	int64_t tb = t->numbers[R7_ALERT_CREATED][b];

	return ta != tb ? (ta < tb) - (ta > tb) : (a > b) - (a < b);
}

static void
answer_rows(const struct r7_call *c, const struct r7_query *q,
    const struct r7_data *d, size_t parent)
{
	struct mock_table *t = d->tables[c->children];
	size_t n,
	    *rows = children_of(c, t,
		mock_table_text(
		    d->tables[R7_INVESTIGATIONS], R7_INV_RRN, parent),
		&n);
	struct r7_page page = { 0 };

	if (n > 0 && c->children == R7_ALERTS)
		qsort_r(rows, n, sizeof(*rows), compare_newest, t);
	for (size_t i = 0; i < n; i++)
		r7_page_add(&page, q, rows[i]);
	put_page(c->reply, q, t, R7_INNER, &page);
	free(rows);
}

void
r7_answer_children(const struct r7_call *c)
{
	struct r7_query q;
	struct r7_data d;
	size_t row;

	if (r7_parse(c, R7_CHILDREN, &q)) {
		d = r7_data(c, c->children);
		if (r7_find_investigation(c, &q, &d, &row))
			answer_rows(c, &q, &d, row);
	}
	r7_query_fini(&q);
}

/* All of them at once, and no envelope. */
void
r7_answer_product_alerts(const struct r7_call *c)
{
	struct r7_query q;
	struct r7_data d;
	size_t row, n, *rows;

	if (r7_parse(c, R7_ONE, &q)) {
		d = r7_data(c, c->children);
		if (r7_find_investigation(c, &q, &d, &row)) {
			rows = children_of(c, d.tables[c->children],
			    mock_table_text(
				d.tables[R7_INVESTIGATIONS], R7_INV_RRN, row),
			    &n);
			mock_reply_part(c->reply, "[", 1);
			r7_put_rows(
			    c->reply, d.tables[c->children], R7_INNER, rows, n);
			mock_reply_part(c->reply, "]", 1);
			c->reply->type = JSON;
			free(rows);
		}
	}
	r7_query_fini(&q);
}
