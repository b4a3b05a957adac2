#ifndef SC_TLS_H
#define SC_TLS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a TLS server shows of itself, and the pins that it can be recognized
 * by.  Connections are sc/http.h's business.
 */
#define SC_TLS_HASH            32
#define SC_TLS_PIN_BUF         56 /* "sha256//" and 44 bytes of base64 */
#define SC_TLS_FINGERPRINT_BUF 96 /* "AB:CD:...", 32 bytes */

enum sc_tls_dates { SC_TLS_VALID, SC_TLS_NOT_YET_VALID, SC_TLS_EXPIRED };

/*
 * A server's own certificate, whether it was accepted or not.  The texts come
 * from whoever answered: printable ASCII, cut where they are too long.
 */
struct sc_tls_peer {
	char subject[128]; /* "CN=localhost" */
	char issuer[128];
	char names[256]; /* it is good for: "localhost, 127.0.0.1" */
	int64_t from_ms, until_ms;
	enum sc_tls_dates dates; /* by the real clock */
	char fingerprint[SC_TLS_FINGERPRINT_BUF];
	char pin[SC_TLS_PIN_BUF]; /* of its key: the value of tls_pin */
	bool accepted;
	char why[96]; /* it was not: OpenSSL's words, or "it matches no ..." */
};

/* The hash of a public key (as curl writes it) or of a certificate. */
struct sc_tls_pin {
	bool whole; /* the certificate's, as browsers show it */
	unsigned char hash[SC_TLS_HASH];
};

/*
 * "sha256//BASE64", or 64 hexadecimal digits with or without colons, also with
 * "SHA256 Fingerprint=" in front.  Returns NULL, or what is wrong with it.
 * out may be NULL.
 */
const char *sc_tls_pin_parse(const char *, struct sc_tls_pin *out);

/* Fills in all but accepted and why. */
struct x509_st;
void sc_tls_describe(struct x509_st *, struct sc_tls_peer *);
bool sc_tls_pin_matches(const struct sc_tls_pin *, struct x509_st *);

#endif
