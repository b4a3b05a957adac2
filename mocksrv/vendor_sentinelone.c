#include <stdlib.h>
#include <string.h>

#include "mocksrv/s1_console.h"
#include "mocksrv/s1_generate.h"
#include "mocksrv/vendor_sentinelone.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define DAY_MS (INT64_C(86400) * 1000)
/* A token of which the scenario does not tell the end lasts so long. */
#define TOKEN_MS (3650 * DAY_MS)

static bool
s1_owns(struct sc_slice path)
{
	return path.n >= 9 && memcmp(path.p, "/web/api/", 9) == 0;
}

static void
s1_close(void *state)
{
	struct s1_console *s = state;

	if (s->token != NULL)
		explicit_bzero(s->token, strlen(s->token));
	free(s->token);
	for (size_t i = 0; i < S1_STREAMS; i++) {
		for (size_t k = 0; k < s->feeds[i].n; k++)
			s1_table_free(s->feeds[i].versions[k].table);
		free(s->feeds[i].versions);
	}
	free(s);
}

static int
parse_expires(struct s1_console *s, const char *value,
    const struct mock_line *l, const struct mock_source *src, struct sc_err *e)
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
parse_yes(bool *out, const struct mock_word *w, const struct mock_line *l,
    struct sc_err *e)
{
	*out = strcmp(w->value, "yes") == 0;
	if (*out || strcmp(w->value, "no") == 0)
		return 0;
	return mock_line_fail(
	    l, e, "%s=%s: expected yes or no", w->key, w->value);
}

static int
parse_cursor(struct s1_style *style, const struct mock_word *w,
    const struct mock_line *l, struct sc_err *e)
{
	static const char *const known[] = { "encoded", "decoded", "repeat",
		"cycle", NULL };
	size_t i = 0;

	while (known[i] != NULL && strcmp(known[i], w->value) != 0)
		i++;
	if (known[i] == NULL)
		return mock_line_unknown(l, e, "cursor", w->value, known);
	style->cursor = (enum s1_cursor_style)i;
	return 0;
}

static const struct mock_generator *
find_generator(const char *stream)
{
	const struct mock_generator *g = mock_s1_generators;

	while (strcmp(g->name, stream) != 0)
		g++;
	return g;
}

/* 1 when the word names no stream. */
static int
parse_stream(struct s1_console *s, const struct mock_word *w,
    const struct mock_when *when, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	struct mock_dataset *d;
	struct s1_table *t;
	struct s1_feed *f;
	size_t i = 0;

	while (i < S1_STREAMS && strcmp(s1_streams[i].name, w->key) != 0)
		i++;
	if (i == S1_STREAMS)
		return 1;
	d = mock_dataset_open(w->value, find_generator(w->key), l, src, e);
	t = d != NULL ? s1_table_new(&s1_streams[i], d, e) : NULL;
	if (t == NULL)
		return -1;
	f = &s->feeds[i];
	f->versions =
	    sc_xreallocarray(f->versions, f->n + 1, sizeof(*f->versions));
	f->versions[f->n++] = (struct s1_version){ *when, t };
	return 0;
}

static int
parse_word(struct s1_console *s, const struct mock_word *w,
    const struct mock_line *l, const struct mock_source *src, struct sc_err *e)
{
	static const char *const known[] = { "token", "expires", "threats",
		"activities", "agents", "cursor", "extra-empty-page", "overlap",
		NULL };
	static const struct mock_when always = { INT64_MIN, 0 };
	int rc;

	if (mock_line_check(l, w, known, e) == -1)
		return -1;
	if ((rc = parse_stream(s, w, &always, l, src, e)) != 1)
		return rc;
	if (strcmp(w->key, "expires") == 0)
		return parse_expires(s, w->value, l, src, e);
	if (strcmp(w->key, "cursor") == 0)
		return parse_cursor(&s->style, w, l, e);
	if (strcmp(w->key, "extra-empty-page") == 0)
		return parse_yes(&s->style.extra_empty_page, w, l, e);
	if (strcmp(w->key, "overlap") == 0)
		return parse_yes(&s->style.overlap, w, l, e);
	free(s->token);
	s->token = sc_xstrdup(w->value);
	sc_log_secret(s->token, strlen(s->token));
	return 0;
}

static int
check(const struct s1_console *s, const struct mock_line *l, struct sc_err *e)
{
	if (s->token == NULL)
		return mock_line_fail(l, e, "sentinelone needs token=");
	for (size_t i = 0; i < S1_STREAMS; i++) {
		if (s->feeds[i].n > 1)
			return mock_line_fail(
			    l, e, "%s= is given twice", s1_streams[i].name);
	}
	return 0;
}

static void *
s1_open(
    const struct mock_line *l, const struct mock_source *src, struct sc_err *e)
{
	struct s1_console *s = sc_xcalloc(1, sizeof(*s));
	int rc = 0;

	s->created_ms = src->now_ms;
	s->expires_ms = src->now_ms + TOKEN_MS;
	for (size_t i = 2; i < l->n && rc == 0; i++)
		rc = parse_word(s, &l->words[i], l, src, e);
	if (rc == 0)
		rc = check(s, l, e);
	/* However the scenario is written, the token is older than its end. */
	if (s->created_ms > s->expires_ms)
		s->created_ms = s->expires_ms;
	s->created_ms -= 30 * DAY_MS;
	if (rc == 0)
		return s;
	s1_close(s);
	return NULL;
}

static int
s1_change(void *state, const struct mock_when *when, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	static const char *const known[] = { "threats", "activities", "agents",
		NULL };
	struct s1_console *s = state;

	for (size_t i = 3; i < l->n; i++) {
		const struct mock_word *w = &l->words[i];

		if (mock_line_check(l, w, known, e) == -1 ||
		    parse_stream(s, w, when, l, src, e) == -1)
			return -1;
	}
	for (size_t i = 0; i < S1_STREAMS; i++) {
		const struct s1_feed *f = &s->feeds[i];

		if (f->n > 0 && f->versions[0].when.at_ms != INT64_MIN)
			return mock_line_fail(l, e,
			    "%s= must be in the serve line first",
			    s1_streams[i].name);
	}
	return 0;
}

const struct mock_vendor mock_sentinelone = {
	.name = "sentinelone",
	.open = s1_open,
	.close = s1_close,
	.change = s1_change,
	.handle = s1_console_answer,
	.owns = s1_owns,
	.error = s1_console_error,
	.routes = s1_console_routes,
	.generators = mock_s1_generators,
};
