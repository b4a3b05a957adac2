#ifndef SC_HTTP_H
#define SC_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/net.h"
#include "sc/tls.h"

/*
 * The one HTTP client, on libcurl: HTTP/1.1, connections reused, no
 * redirects, no environment proxy, certificates checked against the hashed CA
 * folder (parsing the bundle costs 25 ms), a file of CAs, or pins.  No retries
 * in here, but that a reused connection which ends without a byte of an answer
 * was closed meanwhile: libcurl sends the request once more, on a new one.
 */
struct sc_http_opts {
	const struct sc_net *net; /* lives longer; NULL: all zero */
	int64_t connect_ms;       /* 0: 10 s */
	int64_t total_ms;         /* 0: 120 s */
	int64_t slow_s;  /* below 100 bytes/s for so long: given up; 0: 30 */
	size_t max_body; /* bytes after decoding; 0: 64 MiB */
	bool keep_head;  /* for resp->head */
};

struct sc_http;
struct sc_http *sc_http_new(const struct sc_http_opts *, struct sc_err *);
void sc_http_free(struct sc_http *);
/* What net->proxy_secret stands for; copied. */
void sc_http_proxy_password(struct sc_http *, const char *);

struct sc_http_req {
	const char *method; /* "GET" */
	const char *url;
	const char *const *headers; /* "Name: value" lines */
	size_t nheaders;
	const char *body; /* NULL: none; borrowed */
};

struct sc_http_resp {
	int status;
	struct sc_buf body; /* reused from call to call */
	struct sc_buf head; /* with keep_head: the last one's lines; reused */
	bool head_ended;    /* ... and the empty line behind them came */
	char type[128];     /* Content-Type, "" if none */
	int64_t date_ms;    /* Date header, 0 if none */
	int64_t retry_after_ms; /* from now, both forms, clamped; -1 if none;
				 * of a 429 also what RateLimit-Reset says */
	int64_t pause_ms; /* RateLimit-Remaining is 0: until Reset; or -1 */
	int64_t took_ms;
	char location[256]; /* Location, "" if none */
};
void sc_http_resp_fini(struct sc_http_resp *);

/*
 * One exchange.  0: a complete answer of whatever status is in resp.  -1: no
 * complete answer; class NETWORK, TLS, PROXY or PROTOCOL.  Complete means: the
 * header block ended, and the body had a length or a last chunk and all of it
 * came (two cut-off kinds that libcurl reports as success are refused here).
 * URLs in messages carry no query.
 */
int sc_http_do(struct sc_http *, const struct sc_http_req *,
    struct sc_http_resp *, struct sc_err *);

/*
 * Connects without sending a request.  -1: as sc_http_do().  What the server
 * showed is in *peer either way, zeroed if it showed nothing (no TLS, or not
 * reached).
 */
int sc_http_peek(struct sc_http *, const char *url, struct sc_tls_peer *peer,
    struct sc_err *);
/* What the server showed last, also when it was refused; false: nothing. */
bool sc_http_peer(const struct sc_http *, struct sc_tls_peer *);

/* Appends text percent-encoded (all but A-Z a-z 0-9 - . _ ~). */
int sc_url_encode(struct sc_buf *, const char *, size_t n);
/* Decodes %XX once, appends; other bytes as they are. */
int sc_url_decode(struct sc_buf *, const char *, size_t n);

#endif
