#include <stdlib.h>
#include <string.h>

#include "mocksrv/http.h"

/*
 * A stream of requests must come out the same however it is cut: all at once,
 * and in pieces whose sizes are drawn from the input itself.
 */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

static bool
same(struct sc_slice a, struct sc_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static struct sc_slice
body_of(const struct mock_http *h)
{
	return (struct sc_slice){ h->body.p, h->body.len };
}

static void
check_request(const struct mock_http *h)
{
	CHECK(h->method.n > 0 && h->target.n > 0 && h->path.n > 0);
	CHECK(memchr(h->path.p, '\0', h->path.n) == NULL);
	if (sc_slice_is(h->method, "CONNECT"))
		CHECK(same(h->path, h->target));
	else
		CHECK(h->path.p[0] == '/' || sc_slice_is(h->path, "*"));
	CHECK(h->nheaders <= MOCK_HEADERS_MAX);
	CHECK(h->body.len <= MOCK_BODY_MAX);
	for (size_t i = 0; i < h->nheaders; i++)
		CHECK(h->headers[i].name.n > 0);
}

static void
check_same(const struct mock_http *a, const struct mock_http *b)
{
	CHECK(a->status == b->status);
	CHECK(same(a->method, b->method) && same(a->target, b->target));
	CHECK(same(a->path, b->path) && same(a->query, b->query));
	CHECK(same(body_of(a), body_of(b)));
	CHECK(a->nheaders == b->nheaders);
	CHECK(a->keep_alive == b->keep_alive && a->minor == b->minor);
	for (size_t i = 0; i < a->nheaders; i++)
		CHECK(same(a->headers[i].name, b->headers[i].name) &&
		    same(a->headers[i].value, b->headers[i].value));
}

/* Feeds one request in pieces; the copies let the sanitizer see overreads. */
static int
feed_pieces(
    struct mock_http *h, const char *p, size_t n, size_t *used, unsigned *cuts)
{
	int rc = 0;

	*used = 0;
	while (rc == 0 && *used < n) {
		size_t left = n - *used, piece = 1 + (*cuts >> 4) % 23, took;
		char *copy;

		*cuts = *cuts * 1103515245U + 12345U;
		if (piece > left)
			piece = left;
		copy = malloc(piece);
		CHECK(copy != NULL);
		memcpy(copy, p + *used, piece);
		rc = mock_http_feed(h, copy, piece, &took);
		free(copy);
		CHECK(took <= piece && (rc != 0 || took == piece));
		*used += took;
	}
	return rc;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const char *p = (const char *)data;
	unsigned cuts = n > 0 ? data[n - 1] : 0;
	struct mock_http whole, pieces;
	int rc = 1;

	mock_http_init(&whole);
	mock_http_init(&pieces);
	while (n > 0 && rc == 1) {
		size_t used, used_pieces;

		rc = mock_http_feed(&whole, p, n, &used);
		CHECK(used <= n && (rc != 0 || used == n));
		CHECK(feed_pieces(&pieces, p, n, &used_pieces, &cuts) == rc);
		if (rc == 1) {
			CHECK(used == used_pieces);
			check_request(&whole);
			check_same(&whole, &pieces);
		}
		CHECK(whole.status == pieces.status);
		CHECK((rc == -1) == (whole.error != NULL));
		mock_http_reset(&whole);
		mock_http_reset(&pieces);
		p += used;
		n -= used;
	}
	mock_http_fini(&whole);
	mock_http_fini(&pieces);
	return 0;
}
