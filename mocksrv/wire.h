#ifndef MOCK_WIRE_H
#define MOCK_WIRE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * The byte stream of one connection, plain or TLS, non-blocking.  read and
 * writev return a count, 0 for the end of the stream (read only), or -1 with
 * errno: EAGAIN means "again when the socket is ready for `want`" (EPOLLIN or
 * EPOLLOUT), anything else that the connection is lost.
 */
struct mock_wire_ops;

struct mock_stream {
	const struct mock_wire_ops *ops;
	int fd;
	SSL *ssl;
	uint32_t want;
};

struct mock_wire_ops {
	ssize_t (*read)(struct mock_stream *, void *, size_t);
	ssize_t (*writev)(struct mock_stream *, const struct iovec *, int n);
	/* True when bytes wait that the socket does not announce. */
	bool (*pending)(const struct mock_stream *);
	/* Says goodbye properly; what is still to be read can be read. */
	void (*finish)(struct mock_stream *);
};

/* Takes over fd; ctx NULL makes a plain stream. */
void mock_stream_open(struct mock_stream *, int fd, SSL_CTX *ctx);
void mock_stream_close(struct mock_stream *);
/* What ends the stream will not be told to TLS: no close_notify. */
void mock_stream_silence(struct mock_stream *);
/* Closes with a TCP reset instead of an end. */
void mock_stream_reset(struct mock_stream *);

#endif
