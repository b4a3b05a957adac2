#include <string.h>
#include <strings.h>

#include "mocksrv/match.h"
#include "mocksrv/query.h"
#include "sc/mem.h"

/* On a mismatch the last '*' takes one byte more. */
bool
mock_glob(const char *pattern, struct sc_slice s)
{
	const char *star = NULL;
	size_t at = 0, back = 0;

	while (at < s.n) {
		if (*pattern == '*') {
			star = ++pattern;
			back = at;
		} else if (*pattern != '\0' && *pattern == s.p[at]) {
			pattern++;
			at++;
		} else if (star != NULL) {
			pattern = star;
			at = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

int
mock_test_parse(struct mock_test *t, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	const char *what = strchr(w->key, '-'), *glob = w->value;

	*t = (struct mock_test){ .unless = *w->key == 'u' };
	if (strcmp(what, "-body") == 0) {
		t->what = MOCK_TEST_BODY;
		t->glob = sc_xstrdup(glob);
		return 0;
	}
	t->what =
	    strcmp(what, "-query") == 0 ? MOCK_TEST_QUERY : MOCK_TEST_HEADER;
	if ((glob = strchr(glob, ':')) == NULL || glob == w->value)
		return mock_line_fail(
		    l, e, "%s=%s: expected NAME:PATTERN", w->key, w->value);
	t->name = sc_xstrndup(w->value, (size_t)(glob - w->value));
	t->glob = sc_xstrdup(glob + 1);
	return 0;
}

static bool
in_query(const struct mock_test *t, struct sc_slice query)
{
	struct mock_query q;
	bool found = false;

	if (mock_query_parse(&q, query) == 0) {
		for (size_t i = 0; i < q.nparams && !found; i++)
			found = sc_slice_is(q.params[i].name, t->name) &&
			    mock_glob(t->glob, q.params[i].value);
	}
	mock_query_fini(&q);
	return found;
}

static bool
in_headers(const struct mock_test *t, const struct mock_http *h)
{
	size_t n = strlen(t->name);

	for (size_t i = 0; i < h->nheaders; i++) {
		const struct mock_header *d = &h->headers[i];

		if (d->name.n == n && strncasecmp(d->name.p, t->name, n) == 0 &&
		    mock_glob(t->glob, d->value))
			return true;
	}
	return false;
}

bool
mock_test_holds(const struct mock_test *t, const struct mock_http *h)
{
	bool found;

	if (t->what == MOCK_TEST_QUERY)
		found = in_query(t, h->query);
	else if (t->what == MOCK_TEST_HEADER)
		found = in_headers(t, h);
	else
		found = mock_glob(
		    t->glob, (struct sc_slice){ h->body.p, h->body.len });
	return found != t->unless;
}
