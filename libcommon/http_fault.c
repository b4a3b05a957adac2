#include <string.h>
#include <sysexits.h>

#include "http_impl.h"

struct fault {
	CURLcode curl;
	int code;
	enum sc_class class;
	const char *remedy;
};

static const struct fault faults[] = {
	/* Also what libcurl says to garbage instead of a status line. */
	{ CURLE_UNSUPPORTED_PROTOCOL, EX_PROTOCOL, SC_CLASS_PROTOCOL,
	    "check that host and port lead to the vendor's API" },
	{ CURLE_URL_MALFORMAT, EX_CONFIG, SC_CLASS_CONFIG,
	    "check host or url in the integration file" },
	{ CURLE_COULDNT_RESOLVE_HOST, EX_NOHOST, SC_CLASS_NETWORK,
	    "check the host and this machine's name resolution" },
	{ CURLE_WEIRD_SERVER_REPLY, EX_PROTOCOL, SC_CLASS_PROTOCOL,
	    "check that host and port lead to the vendor's API" },
	{ CURLE_OUT_OF_MEMORY, EX_OSERR, SC_CLASS_INTERNAL, "" },
	{ CURLE_SSL_CONNECT_ERROR, EX_CONFIG, SC_CLASS_TLS,
	    "check that the port speaks TLS 1.2 or later" },
	{ CURLE_SSL_CERTPROBLEM, EX_CONFIG, SC_CLASS_TLS, "check tls_name" },
	{ CURLE_SSL_CIPHER, EX_CONFIG, SC_CLASS_TLS,
	    "check that the port speaks TLS 1.2 or later" },
	/* on_request() */
	{ CURLE_ABORTED_BY_CALLBACK, EX_SOFTWARE, SC_CLASS_TLS,
	    "this libcurl has not let the certificate be checked" },
	{ CURLE_BAD_CONTENT_ENCODING, EX_PROTOCOL, SC_CLASS_PROTOCOL,
	    BETWEEN_REMEDY },
};

static const struct fault other_fault = { .code = EX_UNAVAILABLE,
	.class = SC_CLASS_NETWORK,
	.remedy = "check that this machine can reach the host" };

static const struct fault beyond_fault = { .code = EX_UNAVAILABLE,
	.class = SC_CLASS_NETWORK,
	.remedy = "check that the proxy can reach the host" };

static const struct fault broken_fault = { .code = EX_UNAVAILABLE,
	.class = SC_CLASS_NETWORK,
	.remedy = BETWEEN_REMEDY };

/*
 * libcurl reports a connection that ended during the TLS handshake as a TLS
 * fault; it is the network's, and heals.
 */
static bool
handshake_cut(const struct sc_http *h)
{
	return strstr(h->error, "reset by peer") != NULL ||
	    strstr(h->error, "SSL_ERROR_SYSCALL") != NULL ||
	    strstr(h->error, "unexpected eof") != NULL;
}

static const struct fault *
find_fault(const struct sc_http *h, CURLcode code, bool sent)
{
	if (code == CURLE_SSL_CONNECT_ERROR && handshake_cut(h))
		return &other_fault;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (faults[i].curl == code)
			return &faults[i];
	}
	if (sent)
		return &broken_fault;
	return h->net->proxy != NULL ? &beyond_fault : &other_fault;
}

static const char *
text_of(const struct sc_http *h, CURLcode code)
{
	return h->error[0] != '\0' ? h->error : curl_easy_strerror(code);
}

int
http_proxy_refused(const struct sc_http *h, long status, struct sc_err *e)
{
	const struct sc_net *n = h->net;

	if (status == 407) {
		(void)sc_fail(e, EX_UNAVAILABLE,
		    n->proxy_user == NULL
			? "the proxy wants a user and a password (407)"
			: "the proxy refuses its user or password (407)");
		return sc_remedy(e, SC_CLASS_PROXY,
		    "check the user in %.120s, and proxy_password beside it",
		    n->proxy_from);
	}
	(void)sc_fail(e, EX_UNAVAILABLE,
	    "the proxy does not let us through (%ld)", status);
	return sc_remedy(e, SC_CLASS_PROXY,
	    status == 403
		? "ask those who run the proxy to allow this host (%.120s)"
		: "ask those who run the proxy what is wrong (%.120s)",
	    n->proxy_from);
}

/* Nothing came from beyond the proxy. */
static int
proxy_fault(const struct sc_http *h, CURLcode code, struct sc_err *e)
{
	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		(void)sc_fail(
		    e, EX_CONFIG, "the proxy's certificate: %s", h->error);
		return sc_remedy(e, SC_CLASS_TLS,
		    "set proxy_ca_file beside %.120s if a private CA signed it",
		    h->net->proxy_from);
	}
	(void)sc_fail(e, EX_UNAVAILABLE, "%s", text_of(h, code));
	return sc_remedy(e, SC_CLASS_PROXY,
	    "check that the proxy runs and its address is right (%.120s)",
	    h->net->proxy_from);
}

int
http_fault(const struct sc_http *h, CURLcode code, struct sc_err *e)
{
	bool proxied = h->net->proxy != NULL;
	curl_off_t at = 0; /* when the request was sent */
	const struct fault *f;
	long connect = 0;

	(void)curl_easy_getinfo(h->easy, CURLINFO_HTTP_CONNECTCODE, &connect);
	(void)curl_easy_getinfo(h->easy, CURLINFO_PRETRANSFER_TIME_T, &at);
	if (code == CURLE_SSL_CACERT_BADFILE)
		return http_tls_bad_file(h, e);
	if (proxied && connect != 0 && connect != 200)
		return http_proxy_refused(h, connect, e);
	if (proxied && connect == 0 && at == 0 && code != CURLE_OUT_OF_MEMORY &&
	    code != CURLE_URL_MALFORMAT)
		return proxy_fault(h, code, e);
	/* Within a proxy's TLS the reason of a fault does not come through. */
	if (h->tls.refused || code == CURLE_PEER_FAILED_VERIFICATION)
		return http_tls_refused(h, e);
	f = find_fault(h, code, at > 0);
	(void)sc_fail(e, f->code, "%s", text_of(h, code));
	return sc_remedy(e, f->class, "%s", f->remedy);
}
