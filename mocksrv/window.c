#include <string.h>

#include "mocksrv/vendor.h"
#include "mocksrv/window.h"
#include "sc/timefmt.h"

int
mock_when_parse(const char *text, const struct mock_source *src, int64_t *ms)
{
	size_t n = strlen(text);
	int64_t v;

	if (*text == '+' && sc_duration_parse(text + 1, n - 1, &v) == 0) {
		*ms = src->now_ms + v;
		return 0;
	}
	if (sc_time_parse_us(text, n, &v) == -1)
		return -1;
	*ms = v / 1000;
	return 0;
}

static int
read_when(const struct mock_line *l, const struct mock_word *w,
    const struct mock_source *src, int64_t *out, struct sc_err *e)
{
	if (w->value != NULL && mock_when_parse(w->value, src, out) == 0)
		return 0;
	return mock_line_fail(l, e, "%s=%s: expected +10m or a time", w->key,
	    w->value != NULL ? w->value : "");
}

static int
read_duration(const struct mock_line *l, const struct mock_word *w,
    int64_t *out, struct sc_err *e)
{
	if (w->value != NULL &&
	    sc_duration_parse(w->value, strlen(w->value), out) == 0 && *out > 0)
		return 0;
	return mock_line_fail(l, e, "%s=%s: expected a duration such as 10m",
	    w->key, w->value != NULL ? w->value : "");
}

int
mock_window_read(struct mock_window *win, const struct mock_line *l,
    const struct mock_word *w, const struct mock_source *src, struct sc_err *e)
{
	if (strcmp(w->key, "after") == 0)
		return read_when(l, w, src, &win->after_ms, e);
	if (strcmp(w->key, "until") == 0)
		return read_when(l, w, src, &win->until_ms, e);
	if (strcmp(w->key, "every") == 0)
		return read_duration(l, w, &win->every_ms, e);
	if (strcmp(w->key, "for") == 0)
		return read_duration(l, w, &win->for_ms, e);
	return 1;
}

int
mock_window_ready(struct mock_window *win, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	if ((win->every_ms == 0) != (win->for_ms == 0))
		return mock_line_fail(l, e, "every= and for= go together");
	if (win->for_ms > win->every_ms)
		return mock_line_fail(l, e, "for= is longer than every=");
	if (win->until_ms <= win->after_ms)
		return mock_line_fail(l, e, "until= is not behind after=");
	/* A period has to begin somewhere. */
	if (win->every_ms > 0 && win->after_ms == INT64_MIN)
		win->after_ms = src->now_ms;
	return 0;
}

bool
mock_window_open(const struct mock_window *win, int64_t now_ms)
{
	if (now_ms < win->after_ms || now_ms >= win->until_ms)
		return false;
	return win->every_ms == 0 ||
	    (now_ms - win->after_ms) % win->every_ms < win->for_ms;
}
