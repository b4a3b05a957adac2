#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* How one certificate differs from the next. */
struct recipe {
	const char *host; /* common name and DNS alternative name */
	enum mock_cert which;
	enum { BY_CA, BY_ITSELF, BY_STRANGER } issuer;
	long from_s, to_s; /* of its validity, from now */
};

static const struct recipe recipes[] = {
	{ "localhost", MOCK_CERT_GOOD, BY_CA, -DAY_S, VALID_S },
	{ "localhost", MOCK_CERT_EXPIRED, BY_CA, -30 * DAY_S, -DAY_S },
	{ "localhost", MOCK_CERT_NOT_YET_VALID, BY_CA, 30 * DAY_S, VALID_S },
	{ "elsewhere.example", MOCK_CERT_WRONG_HOST, BY_CA, -DAY_S, VALID_S },
	{ "localhost", MOCK_CERT_SELF_SIGNED, BY_ITSELF, -DAY_S, VALID_S },
	{ "localhost", MOCK_CERT_RENEWED, BY_ITSELF, -DAY_S, VALID_S },
	{ "localhost", MOCK_CERT_UNKNOWN_CA, BY_STRANGER, -DAY_S, VALID_S },
};

#define NRECIPES (sizeof(recipes) / sizeof(recipes[0]))

/* Everything but extensions and signature. */
static bool
fill(struct pair *p, const char *name, long from_s, long to_s)
{
	return (p->key = EVP_EC_gen("P-256")) != NULL &&
	    (p->cert = X509_new()) != NULL &&
	    X509_set_version(p->cert, X509_VERSION_3) == 1 &&
	    set_serial(p->cert) && set_subject(p->cert, name) &&
	    X509_gmtime_adj(X509_getm_notBefore(p->cert), from_s) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(p->cert), to_s) != NULL &&
	    X509_set_pubkey(p->cert, p->key) == 1;
}

static bool
make_ca(struct pair *ca, const char *name)
{
	return fill(ca, name, -DAY_S, VALID_S) &&
	    X509_set_issuer_name(ca->cert, X509_get_subject_name(ca->cert)) &&
	    add_extension(ca->cert, ca->cert, NID_basic_constraints,
		"critical,CA:TRUE,pathlen:0") &&
	    add_extension(
		ca->cert, ca->cert, NID_key_usage, "critical,keyCertSign") &&
	    add_extension(
		ca->cert, ca->cert, NID_subject_key_identifier, "hash") &&
	    X509_sign(ca->cert, ca->key, EVP_sha256()) > 0;
}

/* The address is 127.0.0.1 only where the name is right as well. */
static bool
add_names(struct pair *p, const struct pair *by, const char *host)
{
	char names[128];

	(void)snprintf(names, sizeof(names), "DNS:%s%s", host,
	    strcmp(host, "localhost") == 0 ? ",IP:127.0.0.1,IP:::1" : "");
	return add_extension(p->cert, by->cert, NID_subject_alt_name, names);
}

static bool
make_server(struct pair *p, const struct pair *issuer, const struct recipe *r)
{
	const struct pair *by = issuer != NULL ? issuer : p;

	return fill(p, r->host, r->from_s, r->to_s) &&
	    X509_set_issuer_name(p->cert, X509_get_subject_name(by->cert)) &&
	    add_extension(p->cert, by->cert, NID_basic_constraints,
		"critical,CA:FALSE") &&
	    add_extension(p->cert, by->cert, NID_key_usage,
		"critical,digitalSignature") &&
	    add_extension(p->cert, by->cert, NID_ext_key_usage, "serverAuth") &&
	    add_names(p, by, r->host) &&
	    (issuer == NULL ||
		add_extension(p->cert, by->cert, NID_authority_key_identifier,
		    "keyid:always")) &&
	    X509_sign(p->cert, by->key, EVP_sha256()) > 0;
}

enum part { CERT = 1, KEY = 2 };

/* Certificate, key or both as PEM; only its owner may read a key. */
static int
write_pem(const char *dir, const char *name, const struct pair *p, int parts,
    struct sc_err *e)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *path = sc_xasprintf("%s/%s.pem", dir, name);
	char *text;
	int rc = -1;
	bool ok = bio != NULL &&
	    (!(parts & CERT) || PEM_write_bio_X509(bio, p->cert) == 1) &&
	    (!(parts & KEY) ||
		PEM_write_bio_PrivateKey(
		    bio, p->key, NULL, NULL, 0, NULL, NULL) == 1);
	long n = ok ? BIO_get_mem_data(bio, &text) : 0;

	if (n > 0)
		rc = sc_file_replace(
		    path, text, (size_t)n, (parts & KEY) != 0 ? 0600 : 0644, e);
	else
		(void)sc_fail(e, EX_OSERR, "%s: cannot be encoded", path);
	free(path);
	BIO_free(bio);
	return rc;
}

static int
make_one(const char *dir, const struct recipe *r, const struct pair *ca,
    const struct pair *stranger, struct sc_err *e)
{
	const struct pair *const issuers[] = { ca, NULL, stranger };
	struct pair p = { 0 };
	int rc;

	if (!make_server(&p, issuers[r->issuer], r))
		rc = sc_fail(e, EX_OSERR, "certificate cannot be made");
	else if (r->which != MOCK_CERT_GOOD)
		rc = write_pem(
		    dir, mock_cert_names[r->which], &p, CERT | KEY, e);
	else if ((rc = write_pem(dir, "cert", &p, CERT, e)) == 0)
		rc = write_pem(dir, "key", &p, KEY, e);
	pair_fini(&p);
	return rc;
}

int
mock_cert_make(const char *dir, struct sc_err *e)
{
	struct pair ca = { 0 }, stranger = { 0 };
	int rc = -1;

	if (!make_ca(&ca, "sc-mock test CA") ||
	    !make_ca(&stranger, "sc-mock unknown CA")) {
		(void)sc_fail(e, EX_OSERR, "certificate cannot be made");
		goto out;
	}
	rc = write_pem(dir, "ca", &ca, CERT, e);
	for (size_t i = 0; i < NRECIPES && rc == 0; i++)
		rc = make_one(dir, &recipes[i], &ca, &stranger, e);
out:
	pair_fini(&stranger);
	pair_fini(&ca);
	return rc;
}
