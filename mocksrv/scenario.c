#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/rule.h"
#include "mocksrv/scenario.h"
#include "mocksrv/window.h"
#include "sc/file.h"
#include "sc/json.h"
#include "sc/jsonw.h"
#include "sc/mem.h"

#define FILE_MAX_BYTES ((size_t)4 * 1024 * 1024)

/* More than this no error message needs to name. */
#define VENDORS_MAX 24

struct serve {
	const struct mock_vendor *vendor;
	char *name;
	void *state;
	unsigned line;
};

struct mock_scenario {
	unsigned refs;
	STAILQ_HEAD(mock_rules, mock_rule) rules;
	struct mock_listens listens;
	struct serve *serves;
	size_t nserves;
};

static struct serve *
find_serve(const struct mock_scenario *s, const char *name)
{
	for (size_t i = 0; i < s->nserves; i++) {
		if (strcmp(s->serves[i].name, name) == 0)
			return &s->serves[i];
	}
	return NULL;
}

static int
find_vendor(
    const struct mock_line *l, const struct mock_vendor **v, struct sc_err *e)
{
	const char *names[VENDORS_MAX + 1] = { NULL };

	for (size_t i = 0; i < VENDORS_MAX && mock_vendors[i] != NULL; i++)
		names[i] = mock_vendors[i]->name;
	if (l->n < 2)
		return mock_line_fail(l, e, "expected a vendor behind serve");
	if ((*v = mock_vendor_find(l->words[1].key)) == NULL)
		return mock_line_unknown(
		    l, e, "vendor", l->words[1].key, names);
	return 0;
}

/* serve VENDOR [name=NAME] [the vendor's words] */
static int
parse_serve(struct mock_scenario *s, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	const struct mock_word *named = &l->words[2];
	const struct mock_vendor *v;
	const struct serve *other;
	const char *name;
	void *state;

	if (find_vendor(l, &v, e) == -1)
		return -1;
	if (l->n < 3 || strcmp(named->key, "name") != 0)
		named = NULL;
	else if (named->value == NULL || *named->value == '\0')
		return mock_line_fail(l, e, "name= needs a value");
	name = named != NULL ? named->value : v->name;
	if ((other = find_serve(s, name)) != NULL)
		return mock_line_fail(l, e,
		    "%s is served already by line %u; several need name=", name,
		    other->line);
	if ((state = mock_vendor_open(v, l, named != NULL ? 3 : 2, src, e)) ==
	    NULL)
		return -1;
	s->serves =
	    sc_xreallocarray(s->serves, s->nserves + 1, sizeof(*s->serves));
	s->serves[s->nserves++] =
	    (struct serve){ v, sc_xstrdup(name), state, l->number };
	return 0;
}

/* "+10m" after the start of the server, a time, or "request=3". */
static int
parse_when(struct mock_when *when, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	const struct mock_word *w = &l->words[1];

	*when = (struct mock_when){ src->now_ms, 0 };
	if (w->value != NULL && strcmp(w->key, "request") == 0)
		return mock_line_number(l, w, 1, INT32_MAX, &when->request, e);
	if (w->value == NULL && mock_when_parse(w->key, src, &when->at_ms) == 0)
		return 0;
	return mock_line_fail(
	    l, e, "at %s: expected +10m, a time or request=3", w->key);
}

static int
parse_at(struct mock_scenario *s, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	const struct serve *serve;
	struct mock_when when;

	if (l->n < 4)
		return mock_line_fail(
		    l, e, "expected \"at WHEN NAME STREAM=DATASET\"");
	if (parse_when(&when, l, src, e) == -1)
		return -1;
	if ((serve = find_serve(s, l->words[2].key)) == NULL)
		return mock_line_fail(
		    l, e, "%s is not served above", l->words[2].key);
	return mock_vendor_change(
	    serve->vendor, serve->state, &when, l, 3, src, e);
}

static int
parse_rule(struct mock_scenario *s, const struct mock_line *l, struct sc_err *e)
{
	static const char *const known[] = { "serve", "at", "listen", "GET",
		"POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "*",
		NULL };
	const char *word = l->words[0].key;
	struct mock_rule *r;
	int rc;

	for (size_t i = 3; known[i] != NULL; i++) {
		if (strcmp(known[i], word) != 0)
			continue;
		r = sc_xcalloc(1, sizeof(*r));
		rc = mock_rule_parse(r, l, e);
		STAILQ_INSERT_TAIL(&s->rules, r, link);
		return rc;
	}
	return mock_line_unknown(l, e, "word", word, known);
}

static int
parse_text(struct mock_scenario *s, char *text, const struct mock_source *src,
    struct sc_err *e)
{
	struct mock_line l = { .file = src->path };
	char *row;
	int rc;

	while ((row = strsep(&text, "\n")) != NULL) {
		l.number++;
		if (mock_line_split(&l, row, e) == -1)
			return -1;
		if (l.n == 0)
			continue;
		if (strcmp(l.words[0].key, "serve") == 0)
			rc = parse_serve(s, &l, src, e);
		else if (strcmp(l.words[0].key, "at") == 0)
			rc = parse_at(s, &l, src, e);
		else if (strcmp(l.words[0].key, "listen") == 0)
			rc = mock_listen_parse(&s->listens, &l, src, e);
		else
			rc = parse_rule(s, &l, e);
		if (rc == -1)
			return -1;
	}
	return 0;
}

struct mock_scenario *
mock_scenario_load(const struct mock_source *src, struct sc_err *e)
{
	struct mock_scenario *s = sc_xcalloc(1, sizeof(*s));
	struct sc_buf b;
	char *text = NULL;
	int rc = -1;

	s->refs = 1;
	STAILQ_INIT(&s->rules);
	STAILQ_INIT(&s->listens);
	sc_buf_init(&b, FILE_MAX_BYTES);
	if (sc_file_read(src->path, &b, e) == -1)
		goto out;
	if (b.len > 0 && memchr(b.p, '\0', b.len) != NULL) {
		(void)sc_fail(e, EX_CONFIG, "%s: not a text", src->path);
		goto out;
	}
	text = sc_xstrdup(sc_buf_str(&b));
	rc = parse_text(s, text, src, e);
out:
	free(text);
	sc_buf_fini(&b);
	if (rc == 0)
		return s;
	mock_scenario_unref(s);
	return NULL;
}

struct mock_scenario *
mock_scenario_ref(struct mock_scenario *s)
{
	s->refs++;
	return s;
}

void
mock_scenario_unref(struct mock_scenario *s)
{
	struct mock_rule *r;

	if (s == NULL || --s->refs > 0)
		return;
	while ((r = STAILQ_FIRST(&s->rules)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->rules, link);
		mock_rule_fini(r);
		free(r);
	}
	for (size_t i = 0; i < s->nserves; i++) {
		mock_vendor_close(s->serves[i].vendor, s->serves[i].state);
		free(s->serves[i].name);
	}
	free(s->serves);
	mock_listens_fini(&s->listens);
	free(s);
}

const struct mock_listens *
mock_scenario_listens(const struct mock_scenario *s)
{
	return &s->listens;
}

/*
 * The first rule that applies wins.  If it only edits, the answer comes from
 * the first one behind it that gives one, else from a vendor.
 */
struct verdict {
	const struct mock_rule *first;
	const struct mock_rule *source;
};

static struct verdict
judge(struct mock_scenario *s, const struct mock_http *h)
{
	struct verdict v = { 0 };
	struct mock_rule *r;

	for (r = STAILQ_FIRST(&s->rules); r != NULL; r = STAILQ_NEXT(r, link)) {
		if ((v.first != NULL && !mock_rule_answers(r)) ||
		    !mock_rule_match(r, h))
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

/*
 * A status rule: its body, else what as= says, else the vendor's own words,
 * else a plain line.
 */
static void
answer_status(const struct mock_scenario *s, const struct mock_rule *r,
    const struct mock_http *h, struct mock_reply *reply)
{
	int status = (int)r->status;

	if (r->body != NULL) {
		mock_canned_fill(r->body, reply);
		reply->status = status;
		reply->type = r->body_type;
		return;
	}
	if (r->as == MOCK_AS_EMPTY) {
		reply->status = status;
		return;
	}
	if (r->as == MOCK_AS_HTML) {
		answer_html(reply, status);
		return;
	}
	for (size_t i = 0; status >= 400 && i < s->nserves; i++) {
		if (s->serves[i].vendor->owns(h->path)) {
			s->serves[i].vendor->error(reply, status);
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
static const struct serve *
account(const struct mock_scenario *s, size_t first, const struct mock_http *h)
{
	const struct mock_vendor *v = s->serves[first].vendor;

	for (size_t i = first; i < s->nserves; i++) {
		if (s->serves[i].vendor == v && v->knows(s->serves[i].state, h))
			return &s->serves[i];
	}
	return &s->serves[first];
}

static bool
is_first(const struct mock_scenario *s, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (s->serves[k].vendor == s->serves[i].vendor)
			return false;
	}
	return true;
}

static bool
answer_vendor(const struct mock_scenario *s, const struct mock_http *h,
    int64_t now_ms, struct mock_reply *reply)
{
	for (size_t i = 0; i < s->nserves; i++) {
		const struct serve *serve;

		if (!is_first(s, i))
			continue;
		serve = account(s, i, h);
		if (!serve->vendor->handle(serve->state, h, now_ms, reply))
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
	if (source == NULL) {
		if (answer_vendor(s, h, now_ms, reply))
			return true;
		answer_unmatched(s, h, reply);
		return false;
	}
	if (source->file != NULL)
		mock_canned_fill(source->file, reply);
	else
		answer_status(s, source, h, reply);
	return true;
}

bool
mock_scenario_answer(struct mock_scenario *s, const struct mock_http *h,
    int64_t now_ms, struct mock_reply *reply)
{
	const struct mock_terms terms = { .now_ms = now_ms,
		.keep_alive = h->keep_alive,
		.head_only = sc_slice_is(h->method, "HEAD"),
		.minor = h->minor };
	struct verdict v = judge(s, h);
	bool known;

	reply->line = v.first != NULL ? v.first->line : 0;
	known = answer(s, v.source, h, now_ms, reply);
	/* The inner rule first, so that the outer one has the last word. */
	if (v.source != NULL && v.source != v.first)
		mock_rule_prepare(v.source, now_ms, reply);
	if (v.first != NULL)
		mock_rule_prepare(v.first, now_ms, reply);
	mock_reply_compile(reply, &terms);
	if (v.source != NULL && v.source != v.first)
		mock_rule_edit(v.source, reply);
	if (v.first != NULL)
		mock_rule_edit(v.first, reply);
	return known;
}
