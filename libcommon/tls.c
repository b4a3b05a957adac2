#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sc/tls.h"

#define NAMES_MAX 32 /* a shared certificate has hundreds */

static void
print_name(const X509_NAME *name, char *out, size_t cap)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = -1;

	if (bio != NULL &&
	    X509_NAME_print_ex(
		bio, name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ) != -1)
		n = BIO_read(bio, out, (int)cap - 1);
	out[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
}

/* One name as text; false for kinds that hosts do not have. */
static bool
alternative(const GENERAL_NAME *name, char *out, size_t cap)
{
	const ASN1_STRING *s;
	const unsigned char *p;
	int kind, n;

	s = GENERAL_NAME_get0_value(name, &kind);
	if (kind != GEN_DNS && kind != GEN_IPADD)
		return false;
	p = ASN1_STRING_get0_data(s);
	n = ASN1_STRING_length(s);
	if (kind == GEN_IPADD)
		return (n == 4 || n == 16) &&
		    inet_ntop(n == 4 ? AF_INET : AF_INET6, p, out,
			(socklen_t)cap) != NULL;
	for (size_t i = 0; i < cap - 1 && n > 0; i++, n--)
		*out++ = (char)(p[i] > 0x20 && p[i] < 0x7f ? p[i] : '?');
	*out = '\0';
	return true;
}

static void
print_names(const X509 *cert, char *out, size_t cap)
{
	GENERAL_NAMES *all =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	char name[256];
	int n = all != NULL ? sk_GENERAL_NAME_num(all) : 0;

	*out = '\0';
	for (int i = 0; i < n && i < NAMES_MAX; i++) {
		if (!alternative(
			sk_GENERAL_NAME_value(all, i), name, sizeof(name)))
			continue;
		if (*out != '\0')
			(void)strlcat(out, ", ", cap);
		(void)strlcat(out, name, cap);
	}
	GENERAL_NAMES_free(all);
}

static int64_t
time_of(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

static enum sc_tls_dates
judge_dates(const X509 *cert)
{
	if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
		return SC_TLS_NOT_YET_VALID;
	return X509_cmp_current_time(X509_get0_notAfter(cert)) < 0
	    ? SC_TLS_EXPIRED
	    : SC_TLS_VALID;
}

static bool
hash_key(X509 *cert, unsigned char hash[SC_TLS_HASH])
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	bool ok = n > 0 &&
	    EVP_Digest(der, (size_t)n, hash, NULL, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	return ok;
}

void
sc_tls_describe(X509 *cert, struct sc_tls_peer *out)
{
	unsigned char hash[SC_TLS_HASH], base64[SC_TLS_PIN_BUF];

	*out = (struct sc_tls_peer){ 0 };
	print_name(
	    X509_get_subject_name(cert), out->subject, sizeof(out->subject));
	print_name(
	    X509_get_issuer_name(cert), out->issuer, sizeof(out->issuer));
	print_names(cert, out->names, sizeof(out->names));
	out->from_ms = time_of(X509_get0_notBefore(cert));
	out->until_ms = time_of(X509_get0_notAfter(cert));
	out->dates = judge_dates(cert);
	if (X509_digest(cert, EVP_sha256(), hash, NULL) == 1) {
		for (size_t i = 0; i < SC_TLS_HASH; i++)
			(void)snprintf(out->fingerprint + i * 3,
			    sizeof(out->fingerprint) - i * 3, "%02X%s",
			    (unsigned)hash[i], i + 1 < SC_TLS_HASH ? ":" : "");
	}
	if (hash_key(cert, hash)) {
		(void)EVP_EncodeBlock(base64, hash, SC_TLS_HASH);
		(void)snprintf(
		    out->pin, sizeof(out->pin), "sha256//%.44s", base64);
	}
}

bool
sc_tls_pin_matches(const struct sc_tls_pin *pin, X509 *cert)
{
	unsigned char hash[SC_TLS_HASH];
	bool ok = pin->whole ? X509_digest(cert, EVP_sha256(), hash, NULL) == 1
			     : hash_key(cert, hash);

	return ok && memcmp(hash, pin->hash, sizeof(hash)) == 0;
}
