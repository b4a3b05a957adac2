#ifndef MOCK_TLS_H
#define MOCK_TLS_H

#include <openssl/ssl.h>

#include "sc/err.h"

/* Certificates that a listener may show, and other ways to spoil TLS. */
enum mock_cert {
	MOCK_CERT_GOOD = 0, /* for localhost, 127.0.0.1 and ::1, by the CA */
	MOCK_CERT_EXPIRED,
	MOCK_CERT_NOT_YET_VALID,
	MOCK_CERT_WRONG_HOST,
	MOCK_CERT_SELF_SIGNED,
	MOCK_CERT_RENEWED, /* self-signed as well, with another key */
	MOCK_CERT_UNKNOWN_CA,
	MOCK_CERT_OLD_PROTOCOL, /* good, but nothing newer than TLS 1.1 */
	MOCK_CERTS
};

/* "good", "expired" ... NULL-terminated. */
extern const char *const mock_cert_names[];

/*
 * TLS from a folder with cert.pem and key.pem; ca.pem is for the clients.
 * When none of the three is there, a CA and all certificates are made (the
 * CA's key is forgotten at once).  NULL with EX_CONFIG or EX_CANTCREAT.
 */
SSL_CTX *mock_tls_open(const char *dir, enum mock_cert, struct sc_err *);

/*
 * Writes ca.pem, the good cert.pem and its key.pem (0600), and for the others
 * NAME.pem, a certificate with its key in one file; -1 on failure.
 */
int mock_cert_make(const char *dir, struct sc_err *);

#endif
