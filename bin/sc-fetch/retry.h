#ifndef FETCH_RETRY_H
#define FETCH_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/conf.h"
#include "sc/err.h"
#include "sc/http.h"

#include "auth.h"
#include "capture.h"

/*
 * The one retry layer: what heals within seconds is asked again here, all
 * else is the scheduler's business.
 */
#define RETRY_ATTEMPTS  3
#define RETRY_BUDGET_MS 30000 /* waits and answers of one page together */
#define RETRY_WAIT_MAX  10000 /* the longest Retry-After that is sat out */
#define RETRY_PAUSE_MAX 60000 /* ... and the longest pause before that */

struct retry {
	int attempts;     /* made so far */
	int64_t spent_ms; /* by answers and waits so far */
};

/*
 * After a failed attempt that took took_ms: how long to wait before the next
 * one, -1 to give up.  asked_ms: the vendor's Retry-After, -1 if none.  dice:
 * any random number.
 */
int64_t retry_wait(struct retry *, const struct sc_err *, int64_t took_ms,
    int64_t asked_ms, uint32_t dice);

/* Who asks whom. */
struct client {
	const struct sc_integration *in;
	const char
	    *origin;       /* another address than the integration's, or NULL */
	struct auth *auth; /* NULL: without the credential */
	struct sc_http *http;
	struct capture *capture;        /* NULL: none is wanted */
	const struct sc_stream *stream; /* whose pages are asked for, or NULL */
	bool proxied;      /* the proxy's password, if any, is known */
	bool first;        /* nothing shows yet that the settings are right */
	int64_t resume_ms; /* the quota is used up until then (sc_clock_mono) */
};

/*
 * Has sc-auth read the proxy's password where there is one to be read.  An
 * exchange does so by itself.
 */
int retry_proxy(struct client *, struct sc_err *);

/*
 * Asks for a target (path and query) with fresh headers for each attempt; with
 * a body, JSON, where that is not NULL: only questions are asked, which may
 * come twice.  An answer that uses up the vendor's quota, and says for how
 * long, makes the next question wait.  0 only for a complete answer with status
 * 200; resp->status is 0 when no answer came at all.
 */
int retry_ask(struct client *, const char *method, const char *target,
    const char *body, struct sc_http_resp *, struct sc_err *);
int retry_get(struct client *, const char *target, struct sc_http_resp *,
    struct sc_err *);
/* One attempt with a body of JSON, for what need not succeed. */
int retry_once(struct client *, const char *method, const char *target,
    const char *body, struct sc_http_resp *, struct sc_err *);

#endif
