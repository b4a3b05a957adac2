#define ZLIB_CONST
#include <zlib.h>

#include "mocksrv/inflate.h"

/* zlib's largest window, with gzip's header and trailer. */
#define WINDOW_BITS (15 + 16)
#define ROOM        ((size_t)64 * 1024)

/* Z_OK until the end has come. */
static int
inflate_piece(z_stream *z, struct sc_buf *b)
{
	size_t room = b->max - b->len < ROOM ? b->max - b->len : ROOM;
	char *to = sc_buf_room(b, room > 0 ? room : 1);
	int rc;

	if (to == NULL)
		return Z_BUF_ERROR;
	z->next_out = (Bytef *)to;
	z->avail_out = (uInt)room;
	rc = inflate(z, Z_NO_FLUSH);
	b->len += room - z->avail_out;
	return rc;
}

int
mock_inflate(struct sc_slice packed, struct sc_buf *b)
{
	z_stream z = { .next_in = (const Bytef *)packed.p,
		.avail_in = (uInt)packed.n };
	int rc;

	if (inflateInit2(&z, WINDOW_BITS) != Z_OK)
		return -1;
	while ((rc = inflate_piece(&z, b)) == Z_OK)
		continue;
	(void)inflateEnd(&z);
	return rc == Z_STREAM_END && z.avail_in == 0 ? 0 : -1;
}
