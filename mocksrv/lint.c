#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "mocksrv/canned.h"
#include "mocksrv/line.h"
#include "mocksrv/lint.h"
#include "mocksrv/scenario.h"
#include "sc/clock.h"
#include "sc/file.h"
#include "sc/json.h"
#include "sc/leak.h"
#include "sc/log.h"
#include "sc/mem.h"

#define FILE_MAX_BYTES ((size_t)256 * 1024 * 1024)
#define FINDINGS_MAX   ((size_t)16 * 1024 * 1024)

/* A file under examination. */
struct exam {
	const char *path;
	mode_t mode;
	bool rewrite;   /* what is not in its form */
	bool rewritten; /* and so has to be examined again */
	struct sc_slice text;
	struct sc_buf *findings;
	size_t nfindings;
};

static void
find(struct exam *x, size_t line, const char *what)
{
	(void)sc_buf_addf(x->findings, "%s:%zu: %s\n", x->path, line, what);
	x->nfindings++;
}

/* A message that says itself where. */
static void
find_error(struct exam *x, const struct sc_err *e)
{
	(void)sc_buf_addf(x->findings, "%s\n", e->msg);
	x->nfindings++;
}

static size_t
line_of(struct sc_slice text, const char *at)
{
	size_t line = 1;

	for (const char *p = text.p; p < at; p++)
		line += *p == '\n';
	return line;
}

static bool
named(const char *path, const char *ext)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL && strcmp(dot, ext) == 0;
}

/* The next line, without its end; false behind the last one. */
static bool
next_line(struct sc_slice *rest, struct sc_slice *line)
{
	const char *lf;

	if (rest->n == 0)
		return false;
	lf = memchr(rest->p, '\n', rest->n);
	*line = (struct sc_slice){ rest->p,
		lf != NULL ? (size_t)(lf - rest->p) : rest->n };
	rest->n -= line->n + (lf != NULL);
	rest->p += line->n + (lf != NULL);
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static void
check_leaks(struct exam *x)
{
	struct sc_leak leak;
	char what[128];

	for (size_t at = 0; sc_leak_find(x->text, at, &leak);
	     at = leak.at + leak.n) {
		(void)snprintf(
		    what, sizeof(what), "looks like a secret: %s", leak.what);
		find(x, line_of(x->text, x->text.p + leak.at), what);
	}
}

static void
check_header(struct exam *x, struct sc_slice line)
{
	const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
	struct sc_slice name, value;

	if (colon == NULL)
		return;
	name = (struct sc_slice){ line.p, (size_t)(colon - line.p) };
	value = (struct sc_slice){ colon + 1, line.n - name.n - 1 };
	if (sc_leak_header(name))
		find(x, line_of(x->text, line.p),
		    "a header that holds a credential");
	else if (sc_leak_random(value))
		find(x, line_of(x->text, line.p),
		    "a header with a long random value");
}

/* Those of all heads, also of the ones that are never served. */
static void
check_headers(struct exam *x, const struct mock_canned *c)
{
	struct sc_slice rest = x->text, line;

	if (!c->raw)
		rest.n -= c->body.n;
	while (next_line(&rest, &line)) {
		if (c->raw && line.n == 0)
			break;
		check_header(x, line);
	}
}

/* The first line in which the file is not what it should be. */
static size_t
first_difference(struct sc_slice is, const struct sc_buf *should)
{
	size_t i = 0;

	while (i < is.n && i < should->len && is.p[i] == should->p[i])
		i++;
	return line_of(is, is.p + i);
}

static int
check_form(struct exam *x, const struct mock_canned *c, struct sc_err *e)
{
	struct sc_buf form;
	int rc = 0;

	sc_buf_init(&form, FILE_MAX_BYTES);
	mock_canned_canonical(c, &form);
	if (form.len == x->text.n && memcmp(form.p, x->text.p, form.len) == 0) {
		sc_buf_fini(&form);
		return 0;
	}
	if (x->rewrite) {
		rc = sc_file_replace(
		    x->path, form.p, form.len, x->mode & 07777, e);
		x->rewritten = rc == 0;
	} else {
		find(x, first_difference(x->text, &form),
		    "not in canonical form; sc-mock lint -w writes it");
	}
	sc_buf_fini(&form);
	return rc;
}

static int
check_answer(struct exam *x, struct sc_err *e)
{
	struct sc_err cause = { 0 };
	struct mock_canned *c = mock_canned_load_http(x->path, &cause);
	int rc = 0;

	if (c == NULL) {
		find_error(x, &cause);
		return 0;
	}
	if (!c->raw)
		rc = check_form(x, c, e);
	if (!x->rewritten)
		check_headers(x, c);
	mock_canned_free(c);
	return rc;
}

/* "key" alone is too common a word to be one of sc_leak_find(). */
static void
check_served(struct exam *x, const struct mock_line *l)
{
	if (l->n < 2 || strcmp(l->words[0].key, "serve") != 0)
		return;
	for (size_t i = 2; i < l->n; i++) {
		const struct mock_word *w = &l->words[i];

		if (strcmp(w->key, "key") == 0 && w->value != NULL &&
		    sc_leak_live(sc_slice_of(w->value)))
			find(x, l->number,
			    "looks like a secret: a vendor's key");
	}
}

static void
check_scenario(struct exam *x)
{
	const struct mock_source src = {
		.path = x->path, .now_ms = sc_clock_ms(), .looked_at = true
	};
	struct mock_line l = { .file = x->path };
	struct sc_err e = { 0 };
	struct mock_scenario *s = mock_scenario_load(&src, &e);
	char *text = sc_xstrndup(x->text.p, x->text.n), *rest = text, *row;

	if (s == NULL)
		find_error(x, &e);
	mock_scenario_unref(s);
	while ((row = strsep(&rest, "\n")) != NULL) {
		l.number++;
		if (mock_line_split(&l, row, &e) == 0)
			check_served(x, &l);
	}
	free(text);
}

static void
check_json(struct exam *x, struct sc_slice text, size_t line)
{
	struct sc_err e = { 0 };

	if (sc_json_scan(text.p, text.n, NULL, SC_JSON_DEEP, NULL, &e) == -1)
		find(x, line, e.msg);
}

static void
check_dataset(struct exam *x)
{
	struct sc_slice rest = x->text, line;

	for (size_t number = 1; next_line(&rest, &line); number++) {
		if (line.n > 0)
			check_json(x, line, number);
	}
}

static int
examine(struct exam *x, struct sc_err *e)
{
	struct sc_buf b;
	int rc = -1;

	sc_buf_init(&b, FILE_MAX_BYTES);
	if (sc_file_read(x->path, &b, e) == -1)
		goto out;
	x->text = (struct sc_slice){ sc_buf_str(&b), b.len };
	rc = 0;
	if (named(x->path, ".http") || named(x->path, ".raw"))
		rc = check_answer(x, e);
	else if (named(x->path, ".scenario"))
		check_scenario(x);
	else if (named(x->path, ".ndjson"))
		check_dataset(x);
	else if (named(x->path, ".json"))
		check_json(x, x->text, 1);
	if (!x->rewritten)
		check_leaks(x);
out:
	sc_buf_fini(&b);
	return rc;
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int
visit(FTS *tree, FTSENT *f, struct exam *x, struct sc_err *e)
{
	if (f->fts_info == FTS_NS || f->fts_info == FTS_DNR ||
	    f->fts_info == FTS_ERR) {
		errno = f->fts_errno;
		return sc_fail_sys(e, EX_NOINPUT, "%s", f->fts_path);
	}
	if (f->fts_level > 0 && *f->fts_name == '.') {
		(void)fts_set(tree, f, FTS_SKIP);
		return 0;
	}
	if (f->fts_info != FTS_F)
		return 0;
	x->path = f->fts_path;
	x->mode = f->fts_statp->st_mode;
	x->rewritten = false;
	if (examine(x, e) == -1)
		return -1;
	if (!x->rewritten)
		return 0;
	sc_info("%s rewritten", x->path);
	x->rewritten = false;
	return examine(x, e);
}

static int
walk(char *path, struct exam *x, struct sc_err *e)
{
	char *roots[] = { path, NULL };
	FTS *tree = fts_open(
	    roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	FTSENT *f;
	int rc = 0;

	if (tree == NULL)
		return sc_fail_sys(e, EX_NOINPUT, "%s", path);
	while (rc == 0 && (f = fts_read(tree)) != NULL)
		rc = visit(tree, f, x, e);
	(void)fts_close(tree);
	return rc;
}

int
mock_lint(char *const *paths, size_t n, bool rewrite, int fd, struct sc_err *e)
{
	struct exam x = { .rewrite = rewrite };
	struct sc_buf findings;
	int rc = 0;

	sc_buf_init(&findings, FINDINGS_MAX);
	x.findings = &findings;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = walk(paths[i], &x, e);
	if (findings.len > 0 &&
	    sc_write_all(fd, findings.p, findings.len) == -1 && rc == 0)
		rc = sc_fail_sys(e, EX_IOERR, "write");
	sc_buf_fini(&findings);
	if (rc == 0 && x.nfindings > 0)
		return sc_fail(e, EX_DATAERR, "%zu finding%s", x.nfindings,
		    x.nfindings == 1 ? "" : "s");
	return rc;
}
