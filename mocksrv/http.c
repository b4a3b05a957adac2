#include <limits.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/http.h"

#define CHUNK_LINE_MAX 256
#define TRAILER_MAX    ((size_t)8 * 1024)
/* What a connection may keep for its next body. */
#define BODY_KEPT ((size_t)64 * 1024)

void
mock_http_init(struct mock_http *h)
{
	*h = (struct mock_http){ 0 };
	sc_buf_init(&h->head, MOCK_HEAD_MAX);
	sc_buf_init(&h->body, MOCK_BODY_MAX);
	sc_buf_init(&h->line, CHUNK_LINE_MAX);
	sc_buf_init(&h->path_text, MOCK_HEAD_MAX);
}

void
mock_http_fini(struct mock_http *h)
{
	sc_buf_fini(&h->head);
	sc_buf_fini(&h->body);
	sc_buf_fini(&h->line);
	sc_buf_fini(&h->path_text);
}

void
mock_http_reset(struct mock_http *h)
{
	sc_buf_reset(&h->head);
	sc_buf_reset(&h->body);
	if (h->body.cap > BODY_KEPT)
		sc_buf_fini(&h->body);
	sc_buf_reset(&h->line);
	sc_buf_reset(&h->path_text);
	h->state = MOCK_HTTP_HEAD;
	h->method = h->target = h->path = h->query = (struct sc_slice){ 0 };
	h->nheaders = 0;
	h->minor = 1;
	h->keep_alive = h->expect_continue = false;
	h->status = 0;
	h->error = NULL;
	h->left = 0;
	h->trailer = 0;
}

int
mock_http_fail(struct mock_http *h, int status, const char *error)
{
	h->state = MOCK_HTTP_BAD;
	h->status = status;
	h->error = error;
	return -1;
}

bool
mock_http_wants_continue(const struct mock_http *h)
{
	return h->expect_continue && h->body.len == 0 &&
	    (h->state == MOCK_HTTP_BODY ||
		(h->state == MOCK_HTTP_CHUNK_SIZE && h->line.len == 0));
}

bool
mock_http_started(const struct mock_http *h)
{
	return h->state != MOCK_HTTP_HEAD || h->head.len > 0;
}

struct sc_slice
mock_http_header(const struct mock_http *h, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < h->nheaders; i++) {
		const struct mock_header *d = &h->headers[i];

		if (d->name.n == n && strncasecmp(d->name.p, name, n) == 0)
			return d->value;
	}
	return (struct sc_slice){ 0 };
}

/*
 * Moves bytes up to and including the next LF into b.  Returns how many were
 * taken; *whole tells whether the line is complete.  0 with *whole set: the
 * line does not fit.
 */
static size_t
take_line(struct sc_buf *b, const char *p, size_t n, bool *whole)
{
	const char *lf = memchr(p, '\n', n);
	size_t take = lf != NULL ? (size_t)(lf - p) + 1 : n;

	*whole = lf != NULL;
	if (sc_buf_add(b, p, take) == 0)
		return take;
	*whole = true;
	return 0;
}

/* True when b, from `start`, ends with CRLF; a bare LF is not good enough. */
static bool
ends_crlf(const struct sc_buf *b, size_t start)
{
	return b->len >= start + 2 && b->p[b->len - 2] == '\r';
}

static int
after_head(struct mock_http *h)
{
	if (mock_http_parse_head(h) == -1)
		return -1;
	if (h->state == MOCK_HTTP_HEAD)
		h->state = h->left > 0 ? MOCK_HTTP_BODY : MOCK_HTTP_DONE;
	return 0;
}

static size_t
feed_head(struct mock_http *h, const char *p, size_t n)
{
	size_t before = h->head.len, took;
	bool whole;

	/* One line may have arrived in pieces: find where it starts. */
	while (before > 0 && h->head.p[before - 1] != '\n')
		before--;
	took = take_line(&h->head, p, n, &whole);
	if (!whole)
		return took;
	if (took == 0)
		(void)mock_http_fail(h, 431, "request head too large");
	else if (!ends_crlf(&h->head, before))
		(void)mock_http_fail(h, 400, "line does not end with CRLF");
	else if (h->head.len > before + 2)
		return took;
	else if (before == 0) /* an empty line before the request line */
		sc_buf_reset(&h->head);
	else
		(void)after_head(h);
	return took;
}

static size_t
feed_bytes(
    struct mock_http *h, const char *p, size_t n, enum mock_http_state next)
{
	size_t take = h->left < n ? (size_t)h->left : n;

	if (sc_buf_add(&h->body, p, take) == -1) {
		(void)mock_http_fail(h, 413, "request body too large");
		return 0;
	}
	h->left -= take;
	if (h->left == 0)
		h->state = next;
	return take;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* "1a2b" or "1a2b;name=value", CRLF.  The extension is of no interest. */
static int
parse_chunk_size(struct mock_http *h)
{
	size_t i = 0, end = h->line.len - 2;
	uint64_t v = 0;
	int d;

	for (; i < end && (d = hex_digit(h->line.p[i])) != -1; i++) {
		v = v * 16 + (uint64_t)d;
		if (v > MOCK_BODY_MAX)
			return mock_http_fail(h, 413, "chunk too large");
	}
	if (i == 0 || (i < end && h->line.p[i] != ';'))
		return mock_http_fail(h, 400, "bad chunk size");
	h->left = v;
	h->state = v > 0 ? MOCK_HTTP_CHUNK_DATA : MOCK_HTTP_TRAILER;
	return 0;
}

/* Chunk size lines, the CRLF behind a chunk, and trailer lines. */
static size_t
feed_line(struct mock_http *h, const char *p, size_t n)
{
	bool whole;
	size_t took = take_line(&h->line, p, n, &whole);

	if (!whole)
		return took;
	if (took == 0) {
		(void)mock_http_fail(h, 400, "chunk line too long");
		return 0;
	}
	if (!ends_crlf(&h->line, 0)) {
		(void)mock_http_fail(h, 400, "line does not end with CRLF");
	} else if (h->state == MOCK_HTTP_CHUNK_SIZE) {
		(void)parse_chunk_size(h);
	} else if (h->state == MOCK_HTTP_CHUNK_END) {
		if (h->line.len == 2)
			h->state = MOCK_HTTP_CHUNK_SIZE;
		else
			(void)mock_http_fail(h, 400, "chunk longer than said");
	} else if (h->line.len == 2) {
		h->state = MOCK_HTTP_DONE;
	} else if ((h->trailer += h->line.len) > TRAILER_MAX) {
		(void)mock_http_fail(h, 431, "trailer too large");
	}
	sc_buf_reset(&h->line);
	return took;
}

int
mock_http_feed(struct mock_http *h, const char *p, size_t n, size_t *used)
{
	*used = 0;
	while (*used < n && h->state != MOCK_HTTP_DONE &&
	    h->state != MOCK_HTTP_BAD) {
		const char *at = p + *used;
		size_t left = n - *used;

		if (h->state == MOCK_HTTP_HEAD)
			*used += feed_head(h, at, left);
		else if (h->state == MOCK_HTTP_BODY)
			*used += feed_bytes(h, at, left, MOCK_HTTP_DONE);
		else if (h->state == MOCK_HTTP_CHUNK_DATA)
			*used += feed_bytes(h, at, left, MOCK_HTTP_CHUNK_END);
		else
			*used += feed_line(h, at, left);
	}
	if (h->state == MOCK_HTTP_BAD)
		return -1;
	return h->state == MOCK_HTTP_DONE;
}
