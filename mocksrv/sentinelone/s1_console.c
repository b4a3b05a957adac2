#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/sentinelone/s1_activity.h"
#include "mocksrv/sentinelone/s1_console.h"
#include "sc/json.h"
#include "sc/jsonw.h"
#include "sc/timefmt.h"

#define BASE     "/web/api/v2.1"
#define OLD_BASE "/web/api/v2.0"

/* A request that found its route. */
struct call {
	struct s1_console *console;
	const struct mock_http *http;
	int64_t now_ms;
	struct mock_reply *reply;
	const struct s1_stream *stream; /* of a list */
	struct mock_feed *feed;
	const char *body; /* of an answer that never changes */
};

/* What the console says for a status; others get their usual reason. */
static const struct {
	int status;
	const char *title;
	const char *detail;
} errors[] = {
	{ 400, "Validation Error", NULL },
	{ 401, "Authentication Failed", NULL },
	{ 403, "Insufficient permissions", NULL },
	{ 404, "Requested resource was not found", NULL },
	{ 429, "Too Many Requests", "Rate limit exceeded" },
	{ 500, "Internal Server Error",
	    "Server could not process the request." },
	{ 503, "Service Unavailable", "Service is temporarily unavailable." },
};

static void
put_error(struct mock_reply *r, int status, int code, const char *detail,
    const char *title)
{
	struct sc_jw w;

	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	sc_jw_key(&w, "errors");
	sc_jw_arr(&w);
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "code", code);
	sc_jw_key(&w, "detail");
	sc_jw_str(&w, detail);
	sc_jw_kv(&w, "title", title);
	sc_jw_end(&w, '}');
	sc_jw_end(&w, ']');
	sc_jw_end(&w, '}');
	mock_reply_text(r, status, "application/json");
}

static void
invalid(struct mock_reply *r, const char *why)
{
	put_error(r, 400, 4000010, why, "Validation Error");
}

void
s1_console_error(struct mock_reply *r, int status)
{
	int code = status * 10000 + 10;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].status == status) {
			put_error(
			    r, status, code, errors[i].detail, errors[i].title);
			return;
		}
	}
	put_error(r, status, code, NULL, mock_reason(status));
}

bool
s1_console_knows(void *console, const struct mock_http *h)
{
	static const char *const schemes[] = { "ApiToken ", "Token " };
	const struct s1_console *s = console;
	struct sc_slice v = mock_http_header(h, "Authorization");

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(schemes[i]);

		if (v.n > n && strncasecmp(v.p, schemes[i], n) == 0 &&
		    sc_slice_is(
			(struct sc_slice){ v.p + n, v.n - n }, s->token))
			return true;
	}
	return false;
}

/* True when the request may go on; else the reply is complete. */
static bool
authorise(const struct call *c)
{
	if (!s1_console_knows(c->console, c->http))
		s1_console_error(c->reply, 401);
	else if (c->now_ms < c->console->expires_ms)
		return true;
	else
		put_error(c->reply, 401, 4010011, "Token has expired",
		    "Authentication Failed");
	return false;
}

static void
answer_list(const struct call *c)
{
	struct mock_table *t = mock_feed_ask(c->feed, c->now_ms);
	struct s1_query q;

	if (s1_query_parse(&q, c->stream, c->http->query) == 0)
		s1_page(c->stream, t, &q, &c->console->style, c->reply);
	else
		invalid(c->reply, q.why);
	s1_query_fini(&q);
}

static void
answer_count(const struct call *c)
{
	struct mock_table *t = mock_feed_current(c->feed, c->now_ms);
	struct s1_query q;

	if (s1_query_parse(&q, c->stream, c->http->query) == 0) {
		(void)sc_buf_addf(&c->reply->text,
		    "{\"data\":{\"total\":%" PRId64 "}}", s1_count(t, &q));
		mock_reply_text(c->reply, 200, "application/json");
	} else {
		invalid(c->reply, q.why);
	}
	s1_query_fini(&q);
}

static void
answer_types(const struct call *c)
{
	s1_put_activity_types(&c->reply->text);
	mock_reply_text(c->reply, 200, "application/json");
}

static void
answer_constant(const struct call *c)
{
	mock_reply_part(c->reply, c->body, strlen(c->body));
	c->reply->type = "application/json";
}

static void
answer_token_details(const struct call *c)
{
	static const char *const paths[] = { "data.apiToken" };
	const struct s1_console *s = c->console;
	struct sc_json_val token = { 0 };
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 1, &e);
	char time[SC_TIME_BUF];
	struct sc_jw w;

	(void)sc_json_scan(
	    c->http->body.p, c->http->body.len, plan, 0, &token, &e);
	sc_json_plan_free(plan);
	if (token.type != SC_JSON_STRING) {
		invalid(c->reply, "data.apiToken: Missing data.");
		return;
	}
	if (!sc_json_is(token, s->token)) {
		s1_console_error(c->reply, 401);
		return;
	}
	sc_jw_init(&w, &c->reply->text);
	sc_jw_obj(&w);
	sc_jw_key(&w, "data");
	sc_jw_obj(&w);
	sc_jw_kv(
	    &w, "createdAt", sc_time_format(s->created_ms * 1000, 6, time));
	sc_jw_kv(
	    &w, "expiresAt", sc_time_format(s->expires_ms * 1000, 6, time));
	sc_jw_end(&w, '}');
	sc_jw_end(&w, '}');
	mock_reply_text(c->reply, 200, "application/json");
}

static const struct route {
	const char *path;
	const char *method;
	void (*answer)(const struct call *);
	const char *stream; /* that must be served */
	const char *body;
	bool open; /* no token needed */
} routes[] = {
	{ BASE "/threats", "GET", answer_list, "threats", NULL, false },
	{ BASE "/activities", "GET", answer_list, "activities", NULL, false },
	{ BASE "/activities/types", "GET", answer_types, NULL, NULL, false },
	{ BASE "/agents", "GET", answer_list, "agents", NULL, false },
	{ BASE "/agents/count", "GET", answer_count, "agents", NULL, false },
	{ BASE "/system/status", "GET", answer_constant, NULL,
	    "{\"data\":{\"health\":\"ok\"}}", true },
	{ BASE "/system/info", "GET", answer_constant, NULL,
	    "{\"data\":{\"build\":\"1\",\"latestAgentVersion\":\"24.1.2.6\","
	    "\"patch\":\"0\",\"release\":\"Z\",\"version\":\"Z-24.1.0#1\"}}",
	    false },
	{ BASE "/users/viewer-auth-check", "GET", answer_constant, NULL,
	    "{\"data\":{\"success\":true}}", false },
	{ BASE "/users/api-token-details", "POST", answer_token_details, NULL,
	    NULL, false },
};

const char *const s1_console_routes[] = { BASE "/threats", BASE "/activities",
	BASE "/activities/types", BASE "/agents", BASE "/agents/count",
	BASE "/system/status", BASE "/system/info",
	BASE "/users/viewer-auth-check", NULL };

/* False: the stream is not served. */
static bool
find_feed(struct call *c, const char *name)
{
	size_t i = 0;

	while (strcmp(s1_streams[i].name, name) != 0)
		i++;
	c->stream = &s1_streams[i];
	c->feed = &c->console->feeds[i];
	return c->feed->n > 0;
}

static const struct route *
find_route(struct sc_slice path)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (sc_slice_is(path, routes[i].path))
			return &routes[i];
	}
	return NULL;
}

bool
s1_console_answer(void *console, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *reply)
{
	const struct route *r = find_route(h->path);
	struct call c = {
		.console = console, .http = h, .now_ms = now_ms, .reply = reply
	};

	if (h->path.n >= sizeof(OLD_BASE) &&
	    memcmp(h->path.p, OLD_BASE "/", sizeof(OLD_BASE)) == 0) {
		s1_console_error(reply, 404);
		return true;
	}
	if (r == NULL)
		return false;
	if (r->stream != NULL && !find_feed(&c, r->stream))
		return false;
	c.body = r->body;
	if (!r->open && !authorise(&c))
		return true;
	if (sc_slice_is(h->method, r->method))
		r->answer(&c);
	else
		s1_console_error(reply, 405);
	return true;
}
