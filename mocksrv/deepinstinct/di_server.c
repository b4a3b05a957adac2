#include <string.h>
#include <strings.h>

#include "mocksrv/deepinstinct/di_server.h"
#include "sc/jsonw.h"

#define BASE "/api/v1"

#define V3   (1u << DI_V3)
#define V25  (1u << DI_V25)
#define V23  (1u << DI_V23)
#define SOME (V3 | V25)
#define EACH (V3 | V25 | V23)

/* There only when the server has several tenants. */
#define TENANTS (1u << 8)

#define AUDIT_SIZE 100

void
di_refuse(struct mock_reply *r, int status, const char *text)
{
	struct sc_jw w;

	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "statusText", text);
	sc_jw_end(&w, '}');
	mock_reply_text(r, status, "application/json");
}

void
di_server_error(struct mock_reply *r, int status)
{
	di_refuse(r, status, mock_reason(status));
}

bool
di_server_knows(void *server, const struct mock_http *h)
{
	const struct di_server *s = server;
	struct sc_slice v = mock_http_header(h, "Authorization");
	bool bearer = v.n > 7 && strncasecmp(v.p, "Bearer ", 7) == 0;

	if (bearer && s->auth != DI_AUTH_RAW)
		v = (struct sc_slice){ v.p + 7, v.n - 7 };
	else if (s->auth == DI_AUTH_BEARER)
		return false;
	return sc_slice_is(v, s->key);
}

/* The first versions take a wrong key for a wrong parameter. */
static void
deny(const struct di_call *c)
{
	if (c->server->version == DI_V23)
		di_refuse(
		    c->reply, 422, "Authentication parameters are invalid");
	else
		di_server_error(c->reply, 401);
}

static void
answer_list(const struct di_call *c)
{
	const struct di_stream *s = &di_streams[c->stream];
	struct mock_table *t =
	    mock_feed_ask(&c->server->feeds[c->stream], c->now_ms);
	struct di_view v = { .msp = c->server->msp };
	bool old = c->server->version != DI_V3 && c->stream == DI_EVENTS;
	const struct di_number numbers[] = {
		{ old ? "after_id" : s->cursor, INT64_MAX, &v.after },
		{ 0 },
	};

	if (di_read_numbers(c, numbers) == 0)
		di_page(s, t, &v, &c->server->style, c->reply);
}

static bool
is_json(const struct mock_http *h)
{
	static const char json[] = "application/json";
	struct sc_slice v = mock_http_header(h, "Content-Type");
	size_t n = sizeof(json) - 1;

	return v.n >= n && strncasecmp(v.p, json, n) == 0 &&
	    (v.n == n || v.p[n] == ';' || v.p[n] == ' ');
}

/* The cursor is a parameter, or the end of the path in old versions. */
static void
answer_search(const struct di_call *c)
{
	const struct di_stream *s = &di_streams[c->stream];
	struct mock_table *t =
	    mock_feed_ask(&c->server->feeds[c->stream], c->now_ms);
	struct di_filter f;
	struct di_view v = { .msp = c->server->msp, .filter = &f };
	const struct di_number numbers[] = {
		{ c->server->version == DI_V3 ? s->cursor : NULL, INT64_MAX,
		    &v.after },
		{ 0 },
	};
	int status;

	v.after = c->id;
	if (di_read_numbers(c, numbers) == -1)
		return;
	if (!is_json(c->http)) {
		di_refuse(c->reply, 400, "Content-Type is not JSON.");
		return;
	}
	status = di_filter_parse(
	    &f, (struct sc_slice){ c->http->body.p, c->http->body.len });
	if (status != 0)
		di_refuse(c->reply, status, f.why);
	else
		di_page(s, t, &v, &c->server->style, c->reply);
}

/* The row of the record with the call's id; false: there is none. */
static bool
find_row(
    const struct di_call *c, size_t stream, struct mock_table **t, size_t *row)
{
	const struct mock_key before = { .number = c->id - 1, .id = c->id - 1 };
	size_t i;

	if (c->server->feeds[stream].n == 0)
		return false;
	*t = mock_feed_current(&c->server->feeds[stream], c->now_ms);
	i = mock_table_seek(*t, DI_COLUMN_ID, false, &before);
	if (i == (*t)->data->nrecords)
		return false;
	*row = mock_table_row(*t, DI_COLUMN_ID, false, i);
	return (*t)->numbers[DI_COLUMN_ID][*row] == c->id;
}

static void
put_one(const struct di_call *c, const struct mock_table *t, size_t row)
{
	const struct di_stream *s = &di_streams[c->stream];
	struct sc_slice record = t->data->records[row];

	if (s->one != NULL)
		(void)sc_buf_addf(&c->reply->text, "{\"%s\":", s->one);
	mock_reply_text(c->reply, 200, "application/json");
	mock_reply_part(c->reply, record.p, record.n);
	if (s->one != NULL)
		mock_reply_part(c->reply, "}", 1);
}

/*
 * Before suspicious events had a path of their own they were found among the
 * others, by their id.
 */
static void
answer_one(const struct di_call *c)
{
	bool both = c->server->version != DI_V3 && c->stream == DI_EVENTS;
	struct mock_table *t;
	size_t row;

	if (!find_row(c, c->stream, &t, &row) &&
	    !(both && find_row(c, DI_SUSPICIOUS, &t, &row)))
		di_server_error(c->reply, 404);
	else if (!di_is_visible(t, row, c->server->msp))
		di_server_error(c->reply, 403);
	else
		put_one(c, t, row);
}

static void
answer_audit(const struct di_call *c)
{
	struct mock_table *t =
	    mock_feed_ask(&c->server->feeds[DI_AUDIT], c->now_ms);
	int64_t size = AUDIT_SIZE, offset = 0;
	const struct di_number numbers[] = { { "size", AUDIT_SIZE, &size },
		{ "offset", INT32_MAX, &offset }, { 0 } };
	size_t i, end;

	if (di_read_numbers(c, numbers) == -1)
		return;
	i = (size_t)offset;
	end = i + (size_t)size;
	mock_reply_part(c->reply, "[", 1);
	for (; i < end && i < t->data->nrecords; i++) {
		struct sc_slice record = t->data->records[i];

		if (i > (size_t)offset)
			mock_reply_part(c->reply, ",", 1);
		mock_reply_part(c->reply, record.p, record.n);
	}
	mock_reply_part(c->reply, "]", 1);
	c->reply->type = "application/json";
}

static void
answer_health(const struct di_call *c)
{
	(void)sc_buf_adds(&c->reply->text, "{\"status\":\"OK\"}");
	mock_reply_text(c->reply, 200, "application/json");
}

/* What a key that may only read is told. */
static void
answer_forbidden(const struct di_call *c)
{
	di_server_error(c->reply, 403);
}

#define NO_STREAM DI_STREAMS

/*
 * In a path '#' is a number and '@' a word; a slash at the end makes no
 * difference.
 */
static const struct route {
	const char *path;
	const char *method;
	void (*answer)(const struct di_call *);
	size_t stream;  /* that must be served */
	unsigned where; /* in these versions, perhaps only with tenants */
} routes[] = {
	{ "/events", "GET", answer_list, DI_EVENTS, EACH },
	{ "/events/#", "GET", answer_one, DI_EVENTS, EACH },
	{ "/events/search", "POST", answer_search, DI_EVENTS, V3 },
	{ "/events/search/#", "POST", answer_search, DI_EVENTS, V25 },
	{ "/events/actions/@", "POST", answer_forbidden, NO_STREAM, V3 },
	{ "/suspicious-events", "GET", answer_list, DI_SUSPICIOUS, V3 },
	{ "/suspicious-events/#", "GET", answer_one, DI_SUSPICIOUS, V3 },
	{ "/suspicious-events/search", "POST", answer_search, DI_SUSPICIOUS,
	    V3 },
	{ "/suspicious-events/actions/@", "POST", answer_forbidden, NO_STREAM,
	    V3 },
	{ "/devices", "GET", answer_list, DI_DEVICES, SOME },
	{ "/devices/#", "GET", answer_one, DI_DEVICES, EACH },
	{ "/audit_logs", "GET", answer_audit, DI_AUDIT, V3 },
	{ "/groups", "GET", di_answer_groups, NO_STREAM, EACH },
	{ "/policies", "GET", di_answer_policies, NO_STREAM, EACH },
	{ "/policies/#/data", "GET", di_answer_policy_data, NO_STREAM, EACH },
	{ "/health_check", "GET", answer_health, NO_STREAM, EACH },
	{ "/multitenancy/msp", "GET", di_answer_msps, NO_STREAM, V3 | TENANTS },
	{ "/multitenancy/tenant", "GET", di_answer_tenants, NO_STREAM,
	    V3 | TENANTS },
	{ "/api-connectors/msp-connector", "POST", answer_forbidden, NO_STREAM,
	    V3 | TENANTS },
};

const char *const di_server_routes[] = { BASE "/events/", BASE "/events/search",
	BASE "/suspicious-events/", BASE "/suspicious-events/search",
	BASE "/devices/", BASE "/audit_logs/", BASE "/groups/",
	BASE "/policies/", BASE "/health_check", BASE "/multitenancy/msp/",
	BASE "/multitenancy/tenant/", NULL };

/* Digits at p; how many, 0 when there is no such number. */
static size_t
read_id(const char *p, const char *end, int64_t *out)
{
	int64_t v = 0;
	size_t n = 0;

	for (; p + n < end && p[n] >= '0' && p[n] <= '9'; n++) {
		if (n == 18)
			return 0;
		v = v * 10 + (p[n] - '0');
	}
	*out = v;
	return n;
}

static size_t
read_word(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && p[n] >= 'a' && p[n] <= 'z')
		n++;
	return n;
}

static bool
is_path(struct sc_slice path, const char *pattern, int64_t *id)
{
	const char *p = path.p, *end = path.p + path.n;

	if (path.n > 1 && end[-1] == '/')
		end--;
	for (; *pattern != '\0' && p < end; pattern++) {
		size_t n = *pattern == '#' ? read_id(p, end, id)
		    : *pattern == '@'      ? read_word(p, end)
					   : *p == *pattern;

		if (n == 0)
			return false;
		p += n;
	}
	return *pattern == '\0' && p == end;
}

static const struct route *
find_route(struct sc_slice path, int64_t *id)
{
	size_t base = sizeof(BASE) - 1;

	if (path.n < base || memcmp(path.p, BASE, base) != 0)
		return NULL;
	path = (struct sc_slice){ path.p + base, path.n - base };
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (is_path(path, routes[i].path, id))
			return &routes[i];
	}
	return NULL;
}

static bool
is_there(const struct di_server *s, const struct route *r)
{
	return (r->where & 1u << s->version) != 0 &&
	    ((r->where & TENANTS) == 0 || s->tenancy == DI_TENANCY_MULTI);
}

bool
di_server_answer(void *server, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *reply)
{
	struct di_call c = {
		.server = server, .http = h, .now_ms = now_ms, .reply = reply
	};
	const struct route *r = find_route(h->path, &c.id);

	if (r == NULL ||
	    (r->stream != NO_STREAM && c.server->feeds[r->stream].n == 0))
		return false;
	c.stream = r->stream;
	/* Without a key, too: this is how clients find out what is there. */
	if (!is_there(c.server, r))
		di_server_error(reply, 404);
	else if (!di_server_knows(server, h))
		deny(&c);
	else if (!sc_slice_is(h->method, r->method))
		di_server_error(reply, 405);
	else
		r->answer(&c);
	return true;
}
