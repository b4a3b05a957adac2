#ifndef MOCK_TLS_H
#define MOCK_TLS_H

#include <openssl/ssl.h>

#include "sc/err.h"

/*
 * TLS from a folder with cert.pem and key.pem; ca.pem is for the clients.
 * When none of the three is there, a CA and a certificate for localhost,
 * 127.0.0.1 and ::1 are made (the CA's key is forgotten at once).  NULL with
 * EX_CONFIG or EX_CANTCREAT.
 */
SSL_CTX *mock_tls_open(const char *dir, struct sc_err *);

/* Writes ca.pem, cert.pem and key.pem (0600) into dir; -1 on failure. */
int mock_cert_make(const char *dir, struct sc_err *);

#endif
