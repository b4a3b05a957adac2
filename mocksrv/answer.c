#include <stdio.h>
#include <string.h>

#include "mocksrv/gzip.h"
#include "mocksrv/proxy.h"
#include "mocksrv/scenario.h"
#include "sc/json.h"
#include "sc/jsonw.h"

/*
 * The first rule that applies wins.  If it only edits, the answer comes from
 * the first one behind it that gives one, else from a vendor.
 */
struct verdict {
	const struct mock_rule *first;
	const struct mock_rule *source;
	const struct mock_rule *quota; /* whose limit the client is told */
};

static struct verdict
judge(struct mock_scenario *s, const struct mock_http *h, int64_t now_ms)
{
	struct verdict v = { 0 };
	struct mock_rule *r;
	bool applies;

	for (r = STAILQ_FIRST(&s->rules); r != NULL; r = STAILQ_NEXT(r, link)) {
		if (v.first != NULL && !mock_rule_answers(r))
			continue;
		applies = mock_rule_match(r, h, now_ms);
		if (r->limit_asked && r->limit_headers && v.quota == NULL)
			v.quota = r;
		if (!applies)
			continue;
		if (v.first == NULL)
			v.first = r;
		if (mock_rule_answers(r)) {
			v.source = r;
			break;
		}
	}
	return v;
}

static void
answer_html(struct mock_reply *reply, int status)
{
	const char *reason = mock_reason(status);

	(void)sc_buf_addf(&reply->text,
	    "<html>\r\n<head><title>%d %s</title></head>\r\n"
	    "<body><center><h1>%d %s</h1></center></body>\r\n</html>\r\n",
	    status, reason, status, reason);
	mock_reply_text(reply, status, "text/html; charset=utf-8");
}

static void
answer_login(struct mock_reply *reply, int status)
{
	(void)sc_buf_adds(&reply->text,
	    "<!DOCTYPE html>\n<html>\n<head><title>Sign in</title></head>\n"
	    "<body>\n<form method=\"post\" action=\"/login\">\n"
	    "<input name=\"username\">\n"
	    "<input name=\"password\" type=\"password\">\n"
	    "<button>Sign in</button>\n</form>\n</body>\n</html>\n");
	mock_reply_text(reply, status, "text/html; charset=utf-8");
}

static bool
is_here(const struct mock_serve *serve, const struct mock_http *h)
{
	return serve->on == NULL || strcmp(serve->on, h->on) == 0;
}

/* The vendor's own words where the path is one of its, else plain ones. */
static void
answer_error(const struct mock_scenario *s, const struct mock_rule *r,
    const struct mock_http *h, int status, struct mock_reply *reply)
{
	for (size_t i = 0; status >= 400 && i < s->nserves; i++) {
		const struct mock_serve *serve = &s->serves[i];

		if (is_here(serve, h) && serve->vendor->owns(h->path)) {
			serve->vendor->error(reply, status);
			return;
		}
	}
	if (r->as == MOCK_AS_JSON) {
		(void)sc_buf_addf(&reply->text,
		    "{\"status\":%d,\"error\":\"%s\"}\n", status,
		    mock_reason(status));
		mock_reply_text(reply, status, "application/json");
		return;
	}
	(void)sc_buf_addf(&reply->text, "%d %s\n", status, mock_reason(status));
	mock_reply_text(reply, status, "text/plain; charset=utf-8");
}

/* A status rule: its body, else what as= says, else that of an error. */
static void
answer_status(const struct mock_scenario *s, const struct mock_rule *r,
    const struct mock_http *h, struct mock_reply *reply)
{
	const int status = (int)r->status;

	if (r->body != NULL) {
		mock_canned_fill(r->body, reply);
		reply->type = r->body_type;
	} else if (r->as == MOCK_AS_HTML) {
		answer_html(reply, status);
	} else if (r->as == MOCK_AS_LOGIN) {
		answer_login(reply, status);
	} else if (r->as != MOCK_AS_EMPTY) {
		answer_error(
		    s, r, h, r->error != 0 ? (int)r->error : status, reply);
	}
	reply->status = status;
}

/* How many bytes two paths share at their ends. */
static size_t
likeness(struct sc_slice a, const char *b)
{
	size_t n = strlen(b), head = 0, tail = 0;

	if (n > a.n)
		n = a.n;
	while (head < n && a.p[head] == b[head])
		head++;
	while (
	    tail < n - head && a.p[a.n - 1 - tail] == b[strlen(b) - 1 - tail])
		tail++;
	return head + tail;
}

/* The rule or vendor's path that is most like the one asked for. */
struct closest {
	size_t likeness;
	char text[512];
};

static void
consider(struct closest *best, struct sc_slice path, const char *method,
    const char *known, unsigned line)
{
	size_t n = likeness(path, known);

	if (best->text[0] != '\0' && n <= best->likeness)
		return;
	best->likeness = n;
	(void)snprintf(best->text, sizeof(best->text), "%s %s (line %u)",
	    method, known, line);
}

static void
find_closest(
    const struct mock_scenario *s, struct sc_slice path, struct closest *best)
{
	const struct mock_rule *r;

	for (r = STAILQ_FIRST(&s->rules); r != NULL; r = STAILQ_NEXT(r, link)) {
		consider(best, path, r->method, r->path, r->line);
	}
	for (size_t i = 0; i < s->nserves; i++) {
		const char *const *route = s->serves[i].vendor->routes;

		for (; *route != NULL; route++)
			consider(best, path, "GET", *route, s->serves[i].line);
	}
}

static void
answer_unmatched(struct mock_scenario *s, const struct mock_http *h,
    struct mock_reply *reply)
{
	struct closest best = { 0 };
	struct sc_buf asked;
	struct sc_jw w;

	find_closest(s, h->path, &best);
	sc_buf_init(&asked, MOCK_HEAD_MAX);
	(void)sc_buf_addf(&asked, "%.*s ", (int)h->method.n, h->method.p);
	(void)sc_buf_add(
	    &asked, h->path.p, sc_utf8_valid(h->path.p, h->path.n));
	sc_jw_init(&w, &reply->text);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "sc-mock", "no rule answers this request");
	sc_jw_kv(&w, "request", sc_buf_str(&asked));
	if (best.text[0] != '\0')
		sc_jw_kv(&w, "closest", best.text);
	sc_jw_end(&w, '}');
	(void)sc_buf_addc(&reply->text, '\n');
	mock_reply_text(reply, 404, "application/json");
	sc_buf_fini(&asked);
}

/*
 * Of several accounts of a vendor the one whose credentials the request has;
 * the first when it has none of them.
 */
static const struct mock_serve *
account(const struct mock_scenario *s, const struct mock_vendor *v,
    const struct mock_http *h)
{
	const struct mock_serve *first = NULL;

	for (size_t i = 0; i < s->nserves; i++) {
		const struct mock_serve *serve = &s->serves[i];

		if (serve->vendor != v || !is_here(serve, h))
			continue;
		if (v->knows(serve->state, h))
			return serve;
		if (first == NULL)
			first = serve;
	}
	return first;
}

static bool
answer_vendor(const struct mock_scenario *s, const struct mock_http *h,
    int64_t now_ms, struct mock_reply *reply)
{
	for (size_t i = 0; mock_vendors[i] != NULL; i++) {
		const struct mock_serve *serve = account(s, mock_vendors[i], h);

		if (serve == NULL ||
		    !serve->vendor->handle(serve->state, h, now_ms, reply))
			continue;
		if (reply->line == 0)
			reply->line = serve->line;
		return true;
	}
	return false;
}

/* Fills in the reply; false when nobody knows the request. */
static bool
answer(struct mock_scenario *s, const struct mock_rule *source,
    const struct mock_http *h, int64_t now_ms, struct mock_reply *reply)
{
	if (source == NULL && h->proxy != NULL) {
		mock_proxy_answer(h->proxy, h, reply);
		if (reply->line == 0)
			reply->line = h->proxy->line;
		return true;
	}
	if (source == NULL) {
		if (answer_vendor(s, h, now_ms, reply))
			return true;
		answer_unmatched(s, h, reply);
		return false;
	}
	if (source->files.n > 0)
		mock_canned_fill(
		    mock_sequence_at(&source->files, source->applied), reply);
	else
		answer_status(s, source, h, reply);
	return true;
}

/* Half of an answer would be a fault that nobody has asked for. */
static void
answer_too_long(struct mock_reply *reply)
{
	static const char text[] =
	    "{\"sc-mock\":\"the answer is longer than 64 MiB, or its headers "
	    "than 64 KiB; ask for less at once\"}\n";
	unsigned line = reply->line;

	mock_reply_reset(reply);
	reply->line = line;
	mock_reply_part(reply, text, sizeof(text) - 1);
	reply->status = 500;
	reply->type = "application/json";
}

bool
mock_scenario_answer(struct mock_scenario *s, const struct mock_http *h,
    int64_t now_ms, struct mock_reply *reply)
{
	const struct mock_terms terms = { .now_ms = now_ms,
		.keep_alive = h->keep_alive,
		.head_only = sc_slice_is(h->method, "HEAD"),
		.minor = h->minor,
		.unmarked = s->unmarked };
	struct verdict v = judge(s, h, now_ms);
	bool known;

	reply->line = v.first != NULL ? v.first->line : 0;
	known = answer(s, v.source, h, now_ms, reply);
	if (v.quota != NULL)
		mock_rule_tell_quota(v.quota, reply);
	/* The inner rule first, so that the outer one has the last word. */
	if (v.source != NULL && v.source != v.first)
		mock_rule_prepare(v.source, now_ms, reply);
	if (v.first != NULL)
		mock_rule_prepare(v.first, now_ms, reply);
	if (mock_reply_overflows(reply))
		answer_too_long(reply);
	if (reply->gzip)
		mock_reply_gzip(reply);
	mock_reply_compile(reply, &terms);
	if (v.source != NULL && v.source != v.first)
		mock_rule_edit(v.source, reply);
	if (v.first != NULL)
		mock_rule_edit(v.first, reply);
	return known;
}
