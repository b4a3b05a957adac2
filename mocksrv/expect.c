#include <stdlib.h>
#include <string.h>

#include "mocksrv/expect.h"
#include "mocksrv/line.h"
#include "sc/mem.h"

/* "3", "2..", "..5" or "2..5" */
static int
parse_times(struct mock_expect *x, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	char *dots = strstr(w->value, "..");
	const struct mock_word low = { w->key, w->value };
	const struct mock_word high = { w->key,
		dots != NULL ? dots + 2 : NULL };

	if (dots == NULL) {
		if (mock_line_number(l, &low, 0, INT32_MAX, &x->least, e) == -1)
			return -1;
		x->most = x->least;
		return 0;
	}
	*dots = '\0';
	x->least = 0;
	if (dots != w->value &&
	    mock_line_number(l, &low, 0, INT32_MAX, &x->least, e) == -1)
		return -1;
	if (*high.value != '\0' &&
	    mock_line_number(l, &high, x->least, INT32_MAX, &x->most, e) == -1)
		return -1;
	return 0;
}

static int
parse_test(struct mock_expect *x, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	x->tests = sc_xreallocarray(x->tests, x->ntests + 1, sizeof(*x->tests));
	return mock_test_parse(&x->tests[x->ntests++], l, w, e);
}

static int
parse_text(char **out, const char *value)
{
	free(*out);
	*out = sc_xstrdup(value);
	return 0;
}

static int
parse_word(struct mock_expect *x, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	static const char *const known[] = { "times", "status", "outcome", "on",
		"fault", "if-query", "if-header", "unless-query",
		"unless-header", NULL };

	if (mock_line_check(l, w, known, e) == -1)
		return -1;
	if (strcmp(w->key, "times") == 0)
		return parse_times(x, l, w, e);
	if (strcmp(w->key, "status") == 0)
		return mock_line_number(l, w, 100, 599, &x->status, e);
	if (strcmp(w->key, "outcome") == 0)
		return parse_text(&x->outcome, w->value);
	if (strcmp(w->key, "on") == 0)
		return parse_text(&x->on, w->value);
	if (strcmp(w->key, "fault") == 0)
		return parse_text(&x->fault, w->value);
	return parse_test(x, l, w, e);
}

/* The words METHOD PATH ..., behind "never" if that is there. */
static int
parse_request(
    struct mock_expect *x, const struct mock_line *l, struct sc_err *e)
{
	bool never = strcmp(l->words[0].key, "never") == 0;
	size_t i = never ? 1 : 0;

	x->least = 1;
	x->most = INT64_MAX;
	if (l->n < i + 2 || l->words[i].value != NULL ||
	    strchr("/*", l->words[i + 1].key[0]) == NULL)
		return mock_line_fail(l, e,
		    "expected METHOD /PATH, \"never\", \"in-order\" or "
		    "\"only\"");
	if (l->words[i + 1].value != NULL)
		return mock_line_fail(
		    l, e, "the path goes without its query; use if-query=");
	x->method = sc_xstrdup(l->words[i].key);
	x->path = sc_xstrdup(l->words[i + 1].key);
	for (i += 2; i < l->n; i++) {
		if (parse_word(x, l, &l->words[i], e) == -1)
			return -1;
	}
	if (never) {
		if (x->least != 1 || x->most != INT64_MAX)
			return mock_line_fail(l, e, "never takes no times=");
		x->least = x->most = 0;
	}
	return 0;
}

static struct mock_expect *
add(struct mock_expects *all)
{
	all->list = sc_xreallocarray(all->list, all->n + 1, sizeof(*all->list));
	all->list[all->n] = (struct mock_expect){ 0 };
	return &all->list[all->n++];
}

int
mock_expects_parse(
    struct mock_expects *all, const char *file, char *text, struct sc_err *e)
{
	struct mock_line l = { .file = file };
	bool ordered = false;
	char *row;

	*all = (struct mock_expects){ 0 };
	while ((row = strsep(&text, "\n")) != NULL) {
		char *copy = sc_xstrdup(row);
		int rc = 0;

		l.number++;
		if (mock_line_split(&l, row, e) == -1) {
			rc = -1;
		} else if (l.n == 1 && strcmp(l.words[0].key, "only") == 0) {
			all->only = true;
		} else if (l.n == 1 &&
		    strcmp(l.words[0].key, "in-order") == 0) {
			ordered = true;
		} else if (l.n > 0) {
			struct mock_expect *x = add(all);

			x->line = l.number;
			x->text = copy;
			copy = NULL;
			x->ordered = ordered;
			rc = parse_request(x, &l, e);
			x->ordered = ordered && x->most > 0;
		}
		free(copy);
		if (rc == -1)
			return -1;
	}
	return 0;
}

void
mock_expects_fini(struct mock_expects *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct mock_expect *x = &all->list[i];

		for (size_t k = 0; k < x->ntests; k++) {
			free(x->tests[k].name);
			free(x->tests[k].glob);
		}
		free(x->tests);
		free(x->text);
		free(x->method);
		free(x->path);
		free(x->outcome);
		free(x->on);
		free(x->fault);
	}
	free(all->list);
	*all = (struct mock_expects){ 0 };
}

static bool
is_like(const char *glob, struct sc_slice s)
{
	return glob == NULL || mock_glob(glob, s);
}

bool
mock_expect_fits(const struct mock_expect *x, const struct mock_seen *seen)
{
	if (!mock_glob(x->method, seen->http->method) ||
	    !mock_glob(x->path, seen->http->path) ||
	    (x->status != 0 && x->status != seen->status) ||
	    !is_like(x->outcome, seen->outcome) || !is_like(x->on, seen->on) ||
	    !is_like(x->fault, seen->fault))
		return false;
	for (size_t i = 0; i < x->ntests; i++) {
		if (!mock_test_holds(&x->tests[i], seen->http))
			return false;
	}
	return true;
}
