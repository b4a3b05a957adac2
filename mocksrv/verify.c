#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "mocksrv/expect.h"
#include "sc/file.h"
#include "sc/json.h"
#include "sc/mem.h"
#include "sc/prog.h"

#define TEXT_MAX ((size_t)4 * 1024 * 1024)
/* So many requests that nobody expected are told one by one. */
#define STRANGERS_MAX 5

struct verify {
	struct mock_expects all;
	size_t next; /* the place of the next ordered expectation */
	struct sc_json_plan *plan;
	struct mock_http http;
	struct sc_buf head, report;
	uint64_t strangers;
};

enum { METHOD, TARGET, STATUS, OUTCOME, ON, FAULT, HEADERS, MEMBERS };

static const char *const members[MEMBERS] = { "method", "target", "status",
	"outcome", "on", "fault", "headers" };

/* Headers that would have the parser wait for a body. */
static bool
is_about_body(struct sc_slice line)
{
	static const char *const names[] = {
		"content-length:", "transfer-encoding:", "expect:"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (line.n >= n && strncasecmp(line.p, names[i], n) == 0)
			return true;
	}
	return false;
}

/* The request's head as it was, so that the parser reads it once more. */
static void
rebuild(struct verify *v, const struct sc_json_val *m)
{
	struct sc_json_iter it = sc_json_iter(m[HEADERS]);
	struct sc_json_val line;
	struct sc_buf *b = &v->head;

	sc_buf_reset(b);
	(void)sc_json_str(m[METHOD], b);
	(void)sc_buf_addc(b, ' ');
	(void)sc_json_str(m[TARGET], b);
	(void)sc_buf_adds(b, " HTTP/1.1\r\n");
	while (m[HEADERS].type == SC_JSON_ARRAY &&
	    sc_json_next(&it, NULL, &line)) {
		size_t start = b->len;

		(void)sc_json_str(line, b);
		if (is_about_body(
			(struct sc_slice){ b->p + start, b->len - start }))
			b->len = start;
		else
			(void)sc_buf_adds(b, "\r\n");
	}
	(void)sc_buf_adds(b, "\r\n");
}

/* What stands between the quotes: these words have nothing to escape. */
static struct sc_slice
inside(struct sc_json_val v)
{
	if (v.type != SC_JSON_STRING)
		return (struct sc_slice){ "", 0 };
	return (struct sc_slice){ v.raw.p + 1, v.raw.n - 2 };
}

static void
note_stranger(struct verify *v)
{
	if (v->strangers++ < STRANGERS_MAX)
		(void)sc_buf_addf(&v->report, "# not expected: %.*s %.*s\n",
		    (int)v->http.method.n, v->http.method.p,
		    (int)v->http.target.n, v->http.target.p);
}

static void
judge(struct verify *v, const struct mock_seen *seen)
{
	bool known = false, advanced = false;

	for (size_t i = 0; i < v->all.n; i++) {
		struct mock_expect *x = &v->all.list[i];

		if (!mock_expect_fits(x, seen))
			continue;
		known |= x->most > 0;
		x->seen++;
		if (!advanced && i == v->next) {
			advanced = true;
			do
				v->next++;
			while (v->next < v->all.n &&
			    !v->all.list[v->next].ordered);
		}
	}
	if (!known)
		note_stranger(v);
}

static int
read_line(struct verify *v, const char *p, size_t n, struct sc_err *e)
{
	struct sc_json_val m[MEMBERS];
	struct mock_seen seen = { .http = &v->http };
	size_t used;

	if (sc_json_scan(p, n, v->plan, 0, m, e) == -1)
		return -1;
	/* Connections that never came to a request, or to a good one. */
	if (m[METHOD].type != SC_JSON_STRING ||
	    m[TARGET].type != SC_JSON_STRING)
		return 0;
	rebuild(v, m);
	mock_http_reset(&v->http);
	if (mock_http_feed(&v->http, v->head.p, v->head.len, &used) != 1)
		return 0;
	(void)sc_json_int(m[STATUS], &seen.status);
	seen.outcome = inside(m[OUTCOME]);
	seen.on = inside(m[ON]);
	seen.fault = inside(m[FAULT]);
	judge(v, &seen);
	return 0;
}

static int
read_journal(struct verify *v, const char *path, struct sc_err *e)
{
	bool in = strcmp(path, "-") == 0;
	FILE *f = in ? stdin : fopen(path, "re");
	unsigned number = 0;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int rc = 0;

	if (f == NULL)
		return sc_fail_sys(e, EX_NOINPUT, "journal %s", path);
	while (rc == 0 && (n = getline(&line, &cap, f)) != -1) {
		number++;
		if (n > 1)
			rc = read_line(v, line, (size_t)n, e);
	}
	if (rc == -1) {
		e->code = EX_DATAERR;
		sc_ctx(e, "%s:%u", path, number);
	} else if (ferror(f)) {
		rc = sc_fail_sys(e, EX_IOERR, "journal %s", path);
	}
	free(line);
	if (!in)
		(void)fclose(f);
	return rc;
}

/* What is wrong; an empty text when nothing is. */
static void
explain(const struct verify *v, size_t i, char *out, size_t cap)
{
	const struct mock_expect *x = &v->all.list[i];

	*out = '\0';
	if (x->seen < x->least || x->seen > x->most)
		(void)snprintf(out, cap, "seen %" PRId64 " times", x->seen);
	else if (x->ordered && x->least > 0 && i >= v->next)
		(void)snprintf(out, cap, "not behind the line before");
}

/* How many lines are not ok. */
static unsigned
report(struct verify *v, struct sc_buf *b)
{
	unsigned failed = 0, number = 0;
	char why[64];

	(void)sc_buf_addf(b, "1..%zu\n", v->all.n + (v->all.only ? 1 : 0));
	for (size_t i = 0; i < v->all.n; i++) {
		const struct mock_expect *x = &v->all.list[i];

		explain(v, i, why, sizeof(why));
		failed += *why != '\0';
		(void)sc_buf_addf(b, "%sok %u - line %u: %s%s%s\n",
		    *why != '\0' ? "not " : "", ++number, x->line, x->text,
		    *why != '\0' ? " # " : "", why);
	}
	if (!v->all.only)
		return failed;
	(void)sc_buf_addf(b, "%sok %u - only these\n",
	    v->strangers > 0 ? "not " : "", ++number);
	(void)sc_buf_add(b, v->report.p, v->report.len);
	return failed + (v->strangers > 0);
}

static int
run(struct verify *v, const char *journal, int fd, struct sc_err *e)
{
	struct sc_buf b;
	unsigned failed;
	int rc;

	while (v->next < v->all.n && !v->all.list[v->next].ordered)
		v->next++;
	if ((v->plan = sc_json_plan_new(members, MEMBERS, e)) == NULL ||
	    read_journal(v, journal, e) == -1)
		return -1;
	sc_buf_init(&b, TEXT_MAX);
	failed = report(v, &b);
	rc = sc_write_all(fd, b.p, b.len);
	sc_buf_fini(&b);
	if (rc == -1)
		return sc_fail_sys(
		    e, errno == EPIPE ? SC_EX_PIPE : EX_IOERR, "output");
	if (failed == 0)
		return 0;
	return sc_fail(
	    e, EX_DATAERR, "%u of the expectations are not met", failed);
}

int
mock_verify(
    const char *journal, const char *expectations, int fd, struct sc_err *e)
{
	struct verify v = { 0 };
	struct sc_buf text;
	char *copy = NULL;
	int rc = -1;

	sc_buf_init(&text, TEXT_MAX);
	sc_buf_init(&v.head, 2 * MOCK_HEAD_MAX);
	sc_buf_init(&v.report, TEXT_MAX);
	mock_http_init(&v.http);
	if (sc_file_read(expectations, &text, e) == 0) {
		copy = sc_xstrdup(sc_buf_str(&text));
		rc = mock_expects_parse(&v.all, expectations, copy, e);
	}
	if (rc == 0)
		rc = run(&v, journal, fd, e);
	mock_expects_fini(&v.all);
	sc_json_plan_free(v.plan);
	mock_http_fini(&v.http);
	sc_buf_fini(&v.report);
	sc_buf_fini(&v.head);
	sc_buf_fini(&text);
	free(copy);
	return rc;
}
