#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mocksrv/dataset.h"
#include "mocksrv/setting.h"
#include "mocksrv/vendor.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

/* More words than this no vendor has. */
#define SETTINGS_MAX 48

static void *
place(const struct mock_setting *s, void *state)
{
	return (char *)state + s->offset;
}

/* -1 unless the word is known here; with `when` only feeds are. */
static const struct mock_setting *
find(const struct mock_setting *settings, const struct mock_line *l,
    const struct mock_word *w, const struct mock_when *when, struct sc_err *e)
{
	const char *known[SETTINGS_MAX + 1] = { NULL };
	size_t n = 0;

	for (const struct mock_setting *s = settings; s->word != NULL; s++) {
		if (when != NULL && s->kind != MOCK_SET_FEED)
			continue;
		if (strcmp(s->word, w->key) == 0 && w->value != NULL &&
		    *w->value != '\0')
			return s;
		if (n < SETTINGS_MAX)
			known[n++] = s->word;
	}
	(void)mock_line_check(l, w, known, e);
	return NULL;
}

static int
read_text(const struct mock_setting *s, char **out, const char *value)
{
	free(*out);
	*out = sc_xstrdup(value);
	if (s->kind == MOCK_SET_SECRET)
		sc_log_secret(*out, strlen(*out));
	return 0;
}

static int
read_yes(bool *out, const struct mock_line *l, const struct mock_word *w,
    struct sc_err *e)
{
	*out = strcmp(w->value, "yes") == 0;
	if (*out || strcmp(w->value, "no") == 0)
		return 0;
	return mock_line_fail(
	    l, e, "%s=%s: expected yes or no", w->key, w->value);
}

static int
read_choice(const char *const *choices, int64_t *out, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	*out = mock_line_choice(l, w->key, w->value, choices, e);
	return *out == -1 ? -1 : 0;
}

/* A duration; and, with a start for it to count from, also a time. */
static int
read_time(const int64_t *start_ms, int64_t *out, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	size_t n = strlen(w->value);
	int64_t v;

	if (sc_duration_parse(w->value, n, &v) == 0)
		*out = v + (start_ms != NULL ? *start_ms : 0);
	else if (start_ms != NULL && sc_time_parse_us(w->value, n, &v) == 0)
		*out = v / 1000;
	else
		return mock_line_fail(l, e, "%s=%s: expected %s30d", w->key,
		    w->value, start_ms != NULL ? "a time or " : "");
	return 0;
}

static int
read_feed(const struct mock_setting_source *from, const struct mock_setting *s,
    struct mock_feed *f, const struct mock_line *l, const struct mock_word *w,
    struct sc_err *e)
{
	static const struct mock_when always = { INT64_MIN, 0 };
	const struct mock_generator *g = from->generators;
	const struct mock_when *when = from->when;
	struct mock_dataset *d;
	struct mock_table *t;

	if (when == NULL && f->n > 0)
		return mock_line_fail(l, e, "%s= is given twice", s->word);
	if (when != NULL && f->n == 0)
		return mock_line_fail(
		    l, e, "%s= must be in the serve line first", s->word);
	while (g->name != NULL && strcmp(g->name, s->word) != 0)
		g++;
	d = mock_dataset_open(w->value, g, l, from->source, e);
	t = d != NULL ? mock_table_new(s->columns, d, e) : NULL;
	if (t == NULL)
		return -1;
	mock_feed_add(f, when != NULL ? when : &always, t);
	return 0;
}

int
mock_setting_read(const struct mock_setting_source *from, void *state,
    const struct mock_line *l, const struct mock_word *w, struct sc_err *e)
{
	const struct mock_setting *s =
	    find(from->settings, l, w, from->when, e);

	if (s == NULL)
		return -1;
	switch (s->kind) {
	case MOCK_SET_YES:
		return read_yes(place(s, state), l, w, e);
	case MOCK_SET_NUMBER:
		return mock_line_number(l, w, s->lo, s->hi, place(s, state), e);
	case MOCK_SET_CHOICE:
		return read_choice(s->choices, place(s, state), l, w, e);
	case MOCK_SET_DURATION:
		return read_time(NULL, place(s, state), l, w, e);
	case MOCK_SET_TIME:
		return read_time(
		    &from->source->now_ms, place(s, state), l, w, e);
	case MOCK_SET_FEED:
		return read_feed(from, s, place(s, state), l, w, e);
	case MOCK_SET_OWN:
		return s->read(place(s, state), l, w, from->source, e);
	case MOCK_SET_TEXT:
	case MOCK_SET_SECRET:
	default:
		return read_text(s, place(s, state), w->value);
	}
}

struct mock_feed *
mock_setting_feed(const struct mock_setting *s, void *state)
{
	return place(s, state);
}

int64_t
mock_setting_time(const struct mock_setting *s, void *state)
{
	const int64_t *ms = place(s, state);

	return *ms;
}

const char *
mock_setting_text(const struct mock_setting *s, void *state)
{
	char *const *text = place(s, state);

	return *text;
}

void
mock_setting_fini(const struct mock_setting *settings, void *state)
{
	for (const struct mock_setting *s = settings; s->word != NULL; s++) {
		char **text = place(s, state);

		if (s->kind == MOCK_SET_FEED) {
			mock_feed_fini(place(s, state));
			continue;
		}
		if (s->kind != MOCK_SET_TEXT && s->kind != MOCK_SET_SECRET)
			continue;
		if (s->kind == MOCK_SET_SECRET && *text != NULL)
			explicit_bzero(*text, strlen(*text));
		free(*text);
	}
}
