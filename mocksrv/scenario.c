#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/place.h"
#include "mocksrv/replay.h"
#include "mocksrv/scenario.h"
#include "mocksrv/window.h"
#include "sc/file.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

/* More than this no error message needs to name. */
#define VENDORS_MAX 24

static struct mock_serve *
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

/* Takes name= and on=, which any vendor may have, out of the line. */
static int
take_common(struct mock_serve *serve, struct mock_line *l, struct sc_err *e)
{
	size_t kept = 2;

	for (size_t i = 2; i < l->n; i++) {
		const struct mock_word *w = &l->words[i];
		char **out = strcmp(w->key, "name") == 0 ? &serve->name
		    : strcmp(w->key, "on") == 0          ? &serve->on
							 : NULL;

		if (out == NULL) {
			l->words[kept++] = *w;
			continue;
		}
		if (w->value == NULL || *w->value == '\0')
			return mock_line_fail(
			    l, e, "%s= needs a value", w->key);
		free(*out);
		*out = sc_xstrdup(w->value);
	}
	l->n = kept;
	return 0;
}

static int
read_serve(struct mock_scenario *s, struct mock_serve *serve,
    struct mock_line *l, const struct mock_source *src, struct sc_err *e)
{
	const struct mock_serve *other;

	if (find_vendor(l, &serve->vendor, e) == -1 ||
	    take_common(serve, l, e) == -1)
		return -1;
	if (serve->name == NULL)
		serve->name = sc_xstrdup(serve->vendor->name);
	if ((other = find_serve(s, serve->name)) != NULL)
		return mock_line_fail(l, e,
		    "%s is served already by line %u; several need name=",
		    serve->name, other->line);
	serve->state = mock_vendor_open(serve->vendor, l, src, e);
	return serve->state != NULL ? 0 : -1;
}

static void
serve_fini(struct mock_serve *serve)
{
	if (serve->state != NULL)
		mock_vendor_close(serve->vendor, serve->state);
	free(serve->name);
	free(serve->on);
}

/* serve VENDOR [name=NAME] [on=LISTENER] [the vendor's words] */
static int
parse_serve(struct mock_scenario *s, struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	struct mock_serve serve = { .line = l->number };

	if (read_serve(s, &serve, l, src, e) == -1) {
		serve_fini(&serve);
		return -1;
	}
	s->serves =
	    sc_xreallocarray(s->serves, s->nserves + 1, sizeof(*s->serves));
	s->serves[s->nserves++] = serve;
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
	const struct mock_serve *serve;
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
	    serve->vendor, serve->state, &when, l, src, e);
}

int
mock_clock_parse(const struct mock_line *l, int64_t *ms, struct sc_err *e)
{
	const char *text = l->n == 2 ? l->words[1].key : "";
	int64_t us;

	if (sc_time_parse_us(text, strlen(text), &us) == -1)
		return mock_line_fail(
		    l, e, "expected \"clock 2026-11-22T10:00:00Z\"");
	*ms = us / 1000;
	return 0;
}

static int
parse_rule(struct mock_scenario *s, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	static const char *const known[] = { "serve", "at", "listen", "clock",
		"replay", "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH",
		"OPTIONS", "CONNECT", "*", NULL };
	const char *word = l->words[0].key;
	struct mock_rule *r;
	int rc;

	for (size_t i = 5; known[i] != NULL; i++) {
		if (strcmp(known[i], word) != 0)
			continue;
		r = sc_xcalloc(1, sizeof(*r));
		rc = mock_rule_parse(r, l, src, e);
		STAILQ_INSERT_TAIL(&s->rules, r, link);
		return rc;
	}
	return mock_line_unknown(l, e, "word", word, known);
}

static int
parse_line(struct mock_scenario *s, struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	const char *word = l->words[0].key;
	int64_t ignored;

	if (strcmp(word, "serve") == 0)
		return parse_serve(s, l, src, e);
	if (strcmp(word, "at") == 0)
		return parse_at(s, l, src, e);
	if (strcmp(word, "listen") == 0)
		return mock_listen_parse(&s->listens, l, src, e);
	/* The clock runs already; see mock_place_clock(). */
	if (strcmp(word, "clock") == 0)
		return mock_clock_parse(l, &ignored, e);
	if (strcmp(word, "replay") == 0)
		return mock_replay_parse(&s->rules, l, src, e);
	return parse_rule(s, l, src, e);
}

static int
parse_text(struct mock_scenario *s, char *text, const struct mock_source *src,
    struct sc_err *e)
{
	struct mock_line l = { .file = src->path };
	char *row;

	while ((row = strsep(&text, "\n")) != NULL) {
		l.number++;
		if (mock_line_split(&l, row, e) == -1 ||
		    (l.n > 0 && parse_line(s, &l, src, e) == -1))
			return -1;
	}
	return 0;
}

static bool
is_listener(const struct mock_scenario *s, const char *name)
{
	const struct mock_listen *n;

	for (n = STAILQ_FIRST(&s->listens); n != NULL;
	     n = STAILQ_NEXT(n, link)) {
		if (strcmp(n->name, name) == 0)
			return true;
	}
	return strcmp(name, MOCK_PLAIN) == 0 || strcmp(name, MOCK_TLS) == 0;
}

/* Listeners may be described below the lines that name them. */
static int
check_names(const struct mock_scenario *s, const struct mock_source *src,
    struct sc_err *e)
{
	struct mock_line l = { .file = src->path };
	const struct mock_rule *r;
	const char *missing = NULL;

	for (size_t i = 0; i < s->nserves && missing == NULL; i++) {
		const struct mock_serve *serve = &s->serves[i];

		if (serve->on != NULL && !is_listener(s, serve->on)) {
			missing = serve->on;
			l.number = serve->line;
		}
	}
	for (r = STAILQ_FIRST(&s->rules); r != NULL; r = STAILQ_NEXT(r, link)) {
		if (missing == NULL && r->on != NULL &&
		    !is_listener(s, r->on)) {
			missing = r->on;
			l.number = r->line;
		}
	}
	if (missing == NULL)
		return 0;
	return mock_line_fail(&l, e,
	    "on=%s: there is no such listener; add a line \"listen %s\"",
	    missing, missing);
}

struct mock_scenario *
mock_scenario_read(
    const struct mock_source *src, struct sc_slice text, struct sc_err *e)
{
	struct mock_scenario *s;
	char *copy;
	int rc;

	if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL) {
		(void)sc_fail(e, EX_CONFIG, "%s: not a text", src->path);
		return NULL;
	}
	s = sc_xcalloc(1, sizeof(*s));
	s->refs = 1;
	s->unmarked = src->unmarked;
	STAILQ_INIT(&s->rules);
	STAILQ_INIT(&s->listens);
	copy = sc_xstrndup(text.p != NULL ? text.p : "", text.n);
	rc = parse_text(s, copy, src, e);
	if (rc == 0)
		rc = check_names(s, src, e);
	free(copy);
	if (rc == 0)
		return s;
	mock_scenario_unref(s);
	return NULL;
}

struct mock_scenario *
mock_scenario_load(const struct mock_source *src, struct sc_err *e)
{
	char *path = mock_place_scenario(src->path);
	struct mock_source at = *src;
	struct mock_scenario *s = NULL;
	struct sc_buf b;

	at.path = path;
	sc_buf_init(&b, MOCK_SCENARIO_MAX_BYTES);
	if (sc_file_read(path, &b, e) == 0)
		s = mock_scenario_read(&at, (struct sc_slice){ b.p, b.len }, e);
	sc_buf_fini(&b);
	free(path);
	return s;
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
	for (size_t i = 0; i < s->nserves; i++)
		serve_fini(&s->serves[i]);
	free(s->serves);
	mock_listens_fini(&s->listens);
	free(s);
}

void
mock_scenario_calm(struct mock_scenario *s)
{
	struct mock_listen *l;
	struct mock_rule *r;

	/* Replay lines are what a vendor has said, not what befalls him. */
	for (r = STAILQ_FIRST(&s->rules); r != NULL; r = STAILQ_NEXT(r, link)) {
		if (r->request == NULL)
			r->window.until_ms = INT64_MIN;
	}
	for (l = STAILQ_FIRST(&s->listens); l != NULL; l = STAILQ_NEXT(l, link))
		l->window.until_ms = INT64_MIN;
}

const struct mock_listens *
mock_scenario_listens(const struct mock_scenario *s)
{
	return &s->listens;
}
