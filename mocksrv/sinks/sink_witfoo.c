#include <stdio.h>
#include <string.h>

#include "mocksrv/auth.h"
#include "mocksrv/sinks/sink.h"
#include "mocksrv/sinks/sink_fail.h"
#include "mocksrv/sinks/sink_jwt.h"
#include "sc/jsonw.h"
#include "sc/timefmt.h"

#define DAY_MS    (INT64_C(86400) * 1000)
#define TOKEN_MAX 8192

struct analytics {
	struct sink sink; /* first */
	char *email, *password;
	int64_t session_ms;
	uint64_t seed; /* tokens are signed with it */
	struct sink_fails rejects;
};

#define AT(member) offsetof(struct analytics, member)

static const struct mock_setting settings[] = {
	SINK_SETTINGS,
	{ "email", MOCK_SET_TEXT, AT(email), { 0 } },
	{ "password", MOCK_SET_SECRET, AT(password), { 0 } },
	{ "session", MOCK_SET_DURATION, AT(session_ms), { 0 } },
	{ "reject-items", MOCK_SET_OWN, AT(rejects),
	    { .read = sink_reject_read } },
	{ 0 },
};

static void
refuse(struct mock_reply *r, int status, const char *message)
{
	struct sc_jw w;

	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	sc_jw_key(&w, "success");
	sc_jw_bool(&w, false);
	sc_jw_kv(&w, "message", message);
	sc_jw_end(&w, '}');
	mock_reply_text(r, status, "application/json");
}

static void
wf_error(struct mock_reply *r, int status)
{
	refuse(r, status, mock_reason(status));
}

/* -1: the request has no token of this account. */
static int
token_of(
    const struct analytics *s, const struct mock_http *h, int64_t *expires_ms)
{
	struct sc_slice v = mock_http_header(h, "Authorization"), token;

	if (!mock_auth_scheme(v, "Bearer", &token))
		return -1;
	return sink_jwt_check(s->seed, s->email, token, expires_ms);
}

static bool
wf_knows(void *state, const struct mock_http *h)
{
	int64_t expires_ms;

	return token_of(state, h, &expires_ms) == 0;
}

/* {"success":true,"message":...,"data":{ and back two braces later. */
static void
begin_data(struct sc_jw *w, struct mock_reply *r, const char *message)
{
	sc_jw_init(w, &r->text);
	sc_jw_obj(w);
	sc_jw_key(w, "success");
	sc_jw_bool(w, true);
	sc_jw_kv(w, "message", message);
	sc_jw_key(w, "data");
	sc_jw_obj(w);
}

static void
end_data(struct sc_jw *w, struct mock_reply *r)
{
	sc_jw_end(w, '}');
	sc_jw_end(w, '}');
	mock_reply_text(r, 200, "application/json");
}

static void
answer_login(struct analytics *s, struct sc_slice body, int64_t now_ms,
    struct mock_reply *reply)
{
	struct sc_json_val v = sink_json(body);
	struct sc_json_val email = sink_member(v, "email");
	struct sc_json_val password = sink_member(v, "password");
	int64_t expires_ms = now_ms + s->session_ms;
	char time[SC_TIME_BUF];
	struct sc_buf token;
	struct sc_jw w;

	if (!sink_is_text(email) || !sink_is_text(password)) {
		refuse(reply, 400, "email and password are required");
		return;
	}
	if (!sc_json_is(email, s->email) ||
	    !sc_json_is(password, s->password)) {
		refuse(reply, 401, "Invalid email or password");
		return;
	}
	sc_buf_init(&token, TOKEN_MAX);
	sink_jwt_make(s->seed, s->email, now_ms, expires_ms, &token);
	begin_data(&w, reply, "Login successful");
	sc_jw_kv(&w, "token", sc_buf_str(&token));
	sc_jw_kv(&w, "expires_at", sc_time_format(expires_ms * 1000, 0, time));
	end_data(&w, reply);
	sc_buf_fini(&token);
}

/* What is wrong with an artifact; NULL: nothing. */
static const char *
fault_of(struct sc_json_val artifact)
{
	struct sc_json_val time = sink_member(artifact, "timestamp");
	struct sc_json_val more = sink_member(artifact, "metadata");
	int64_t us;

	if (artifact.type != SC_JSON_OBJECT)
		return "is not an object";
	if (!sink_is_text(sink_member(artifact, "source")))
		return "source is required";
	if (!sink_is_text(sink_member(artifact, "raw")))
		return "raw is required";
	if (time.type != SC_JSON_NONE &&
	    (time.type != SC_JSON_STRING ||
		sc_time_parse_us(time.raw.p + 1, time.raw.n - 2, &us) == -1))
		return "timestamp is not ISO 8601";
	if (more.type != SC_JSON_NONE && more.type != SC_JSON_OBJECT)
		return "metadata is not an object";
	return NULL;
}

/* False, with the answer, when one of them is not as it has to be. */
static bool
check_artifacts(struct sc_json_val artifacts, struct mock_reply *reply)
{
	struct sc_json_iter it = sc_json_iter(artifacts);
	struct sc_json_val v;
	const char *fault;
	char why[80];

	for (size_t i = 0; sc_json_next(&it, NULL, &v); i++) {
		if ((fault = fault_of(v)) == NULL)
			continue;
		(void)snprintf(
		    why, sizeof(why), "artifacts[%zu]: %s", i, fault);
		refuse(reply, 400, why);
		return false;
	}
	return true;
}

static void
take_artifacts(
    struct analytics *s, struct sc_json_val artifacts, struct mock_reply *reply)
{
	struct sc_json_iter it = sc_json_iter(artifacts);
	int64_t accepted = 0, rejected = 0;
	struct sc_json_val v;
	struct sc_jw w;

	while (sc_json_next(&it, NULL, &v)) {
		if (sink_fails_now(&s->rejects, v.raw) != 0) {
			rejected++;
			continue;
		}
		sink_keep_json(&s->sink.keep, v.raw);
		accepted++;
	}
	sink_keep_flush(&s->sink.keep);
	begin_data(&w, reply, "Artifacts accepted for processing");
	sc_jw_kvi(&w, "accepted", accepted);
	sc_jw_kvi(&w, "rejected", rejected);
	end_data(&w, reply);
}

static void
answer_artifacts(
    struct analytics *s, struct sc_slice body, struct mock_reply *reply)
{
	struct sc_json_val artifacts =
	    sink_member(sink_json(body), "artifacts");
	struct sc_json_iter it = sc_json_iter(artifacts);
	struct sc_json_val first;

	if (artifacts.type != SC_JSON_ARRAY || !sc_json_next(&it, NULL, &first))
		refuse(reply, 400, "artifacts are required");
	else if (check_artifacts(artifacts, reply))
		take_artifacts(s, artifacts, reply);
}

/* True when the request may go on; else the reply is complete. */
static bool
authorise(const struct analytics *s, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *reply)
{
	int64_t expires_ms;

	if (mock_http_header(h, "Authorization").n == 0)
		refuse(reply, 401, "Authorization is required");
	else if (token_of(s, h, &expires_ms) == -1)
		refuse(reply, 401, "Invalid token");
	else if (now_ms < expires_ms)
		return true;
	else
		refuse(reply, 401, "Token has expired");
	return false;
}

static const char *const routes[] = { "/api/v1/auth/login", "/v1/auth/login",
	"/api/v1/artifacts", "/v1/artifacts", NULL };

static bool
wf_owns(struct sc_slice path)
{
	for (size_t i = 0; routes[i] != NULL; i++) {
		if (sc_slice_is(path, routes[i]))
			return true;
	}
	return false;
}

static bool
wf_handle(void *state, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *reply)
{
	struct analytics *s = state;
	bool login =
	    sc_slice_is(h->path, routes[0]) || sc_slice_is(h->path, routes[1]);
	struct sc_slice body;
	struct sc_buf tmp;
	int status;

	if (!wf_owns(h->path))
		return false;
	status = sink_body(&s->sink, h, &tmp, &body);
	if (!sink_method(h, "POST"))
		wf_error(reply, 405);
	else if (status != 0)
		wf_error(reply, status);
	else if (login)
		answer_login(s, body, now_ms, reply);
	else if (authorise(s, h, now_ms, reply))
		answer_artifacts(s, body, reply);
	sc_buf_fini(&tmp);
	return true;
}

static void
wf_init(void *state, const struct mock_source *src)
{
	struct analytics *s = state;

	s->session_ms = DAY_MS;
	s->seed = src->seed;
}

static int
wf_ready(void *state, const struct mock_line *l, const struct mock_source *src,
    struct sc_err *e)
{
	const struct analytics *s = state;

	(void)src;
	if (s->email == NULL || s->password == NULL)
		return mock_line_fail(
		    l, e, "witfoo-analytics needs email= and password=");
	return 0;
}

static void
wf_fini(void *state)
{
	struct analytics *s = state;

	sink_fini(&s->sink);
	sink_fails_fini(&s->rejects);
}

const struct mock_vendor mock_witfoo_analytics = {
	.name = "witfoo-analytics",
	.size = sizeof(struct analytics),
	.settings = settings,
	.init = wf_init,
	.ready = wf_ready,
	.fini = wf_fini,
	.knows = wf_knows,
	.handle = wf_handle,
	.owns = wf_owns,
	.error = wf_error,
	.routes = routes,
	.generators = sink_generators,
};
