#ifndef MOCK_HTTP_H
#define MOCK_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"

/*
 * Strict HTTP/1.1 request parser.  It is fed whatever arrives and takes one
 * request at a time; how the bytes were cut into pieces never matters.  What
 * RFC 9112 calls an error is an error here: a bare LF, a folded line, blanks
 * before a colon, two lengths, a length beside a transfer coding.
 */
#define MOCK_HEAD_MAX    ((size_t)32 * 1024)
#define MOCK_BODY_MAX    ((size_t)64 * 1024 * 1024)
#define MOCK_HEADERS_MAX 100

struct mock_listen;

struct mock_header {
	struct sc_slice name;
	struct sc_slice value; /* without blanks around it */
};

enum mock_http_state {
	MOCK_HTTP_HEAD = 0,
	MOCK_HTTP_BODY,
	MOCK_HTTP_CHUNK_SIZE,
	MOCK_HTTP_CHUNK_DATA,
	MOCK_HTTP_CHUNK_END,
	MOCK_HTTP_TRAILER,
	MOCK_HTTP_DONE,
	MOCK_HTTP_BAD
};

struct mock_http {
	/* The request; slices point into head and path_text. */
	struct sc_slice method;
	struct sc_slice target; /* as sent */
	struct sc_slice path;   /* percent-decoded; for a proxy the target */
	struct sc_slice query;  /* as sent, without the '?' */
	int minor;              /* HTTP/1.minor */
	struct mock_header headers[MOCK_HEADERS_MAX];
	size_t nheaders;
	bool keep_alive;
	bool expect_continue;
	struct sc_buf body; /* decoded */
	/* Set by the connection: the listener, and its line if it is a proxy.
	 */
	const char *on;
	const struct mock_listen *proxy;

	/* MOCK_HTTP_BAD: what to answer. */
	int status;
	const char *error;

	/* Inside the parser. */
	enum mock_http_state state;
	struct sc_buf head;
	struct sc_buf line; /* chunk size or trailer line in progress */
	struct sc_buf path_text;
	uint64_t left; /* body bytes still to come, or of this chunk */
	size_t trailer;
};

void mock_http_init(struct mock_http *);
void mock_http_fini(struct mock_http *);
/* Makes ready for the next request; keeps the memory unless it is much. */
void mock_http_reset(struct mock_http *);

/*
 * Takes bytes of one request and sets *used to how many.  1: the request is
 * complete, what is behind `used` belongs to the next one; 0: more is needed;
 * -1: not HTTP, see status and error.
 */
int mock_http_feed(struct mock_http *, const char *p, size_t n, size_t *used);
/* True while the client may be waiting for "100 Continue". */
bool mock_http_wants_continue(const struct mock_http *);
/* True when some bytes of an unfinished request have arrived. */
bool mock_http_started(const struct mock_http *);

/* The first header of that name in any case; .p is NULL when absent. */
struct sc_slice mock_http_header(const struct mock_http *, const char *name);

/*
 * Reads the finished head in h->head into the request's fields; -1 as above.
 * Part of mock_http_feed().
 */
int mock_http_parse_head(struct mock_http *);
int mock_http_fail(struct mock_http *, int status, const char *error);

#endif
