#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mocksrv/wire.h"
#include "sc/log.h"

/* Payload of the largest TLS record. */
#define TLS_RECORD 16384

static ssize_t
plain_read(struct mock_stream *s, void *p, size_t n)
{
	s->want = EPOLLIN;
	return recv(s->fd, p, n, 0);
}

static ssize_t
plain_writev(struct mock_stream *s, const struct iovec *iov, int n)
{
	s->want = EPOLLOUT;
	return writev(s->fd, iov, n);
}

static bool
plain_pending(const struct mock_stream *s)
{
	(void)s;
	return false;
}

static void
plain_finish(struct mock_stream *s)
{
	(void)shutdown(s->fd, SHUT_WR);
}

static const struct mock_wire_ops plain_ops = { plain_read, plain_writev,
	plain_pending, plain_finish };

/* Maps the outcome of an SSL call to the contract in the header. */
static ssize_t
tls_result(struct mock_stream *s, int rc)
{
	char text[128];

	if (rc > 0)
		return rc;
	switch (SSL_get_error(s->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		s->want = EPOLLIN;
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_WANT_WRITE:
		s->want = EPOLLOUT;
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		/* Loads the words when they are needed first. */
		(void)OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL);
		ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
		sc_debug("TLS: %s", text);
		/* No close_notify may follow a fatal error. */
		SSL_set_quiet_shutdown(s->ssl, 1);
		errno = EPROTO;
		return -1;
	}
}

static ssize_t
tls_read(struct mock_stream *s, void *p, size_t n)
{
	ERR_clear_error();
	return tls_result(s, SSL_read(s->ssl, p, (int)n));
}

/*
 * Small pieces are gathered into one record.  A write that has to be repeated
 * gathers the same bytes again, which is what OpenSSL asks for.
 */
static ssize_t
tls_writev(struct mock_stream *s, const struct iovec *iov, int n)
{
	char record[TLS_RECORD];
	size_t len = 0;

	for (int i = 0; i < n && len < sizeof(record); i++) {
		size_t take = iov[i].iov_len;

		if (take > sizeof(record) - len)
			take = sizeof(record) - len;
		memcpy(record + len, iov[i].iov_base, take);
		len += take;
	}
	ERR_clear_error();
	return tls_result(s, SSL_write(s->ssl, record, (int)len));
}

static bool
tls_pending(const struct mock_stream *s)
{
	return SSL_has_pending(s->ssl) == 1;
}

static void
tls_finish(struct mock_stream *s)
{
	ERR_clear_error();
	(void)SSL_shutdown(s->ssl);
	(void)shutdown(s->fd, SHUT_WR);
}

static const struct mock_wire_ops tls_ops = { tls_read, tls_writev, tls_pending,
	tls_finish };

void
mock_stream_open(struct mock_stream *s, int fd, SSL_CTX *ctx)
{
	*s = (struct mock_stream){
		.ops = &plain_ops, .fd = fd, .want = EPOLLIN
	};
	if (ctx == NULL || (s->ssl = SSL_new(ctx)) == NULL)
		return;
	s->ops = &tls_ops;
	(void)SSL_set_fd(s->ssl, fd);
	/* The handshake happens inside the first read. */
	SSL_set_accept_state(s->ssl);
}

void
mock_stream_close(struct mock_stream *s)
{
	SSL_free(s->ssl);
	(void)close(s->fd);
	s->ssl = NULL;
	s->fd = -1;
}

void
mock_stream_silence(struct mock_stream *s)
{
	if (s->ssl != NULL)
		SSL_set_quiet_shutdown(s->ssl, 1);
}

void
mock_stream_reset(struct mock_stream *s)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	mock_stream_close(s);
}
