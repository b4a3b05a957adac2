#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>

#include "mocksrv/tls.h"
#include "sc/file.h"
#include "sc/mem.h"

/* In our words; OpenSSL's number is for those who look further. */
static int
fail_ssl(struct sc_err *e, const char *what, const char *path, const char *why)
{
	return sc_fail(e, EX_CONFIG, "%s %s: %s (OpenSSL error %08lX)", what,
	    path, why, ERR_peek_last_error());
}

static int
count_present(const char *dir)
{
	static const char *const names[] = { "ca.pem", "cert.pem", "key.pem" };
	int n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = sc_xasprintf("%s/%s", dir, names[i]);

		n += access(path, F_OK) == 0;
		free(path);
	}
	return n;
}

/*
 * Two servers that start in the same new folder must not mix their files.  The
 * lock is a file's: sc_file_replace() locks the folder itself.
 */
static int
ensure_files(const char *dir, struct sc_err *e)
{
	char *lock = sc_xasprintf("%s/.lock", dir);
	int fd = -1, rc = 0, n = count_present(dir);

	if (n == 3)
		goto out;
	if ((rc = sc_mkdir_p(dir, 0755, e)) == -1)
		goto out;
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || flock(fd, LOCK_EX) == -1) {
		rc = sc_fail_sys(e, EX_CONFIG, "TLS folder %s", dir);
		goto out;
	}
	n = count_present(dir);
	if (n == 0)
		rc = mock_cert_make(dir, e);
	else if (n < 3)
		rc = sc_fail(e, EX_CONFIG,
		    "TLS folder %s has only some of ca.pem, cert.pem and "
		    "key.pem",
		    dir);
out:
	if (fd != -1)
		(void)close(fd);
	free(lock);
	return rc;
}

static int
choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *picked;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&picked, outlen, ours, sizeof(ours) - 1, in,
		inlen) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = picked;
	return SSL_TLSEXT_ERR_OK;
}

const char *const mock_cert_names[] = { "good", "expired", "not-yet-valid",
	"wrong-host", "self-signed", "renewed", "unknown-ca", "old-protocol",
	NULL };

static int
load_pair(SSL_CTX *ctx, const char *cert, const char *key, struct sc_err *e)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return fail_ssl(
		    e, "certificate", cert, "not a certificate as PEM text");
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return fail_ssl(e, "key", key,
		    "not a private key as PEM text, or not the "
		    "certificate's");
	return 0;
}

static int
load_files(
    SSL_CTX *ctx, const char *dir, enum mock_cert which, struct sc_err *e)
{
	bool good = which == MOCK_CERT_GOOD || which == MOCK_CERT_OLD_PROTOCOL;
	const char *name = good ? "cert" : mock_cert_names[which];
	char *cert = sc_xasprintf("%s/%s.pem", dir, name);
	char *key = sc_xasprintf("%s/%s.pem", dir, good ? "key" : name);
	int rc;

	if (access(cert, R_OK) == 0)
		rc = load_pair(ctx, cert, key, e);
	else
		rc = sc_fail_sys(e, EX_CONFIG,
		    "%s (an empty folder is filled with all there is)", cert);
	free(key);
	free(cert);
	return rc;
}

/* Versions and what else is the same for all connections. */
static void
set_protocol(SSL_CTX *ctx, enum mock_cert which)
{
	if (which == MOCK_CERT_OLD_PROTOCOL) {
		/* OpenSSL 3 has no TLS 1.1 above security level 0. */
		SSL_CTX_set_security_level(ctx, 0);
		(void)SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
	} else {
		(void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	}
	(void)SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(ctx, 1);
	/* Each handshake is a whole one, and nothing is kept for later ones. */
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
}

/*
 * This machine's openssl.cnf is no part of a scenario, and the words for all
 * errors of OpenSSL take more room than a dozen connections.
 */
static void
init_library(void)
{
	(void)OPENSSL_init_ssl(
	    OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
	    NULL);
}

SSL_CTX *
mock_tls_open(const char *dir, enum mock_cert which, struct sc_err *e)
{
	SSL_CTX *ctx;

	init_library();
	if (ensure_files(dir, e) == -1)
		return NULL;
	if ((ctx = SSL_CTX_new(TLS_server_method())) == NULL) {
		(void)sc_fail(e, EX_OSERR, "TLS cannot be initialised");
		return NULL;
	}
	set_protocol(ctx, which);
	if (load_files(ctx, dir, which, e) == -1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}
