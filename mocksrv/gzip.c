#define ZLIB_CONST
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "mocksrv/gzip.h"

/* zlib's largest window, with gzip's header and trailer. */
#define WINDOW_BITS (15 + 16)
#define MEMORY      8
#define ROOM        ((size_t)16 * 1024)
/* zlib counts in 32 bits. */
#define PIECE_MAX ((size_t)1 << 30)

static struct sc_slice
trim(struct sc_slice s)
{
	while (s.n > 0 && (*s.p == ' ' || *s.p == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Cuts off and returns what stands before the first c. */
static struct sc_slice
cut(struct sc_slice *rest, char c)
{
	const char *at = rest->n > 0 ? memchr(rest->p, c, rest->n) : NULL;
	struct sc_slice first = { rest->p,
		at != NULL ? (size_t)(at - rest->p) : rest->n };
	size_t used = first.n + (at != NULL);

	rest->p += used;
	rest->n -= used;
	return trim(first);
}

/* "q=0", "q=0.000": never; anything else is some wish for it. */
static bool
is_refused(struct sc_slice weight)
{
	if (weight.n < 3 || strncasecmp(weight.p, "q=0", 3) != 0)
		return false;
	for (size_t i = 3; i < weight.n; i++) {
		if (weight.p[i] != '.' && weight.p[i] != '0')
			return false;
	}
	return true;
}

bool
mock_accepts_gzip(const struct mock_http *h)
{
	struct sc_slice all = mock_http_header(h, "Accept-Encoding");

	while (all.n > 0) {
		struct sc_slice weight = cut(&all, ',');
		struct sc_slice name = cut(&weight, ';');

		if (name.n == 4 && strncasecmp(name.p, "gzip", 4) == 0)
			return !is_refused(trim(weight));
	}
	return false;
}

/* Takes p into the stream; -1 when out has no more room. */
static int
deflate_piece(
    z_stream *z, const char *p, size_t n, int flush, struct sc_buf *out)
{
	int rc = Z_OK;

	z->next_in = (const Bytef *)p;
	z->avail_in = (uInt)n;
	do {
		char *room = sc_buf_room(out, ROOM);

		if (room == NULL)
			return -1;
		z->next_out = (Bytef *)room;
		z->avail_out = (uInt)ROOM;
		rc = deflate(z, flush);
		out->len += ROOM - z->avail_out;
	} while (z->avail_out == 0 && rc == Z_OK);
	return 0;
}

static int
deflate_body(z_stream *z, const struct mock_reply *r, struct sc_buf *out)
{
	for (size_t i = 1; i < r->nsteps; i++) {
		const char *p = r->steps[i].p;
		size_t left = r->steps[i].n;

		while (left > 0) {
			size_t n = left < PIECE_MAX ? left : PIECE_MAX;

			if (deflate_piece(z, p, n, Z_NO_FLUSH, out) == -1)
				return -1;
			p += n;
			left -= n;
		}
	}
	return deflate_piece(z, "", 0, Z_FINISH, out);
}

void
mock_reply_gzip(struct mock_reply *r)
{
	z_stream z = { 0 };
	struct sc_buf out;
	int rc;

	if (r->nsteps == 1 || r->raw ||
	    deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS,
		MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	sc_buf_init(&out, MOCK_BODY_COPY_MAX);
	rc = deflate_body(&z, r, &out);
	(void)deflateEnd(&z);
	if (rc == 0) {
		mock_reply_rebody(r, &out);
		mock_reply_header(r, "Content-Encoding", "gzip");
	}
	sc_buf_fini(&out);
}
