#ifndef HTTP_IMPL_H
#define HTTP_IMPL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/http.h"
#include "sc/tls.h"

/* Private to libcommon/http*.c: the connection's state. */

/* What is checked of the server's certificate, and what it showed. */
struct http_tls {
	const struct sc_net *net;
	struct sc_tls_pin *pins;
	struct x509_st *shown; /* in the last handshake; NULL: none yet */
	int fault;             /* of OpenSSL's check: X509_V_... */
	bool with_proxy;       /* the last handshake was with the proxy */
	bool accepted;         /* the server, in its last handshake */
	bool refused;          /* ... which was in this exchange */
	bool wanted;           /* the request under way is https */
};

struct sc_http {
	CURL *easy;
	const struct sc_net *net;
	struct http_tls tls;
	bool keep_head;
	size_t max_body;
	char error[CURL_ERROR_SIZE];
	/* The exchange under way. */
	struct sc_buf *body;
	struct sc_buf *lines; /* of the head; NULL: nobody wants them */
	size_t head;          /* bytes of header lines so far */
	bool ended; /* the empty line behind the last header block came */
};

/* Where the vendor was reached and its answer did not come through whole. */
#define BETWEEN_REMEDY \
	"if that stays, check what stands in between: a proxy or a firewall"

/* EX_CONFIG where the settings cannot be used. */
int http_tls_init(struct sc_http *, struct sc_err *);
void http_tls_fini(struct sc_http *);
/* Around each exchange. */
void http_tls_begin(struct sc_http *, const char *url);
void http_tls_end(struct sc_http *, CURLcode);
/* The server's certificate was refused: what it showed, and what to do. */
int http_tls_refused(const struct sc_http *, struct sc_err *);
/* A file of certificates that libcurl could not use. */
int http_tls_bad_file(const struct sc_http *, struct sc_err *);

/* Why there is no answer. */
int http_fault(const struct sc_http *, CURLcode, struct sc_err *);
/* The proxy's own answer, instead of the server's. */
int http_proxy_refused(const struct sc_http *, long status, struct sc_err *);

/*
 * What a header asks to wait: seconds, or until a date; at most a day.  -1
 * when it is neither.
 */
int64_t http_wait_ms(const char *text, int64_t now_ms);

#endif
