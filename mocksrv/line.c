#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/line.h"
#include "sc/buf.h"
#include "sc/conf.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define DURATION_MAX ((int64_t)24 * 3600 * 1000)

static const char blanks[] = " \t\r\n";

int
mock_line_fail(
    const struct mock_line *l, struct sc_err *e, const char *fmt, ...)
{
	char text[sizeof(e->msg)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return sc_fail(e, EX_CONFIG, "%s:%u: %s", l->file, l->number, text);
}

int
mock_line_split(struct mock_line *l, char *text, struct sc_err *e)
{
	char *word;

	l->n = 0;
	while ((word = strsep(&text, blanks)) != NULL) {
		if (*word == '#')
			break;
		if (*word == '\0')
			continue;
		if (l->n == MOCK_WORDS_MAX)
			return mock_line_fail(
			    l, e, "more than %d words", MOCK_WORDS_MAX);
		l->words[l->n].key = word;
		l->words[l->n].value = strchr(word, '=');
		if (l->words[l->n].value != NULL)
			*l->words[l->n].value++ = '\0';
		l->n++;
	}
	return 0;
}

int
mock_line_unknown(const struct mock_line *l, struct sc_err *e, const char *what,
    const char *word, const char *const *known)
{
	const char *near;
	struct sc_buf all;
	size_t n = 0;
	int rc;

	while (known[n] != NULL)
		n++;
	if ((near = sc_nearest(word, known, n)) != NULL)
		return mock_line_fail(l, e,
		    "unknown %s \"%s\"; did you mean \"%s\"?", what, word,
		    near);
	sc_buf_init(&all, sizeof(e->msg));
	for (size_t i = 0; i < n; i++)
		(void)sc_buf_addf(&all, "%s%s", i > 0 ? ", " : "", known[i]);
	rc = mock_line_fail(l, e, "unknown %s \"%s\"; there are: %s", what,
	    word, sc_buf_str(&all));
	sc_buf_fini(&all);
	return rc;
}

int
mock_line_check(const struct mock_line *l, const struct mock_word *w,
    const char *const *known, struct sc_err *e)
{
	for (size_t i = 0; known[i] != NULL; i++) {
		if (strcmp(known[i], w->key) != 0)
			continue;
		if (w->value != NULL && *w->value != '\0')
			return 0;
		return mock_line_fail(l, e, "%s= needs a value", w->key);
	}
	return mock_line_unknown(l, e, "word", w->key, known);
}

int
mock_line_number(const struct mock_line *l, const struct mock_word *w,
    int64_t lo, int64_t hi, int64_t *out, struct sc_err *e)
{
	const char *bad = NULL;
	long long v = 0;

	if (w->value == NULL || *w->value == '\0')
		bad = "missing";
	else
		v = strtonum(w->value, lo, hi, &bad);
	if (bad != NULL)
		return mock_line_fail(l, e,
		    "%s=%s: number is %s; expected %lld to %lld", w->key,
		    w->value != NULL ? w->value : "", bad, (long long)lo,
		    (long long)hi);
	*out = v;
	return 0;
}

int
mock_line_decimal(const struct mock_line *l, const struct mock_word *w,
    double lo, double hi, double *out, struct sc_err *e)
{
	char *end;
	double v = strtod(w->value, &end);

	if (end == w->value || *end != '\0' || !(v >= lo && v <= hi))
		return mock_line_fail(l, e,
		    "%s=%s: expected a number from %g to %g", w->key, w->value,
		    lo, hi);
	*out = v;
	return 0;
}

int
mock_line_duration(const struct mock_line *l, const struct mock_word *w,
    struct sc_slice text, int64_t *out, struct sc_err *e)
{
	if (sc_duration_parse(text.p, text.n, out) == 0 && *out <= DURATION_MAX)
		return 0;
	return mock_line_fail(l, e,
	    "%s=%s: expected a time such as 200ms or 5s", w->key, w->value);
}

int
mock_line_choice(const struct mock_line *l, const char *what, const char *text,
    const char *const *known, struct sc_err *e)
{
	for (int i = 0; known[i] != NULL; i++) {
		if (strcmp(known[i], text) == 0)
			return i;
	}
	return mock_line_unknown(l, e, what, text, known);
}

char *
mock_path_beside(const char *base, const char *path)
{
	const char *slash = strrchr(base, '/');

	if (*path == '/' || slash == NULL)
		return sc_xstrdup(path);
	return sc_xasprintf("%.*s/%s", (int)(slash - base), base, path);
}
