#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "mocksrv/journal.h"
#include "sc/file.h"
#include "sc/ident.h"
#include "sc/json.h"
#include "sc/jsonw.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

/* A head of 32 KiB may grow sixfold when it is escaped. */
#define LINE_MAX_BYTES (8 * MOCK_HEAD_MAX)

static const char *const secret_headers[] = { "authorization",
	"proxy-authorization", "cookie", "x-api-key", "dtapi-token",
	"dtapi-signature" };

int
mock_journal_open(
    struct mock_journal *j, const char *path, bool ring, struct sc_err *e)
{
	*j = (struct mock_journal){ .fd = -1 };
	if (ring)
		j->ring = sc_xmalloc(MOCK_RING_BYTES);
	if (path == NULL)
		return 0;
	j->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (j->fd == -1)
		return sc_fail_sys(e, EX_CANTCREAT, "journal %s", path);
	return 0;
}

void
mock_journal_close(struct mock_journal *j)
{
	if (j->fd != -1)
		(void)close(j->fd);
	free(j->ring);
	*j = (struct mock_journal){ .fd = -1 };
}

void
mock_journal_clear(struct mock_journal *j)
{
	j->used = 0;
}

/* Drops the older half of the lines when there is no room. */
static void
keep(struct mock_journal *j, const char *line, size_t n)
{
	const char *lf;

	if (j->ring == NULL || n > MOCK_RING_BYTES / 2)
		return;
	if (n > MOCK_RING_BYTES - j->used) {
		lf = memchr(j->ring + j->used / 2, '\n', j->used - j->used / 2);
		j->used -= (size_t)(lf + 1 - j->ring);
		memmove(j->ring, lf + 1, j->used);
	}
	memcpy(j->ring + j->used, line, n);
	j->used += n;
}

static bool
is_secret(struct sc_slice name)
{
	size_t n = sizeof(secret_headers) / sizeof(secret_headers[0]);

	for (size_t i = 0; i < n; i++) {
		if (name.n == strlen(secret_headers[i]) &&
		    strncasecmp(name.p, secret_headers[i], name.n) == 0)
			return true;
	}
	return false;
}

/* The wire may carry any byte; a JSON string may not. */
static void
add_safe(struct sc_buf *b, struct sc_slice s)
{
	while (s.n > 0) {
		size_t good = sc_utf8_valid(s.p, s.n);

		(void)sc_buf_add(b, s.p, good);
		if (good < s.n)
			(void)sc_buf_addf(
			    b, "\\x%02x", (unsigned char)s.p[good++]);
		s.p += good;
		s.n -= good;
	}
}

/* "ApiToken ***"; a credential without a scheme word is all secret. */
static void
add_masked(struct sc_buf *b, struct sc_slice value)
{
	const char *blank = value.n > 0 ? memchr(value.p, ' ', value.n) : NULL;

	if (blank != NULL)
		add_safe(b,
		    (struct sc_slice){
			value.p, (size_t)(blank - value.p) + 1 });
	(void)sc_buf_adds(b, "***");
}

/* Writes the text as a JSON string; known secrets do not get through. */
static void
put_text(struct sc_jw *w, struct sc_buf *text)
{
	size_t cap = text->len * 3 + 1;
	char *safe = sc_xmalloc(cap);

	sc_log_redact(sc_buf_str(text), safe, cap);
	sc_jw_str(w, safe);
	free(safe);
	sc_buf_reset(text);
}

static void
put_slice(
    struct sc_jw *w, const char *key, struct sc_slice s, struct sc_buf *text)
{
	if (s.p == NULL)
		return;
	sc_jw_key(w, key);
	add_safe(text, s);
	put_text(w, text);
}

static void
put_headers(struct sc_jw *w, const struct mock_http *h, struct sc_buf *text)
{
	sc_jw_key(w, "headers");
	sc_jw_arr(w);
	for (size_t i = 0; i < h->nheaders; i++) {
		const struct mock_header *d = &h->headers[i];

		add_safe(text, d->name);
		(void)sc_buf_adds(text, ": ");
		if (is_secret(d->name))
			add_masked(text, d->value);
		else
			add_safe(text, d->value);
		put_text(w, text);
	}
	sc_jw_end(w, ']');
}

static void
put_rule(struct sc_jw *w, unsigned line)
{
	char rule[32] = "none";

	if (line > 0)
		(void)snprintf(rule, sizeof(rule), "line %u", line);
	sc_jw_kv(w, "rule", rule);
}

/* The answer, and the request's body as its hash. */
static void
put_outcome(struct sc_jw *w, const struct mock_exchange *x)
{
	const struct sc_buf *body = &x->request->body;
	const struct mock_reply *r = x->reply;
	char hash[SC_SHA256_BUF];

	if (body->len > 0)
		sc_jw_kv(
		    w, "body_sha256", sc_sha256_hex(body->p, body->len, hash));
	sc_jw_kvi(w, "status", r->status);
	sc_jw_kvi(w, "bytes", (int64_t)x->bytes);
	sc_jw_kv(w, "outcome", x->outcome);
	sc_jw_kv(w, "note", r->note);
	if (r->fault.len > 0)
		sc_jw_kvn(
		    w, "fault", (struct sc_slice){ r->fault.p, r->fault.len });
}

static void
put_exchange(
    struct sc_buf *line, struct sc_buf *text, const struct mock_exchange *x)
{
	const struct mock_http *h = x->request;
	char time[SC_TIME_BUF];
	struct sc_jw w;

	sc_jw_init(&w, line);
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "n", (int64_t)x->n);
	sc_jw_kvi(&w, "conn", (int64_t)x->conn);
	sc_jw_kv(&w, "on", x->on);
	sc_jw_kv(&w, "time", sc_time_format(x->time_ms * 1000, 3, time));
	put_rule(&w, x->reply->line);
	put_slice(&w, "method", h->method, text);
	put_slice(&w, "target", h->target, text);
	sc_jw_kv(&w, "error", h->error);
	put_outcome(&w, x);
	put_headers(&w, h, text);
	sc_jw_end(&w, '}');
	(void)sc_buf_addc(line, '\n');
}

void
mock_journal_write(struct mock_journal *j, const struct mock_exchange *x)
{
	struct sc_buf line, text;

	if (j->fd == -1 && j->ring == NULL)
		return;
	sc_buf_init(&line, LINE_MAX_BYTES);
	sc_buf_init(&text, LINE_MAX_BYTES);
	put_exchange(&line, &text, x);
	if (line.full ||
	    (j->fd != -1 && sc_write_all(j->fd, line.p, line.len) == -1))
		sc_error("journal: request %llu is not written",
		    (unsigned long long)x->n);
	else
		keep(j, line.p, line.len);
	sc_buf_fini(&text);
	sc_buf_fini(&line);
}
