#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/gzip.h"
#include "mocksrv/rapid7/r7_console.h"
#include "sc/jsonw.h"

#define REQUEST_PURPOSE 0x72657175657374 /* "request" */
#define JSON            "application/json"

/* What the vendor says for a status; others get their usual reason. */
static const struct {
	const char *message;
	int status;
	bool gateway; /* which knows no correlation id */
} errors[] = {
	{ "Unauthorized", 401, true },
	{ "Insufficient Permissions", 403, false },
	{ "The requested resource does not exist.", 404, false },
	{ "Too Many Requests", 429, true },
	{ "An unexpected error occurred. Please contact Rapid7 support.", 500,
	    false },
};

static void
put_error(struct mock_reply *r, int status, const char *message,
    const char *correlation)
{
	struct sc_jw w;

	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].status != status)
			continue;
		if (message == NULL)
			message = errors[i].message;
		if (errors[i].gateway)
			correlation = NULL;
	}
	sc_jw_kv(
	    &w, "message", message != NULL ? message : mock_reason(status));
	sc_jw_kv(&w, "correlation_id", correlation);
	sc_jw_end(&w, '}');
	mock_reply_text(r, status, JSON);
}

void
r7_console_error(struct mock_reply *r, int status)
{
	put_error(r, status, NULL, "5c0ffee0-0000-4000-8000-000000000000");
}

void
r7_fail(const struct r7_call *c, int status, const char *message)
{
	put_error(c->reply, status, message, c->correlation);
}

bool
r7_console_knows(void *console, const struct mock_http *h)
{
	const struct r7_console *s = console;

	return sc_slice_is(mock_http_header(h, "X-Api-Key"), s->api_key);
}

/*
 * True when the request is for another region.  A Host of the vendor tells;
 * under any other one the scenario does.
 */
static bool
is_elsewhere(const struct r7_call *c)
{
	static const char suffix[] = ".api.insight.rapid7.com";
	struct sc_slice host = mock_http_header(c->http, "Host");
	const char *dot = host.n > 0 ? memchr(host.p, '.', host.n) : NULL;
	struct sc_slice region = host, rest = { 0 };

	if (dot != NULL) {
		region.n = (size_t)(dot - host.p);
		rest = (struct sc_slice){ dot, host.n - region.n };
	}
	if (rest.n >= sizeof(suffix) - 1 &&
	    strncasecmp(rest.p, suffix, sizeof(suffix) - 1) == 0 &&
	    (rest.n == sizeof(suffix) - 1 || rest.p[sizeof(suffix) - 1] == ':'))
		return !sc_slice_is(region, c->console->region);
	return c->console->wrong_region != R7_REGION_BY_HOST;
}

static void
refuse_region(const struct r7_call *c)
{
	static const int statuses[] = { [R7_REGION_BY_HOST] = 500,
		[R7_REGION_401] = 401,
		[R7_REGION_404] = 404,
		[R7_REGION_500] = 500 };

	r7_fail(c, statuses[c->console->wrong_region], NULL);
}

/* Which preview does not matter: clients mix them up, and it works. */
static bool
has_version(const struct r7_call *c)
{
	static const char suffix[] = "-preview";
	struct sc_slice v = mock_http_header(c->http, "Accept-version");
	size_t n = sizeof(suffix) - 1;

	return !c->console->needs_version ||
	    (v.n > n && memcmp(v.p + v.n - n, suffix, n) == 0);
}

static void
put_number(struct mock_reply *r, const char *name, int64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, n);
	mock_reply_header(r, name, text);
}

static void
put_rate(const struct r7_call *c)
{
	const struct r7_window *w = &c->console->window;

	if (w->rate.n == 0 || c->console->rate_headers == R7_RATE_NONE ||
	    (c->console->rate_headers == R7_RATE_AT && !c->at))
		return;
	put_number(c->reply, "RateLimit-Limit", w->rate.n);
	put_number(c->reply, "RateLimit-Remaining", r7_window_left(w));
	put_number(c->reply, "RateLimit-Reset", r7_window_reset(w, c->now_ms));
}

static void
put_headers(const struct r7_call *c)
{
	struct mock_reply *r = c->reply;

	mock_reply_header(r, "Cache-Control",
	    "no-cache, no-store, max-age=0, must-revalidate");
	mock_reply_header(r, "Expires", "0");
	mock_reply_header(r, "Pragma", "no-cache");
	mock_reply_header(r, "X-Content-Type-Options", "nosniff");
	mock_reply_header(r, "X-Frame-Options", "DENY");
	mock_reply_header(r, "X-XSS-Protection", "1; mode=block");
	mock_reply_header(r, "vary",
	    c->at || c->console->gzip ? "accept-encoding, Origin" : "Origin");
	mock_reply_header(r, "Access-Control-Allow-Credentials", "true");
	if (c->at) {
		mock_reply_header(r, "r7-correlation-id", c->correlation);
		mock_reply_header(
		    r, "Access-Control-Expose-Headers", "R7-Correlation-Id");
		mock_reply_header(r, "x-envoy-upstream-service-time", "61");
		mock_reply_header(r, "server", "istio-envoy");
	}
	put_rate(c);
}

/* The client's own id if it sent one, else one for this request. */
static void
make_correlation(struct r7_call *c)
{
	struct sc_slice sent = mock_http_header(c->http, "R7-Correlation-Id");
	struct r7_console *s = c->console;
	struct mock_rng r = mock_rng_key(s->seed, REQUEST_PURPOSE, s->requests);
	bool good = sent.n == MOCK_UUID_BUF - 1;

	s->requests++;
	for (size_t i = 0; i < sent.n && good; i++)
		good = isxdigit((unsigned char)sent.p[i]) || sent.p[i] == '-';
	mock_random_uuid(&r, c->correlation);
	if (good)
		memcpy(c->correlation, sent.p, sent.n);
}

static void
answer_validate(const struct r7_call *c)
{
	static const char text[] = "{\"message\":\"Authorized\"}";

	mock_reply_part(c->reply, text, sizeof(text) - 1);
	c->reply->type = JSON;
}

#define V1            "/idr/v1/investigations"
#define V2            "/idr/v2/investigations"
#define AT            "/idr/at/alerts"
#define NEEDS(stream) (1U << (stream))

/* A '*' stands for one step of a path.  The first that fits counts. */
static const struct route {
	const char *path;
	const char *method;
	void (*answer)(const struct r7_call *);
	unsigned needs; /* streams that must be served */
	enum r7_stream children;
} routes[] = {
	{ "/validate", "GET", answer_validate, 0, 0 },
	{ V1, "GET", r7_answer_list_v1, NEEDS(R7_INVESTIGATIONS), 0 },
	{ V2, "GET", r7_answer_list, NEEDS(R7_INVESTIGATIONS), 0 },
	{ V2 "/_search", "POST", r7_answer_search, NEEDS(R7_INVESTIGATIONS),
	    0 },
	{ V2 "/*", "GET", r7_answer_one, NEEDS(R7_INVESTIGATIONS), 0 },
	{ V2 "/*/alerts", "GET", r7_answer_children,
	    NEEDS(R7_INVESTIGATIONS) | NEEDS(R7_ALERTS), R7_ALERTS },
	{ V2 "/*/rapid7-product-alerts", "GET", r7_answer_product_alerts,
	    NEEDS(R7_INVESTIGATIONS) | NEEDS(R7_PRODUCT_ALERTS),
	    R7_PRODUCT_ALERTS },
	{ V2 "/*/actors", "GET", r7_answer_children,
	    NEEDS(R7_INVESTIGATIONS) | NEEDS(R7_ACTORS), R7_ACTORS },
	{ AT "/ops/search", "POST", r7_answer_at_search, NEEDS(R7_AT_ALERTS),
	    0 },
	{ AT "/ops/rrns", "POST", r7_answer_at_rrns, NEEDS(R7_AT_ALERTS), 0 },
	{ AT "/*", "GET", r7_answer_at_one, NEEDS(R7_AT_ALERTS), 0 },
	{ AT "/*/evidences", "GET", r7_answer_at_children,
	    NEEDS(R7_AT_ALERTS) | NEEDS(R7_EVIDENCES), R7_EVIDENCES },
	{ AT "/*/actors", "GET", r7_answer_at_children,
	    NEEDS(R7_AT_ALERTS) | NEEDS(R7_ACTORS), R7_ACTORS },
};

const char *const r7_console_routes[] = { "/validate", V1, V2, V2 "/_search",
	V2 "/*", V2 "/*/alerts", V2 "/*/rapid7-product-alerts", V2 "/*/actors",
	AT "/ops/search", AT "/ops/rrns", AT "/*", AT "/*/evidences",
	AT "/*/actors", NULL };

static bool
fits(const char *pattern, struct sc_slice path, struct sc_slice *id)
{
	const char *star = strchr(pattern, '*');
	const char *stop;
	size_t n;

	if (star == NULL)
		return sc_slice_is(path, pattern);
	n = (size_t)(star - pattern);
	if (path.n <= n || memcmp(path.p, pattern, n) != 0)
		return false;
	stop = memchr(path.p + n, '/', path.n - n);
	*id = (struct sc_slice){ path.p + n,
		stop != NULL ? (size_t)(stop - path.p) - n : path.n - n };
	n += id->n;
	return id->n > 0 &&
	    sc_slice_is((struct sc_slice){ path.p + n, path.n - n }, star + 1);
}

static const struct route *
find_route(
    const struct r7_console *s, struct sc_slice path, struct sc_slice *id)
{
	size_t i = 0, n = sizeof(routes) / sizeof(routes[0]);

	while (i < n && !fits(routes[i].path, path, id))
		i++;
	if (i == n)
		return NULL;
	for (unsigned k = 0; k < R7_STREAMS; k++) {
		if ((routes[i].needs & NEEDS(k)) != 0 && s->feeds[k].n == 0)
			return NULL;
	}
	return &routes[i];
}

static void
refuse_rate(const struct r7_call *c)
{
	r7_fail(c, 429, NULL);
	if (c->console->retry_after)
		put_number(c->reply, "Retry-After",
		    r7_window_reset(&c->console->window, c->now_ms));
}

/* What the products behind the gateway refuse; /validate is the gateway's. */
static bool
is_refused(const struct r7_call *c, const struct route *r)
{
	if (r->answer == answer_validate)
		return false;
	if (is_elsewhere(c))
		refuse_region(c);
	else if (!has_version(c))
		r7_fail(c, 400, "Accept-version is required");
	else
		return false;
	return true;
}

static void
answer(const struct r7_call *c, const struct route *r)
{
	if (!r7_console_knows(c->console, c->http)) {
		r7_fail(c, 401, NULL);
		return;
	}
	if (!r7_window_take(&c->console->window, c->now_ms))
		refuse_rate(c);
	else if (is_refused(c, r))
		; /* has been answered */
	else if (!sc_slice_is(c->http->method, r->method))
		r7_fail(c, 405, NULL);
	else
		r->answer(c);
	put_headers(c);
}

bool
r7_console_answer(void *console, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *reply)
{
	struct r7_call c = {
		.console = console, .http = h, .now_ms = now_ms, .reply = reply
	};
	const struct route *r = find_route(c.console, h->path, &c.id);

	if (r == NULL)
		return false;
	c.children = r->children;
	c.at = strncmp(r->path, AT, strlen(AT)) == 0;
	make_correlation(&c);
	if (c.console->chunked)
		reply->frame = MOCK_FRAME_CHUNKED;
	answer(&c, r);
	reply->gzip = c.console->gzip && mock_accepts_gzip(h);
	return true;
}
