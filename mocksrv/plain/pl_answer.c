#include <stdio.h>
#include <string.h>

#include "mocksrv/plain/pl_api.h"
#include "mocksrv/query.h"
#include "sc/jsonw.h"
#include "sc/timefmt.h"

/* The records that a request asks for: from .. to, without to itself. */
struct window {
	int64_t from_us, to_us;
};

static void
refuse(struct mock_reply *r, int status, const char *text)
{
	struct sc_jw w;

	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "error", text);
	sc_jw_end(&w, '}');
	mock_reply_text(r, status, "application/json");
}

void
pl_error(struct mock_reply *r, int status)
{
	refuse(r, status, mock_reason(status));
}

static int
refuse_parameter(
    struct mock_reply *r, const struct mock_param *p, const char *what)
{
	char text[96];

	/* The name comes from the request: only what JSON can carry. */
	(void)snprintf(text, sizeof(text), "%.*s: %s",
	    (int)(p->name.n < 40 ? sc_utf8_valid(p->name.p, p->name.n) : 0),
	    p->name.p, what);
	refuse(r, 400, text);
	return -1;
}

static int
parse_time(const struct pl_api *a, struct sc_slice text, int64_t *us)
{
	if (a->times == PL_ISO)
		return sc_time_parse_us(text.p, text.n, us);
	if (mock_parse_digits(text, MOCK_MS_MAX, us) == -1)
		return -1;
	*us *= 1000;
	return 0;
}

int64_t
pl_time(const struct pl_api *a, struct sc_slice record)
{
	struct sc_json_val v = { 0 };
	struct sc_err ignored = { 0 };
	int64_t us = MOCK_ABSENT;

	if (sc_json_scan(record.p, record.n, a->plan, 0, &v, &ignored) == -1)
		return MOCK_ABSENT;
	if (v.type == SC_JSON_STRING) {
		v.raw.p++;
		v.raw.n -= 2;
	} else if (v.type != SC_JSON_NUMBER || a->times != PL_MS) {
		return MOCK_ABSENT;
	}
	return parse_time(a, v.raw, &us) == 0 ? us : MOCK_ABSENT;
}

static bool
is_word(struct sc_slice name, const char *word)
{
	return word != NULL && sc_slice_is(name, word);
}

static int
read_window(const struct pl_api *a, const struct mock_query *q,
    struct window *w, struct mock_reply *r)
{
	unsigned seen = 0;

	for (size_t i = 0; i < q->nparams; i++) {
		const struct mock_param *p = &q->params[i];
		bool after = is_word(p->name, a->after);
		unsigned bit = after ? 1 : 2;

		if (!after && !is_word(p->name, a->before))
			return refuse_parameter(r, p, "unknown parameter");
		if ((seen & bit) != 0)
			return refuse_parameter(r, p, "given more than once");
		seen |= bit;
		if (parse_time(a, p->value, after ? &w->from_us : &w->to_us) ==
		    -1)
			return refuse_parameter(r, p, "not a time");
	}
	return 0;
}

static bool
is_inside(
    const struct pl_api *a, const struct window *w, struct sc_slice record)
{
	int64_t us;

	if (w->from_us == INT64_MIN && w->to_us == INT64_MAX)
		return true;
	us = pl_time(a, record);
	return us != MOCK_ABSENT && us >= w->from_us && us < w->to_us;
}

static void
put_records(const struct pl_api *a, const struct mock_table *t,
    const struct window *w, struct mock_reply *r)
{
	bool first = true;

	if (a->items != NULL) {
		(void)sc_buf_addc(&r->text, '{');
		sc_jsonw_escape(&r->text, a->items, strlen(a->items));
		(void)sc_buf_addc(&r->text, ':');
	}
	(void)sc_buf_addc(&r->text, '[');
	mock_reply_text(r, 200, "application/json");
	for (size_t i = 0; i < t->data->nrecords; i++) {
		struct sc_slice record = t->data->records[i];

		if (!is_inside(a, w, record))
			continue;
		if (!first)
			mock_reply_part(r, ",", 1);
		first = false;
		mock_reply_part(r, record.p, record.n);
	}
	mock_reply_part(r, "]}", a->items != NULL ? 2 : 1);
}

static void
answer_list(struct pl_api *a, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *r)
{
	const struct mock_table *t = mock_feed_ask(&a->records, now_ms);
	struct window w = { INT64_MIN, INT64_MAX };
	struct mock_query q;

	if (mock_query_parse(&q, h->query) == -1)
		refuse(r, 400, "malformed query");
	else if (read_window(a, &q, &w, r) == 0)
		put_records(a, t, &w, r);
	mock_query_fini(&q);
}

/* Several APIs are told apart by their paths. */
bool
pl_knows(void *api, const struct mock_http *h)
{
	const struct pl_api *a = api;

	return sc_slice_is(h->path, a->path);
}

bool
pl_answer(
    void *api, const struct mock_http *h, int64_t now_ms, struct mock_reply *r)
{
	struct pl_api *a = api;

	if (!pl_knows(a, h))
		return false;
	if (!sc_slice_is(mock_http_header(h, a->key_header), a->key))
		refuse(r, 401, "invalid key");
	else if (!sc_slice_is(h->method, "GET"))
		pl_error(r, 405);
	else
		answer_list(a, h, now_ms, r);
	return true;
}
