#include <inttypes.h>
#include <string.h>

#include "mocksrv/rapid7/r7_console.h"
#include "sc/json.h"
#include "sc/jsonw.h"

#define JSON "application/json"

/* What may hydrate at once. */
#define RRNS_MAX 100

static void
put_metadata(struct sc_jw *w, const struct r7_query *q, size_t n, int64_t total)
{
	sc_jw_key(w, "metadata");
	sc_jw_obj(w);
	sc_jw_kvi(w, "index", q->index);
	sc_jw_kvi(w, "size", q->size);
	sc_jw_kvi(w, "items_in_index", (int64_t)n);
	sc_jw_kvi(w, "total_items", total);
	sc_jw_key(w, "is_last_index");
	sc_jw_bool(w, (q->index + 1) * q->size >= total);
	sc_jw_end(w, '}');
}

/* The searches that a region fails in, until it has failed often enough. */
static const char *
failed_region(const struct r7_call *c)
{
	struct r7_console *s = c->console;

	if (s->failed_region == NULL ||
	    (s->failures > 0 && s->failed >= s->failures))
		return NULL;
	s->failed++;
	return s->failed_region;
}

static void
put_failures(struct sc_jw *w, const char *region)
{
	sc_jw_key(w, "region_failures");
	sc_jw_arr(w);
	if (region != NULL) {
		sc_jw_obj(w);
		sc_jw_kv(w, "region", region);
		sc_jw_kv(w, "message", "Failed to retrieve alerts");
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, ']');
}

/* What stands behind the alerts; goes into the text of the reply. */
static void
put_tail(struct mock_reply *r, const struct r7_query *q,
    const struct r7_page *page, const char *region)
{
	struct sc_buf *b = &r->text;
	struct sc_jw w;

	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	put_metadata(&w, q, page->n, page->seen);
	sc_jw_key(&w, "aggregates");
	sc_jw_arr(&w);
	sc_jw_end(&w, ']');
	put_failures(&w, region);
	sc_jw_end(&w, '}');
	b->p[0] = ','; /* members of the object that the alerts are in */
}

static void
put_alerts(struct mock_reply *r, const struct r7_query *q,
    const struct mock_table *t, const struct r7_page *page, const char *region)
{
	static const char head[] = "{\"rrns\":[],\"alerts\":[";

	put_tail(r, q, page, region);
	mock_reply_part(r, head, sizeof(head) - 1);
	r7_put_rows(r, t, R7_WHOLE, page->rows, page->n);
	mock_reply_part(r, "]", 1);
	mock_reply_text(r, 200, JSON);
}

static void
put_rrns(struct mock_reply *r, const struct r7_query *q,
    const struct mock_table *t, const struct r7_page *page, const char *region)
{
	static const char head[] = "{\"rrns\":[", mid[] = "],\"alerts\":[]";

	put_tail(r, q, page, region);
	mock_reply_part(r, head, sizeof(head) - 1);
	for (size_t i = 0; i < page->n; i++) {
		struct sc_slice rrn =
		    mock_table_text(t, R7_AT_RRN, page->rows[i]);

		/* With the quotes that are around it in the record. */
		mock_reply_part(r, ",", i > 0);
		mock_reply_part(r, rrn.p - 1, rrn.n + 2);
	}
	mock_reply_part(r, mid, sizeof(mid) - 1);
	mock_reply_text(r, 200, JSON);
}

/*
 * Some say that pages of whole alerts beyond the first are not to be trusted:
 * if asked for, each of these begins a record late.
 */
static void
offer(const struct r7_call *c, const struct r7_query *q, struct r7_page *page,
    size_t row)
{
	bool lose =
	    c->console->deep_pages_lose && !q->rrns_only && q->index > 0;

	if (!lose) {
		r7_page_add(page, q, row);
		return;
	}
	if (page->seen > q->index * q->size &&
	    page->seen <= (q->index + 1) * q->size)
		page->rows[page->n++] = row;
	page->seen++;
}

static void
search(const struct r7_call *c, const struct r7_query *q, struct r7_data *d)
{
	const struct mock_table *t = d->tables[R7_AT_ALERTS];
	const uint32_t *order =
	    r7_order_get(&c->console->at_order, t, q->sorts, q->nsorts);
	size_t time = c->console->at_time == R7_TIME_UPDATED ? R7_AT_UPDATED
							     : R7_AT_CREATED;
	int col =
	    r7_column_find(R7_AT_ALERTS, sc_slice_of("organization.region"));
	const char *region = failed_region(c);
	struct r7_page page;

	page.n = 0;
	page.seen = 0;
	for (size_t i = 0; i < t->data->nrecords; i++) {
		size_t row = order[i];
		int64_t at = t->numbers[time][row];

		if (at <= q->after_us || at >= q->before_us ||
		    (region != NULL &&
			sc_slice_is(
			    mock_table_text(t, (size_t)col, row), region)) ||
		    !r7_matches(q, d, R7_AT_ALERTS, row))
			continue;
		offer(c, q, &page, row);
	}
	if (q->rrns_only)
		put_rrns(c->reply, q, t, &page, region);
	else
		put_alerts(c->reply, q, t, &page, region);
}

void
r7_answer_at_search(const struct r7_call *c)
{
	const struct sc_slice body = { c->http->body.p, c->http->body.len };
	struct r7_query q;
	struct r7_data d;

	if (!r7_parse(c, R7_AT_SEARCH, &q))
		;
	else if (r7_at_search_parse(&q, body) == -1)
		r7_fail(c, 400, q.why);
	else {
		d = r7_data(c, R7_AT_ALERTS);
		search(c, &q, &d);
	}
	r7_query_fini(&q);
}

/* -1: not a list of at most so many strings. */
static int
read_rrns(const struct r7_call *c, struct mock_table *t, struct r7_page *page)
{
	static const char *const names[] = { "rrns" };
	struct sc_json_val list = { 0 }, elem;
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(names, 1, &e);
	struct sc_json_iter it;
	size_t n = 0;

	(void)sc_json_scan(
	    c->http->body.p, c->http->body.len, plan, 0, &list, &e);
	sc_json_plan_free(plan);
	if (list.type != SC_JSON_ARRAY)
		return -1;
	it = sc_json_iter(list);
	while (sc_json_next(&it, NULL, &elem)) {
		struct sc_slice rrn = elem.raw;
		struct r7_kin kin;
		size_t row;

		if (elem.type != SC_JSON_STRING || ++n > RRNS_MAX)
			return -1;
		rrn.p++;
		rrn.n -= 2;
		kin = r7_kin(t, R7_AT_RRN, rrn);
		if (r7_kin_next(&kin, &row))
			page->rows[page->n++] = row;
	}
	page->seen = (int64_t)page->n;
	return 0;
}

void
r7_answer_at_rrns(const struct r7_call *c)
{
	struct r7_data d = r7_data(c, R7_STREAMS);
	struct mock_table *t = d.tables[R7_AT_ALERTS];
	struct r7_page page;
	struct r7_query q;

	page.n = 0;
	if (!r7_parse(c, R7_AT_RRNS, &q))
		;
	else if (read_rrns(c, t, &page) == -1)
		r7_fail(c, 400, "rrns must be an array of at most 100 RRNs");
	else if (page.n == 0 && q.strict)
		r7_fail(c, 404, NULL);
	else {
		q.size = page.n > 0 ? (int64_t)page.n : 1;
		put_alerts(c->reply, &q, t, &page, NULL);
	}
	r7_query_fini(&q);
}

static bool
find_alert(const struct r7_call *c, const struct r7_data *d, size_t *row)
{
	struct r7_kin kin = r7_kin(d->tables[R7_AT_ALERTS], R7_AT_RRN, c->id);

	if (r7_kin_next(&kin, row))
		return true;
	r7_fail(c, 404, NULL);
	return false;
}

void
r7_answer_at_one(const struct r7_call *c)
{
	struct r7_data d = r7_data(c, R7_STREAMS);
	size_t row;

	if (!find_alert(c, &d, &row))
		return;
	r7_put_rows(c->reply, d.tables[R7_AT_ALERTS], R7_WHOLE, &row, 1);
	c->reply->type = JSON;
}

/* {"evidences":[...],"metadata":{...}} */
static void
answer_children(const struct r7_call *c, const struct r7_query *q)
{
	static const char evidences[] = "{\"evidences\":[";
	static const char actors[] = "{\"actors\":[";
	struct r7_data d = r7_data(c, c->children);
	struct mock_table *t = d.tables[c->children];
	struct r7_kin kin = r7_kin(t, R7_PARENT, c->id);
	struct mock_reply *r = c->reply;
	struct r7_page page;
	struct sc_jw w;
	size_t row;

	if (!find_alert(c, &d, &row))
		return;
	page.n = 0;
	page.seen = 0;
	while (r7_kin_next(&kin, &row))
		r7_page_add(&page, q, row);
	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	put_metadata(&w, q, page.n, page.seen);
	sc_jw_end(&w, '}');
	r->text.p[0] = ',';
	if (c->children == R7_EVIDENCES)
		mock_reply_part(r, evidences, sizeof(evidences) - 1);
	else
		mock_reply_part(r, actors, sizeof(actors) - 1);
	r7_put_rows(r, t, R7_INNER, page.rows, page.n);
	mock_reply_part(r, "]", 1);
	mock_reply_text(r, 200, JSON);
}

void
r7_answer_at_children(const struct r7_call *c)
{
	struct r7_query q;

	if (r7_parse(c, R7_AT_CHILDREN, &q))
		answer_children(c, &q);
	r7_query_fini(&q);
}
