#include <inttypes.h>
#include <string.h>

#include "mocksrv/auth.h"
#include "mocksrv/query.h"
#include "mocksrv/sinks/sink_hec.h"
#include "sc/jsonw.h"

struct hec {
	struct sink sink; /* first */
	char *token;
	char *index; /* the only one allowed; NULL: any */
	int64_t ack;
	int64_t ack_polls;
	int64_t ack_after_ms;
	struct sink_acks acks;
};

enum { ACK_NO = 0, ACK_YES, ACK_NEVER };
static const char *const ack_words[] = { "no", "yes", "never", NULL };

#define AT(member) offsetof(struct hec, member)

static const struct mock_setting settings[] = {
	SINK_SETTINGS,
	{ "token", MOCK_SET_SECRET, AT(token), { 0 } },
	{ "index", MOCK_SET_TEXT, AT(index), { 0 } },
	{ "ack", MOCK_SET_CHOICE, AT(ack), { .choices = ack_words } },
	{ "ack-polls", MOCK_SET_NUMBER, AT(ack_polls),
	    { .lo = 0, .hi = INT32_MAX } },
	{ "ack-after", MOCK_SET_DURATION, AT(ack_after_ms), { 0 } },
	{ 0 },
};

static const struct {
	int status;
	const char *text;
} codes[] = {
	[HEC_SUCCESS] = { 200, "Success" },
	[HEC_TOKEN_DISABLED] = { 403, "Token disabled" },
	[HEC_TOKEN_REQUIRED] = { 401, "Token is required" },
	[HEC_INVALID_AUTHORIZATION] = { 401, "Invalid authorization" },
	[HEC_INVALID_TOKEN] = { 403, "Invalid token" },
	[HEC_NO_DATA] = { 400, "No data" },
	[HEC_INVALID_FORMAT] = { 400, "Invalid data format" },
	[HEC_INCORRECT_INDEX] = { 400, "Incorrect index" },
	[HEC_INTERNAL_ERROR] = { 500, "Internal server error" },
	[HEC_BUSY] = { 503, "Server is busy" },
	[HEC_CHANNEL_MISSING] = { 400, "Data channel is missing" },
	[HEC_INVALID_CHANNEL] = { 400, "Invalid data channel" },
	[HEC_EVENT_REQUIRED] = { 400, "Event field is required" },
	[HEC_EVENT_BLANK] = { 400, "Event field cannot be blank" },
	[HEC_ACK_DISABLED] = { 400, "ACK is disabled" },
	[HEC_INDEXED_FIELDS] = { 400, "Error in handling indexed fields" },
	[HEC_QUERY_TOKEN] = { 400,
	    "Query string authorization is not enabled" },
	[HEC_HEALTHY] = { 200, "HEC is healthy" },
};

/* A request that found its path. */
struct call {
	struct hec *hec;
	const struct mock_http *http;
	int64_t now_ms;
	struct mock_reply *reply;
	struct mock_query query;
	uint64_t channel; /* hash of it; 0: none */
};

/* number: of the event in question, or of the ackId; -1: there is none. */
static void
put(struct mock_reply *r, enum sink_hec_code code, const char *key,
    int64_t number)
{
	struct sc_jw w;

	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "text", codes[code].text);
	sc_jw_kvi(&w, "code", (int64_t)code);
	if (number != -1)
		sc_jw_kvi(&w, key, number);
	sc_jw_end(&w, '}');
	mock_reply_text(r, codes[code].status, "application/json");
}

static void
say(struct mock_reply *r, enum sink_hec_code code)
{
	put(r, code, NULL, -1);
}

static void
hec_error(struct mock_reply *r, int status)
{
	static const struct {
		int status;
		enum sink_hec_code code;
	} usual[] = { { 400, HEC_INVALID_FORMAT }, { 401, HEC_TOKEN_REQUIRED },
		{ 403, HEC_INVALID_TOKEN }, { 500, HEC_INTERNAL_ERROR },
		{ 503, HEC_BUSY } };
	struct sc_jw w;

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (usual[i].status == status) {
			say(r, usual[i].code);
			return;
		}
	}
	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "text", mock_reason(status));
	sc_jw_kvi(&w, "code", status);
	sc_jw_end(&w, '}');
	mock_reply_text(r, status, "application/json");
}

static bool
hec_knows(void *state, const struct mock_http *h)
{
	const struct hec *s = state;
	struct sc_slice v = mock_http_header(h, "Authorization"), token;

	return (mock_auth_scheme(v, "Splunk", &token) &&
		   sc_slice_is(token, s->token)) ||
	    mock_auth_basic(v, "x", s->token);
}

static struct sc_slice
param(const struct call *c, const char *name)
{
	for (size_t i = 0; i < c->query.nparams; i++) {
		if (sc_slice_is(c->query.params[i].name, name))
			return c->query.params[i].value;
	}
	return (struct sc_slice){ 0 };
}

static enum sink_hec_code
check_token(const struct call *c)
{
	struct sc_slice v = mock_http_header(c->http, "Authorization"), rest;

	if (v.n == 0)
		return param(c, "token").p != NULL ? HEC_QUERY_TOKEN
						   : HEC_TOKEN_REQUIRED;
	if (!mock_auth_scheme(v, "Splunk", &rest) &&
	    !mock_auth_scheme(v, "Basic", &rest))
		return HEC_INVALID_AUTHORIZATION;
	return hec_knows(c->hec, c->http) ? HEC_SUCCESS : HEC_INVALID_TOKEN;
}

/* A GUID: 32 hexadecimal digits in groups of 8-4-4-4-12. */
static bool
is_guid(struct sc_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.p[i] != '-'
			 : s.p[i] == '\0' ||
			    strchr("0123456789abcdefABCDEF", s.p[i]) == NULL)
			return false;
	}
	return s.n == 36;
}

/* With acknowledgement each request names its channel. */
static enum sink_hec_code
check_channel(struct call *c)
{
	struct sc_slice v =
	    mock_http_header(c->http, "X-Splunk-Request-Channel");

	if (v.n == 0)
		v = param(c, "channel");
	if (v.n == 0)
		return c->hec->ack == ACK_NO ? HEC_SUCCESS
					     : HEC_CHANNEL_MISSING;
	if (!is_guid(v))
		return HEC_INVALID_CHANNEL;
	c->channel = sink_hash(SINK_HASH_START, v);
	return HEC_SUCCESS;
}

/* What was accepted has an ackId if the token works like that. */
static void
accepted(const struct call *c)
{
	int64_t id = -1;

	sink_keep_flush(&c->hec->sink.keep);
	if (c->hec->ack != ACK_NO)
		id = sink_acks_add(&c->hec->acks, c->channel, c->now_ms);
	put(c->reply, HEC_SUCCESS, "ackId", id);
}

/*
 * The body is read as it comes: what stands before an event that is refused
 * has been taken in, though the answer is an error.
 */
static void
take_events(const struct call *c, struct sc_slice body)
{
	struct hec *s = c->hec;
	enum sink_hec_code code = HEC_SUCCESS;
	struct sc_slice event;
	int64_t n = 0;
	int rc;

	while ((rc = sink_hec_next(&body, &event)) == 1) {
		if ((code = sink_hec_check(event, s->index)) != HEC_SUCCESS)
			break;
		sink_keep_json(&s->sink.keep, event);
		n++;
	}
	if (rc == -1)
		code = HEC_INVALID_FORMAT;
	if (code == HEC_SUCCESS && n > 0) {
		accepted(c);
		return;
	}
	sink_keep_flush(&s->sink.keep);
	if (code == HEC_SUCCESS)
		say(c->reply, HEC_NO_DATA);
	else
		put(c->reply, code, "invalid-event-number", n);
}

/* Each line is an event. */
static void
take_raw(const struct call *c, struct sc_slice body)
{
	struct sc_buf *b = sink_keep_lines(&c->hec->sink.keep);
	struct sc_slice line;
	struct sc_jw w;
	size_t n = 0;

	if (sc_utf8_valid(body.p, body.n) != body.n) {
		say(c->reply, HEC_INVALID_FORMAT);
		return;
	}
	while (sink_line(&body, &line)) {
		if (line.n == 0)
			continue;
		n++;
		if (b == NULL)
			continue;
		sc_jw_init(&w, b);
		sc_jw_obj(&w);
		sc_jw_kvn(&w, "event", line);
		sc_jw_end(&w, '}');
		(void)sc_buf_addc(b, '\n');
	}
	if (n > 0)
		accepted(c);
	else
		say(c->reply, HEC_NO_DATA);
}

static void
answer_acks(const struct call *c, struct sc_slice body)
{
	const struct hec *s = c->hec;
	const struct sink_ack_terms terms = { s->ack == ACK_NEVER, s->ack_polls,
		s->ack_after_ms };
	struct sc_json_val acks = sink_member(sink_json(body), "acks"), v;
	struct sc_json_iter it = sc_json_iter(acks);
	char key[24];
	struct sc_jw w;
	int64_t id;

	if (s->ack == ACK_NO || acks.type != SC_JSON_ARRAY) {
		say(c->reply,
		    s->ack == ACK_NO ? HEC_ACK_DISABLED : HEC_INVALID_FORMAT);
		return;
	}
	sc_jw_init(&w, &c->reply->text);
	sc_jw_obj(&w);
	sc_jw_key(&w, "acks");
	sc_jw_obj(&w);
	while (!c->reply->text.full && sc_json_next(&it, NULL, &v)) {
		if (sc_json_int(v, &id) == -1)
			continue;
		(void)snprintf(key, sizeof(key), "%" PRId64, id);
		sc_jw_key(&w, key);
		sc_jw_bool(&w,
		    sink_acks_ask(
			&c->hec->acks, &terms, c->channel, id, c->now_ms));
	}
	sc_jw_end(&w, '}');
	sc_jw_end(&w, '}');
	mock_reply_text(c->reply, 200, "application/json");
}

static const struct route {
	const char *path;
	void (*take)(const struct call *, struct sc_slice body);
	bool data; /* accepted, and then acknowledged */
} paths[] = {
	{ "/services/collector", take_events, true },
	{ "/services/collector/event", take_events, true },
	{ "/services/collector/event/1.0", take_events, true },
	{ "/services/collector/raw", take_raw, true },
	{ "/services/collector/raw/1.0", take_raw, true },
	{ "/services/collector/ack", answer_acks, false },
	{ "/services/collector/ack/1.0", answer_acks, false },
	{ "/services/collector/health", NULL, false },
	{ "/services/collector/health/1.0", NULL, false },
};

static const struct route *
find_route(struct sc_slice path)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (sc_slice_is(path, paths[i].path))
			return &paths[i];
	}
	return NULL;
}

static void
answer(struct call *c, const struct route *r)
{
	enum sink_hec_code code = check_token(c);
	struct sc_slice body;
	struct sc_buf tmp;
	int status = sink_body(&c->hec->sink, c->http, &tmp, &body);

	if (code == HEC_SUCCESS)
		code = check_channel(c);
	if (code == HEC_SUCCESS && r->data && c->hec->acks.n == SINK_ACKS_MAX)
		code = HEC_BUSY;
	if (code != HEC_SUCCESS)
		say(c->reply, code);
	else if (status != 0)
		hec_error(c->reply, status);
	else
		r->take(c, body);
	sc_buf_fini(&tmp);
}

static bool
hec_handle(void *state, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *reply)
{
	const struct route *r = find_route(h->path);
	struct call c = {
		.hec = state, .http = h, .now_ms = now_ms, .reply = reply
	};

	if (r == NULL)
		return false;
	if (!sink_method(h, r->take != NULL ? "POST" : "GET"))
		hec_error(reply, 405);
	else if (r->take == NULL)
		say(reply, HEC_HEALTHY);
	else if (mock_query_parse(&c.query, h->query) == -1)
		hec_error(reply, 400);
	else
		answer(&c, r);
	mock_query_fini(&c.query);
	return true;
}

static bool
hec_owns(struct sc_slice path)
{
	static const char base[] = "/services/collector";

	return path.n >= sizeof(base) - 1 &&
	    memcmp(path.p, base, sizeof(base) - 1) == 0;
}

static int
hec_ready(void *state, const struct mock_line *l, const struct mock_source *src,
    struct sc_err *e)
{
	const struct hec *s = state;

	(void)src;
	if (s->token == NULL)
		return mock_line_fail(l, e, "splunk-hec needs token=");
	return 0;
}

static void
hec_fini(void *state)
{
	struct hec *s = state;

	sink_fini(&s->sink);
	sink_acks_fini(&s->acks);
}

static const char *const routes[] = { "/services/collector",
	"/services/collector/event", "/services/collector/raw",
	"/services/collector/ack", "/services/collector/health", NULL };

const struct mock_vendor mock_splunk_hec = {
	.name = "splunk-hec",
	.size = sizeof(struct hec),
	.settings = settings,
	.ready = hec_ready,
	.fini = hec_fini,
	.knows = hec_knows,
	.handle = hec_handle,
	.owns = hec_owns,
	.error = hec_error,
	.routes = routes,
	.generators = sink_generators,
};
