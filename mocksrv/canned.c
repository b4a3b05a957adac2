#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "mocksrv/canned.h"
#include "mocksrv/line.h"
#include "sc/file.h"
#include "sc/mem.h"

#define FILE_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* A file while it is read, line by line. */
struct reader {
	const char *p;
	const char *end;
};

static bool
ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n >= t && strcmp(s + n - t, tail) == 0;
}

const char *
mock_type_of(const char *path)
{
	if (ends_with(path, ".json"))
		return "application/json";
	if (ends_with(path, ".html"))
		return "text/html; charset=utf-8";
	if (ends_with(path, ".txt"))
		return "text/plain; charset=utf-8";
	return "application/octet-stream";
}

/* The next line without CRLF or LF; false when no whole line is left. */
static bool
next_line(struct reader *r, struct sc_slice *line)
{
	size_t left = (size_t)(r->end - r->p);
	const char *lf = left > 0 ? memchr(r->p, '\n', left) : NULL;

	if (lf == NULL)
		return false;
	*line = (struct sc_slice){ r->p, (size_t)(lf - r->p) };
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	r->p = lf + 1;
	return true;
}

static bool
starts_head(const struct reader *r)
{
	return r->end - r->p > 5 && memcmp(r->p, "HTTP/", 5) == 0;
}

/* "HTTP/2 200" or "HTTP/1.1 503 Service Unavailable". */
static int
parse_status(struct mock_canned *c, struct sc_slice line)
{
	const char *blank = memchr(line.p, ' ', line.n);
	size_t at = blank != NULL ? (size_t)(blank - line.p) + 1 : line.n;
	int status = 0;

	for (size_t i = at; i < at + 3; i++) {
		if (i >= line.n || line.p[i] < '0' || line.p[i] > '9')
			return -1;
		status = status * 10 + (line.p[i] - '0');
	}
	at += 3;
	if (status < 100 || (at < line.n && line.p[at] != ' '))
		return -1;
	c->status = status;
	free(c->reason);
	c->reason = at + 1 < line.n
	    ? sc_xstrndup(line.p + at + 1, line.n - at - 1)
	    : NULL;
	return 0;
}

static bool
is_header(struct sc_slice line, const char *name)
{
	size_t n = strlen(name);

	return line.n > n && strncasecmp(line.p, name, n) == 0 &&
	    line.p[n] == ':';
}

static bool
is_framing(struct sc_slice line, bool plain_body)
{
	static const char *const names[] = { "Transfer-Encoding", "Connection",
		"Keep-Alive", "Content-Length" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is_header(line, names[i]))
			return true;
	}
	return plain_body && is_header(line, "Content-Encoding");
}

/* No compressed format begins with a printable character or a blank. */
static bool
is_plain(struct sc_slice body)
{
	unsigned char c = body.n > 0 ? (unsigned char)body.p[0] : ' ';

	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f);
}

static void
keep_headers(struct mock_canned *c)
{
	struct reader r = { c->head.p, c->head.p + c->head.n };
	struct sc_slice line;
	bool plain = is_plain(c->body);

	while (next_line(&r, &line)) {
		if (is_framing(line, plain) || is_header(line, "Date"))
			continue;
		(void)sc_buf_add(&c->headers, line.p, line.n);
		(void)sc_buf_adds(&c->headers, "\r\n");
	}
}

static int
parse_http(struct mock_canned *c, const char *path, struct sc_err *e)
{
	struct reader r = { c->file.p, c->file.p + c->file.len };
	struct sc_slice line;

	do {
		if (!starts_head(&r) || !next_line(&r, &line) ||
		    parse_status(c, line) == -1)
			return sc_fail(e, EX_CONFIG,
			    "%s: no status line as curl -i prints it", path);
		c->head.p = r.p;
		do {
			c->head.n = (size_t)(r.p - c->head.p);
			if (!next_line(&r, &line))
				return sc_fail(e, EX_CONFIG,
				    "%s: no empty line behind the headers",
				    path);
		} while (line.n > 0);
	} while (starts_head(&r));
	c->body = (struct sc_slice){ r.p, (size_t)(r.end - r.p) };
	keep_headers(c);
	if (c->headers.full)
		return sc_fail(e, EX_CONFIG, "%s: headers too long", path);
	return 0;
}

static struct mock_canned *
load(const char *path, struct sc_err *e)
{
	struct mock_canned *c = sc_xcalloc(1, sizeof(*c));

	sc_buf_init(&c->file, FILE_MAX_BYTES);
	sc_buf_init(&c->headers, MOCK_HEADERS_TEXT_MAX);
	if (sc_file_read(path, &c->file, e) == 0)
		return c;
	mock_canned_free(c);
	return NULL;
}

struct mock_canned *
mock_canned_load_body(const char *path, struct sc_err *e)
{
	struct mock_canned *c = load(path, e);

	if (c != NULL)
		c->body = (struct sc_slice){ c->file.p, c->file.len };
	return c;
}

struct mock_canned *
mock_canned_load_http(const char *path, struct sc_err *e)
{
	struct mock_canned *c = load(path, e);
	struct reader r;
	struct sc_slice line;
	bool marked;

	if (c == NULL)
		return NULL;
	r = (struct reader){ c->file.p, c->file.p + c->file.len };
	marked = next_line(&r, &line) && sc_slice_is(line, "#raw");
	if (!marked && !ends_with(path, ".raw")) {
		if (parse_http(c, path, e) == 0)
			return c;
		mock_canned_free(c);
		return NULL;
	}
	c->raw = true;
	if (!marked)
		r.p = c->file.p;
	c->body = (struct sc_slice){ r.p, (size_t)(r.end - r.p) };
	/* Only for the journal; a broken status line is no error here. */
	if (!starts_head(&r) || !next_line(&r, &line) ||
	    parse_status(c, line) == -1)
		c->status = 0;
	return c;
}

void
mock_canned_free(struct mock_canned *c)
{
	if (c == NULL)
		return;
	sc_buf_fini(&c->file);
	sc_buf_fini(&c->headers);
	free(c->reason);
	free(c);
}

/* Cuts "*3" off the text; -1 when it is no such number. */
static int
cut_times(char *text, int64_t *times)
{
	char *star = strrchr(text, '*');
	const char *bad = NULL;

	*times = 1;
	if (star == NULL)
		return 0;
	*star = '\0';
	*times = strtonum(star + 1, 1, INT32_MAX, &bad);
	return bad == NULL ? 0 : -1;
}

static int
add_turn(
    struct mock_sequence *q, const char *base, char *text, struct sc_err *e)
{
	struct mock_turn turn = { 0 };
	char *path;

	if (cut_times(text, &turn.times) == -1 || *text == '\0')
		return sc_fail(e, EX_CONFIG,
		    "file=: expected files with commas between them, and *2 "
		    "behind one that comes twice");
	path = mock_path_beside(base, text);
	turn.answer = mock_canned_load_http(path, e);
	free(path);
	if (turn.answer == NULL)
		return -1;
	q->turns = sc_xreallocarray(q->turns, q->n + 1, sizeof(*q->turns));
	q->turns[q->n++] = turn;
	return 0;
}

int
mock_sequence_load(struct mock_sequence *q, const char *base, const char *text,
    struct sc_err *e)
{
	mock_sequence_fini(q);
	return mock_sequence_add(q, base, text, e);
}

int
mock_sequence_add(struct mock_sequence *q, const char *base, const char *text,
    struct sc_err *e)
{
	char *copy = sc_xstrdup(text), *rest = copy, *one;
	int rc = 0;

	while (rc == 0 && (one = strsep(&rest, ",")) != NULL)
		rc = add_turn(q, base, one, e);
	free(copy);
	return rc;
}

void
mock_sequence_fini(struct mock_sequence *q)
{
	for (size_t i = 0; i < q->n; i++)
		mock_canned_free(q->turns[i].answer);
	free(q->turns);
	*q = (struct mock_sequence){ 0 };
}

const struct mock_canned *
mock_sequence_at(const struct mock_sequence *q, int64_t n)
{
	size_t i = 0;

	while (i + 1 < q->n && n > q->turns[i].times)
		n -= q->turns[i++].times;
	return q->turns[i].answer;
}

void
mock_canned_fill(const struct mock_canned *c, struct mock_reply *r)
{
	if (c->status != 0)
		r->status = c->status;
	r->reason = c->reason;
	r->raw = c->raw;
	if (c->raw)
		(void)sc_buf_adds(&r->fault, "raw");
	(void)sc_buf_add(&r->headers, c->headers.p, c->headers.len);
	mock_reply_part(r, c->body.p, c->body.n);
}

/* "Name: value" without blanks around the value; other lines as they are. */
static void
put_header(struct sc_slice line, struct sc_buf *b)
{
	const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
	const char *p, *end = line.p + line.n;

	if (colon != NULL) {
		p = colon + 1;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		(void)sc_buf_add(b, line.p, (size_t)(colon + 1 - line.p));
		if (p < end)
			(void)sc_buf_addc(b, ' ');
		line = (struct sc_slice){ p, (size_t)(end - p) };
	}
	(void)sc_buf_add(b, line.p, line.n);
	(void)sc_buf_addc(b, '\n');
}

void
mock_canned_canonical(const struct mock_canned *c, struct sc_buf *b)
{
	struct reader r = { c->head.p, c->head.p + c->head.n };
	struct sc_slice line;
	bool plain = is_plain(c->body);

	(void)sc_buf_addf(b, "HTTP/1.1 %d%s%s\n", c->status,
	    c->reason != NULL ? " " : "", c->reason != NULL ? c->reason : "");
	while (next_line(&r, &line)) {
		if (!is_framing(line, plain))
			put_header(line, b);
	}
	(void)sc_buf_addc(b, '\n');
	(void)sc_buf_add(b, c->body.p, c->body.n);
}
