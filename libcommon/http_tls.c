#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "http_impl.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define CA_FOLDER "/etc/ssl/certs"

static bool
is_pinned(const struct http_tls *t, X509 *cert)
{
	for (size_t i = 0; i < t->net->ntls_pins; i++) {
		if (sc_tls_pin_matches(&t->pins[i], cert))
			return true;
	}
	return false;
}

/*
 * Called by OpenSSL in the middle of a handshake with the server: before our
 * side of it is finished, so before a byte of a request can be sent.
 */
static int
on_certificate(X509_STORE_CTX *store, void *arg)
{
	struct http_tls *t = arg;
	X509 *cert = X509_STORE_CTX_get0_cert(store);

	X509_free(t->shown);
	t->shown = cert != NULL && X509_up_ref(cert) == 1 ? cert : NULL;
	if (t->net->ntls_pins == 0) {
		t->accepted = X509_verify_cert(store) == 1;
	} else {
		t->accepted = cert != NULL && is_pinned(t, cert);
		X509_STORE_CTX_set_error(store,
		    t->accepted ? X509_V_OK
				: X509_V_ERR_APPLICATION_VERIFICATION);
	}
	t->fault = X509_STORE_CTX_get_error(store);
	t->refused = !t->accepted;
	return t->accepted ? 1 : 0;
}

/* tls_name is also what the server is asked for. */
static void
on_info(const SSL *ssl, int where, int ret)
{
	const struct http_tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct in6_addr addr;
	SSL *writable;

	(void)ret;
	if ((where & SSL_CB_HANDSHAKE_START) == 0 ||
	    inet_pton(AF_INET, t->net->tls_name, &addr) == 1 ||
	    inet_pton(AF_INET6, t->net->tls_name, &addr) == 1)
		return;
	/* The type of the callback wants it const; here it may be set. */
	memcpy(&writable, &ssl, sizeof(writable));
	(void)SSL_set_tlsext_host_name(writable, t->net->tls_name);
}

static bool
set_name(SSL_CTX *ctx, struct http_tls *t)
{
	X509_VERIFY_PARAM *p = SSL_CTX_get0_param(ctx);
	const char *name = t->net->tls_name;

	SSL_CTX_set_app_data(ctx, t);
	SSL_CTX_set_info_callback(ctx, on_info);
	/* One of them: an address is no name. */
	return X509_VERIFY_PARAM_set1_ip_asc(p, name) == 1 ||
	    X509_VERIFY_PARAM_set1_host(p, name, 0) == 1;
}

/*
 * Called for each new connection, and for the one to a proxy that speaks TLS
 * as well; that one is told by its highest version, see set_proxy().
 */
static CURLcode
on_context(CURL *easy, void *ssl_ctx, void *arg)
{
	struct http_tls *t = arg;
	SSL_CTX *ctx = ssl_ctx;

	(void)easy;
	t->with_proxy = SSL_CTX_get_max_proto_version(ctx) == TLS1_3_VERSION;
	if (t->with_proxy)
		return CURLE_OK;
	t->accepted = false;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_certificate, t);
	if (t->net->tls_name != NULL && !set_name(ctx, t))
		return CURLE_SSL_CERTPROBLEM;
	return CURLE_OK;
}

/*
 * The last look before a request goes out: where libcurl's own checks are
 * off, ours must have been made.
 */
static int
on_request(void *arg, char *to_ip, char *from_ip, int to_port, int from_port)
{
	const struct http_tls *t = arg;
	char *const ends[] = { to_ip, from_ip };

	(void)ends;
	(void)to_port;
	(void)from_port;
	return t->wanted && !t->accepted ? CURL_PREREQFUNC_ABORT
					 : CURL_PREREQFUNC_OK;
}

static void
set_files(const struct sc_http *h)
{
	const struct sc_net *n = h->net;
	const char *ca = n->ca_file, *proxy = n->proxy_ca_file;

	curl_easy_setopt(h->easy, CURLOPT_CAINFO, ca);
	curl_easy_setopt(
	    h->easy, CURLOPT_CAPATH, ca != NULL ? NULL : CA_FOLDER);
	curl_easy_setopt(h->easy, CURLOPT_PROXY_CAINFO, proxy);
	curl_easy_setopt(
	    h->easy, CURLOPT_PROXY_CAPATH, proxy != NULL ? NULL : CA_FOLDER);
}

static int
parse_pins(struct http_tls *t, struct sc_err *e)
{
	t->pins = sc_xcalloc(t->net->ntls_pins + 1, sizeof(*t->pins));
	for (size_t i = 0; i < t->net->ntls_pins; i++) {
		const char *why =
		    sc_tls_pin_parse(t->net->tls_pins[i], &t->pins[i]);

		if (why != NULL)
			return sc_fail(e, EX_CONFIG, "tls_pin %s", why);
	}
	return 0;
}

int
http_tls_init(struct sc_http *h, struct sc_err *e)
{
	struct http_tls *t = &h->tls;
	bool pinned = h->net->ntls_pins > 0;
	CURL *c = h->easy;

	t->net = h->net;
	if (parse_pins(t, e) == -1)
		return -1;
	set_files(h);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_PROXY_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_3);
	/* Each handshake is a whole one, in which a certificate is shown. */
	curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	/* on_certificate() checks instead. */
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, pinned ? 0L : 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST,
	    pinned || t->net->tls_name != NULL ? 0L : 2L);
	if (curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_request) ==
		CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PREREQDATA, t) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, on_context) ==
		CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, t) == CURLE_OK)
		return 0;
	return sc_fail(e, EX_OSERR, "this libcurl does not use OpenSSL");
}

void
http_tls_fini(struct sc_http *h)
{
	X509_free(h->tls.shown);
	free(h->tls.pins);
}

void
http_tls_begin(struct sc_http *h, const char *url)
{
	h->tls.wanted = strncmp(url, "https:", 6) == 0;
	h->tls.with_proxy = false;
	h->tls.refused = false;
}

/* The chain was good, and then libcurl looked at the name. */
void
http_tls_end(struct sc_http *h, CURLcode code)
{
	struct http_tls *t = &h->tls;

	if (code == CURLE_PEER_FAILED_VERIFICATION && !t->with_proxy &&
	    t->accepted) {
		t->accepted = false;
		t->refused = true;
		t->fault = X509_V_ERR_HOSTNAME_MISMATCH;
	}
}

bool
sc_http_peer(const struct sc_http *h, struct sc_tls_peer *out)
{
	const struct http_tls *t = &h->tls;

	if (t->shown == NULL)
		return false;
	sc_tls_describe(t->shown, out);
	out->accepted = t->accepted;
	if (!t->accepted)
		(void)strlcpy(out->why,
		    t->net->ntls_pins > 0
			? "it matches no tls_pin"
			: X509_verify_cert_error_string(t->fault),
		    sizeof(out->why));
	return true;
}

/* What else than a pin may help. */
static const char *
hint(const struct http_tls *t)
{
	if (t->net->ntls_pins > 0)
		return "somebody may stand in between, or it was renewed: ";
	switch (t->fault) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "check the host, or set tls_name to its name; or, ";
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "check this machine's clock, or have it renewed; or, ";
	default:
		return "set ca_file if a private CA signed it; or, ";
	}
}

int
http_tls_refused(const struct sc_http *h, struct sc_err *e)
{
	struct sc_tls_peer p;
	char until[SC_TIME_BUF];

	if (!sc_http_peer(h, &p)) {
		(void)sc_fail(e, EX_CONFIG, "%s", h->error);
		return sc_remedy(e, SC_CLASS_TLS,
		    "check that host and port lead to the vendor's API");
	}
	(void)sc_fail(e, EX_CONFIG,
	    "the certificate is refused: %s: fingerprint %s, expires %s, "
	    "subject %.60s, issuer %.60s, names %.60s",
	    p.why, p.fingerprint, sc_time_format(p.until_ms * 1000, 0, until),
	    p.subject, p.issuer, p.names);
	return sc_remedy(e, SC_CLASS_TLS,
	    "%sonly when the server itself, not this network, has shown you "
	    "that fingerprint, write: tls_pin: %s",
	    hint(&h->tls), p.pin);
}

int
http_tls_bad_file(const struct sc_http *h, struct sc_err *e)
{
	const struct sc_net *n = h->net;
	bool proxy = n->proxy_ca_file != NULL &&
	    (n->ca_file == NULL || strstr(h->error, n->proxy_ca_file) != NULL);
	const char *key = proxy ? "proxy_ca_file" : "ca_file";
	const char *path = proxy ? n->proxy_ca_file : n->ca_file;

	if (path == NULL) {
		(void)sc_fail(e, EX_CONFIG, "%s", h->error);
		return sc_remedy(
		    e, SC_CLASS_TLS, "install ca-certificates, or set ca_file");
	}
	if (access(path, R_OK) == -1)
		(void)sc_fail_sys(e, EX_CONFIG, "%s %s", key, path);
	else
		(void)sc_fail(e, EX_CONFIG,
		    "%s %s holds no certificates in PEM form", key, path);
	return sc_remedy(e, SC_CLASS_TLS,
	    "put the CA's certificate there (\"-----BEGIN CERTIFICATE-----\"), "
	    "readable for this user, or take the line %s away",
	    key);
}
