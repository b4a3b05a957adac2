#include <string.h>

#include "mocksrv/darktrace/dt_appliance.h"
#include "mocksrv/darktrace/dt_refuse.h"
#include "mocksrv/darktrace/dt_sign.h"

#define BREACHES "/modelbreaches"

/* A request with a good signature. */
struct call {
	struct dt_appliance *appliance;
	const struct mock_http *http;
	int64_t now_ms;
	struct mock_reply *reply;
	const struct dt_stream *stream;
	struct mock_feed *feed;
	struct dt_query *query;
};

bool
dt_appliance_knows(void *appliance, const struct mock_http *h)
{
	const struct dt_appliance *a = appliance;

	return sc_slice_is(mock_http_header(h, "DTAPI-Token"), a->public_token);
}

/* Path and query of a target, also of one that names the host. */
static struct sc_slice
signed_target(struct sc_slice target)
{
	const char *host = memmem(target.p, target.n, "://", 3);
	size_t skip = 0;

	if (target.p[0] == '/' || host == NULL)
		return target;
	skip = (size_t)(host + 3 - target.p);
	host = memchr(target.p + skip, '/', target.n - skip);
	if (host == NULL)
		return sc_slice_of("/");
	return (struct sc_slice){ host, target.n - (size_t)(host - target.p) };
}

/* 400 with the reason, or what one would expect instead. */
static bool
refuse_auth(const struct call *c, const char *why)
{
	const struct dt_appliance *a = c->appliance;

	if (a->errors == DT_ERRORS_PLAIN)
		dt_refuse(c->reply, 401, "error", "Unauthorized");
	else
		dt_refuse(c->reply, 400,
		    a->error_key != NULL ? a->error_key : "error", why);
	return false;
}

static const char *const reading_notes[] = { "signed=none", "signed=raw",
	"signed=decoded", "signed=both" };

/* True when the request may go on; else the reply is complete. */
static bool
authorise(const struct call *c)
{
	const struct dt_appliance *a = c->appliance;
	const struct mock_http *h = c->http;
	const struct dt_signed s = { .target = signed_target(h->target),
		.body = { h->body.p, h->body.len },
		.token = mock_http_header(h, "DTAPI-Token"),
		.date = mock_http_header(h, "DTAPI-Date"),
		.signature = mock_http_header(h, "DTAPI-Signature") };
	enum dt_reading good = a->strictness == DT_SIGNED_RAW ? DT_RAW
	    : a->strictness == DT_SIGNED_DECODED              ? DT_DECODED
							      : DT_BOTH;
	enum dt_reading reading;
	int64_t date_ms, skew;

	if (s.date.p == NULL || dt_date_parse(s.date, &date_ms) == -1)
		return refuse_auth(c, "API DATE ERROR");
	skew = c->now_ms - date_ms;
	if (skew > a->skew_ms || skew < -a->skew_ms)
		return refuse_auth(c, "API DATE ERROR");
	if (s.signature.p == NULL || !sc_slice_is(s.token, a->public_token))
		return refuse_auth(c, "API SIGNATURE ERROR");
	reading = dt_sign_check(&s, a->private_token);
	c->reply->note = reading_notes[reading];
	return (reading & good) != 0 || refuse_auth(c, "API SIGNATURE ERROR");
}

static void
answer_missing(const struct call *c)
{
	static const char text[] = "Not Found";

	if (c->appliance->missing == DT_MISSING_JSON) {
		dt_refuse(c->reply, 404, "error", "Not found");
		return;
	}
	c->reply->status = 404;
	if (c->appliance->missing == DT_MISSING_EMPTY)
		return;
	mock_reply_part(c->reply, text, sizeof(text) - 1);
	c->reply->type = "text/plain; charset=utf-8";
}

static void
answer_invalid(const struct call *c)
{
	if (c->appliance->invalid == DT_INVALID_RESPONSE)
		dt_refuse(c->reply, 200, "response", "ERROR");
	else
		dt_refuse(c->reply, 400, "error", c->query->why);
}

/* A signed request for what is not there, or not for this token. */
static void
answer_away(const struct call *c, int status)
{
	if (c->appliance->errors == DT_ERRORS_PLAIN)
		dt_refuse(c->reply, status, "error", mock_reason(status));
	else
		dt_redirect(
		    c->reply, c->http, status == 403 ? "/403" : "/login");
}

/* True when the query asks for one thing by its number. */
static bool
is_single(const struct call *c)
{
	const struct dt_query *q = c->query;

	if (c->stream == &dt_streams[DT_DEVICES])
		return q->did.n > 0 && memchr(q->did.p, ',', q->did.n) == NULL;
	return q->pbid != MOCK_ABSENT;
}

static void
answer_records(const struct call *c)
{
	bool single = is_single(c);
	struct dt_filter f;

	dt_filter_init(&f, c->stream,
	    single ? mock_feed_current(c->feed, c->now_ms)
		   : mock_feed_ask(c->feed, c->now_ms),
	    c->query, &c->appliance->style);
	if (!single) {
		dt_filter_note(&f);
		dt_answer_list(&f, c->reply);
	} else if (!dt_answer_one(&f, c->reply)) {
		answer_missing(c);
	}
	dt_filter_fini(&f);
}

static void
answer_search(const struct call *c)
{
	struct mock_table *t = mock_feed_current(c->feed, c->now_ms);
	struct dt_filter f;

	c->query->extra = true;
	dt_filter_init(&f, c->stream, t, c->query, &c->appliance->style);
	if (dt_answer_search(&f, c->reply) == -1) {
		(void)strlcpy(c->query->why, "orderBy: not a known order",
		    sizeof(c->query->why));
		answer_invalid(c);
	}
	dt_filter_fini(&f);
}

static void
answer_status(const struct call *c)
{
	dt_answer_status(c->query, c->reply);
}

static void
answer_summary(const struct call *c)
{
	const struct mock_feed *devices = &c->appliance->feeds[DT_DEVICES];
	size_t n = 0;

	if (devices->n > 0)
		n = mock_feed_current(devices, c->now_ms)->data->nrecords;
	dt_answer_summary(c->query, n, c->reply);
}

static void
answer_time(const struct call *c)
{
	dt_answer_time(c->query, c->reply);
}

static void
answer_enums(const struct call *c)
{
	dt_answer_enums(c->query, c->reply);
}

static const struct route {
	const char *path;
	void (*answer)(const struct call *);
	int stream; /* that must be served; -1: none */
	const struct dt_param *params;
} routes[] = {
	{ BREACHES, answer_records, DT_BREACHES, dt_breach_params },
	{ "/aianalyst/incidentevents", answer_records, DT_EVENTS,
	    dt_event_params },
	{ "/aianalyst/groups", answer_records, DT_GROUPS, dt_group_params },
	{ "/devices", answer_records, DT_DEVICES, dt_device_params },
	{ "/devicesearch", answer_search, DT_DEVICES, dt_search_params },
	{ "/status", answer_status, -1, dt_status_params },
	{ "/summarystatistics", answer_summary, -1, dt_summary_params },
	{ "/time", answer_time, -1, dt_no_params },
	{ "/enums", answer_enums, -1, dt_no_params },
};

const char *const dt_appliance_routes[] = { BREACHES,
	"/aianalyst/incidentevents", "/aianalyst/groups", "/devices",
	"/devicesearch", "/status", "/summarystatistics", "/time", "/enums",
	"/login", "/403", NULL };

/* /modelbreaches/25808 is ?pbid=25808. */
static bool
is_breach_path(struct sc_slice path, int64_t *pbid)
{
	const size_t n = sizeof(BREACHES "/") - 1;

	return path.n > n && memcmp(path.p, BREACHES "/", n) == 0 &&
	    dt_parse_int((struct sc_slice){ path.p + n, path.n - n }, pbid) ==
	    0;
}

static const struct route *
find_route(struct sc_slice path, int64_t *pbid)
{
	*pbid = MOCK_ABSENT;
	if (is_breach_path(path, pbid))
		return &routes[0];
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (sc_slice_is(path, routes[i].path))
			return &routes[i];
	}
	return NULL;
}

static bool
is_page(struct sc_slice path)
{
	return sc_slice_is(path, "/login") || sc_slice_is(path, "/403");
}

bool
dt_appliance_owns(struct sc_slice path)
{
	int64_t pbid;

	return is_page(path) || find_route(path, &pbid) != NULL;
}

void
dt_appliance_error(struct mock_reply *r, int status)
{
	dt_refuse(r, status, "error",
	    status == 400 ? "API SIGNATURE ERROR" : mock_reason(status));
}

static bool
is_forbidden(const struct dt_appliance *a, struct sc_slice path)
{
	struct sc_slice list, prefix;

	if (a->forbid == NULL)
		return false;
	list = sc_slice_of(a->forbid);
	while (mock_next_value(&list, &prefix)) {
		if (path.n >= prefix.n &&
		    memcmp(path.p, prefix.p, prefix.n) == 0)
			return true;
	}
	return false;
}

static void
answer_route(struct call c, const struct route *r, int64_t pbid)
{
	struct dt_query q;

	c.query = &q;
	if (r->stream != -1) {
		c.stream = &dt_streams[r->stream];
		c.feed = &c.appliance->feeds[r->stream];
	}
	if (dt_query_parse(&q, r->params, c.http->query, c.now_ms) == -1) {
		answer_invalid(&c);
	} else {
		if (pbid != MOCK_ABSENT)
			q.pbid = pbid;
		r->answer(&c);
	}
	dt_query_fini(&q);
}

/* Has any of the headers by which API clients are told from browsers. */
static bool
is_api_client(const struct mock_http *h)
{
	return mock_http_header(h, "DTAPI-Token").p != NULL ||
	    mock_http_header(h, "DTAPI-Date").p != NULL ||
	    mock_http_header(h, "DTAPI-Signature").p != NULL;
}

bool
dt_appliance_answer(void *appliance, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *reply)
{
	struct dt_appliance *a = appliance;
	const struct call c = {
		.appliance = a, .http = h, .now_ms = now_ms, .reply = reply
	};
	int64_t pbid;
	const struct route *r = find_route(h->path, &pbid);

	if (is_page(h->path)) {
		dt_login_page(reply);
		return true;
	}
	if (!is_api_client(h)) {
		if (r == NULL)
			return false;
		/* A browser without a session. */
		dt_redirect(reply, h, "/login");
		return true;
	}
	if (!authorise(&c))
		return true;
	if (is_forbidden(a, h->path))
		answer_away(&c, 403);
	else if (r == NULL ||
	    (!sc_slice_is(h->method, "GET") &&
		!sc_slice_is(h->method, "HEAD")) ||
	    (r->stream != -1 && a->feeds[r->stream].n == 0))
		answer_away(&c, 404);
	else
		answer_route(c, r, pbid);
	return true;
}
