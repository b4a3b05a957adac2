#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "http_impl.h"
#include "sc/clock.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define CONNECT_MS   10000
#define TOTAL_MS     120000
#define BODY_MAX     ((size_t)64 << 20)
#define HEAD_MAX     ((size_t)256 << 10)
#define READ_SIZE    (128L << 10)
#define SLOW_BYTES   100L /* a second, for SLOW_SECONDS: given up */
#define SLOW_SECONDS 30L

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct sc_http *h = arg;

	(void)size; /* always 1 */
	h->head += n;
	if (h->head > HEAD_MAX)
		return 0;
	/* Another block follows an interim answer (100 Continue). */
	if (n > 5 && memcmp(p, "HTTP/", 5) == 0) {
		h->ended = false;
		if (h->lines != NULL)
			sc_buf_reset(h->lines);
	} else if (n <= 2 && p[n - 1] == '\n')
		h->ended = true;
	if (h->lines != NULL)
		(void)sc_buf_add(h->lines, p, n);
	return n;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct sc_http *h = arg;

	(void)size;
	return sc_buf_add(h->body, p, n) == -1 ? 0 : n;
}

static void
set_limits(struct sc_http *h, const struct sc_http_opts *o)
{
	int64_t connect = o->connect_ms > 0 ? o->connect_ms : CONNECT_MS;
	int64_t total = o->total_ms > 0 ? o->total_ms : TOTAL_MS;

	h->keep_head = o->keep_head;
	h->max_body = o->max_body > 0 ? o->max_body : BODY_MAX;
	curl_easy_setopt(h->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
	curl_easy_setopt(h->easy, CURLOPT_TIMEOUT_MS, (long)total);
	curl_easy_setopt(h->easy, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
	curl_easy_setopt(h->easy, CURLOPT_LOW_SPEED_TIME,
	    (long)(o->slow_s > 0 ? o->slow_s : SLOW_SECONDS));
	curl_easy_setopt(h->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(h->easy, CURLOPT_BUFFERSIZE, READ_SIZE);
}

void
sc_http_proxy_password(struct sc_http *h, const char *password)
{
	curl_easy_setopt(h->easy, CURLOPT_PROXYPASSWORD, password);
}

/*
 * An empty text switches the environment's variables off.  User and password
 * never become part of an address, which may be shown.
 */
static void
set_proxy(struct sc_http *h)
{
	const struct sc_net *n = h->net;

	curl_easy_setopt(
	    h->easy, CURLOPT_PROXY, n->proxy != NULL ? n->proxy : "");
	curl_easy_setopt(h->easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(h->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (n->proxy == NULL || n->proxy_user == NULL)
		return;
	curl_easy_setopt(h->easy, CURLOPT_PROXYUSERNAME, n->proxy_user);
	sc_http_proxy_password(
	    h, n->proxy_password != NULL ? n->proxy_password : "");
}

struct sc_http *
sc_http_new(const struct sc_http_opts *o, struct sc_err *e)
{
	static const struct sc_net direct = { 0 };
	struct sc_http *h = sc_xcalloc(1, sizeof(*h));

	h->net = o->net != NULL ? o->net : &direct;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (h->easy = curl_easy_init()) == NULL) {
		(void)sc_fail(e, EX_OSERR, "libcurl cannot start");
		free(h);
		return NULL;
	}
	curl_easy_setopt(h->easy, CURLOPT_ERRORBUFFER, h->error);
	curl_easy_setopt(h->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(
	    h->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h->easy, CURLOPT_FOLLOWLOCATION, 0L);
	/* What was signed is what is sent. */
	curl_easy_setopt(h->easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(h->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(
	    h->easy, CURLOPT_USERAGENT, "signal-client/" SC_VERSION);
	curl_easy_setopt(h->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(h->easy, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, h);
	set_limits(h, o);
	set_proxy(h);
	if (http_tls_init(h, e) == 0)
		return h;
	sc_http_free(h);
	return NULL;
}

void
sc_http_free(struct sc_http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->easy);
	http_tls_fini(h);
	curl_global_cleanup();
	free(h);
}

void
sc_http_resp_fini(struct sc_http_resp *r)
{
	sc_buf_fini(&r->body);
	sc_buf_fini(&r->head);
}

/* The URL for messages: without user, query and fragment. */
static void
clean_url(const char *url, char *out, size_t cap)
{
	const char *host = strstr(url, "://"), *at;
	size_t scheme = host != NULL ? (size_t)(host + 3 - url) : 0;
	size_t authority = strcspn(url + scheme, "/?#");

	at = memrchr(url + scheme, '@', authority);
	host = at != NULL ? at + 1 : url + scheme;
	(void)snprintf(out, cap, "%.*s%.*s", (int)scheme, url,
	    (int)strcspn(host, "?#"), host);
}

static int
too_large(const struct sc_http *h, struct sc_err *e)
{
	if (h->head > HEAD_MAX)
		(void)sc_fail(e, EX_PROTOCOL,
		    "the header is larger than %zu bytes", HEAD_MAX);
	else
		(void)sc_fail(e, EX_PROTOCOL,
		    "the answer is larger than %zu bytes", h->max_body);
	return sc_remedy(
	    e, SC_CLASS_PROTOCOL, "ask for smaller pages if the vendor can");
}

static int
cut_off(struct sc_err *e, const char *how)
{
	(void)sc_fail(e, EX_UNAVAILABLE, "the answer was cut off: %s", how);
	return sc_remedy(e, SC_CLASS_NETWORK, BETWEEN_REMEDY);
}

/*
 * Copies the value of a header of the final answer, "" if it has none.
 * Returns how often it stands there.
 */
static size_t
header(const struct sc_http *h, const char *name, char *out, size_t cap)
{
	struct curl_header *hd;

	*out = '\0';
	if (curl_easy_header(h->easy, name, 0, CURLH_HEADER, -1, &hd) !=
	    CURLHE_OK)
		return 0;
	(void)strlcpy(out, hd->value, cap);
	return hd->amount;
}

static bool
is_chunked(const struct sc_http *h)
{
	static const char word[] = "chunked";
	char coding[64];
	size_t n;

	(void)header(h, "Transfer-Encoding", coding, sizeof(coding));
	n = strlen(coding);
	return n >= sizeof(word) - 1 &&
	    strcasecmp(coding + n - (sizeof(word) - 1), word) == 0;
}

/*
 * libcurl made sure that a length was reached and that a last chunk came.  It
 * takes the end of the connection for the end of the answer where neither was
 * announced, and for the end of a header block.
 */
static int
check_complete(const struct sc_http *h, int status, struct sc_err *e)
{
	char length[32];
	size_t lengths;

	if (!h->ended)
		return cut_off(e, "the header does not end");
	if (status < 200 || status == 204 || status == 304 || is_chunked(h))
		return 0;
	lengths = header(h, "Content-Length", length, sizeof(length));
	if (lengths == 0)
		return cut_off(e, "it has neither a length nor chunks");
	if (lengths > 1) {
		(void)sc_fail(
		    e, EX_PROTOCOL, "the answer has %zu lengths", lengths);
		return sc_remedy(e, SC_CLASS_PROTOCOL, BETWEEN_REMEDY);
	}
	return 0;
}

/* What is left of a quota, and for how long, in the gateways' words. */
static void
read_quota(const struct sc_http *h, struct sc_http_resp *r, int64_t now)
{
	char text[128];
	int64_t reset_ms = -1;

	if (header(h, "RateLimit-Reset", text, sizeof(text)) > 0)
		reset_ms = http_wait_ms(text, now);
	if (r->status == 429 && reset_ms > r->retry_after_ms)
		r->retry_after_ms = reset_ms;
	if (header(h, "RateLimit-Remaining", text, sizeof(text)) > 0 &&
	    strcmp(text, "0") == 0)
		r->pause_ms = reset_ms;
}

static void
read_headers(const struct sc_http *h, struct sc_http_resp *r)
{
	int64_t now;
	char text[128];

	(void)header(h, "Content-Type", r->type, sizeof(r->type));
	(void)header(h, "Location", r->location, sizeof(r->location));
	(void)header(h, "Date", text, sizeof(text));
	(void)sc_time_parse_http(text, strlen(text), &r->date_ms);
	now = r->date_ms > 0 ? r->date_ms : sc_clock_ms();
	if (header(h, "Retry-After", text, sizeof(text)) > 0)
		r->retry_after_ms = http_wait_ms(text, now);
	read_quota(h, r, now);
}

static void
begin(struct sc_http *h, struct sc_http_resp *r)
{
	struct sc_buf body = r->body, head = r->head;

	body.max = h->max_body;
	head.max = HEAD_MAX;
	sc_buf_reset(&body);
	sc_buf_reset(&head);
	*r = (struct sc_http_resp){ .body = body, .head = head };
	r->retry_after_ms = r->pause_ms = -1;
	h->body = &r->body;
	h->lines = h->keep_head ? &r->head : NULL;
	h->head = 0;
	h->ended = false;
	h->error[0] = '\0';
}

/* Header lines hold credentials. */
static void
wipe_list(struct curl_slist *list)
{
	for (struct curl_slist *l = list; l != NULL; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(list);
}

static CURLcode
perform(struct sc_http *h, const struct sc_http_req *q)
{
	struct curl_slist *list = NULL, *next;
	CURLcode code = CURLE_OK;

	http_tls_begin(h, q->url);
	for (size_t i = 0; i < q->nheaders && code == CURLE_OK; i++) {
		if ((next = curl_slist_append(list, q->headers[i])) == NULL)
			code = CURLE_OUT_OF_MEMORY;
		else
			list = next;
	}
	if (code == CURLE_OK) {
		curl_easy_setopt(h->easy, CURLOPT_URL, q->url);
		if (q->body != NULL)
			curl_easy_setopt(h->easy, CURLOPT_POSTFIELDS, q->body);
		else
			curl_easy_setopt(h->easy, CURLOPT_HTTPGET, 1L);
		curl_easy_setopt(h->easy, CURLOPT_CUSTOMREQUEST, q->method);
		curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, list);
		code = curl_easy_perform(h->easy);
		curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, NULL);
		curl_easy_setopt(h->easy, CURLOPT_POSTFIELDS, NULL);
	}
	wipe_list(list);
	http_tls_end(h, code);
	return code;
}

/* The exchange has failed, or not brought a whole answer. */
static int
judge(struct sc_http *h, CURLcode code, const struct sc_http_resp *r,
    struct sc_err *e)
{
	int rc;

	if (r->body.full || h->head > HEAD_MAX)
		return too_large(h, e);
	if (code != CURLE_OK)
		rc = http_fault(h, code, e);
	else if (r->status == 407 && h->net->proxy != NULL)
		rc = http_proxy_refused(h, r->status, e);
	else
		rc = check_complete(h, r->status, e);
	if (rc == -1 && h->net->proxy != NULL)
		(void)sc_ctx(e, "by proxy %.100s", h->net->proxy);
	return rc;
}

int
sc_http_do(struct sc_http *h, const struct sc_http_req *q,
    struct sc_http_resp *r, struct sc_err *e)
{
	char where[256];
	curl_off_t took = 0;
	long status = 0;
	CURLcode code;

	begin(h, r);
	code = perform(h, q);
	(void)curl_easy_getinfo(h->easy, CURLINFO_TOTAL_TIME_T, &took);
	(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	r->took_ms = took / 1000;
	r->status = (int)status;
	r->head_ended = h->ended;
	if (judge(h, code, r, e) == 0) {
		read_headers(h, r);
		return 0;
	}
	clean_url(q->url, where, sizeof(where));
	return sc_ctx(e, "%s", where);
}

int
sc_http_peek(struct sc_http *h, const char *url, struct sc_tls_peer *peer,
    struct sc_err *e)
{
	const struct sc_http_req q = { .method = "GET", .url = url };
	struct sc_http_resp r = { 0 };
	char where[256];
	CURLcode code;
	int rc = 0;

	*peer = (struct sc_tls_peer){ 0 };
	begin(h, &r);
	curl_easy_setopt(h->easy, CURLOPT_CONNECT_ONLY, 1L);
	code = perform(h, &q);
	curl_easy_setopt(h->easy, CURLOPT_CONNECT_ONLY, 0L);
	if (code != CURLE_OK) {
		(void)judge(h, code, &r, e);
		clean_url(url, where, sizeof(where));
		rc = sc_ctx(e, "%s", where);
	}
	(void)sc_http_peer(h, peer);
	sc_http_resp_fini(&r);
	return rc;
}
