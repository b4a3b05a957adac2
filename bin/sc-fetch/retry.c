#include <stdlib.h>

#include "sc/clock.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/prog.h"

#include "refusal.h"
#include "retry.h"

#define BASE_MS  1000u
#define QUOTA_MS 5000 /* when the vendor names no time */

int64_t
retry_wait(struct retry *r, const struct sc_err *e, int64_t took_ms,
    int64_t asked_ms, uint32_t dice)
{
	enum sc_class class = sc_err_class(e);
	int64_t wait;

	r->attempts++;
	r->spent_ms += took_ms;
	/* The answer to the first one says what the vendor's time is. */
	if (class == SC_CLASS_CLOCK)
		return r->attempts == 1 ? 0 : -1;
	if (class != SC_CLASS_NETWORK && class != SC_CLASS_VENDOR &&
	    class != SC_CLASS_QUOTA)
		return -1;
	if (r->attempts >= RETRY_ATTEMPTS || asked_ms > RETRY_WAIT_MAX)
		return -1;
	if (asked_ms >= 0)
		wait = asked_ms;
	else if (class == SC_CLASS_QUOTA)
		wait = QUOTA_MS;
	else
		wait = dice % ((BASE_MS << (r->attempts - 1)) + 1);
	if (r->spent_ms + wait > RETRY_BUDGET_MS)
		return -1;
	r->spent_ms += wait;
	return wait;
}

/* The fault of the exchange, if any, is in e; one of the capture goes first. */
static int
keep(struct client *c, const struct exchange *x, int rc, struct sc_err *e)
{
	const struct sc_err fault = *e;
	struct exchange whole = *x;

	if (c->capture == NULL)
		return rc;
	whole.stream = c->stream;
	whole.fault = rc == -1 ? &fault : NULL;
	return capture_write(c->capture, &whole, e) == -1 ? -1 : rc;
}

/* "Name: value" of the stream's own headers. */
static char **
stream_headers(const struct client *c, size_t *n)
{
	char **lines = NULL;

	*n = 0;
	for (size_t i = 0; c->stream != NULL && i < c->stream->nheaders; i++) {
		const struct sc_pair *h = &c->stream->headers[i];

		sc_names_add(
		    &lines, n, sc_xasprintf("%s: %s", h->name, h->value));
	}
	return lines;
}

int
retry_proxy(struct client *c, struct sc_err *e)
{
	const struct sc_net *net = &c->in->net;
	const char *password;

	if (c->auth == NULL || c->proxied || net->proxy == NULL ||
	    net->proxy_secret == NULL)
		return 0;
	if ((password = auth_proxy(c->auth, e)) == NULL)
		return -1;
	sc_http_proxy_password(c->http, password);
	c->proxied = true;
	return 0;
}

int
retry_once(struct client *c, const char *method, const char *target,
    const char *body, struct sc_http_resp *resp, struct sc_err *e)
{
	static const char accept[] = "Accept: application/json";
	static const char type[] = "Content-Type: application/json";
	const char *const *auth = NULL;
	const char *origin = c->origin != NULL ? c->origin : c->in->origin;
	const char **headers;
	char **more;
	struct sc_http_req q = { .method = method, .body = body };
	struct exchange x = { .req = &q, .target = target, .resp = resp };
	char *url;
	size_t nauth = 0, nmore, n;
	int rc;

	resp->status = 0;
	resp->date_ms = 0;
	resp->took_ms = 0;
	resp->retry_after_ms = -1;
	resp->pause_ms = -1;
	if (retry_proxy(c, e) == -1)
		return -1;
	if (c->auth != NULL &&
	    auth_headers(c->auth, q.method, target, &auth, &nauth, e) == -1)
		return -1;
	more = stream_headers(c, &nmore);
	headers = sc_xcalloc(nauth + nmore + 2, sizeof(*headers));
	for (n = 0; n < nauth; n++)
		headers[n] = auth[n];
	headers[n++] = accept;
	if (body != NULL)
		headers[n++] = type;
	for (size_t i = 0; i < nmore; i++)
		headers[n++] = more[i];
	url = sc_xasprintf("%s%s", origin, target);
	q.url = url;
	q.headers = headers;
	q.nheaders = n;
	rc = sc_http_do(c->http, &q, resp, e);
	x.auth = auth;
	x.nauth = nauth;
	rc = keep(c, &x, rc, e);
	free(url);
	free(headers);
	sc_names_free(more, nmore);
	if (rc == 0)
		rc = refusal_check(c->in->vendor, resp, c->first, e);
	if (rc == 0)
		c->first = false;
	return rc;
}

/* Where the date is signed, it has to be the vendor's. */
static void
learn_clock(struct client *c, const struct sc_http_resp *r)
{
	if (c->auth != NULL && r->date_ms > 0 &&
	    c->in->vendor->scheme != SC_SCHEME_HEADER)
		auth_set_offset(c->auth, r->date_ms - sc_clock_ms());
}

/* Who goes on asking without a quota is refused, and perhaps for longer. */
static void
heed_quota(struct client *c, const struct sc_http_resp *r)
{
	if (r->pause_ms > 0 && r->pause_ms <= RETRY_PAUSE_MAX)
		c->resume_ms = sc_clock_mono() + r->pause_ms;
}

static void
pause_for_quota(struct client *c)
{
	int64_t wait = c->resume_ms - sc_clock_mono();

	if (c->resume_ms == 0 || wait <= 0)
		return;
	c->resume_ms = 0;
	sc_log(SC_LOG_DEBUG, c->in->vendor->name,
	    "the quota is used up; waiting for %lld ms", (long long)wait);
	(void)sc_clock_wait(wait);
}

int
retry_ask(struct client *c, const char *method, const char *target,
    const char *body, struct sc_http_resp *resp, struct sc_err *e)
{
	struct retry r = { 0 };
	int64_t wait;

	pause_for_quota(c);
	while (retry_once(c, method, target, body, resp, e) == -1) {
		learn_clock(c, resp);
		wait = retry_wait(
		    &r, e, resp->took_ms, resp->retry_after_ms, arc4random());
		if (wait == -1 || sc_stopping())
			return -1;
		sc_log(SC_LOG_DEBUG, c->in->vendor->name,
		    "attempt %d of %d failed, next in %lld ms: %s", r.attempts,
		    RETRY_ATTEMPTS, (long long)wait, e->msg);
		if (sc_clock_wait(wait) == -1 && sc_stopping())
			return -1;
	}
	learn_clock(c, resp);
	heed_quota(c, resp);
	return 0;
}

int
retry_get(struct client *c, const char *target, struct sc_http_resp *resp,
    struct sc_err *e)
{
	return retry_ask(c, "GET", target, NULL, resp, e);
}
