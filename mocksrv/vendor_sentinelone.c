#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/query.h"
#include "mocksrv/s1.h"
#include "mocksrv/s1_threat.h"
#include "mocksrv/vendor_sentinelone.h"
#include "sc/jsonw.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define BASE     "/web/api/v2.1"
#define OLD_BASE "/web/api/v2.0"

struct state {
	char *token;
	int64_t expires_ms; /* 0: never */
	struct s1_table *threats;
	struct s1_style style;
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
s1_error(struct mock_reply *r, int status)
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

/* True when the Authorization header is right; else the reply is complete. */
static bool
authorise(const struct state *s, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *r)
{
	static const char *const schemes[] = { "ApiToken ", "Token " };
	struct sc_slice v = mock_http_header(h, "Authorization");

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(schemes[i]);
		struct sc_slice token = { v.p + n, v.n - n };

		if (v.n <= n || strncasecmp(v.p, schemes[i], n) != 0 ||
		    !sc_slice_is(token, s->token))
			continue;
		if (s->expires_ms == 0 || now_ms < s->expires_ms)
			return true;
		put_error(r, 401, 4010011, "Token has expired",
		    "Authentication Failed");
		return false;
	}
	s1_error(r, 401);
	return false;
}

static void
get_threats(
    const struct state *s, const struct mock_http *h, struct mock_reply *r)
{
	struct mock_query params;
	struct s1_query q = { 0 };

	if (mock_query_parse(&params, h->query) == -1)
		put_error(r, 400, 4000010, "Malformed query string",
		    "Validation Error");
	else if (s1_query_parse(&q, s->threats->stream, &params) == -1)
		put_error(r, 400, 4000010, q.why, "Validation Error");
	else
		s1_page(s->threats, &q, &s->style, r);
	sc_buf_fini(&q.text);
	mock_query_fini(&params);
}

/* Answers that never change. */
static const struct {
	const char *path;
	bool open; /* no token needed */
	const char *body;
} constants[] = {
	{ BASE "/system/status", true, "{\"data\":{\"health\":\"ok\"}}" },
	{ BASE "/system/info", false,
	    "{\"data\":{\"build\":\"1\",\"latestAgentVersion\":\"24.1.2.6\","
	    "\"patch\":\"0\",\"release\":\"Z\",\"version\":\"Z-24.1.0#1\"}}" },
	{ BASE "/users/viewer-auth-check", false,
	    "{\"data\":{\"success\":true}}" },
};

static const char *const routes[] = { BASE "/threats", BASE "/system/status",
	BASE "/system/info", BASE "/users/viewer-auth-check", NULL };

static bool
s1_handle(void *state, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *r)
{
	const struct state *s = state;
	const char *body = NULL;
	bool open = false;

	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		if (!sc_slice_is(h->path, constants[i].path))
			continue;
		open = constants[i].open;
		body = constants[i].body;
	}
	if (h->path.n >= sizeof(OLD_BASE) &&
	    memcmp(h->path.p, OLD_BASE "/", sizeof(OLD_BASE)) == 0) {
		s1_error(r, 404);
		return true;
	}
	if (body == NULL &&
	    (s->threats == NULL || !sc_slice_is(h->path, BASE "/threats")))
		return false;
	if (!open && !authorise(s, h, now_ms, r))
		return true;
	if (!sc_slice_is(h->method, "GET")) {
		s1_error(r, 405);
	} else if (body != NULL) {
		mock_reply_part(r, body, strlen(body));
		r->type = "application/json";
	} else {
		get_threats(s, h, r);
	}
	return true;
}

static bool
s1_owns(struct sc_slice path)
{
	return path.n >= 9 && memcmp(path.p, "/web/api/", 9) == 0;
}

static void
s1_close(void *state)
{
	struct state *s = state;

	if (s->token != NULL)
		explicit_bzero(s->token, strlen(s->token));
	free(s->token);
	s1_table_free(s->threats);
	free(s);
}

static int
parse_expires(struct state *s, const char *value, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	int64_t v;

	if (sc_duration_parse(value, strlen(value), &v) == 0)
		s->expires_ms = src->now_ms + v;
	else if (sc_time_parse_us(value, strlen(value), &v) == 0)
		s->expires_ms = v / 1000;
	else
		return mock_line_fail(
		    l, e, "expires=%s: expected a time or 30d", value);
	return 0;
}

static int
parse_choice(bool *out, const struct mock_word *w, const char *yes,
    const char *no, const struct mock_line *l, struct sc_err *e)
{
	*out = strcmp(w->value, yes) == 0;
	if (*out || strcmp(w->value, no) == 0)
		return 0;
	return mock_line_fail(
	    l, e, "%s=%s: expected %s or %s", w->key, w->value, yes, no);
}

static int
parse_threats(struct state *s, const char *value, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	struct mock_dataset *d =
	    mock_dataset_open(value, &mock_s1_generators[0], l, src, e);

	s1_table_free(s->threats);
	s->threats = d != NULL ? s1_table_new(&s1_threats, d, e) : NULL;
	return s->threats != NULL ? 0 : -1;
}

static int
parse_word(struct state *s, const struct mock_word *w,
    const struct mock_line *l, const struct mock_source *src, struct sc_err *e)
{
	static const char *const known[] = { "token", "expires", "threats",
		"cursor", "extra-empty-page", NULL };

	if (mock_line_check(l, w, known, e) == -1)
		return -1;
	if (strcmp(w->key, "expires") == 0)
		return parse_expires(s, w->value, l, src, e);
	if (strcmp(w->key, "threats") == 0)
		return parse_threats(s, w->value, l, src, e);
	if (strcmp(w->key, "cursor") == 0)
		return parse_choice(
		    &s->style.percent_cursor, w, "encoded", "decoded", l, e);
	if (strcmp(w->key, "extra-empty-page") == 0)
		return parse_choice(
		    &s->style.extra_empty_page, w, "yes", "no", l, e);
	free(s->token);
	s->token = sc_xstrdup(w->value);
	sc_log_secret(s->token, strlen(s->token));
	return 0;
}

static void *
s1_open(
    const struct mock_line *l, const struct mock_source *src, struct sc_err *e)
{
	struct state *s = sc_xcalloc(1, sizeof(*s));
	int rc = 0;

	s->style.percent_cursor = true;
	for (size_t i = 2; i < l->n && rc == 0; i++)
		rc = parse_word(s, &l->words[i], l, src, e);
	if (rc == 0 && s->token == NULL)
		rc = mock_line_fail(l, e, "sentinelone needs token=");
	if (rc == 0)
		return s;
	s1_close(s);
	return NULL;
}

const struct mock_vendor mock_sentinelone = {
	.name = "sentinelone",
	.open = s1_open,
	.close = s1_close,
	.handle = s1_handle,
	.owns = s1_owns,
	.error = s1_error,
	.routes = routes,
	.generators = mock_s1_generators,
};
