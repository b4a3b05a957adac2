#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sysexits.h>

#include "mocksrv/tls.h"
#include "sc/file.h"
#include "sc/mem.h"

#define DAY_S   86400L
#define VALID_S (3650 * DAY_S)

/* A key and its certificate. */
struct pair {
	EVP_PKEY *key;
	X509 *cert;
};

static void
pair_fini(struct pair *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
}

static bool
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	if ((ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value)) == NULL)
		return false;
	ok = X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

static bool
set_serial(X509 *cert)
{
	uint64_t serial;

	if (RAND_bytes((unsigned char *)&serial, sizeof(serial)) != 1)
		return false;
	/* Positive and never 0. */
	serial = (serial >> 1) | 1;
	return ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial);
}

static bool
set_subject(X509 *cert, const char *name)
{
	return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
		   MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1;
}

/* Everything but extensions and signature. */
static bool
fill(struct pair *p, const char *name)
{
	return (p->key = EVP_EC_gen("P-256")) != NULL &&
	    (p->cert = X509_new()) != NULL &&
	    X509_set_version(p->cert, X509_VERSION_3) == 1 &&
	    set_serial(p->cert) && set_subject(p->cert, name) &&
	    X509_gmtime_adj(X509_getm_notBefore(p->cert), -DAY_S) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(p->cert), VALID_S) != NULL &&
	    X509_set_pubkey(p->cert, p->key) == 1;
}

static bool
make_ca(struct pair *ca)
{
	return fill(ca, "sc-mock test CA") &&
	    X509_set_issuer_name(ca->cert, X509_get_subject_name(ca->cert)) &&
	    add_extension(ca->cert, ca->cert, NID_basic_constraints,
		"critical,CA:TRUE,pathlen:0") &&
	    add_extension(
		ca->cert, ca->cert, NID_key_usage, "critical,keyCertSign") &&
	    add_extension(
		ca->cert, ca->cert, NID_subject_key_identifier, "hash") &&
	    X509_sign(ca->cert, ca->key, EVP_sha256()) > 0;
}

static bool
make_server(struct pair *p, const struct pair *ca)
{
	return fill(p, "localhost") &&
	    X509_set_issuer_name(p->cert, X509_get_subject_name(ca->cert)) &&
	    add_extension(p->cert, ca->cert, NID_basic_constraints,
		"critical,CA:FALSE") &&
	    add_extension(p->cert, ca->cert, NID_key_usage,
		"critical,digitalSignature") &&
	    add_extension(p->cert, ca->cert, NID_ext_key_usage, "serverAuth") &&
	    add_extension(p->cert, ca->cert, NID_subject_alt_name,
		"DNS:localhost,IP:127.0.0.1,IP:::1") &&
	    add_extension(p->cert, ca->cert, NID_authority_key_identifier,
		"keyid:always") &&
	    X509_sign(p->cert, ca->key, EVP_sha256()) > 0;
}

/* The PEM text of one certificate, or of the key when cert is NULL. */
static int
write_pem(const char *dir, const char *name, const struct pair *p, bool key,
    struct sc_err *e)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *path = sc_xasprintf("%s/%s", dir, name);
	char *text;
	int rc = -1;
	bool ok = bio != NULL &&
	    (key ? PEM_write_bio_PrivateKey(
		       bio, p->key, NULL, NULL, 0, NULL, NULL)
		 : PEM_write_bio_X509(bio, p->cert)) == 1;
	long n = ok ? BIO_get_mem_data(bio, &text) : 0;

	if (n > 0)
		rc = sc_file_replace(
		    path, text, (size_t)n, key ? 0600 : 0644, e);
	else
		(void)sc_fail(e, EX_OSERR, "%s: cannot be encoded", path);
	free(path);
	BIO_free(bio);
	return rc;
}

int
mock_cert_make(const char *dir, struct sc_err *e)
{
	struct pair ca = { 0 }, server = { 0 };
	int rc = -1;

	if (!make_ca(&ca) || !make_server(&server, &ca)) {
		(void)sc_fail(e, EX_OSERR, "certificate cannot be made");
		goto out;
	}
	if (write_pem(dir, "ca.pem", &ca, false, e) == -1 ||
	    write_pem(dir, "cert.pem", &server, false, e) == -1 ||
	    write_pem(dir, "key.pem", &server, true, e) == -1)
		goto out;
	rc = 0;
out:
	pair_fini(&server);
	pair_fini(&ca);
	return rc;
}
