#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "http_impl.h"
#include "sc/clock.h"
#include "sc/http.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define CONNECT_MS   10000
#define TOTAL_MS     120000
#define BODY_MAX     ((size_t)64 << 20)
#define HEAD_MAX     ((size_t)256 << 10)
#define READ_SIZE    (128L << 10)
#define SLOW_BYTES   100L /* a second, for SLOW_SECONDS: given up */
#define SLOW_SECONDS 30L

struct sc_http {
	CURL *easy;
	bool proxied;
	bool keep_head;
	size_t max_body;
	char error[CURL_ERROR_SIZE];
	/* The exchange under way. */
	struct sc_buf *body;
	struct sc_buf *lines; /* of the head; NULL: nobody wants them */
	size_t head;          /* bytes of header lines so far */
	bool ended; /* the empty line behind the last header block came */
};

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

/* An empty text switches the environment's variables off. */
static void
set_proxy(struct sc_http *h, const char *proxy)
{
	h->proxied = proxy != NULL && *proxy != '\0';
	curl_easy_setopt(h->easy, CURLOPT_PROXY, h->proxied ? proxy : "");
	curl_easy_setopt(h->easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(h->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void
set_tls(struct sc_http *h, const char *ca_file)
{
	curl_easy_setopt(
	    h->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(h->easy, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(
	    h->easy, CURLOPT_CAPATH, ca_file != NULL ? NULL : "/etc/ssl/certs");
}

struct sc_http *
sc_http_new(const struct sc_http_opts *o, struct sc_err *e)
{
	struct sc_http *h = sc_xcalloc(1, sizeof(*h));

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
	set_proxy(h, o->proxy);
	set_tls(h, o->ca_file);
	return h;
}

void
sc_http_free(struct sc_http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->easy);
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

/* Where the vendor was reached and its answer did not come through whole. */
#define BETWEEN_REMEDY \
	"if that stays, check what stands in between: a proxy or a firewall"

static const struct fault {
	CURLcode curl;
	int code;
	enum sc_class class;
	const char *remedy;
} faults[] = {
	/* Also what libcurl says to garbage instead of a status line. */
	{ CURLE_UNSUPPORTED_PROTOCOL, EX_PROTOCOL, SC_CLASS_PROTOCOL,
	    "check that host and port lead to the vendor's API" },
	{ CURLE_URL_MALFORMAT, EX_CONFIG, SC_CLASS_CONFIG,
	    "check host or url in the integration file" },
	{ CURLE_COULDNT_RESOLVE_PROXY, EX_UNAVAILABLE, SC_CLASS_PROXY,
	    "check the proxy setting" },
	{ CURLE_COULDNT_RESOLVE_HOST, EX_NOHOST, SC_CLASS_NETWORK,
	    "check the host and this machine's name resolution" },
	{ CURLE_WEIRD_SERVER_REPLY, EX_PROTOCOL, SC_CLASS_PROTOCOL,
	    "check that host and port lead to the vendor's API" },
	{ CURLE_OUT_OF_MEMORY, EX_OSERR, SC_CLASS_INTERNAL, "" },
	{ CURLE_SSL_CONNECT_ERROR, EX_CONFIG, SC_CLASS_TLS,
	    "check that the port speaks TLS 1.2 or later" },
	{ CURLE_PEER_FAILED_VERIFICATION, EX_CONFIG, SC_CLASS_TLS,
	    "check the host; set ca_file if a private CA signed its "
	    "certificate" },
	{ CURLE_SSL_CACERT_BADFILE, EX_CONFIG, SC_CLASS_TLS,
	    "check that ca_file exists and holds PEM certificates" },
	{ CURLE_SSL_CIPHER, EX_CONFIG, SC_CLASS_TLS,
	    "check that the port speaks TLS 1.2 or later" },
	{ CURLE_BAD_CONTENT_ENCODING, EX_PROTOCOL, SC_CLASS_PROTOCOL,
	    BETWEEN_REMEDY },
	{ CURLE_PROXY, EX_UNAVAILABLE, SC_CLASS_PROXY,
	    "check the proxy setting" },
};

static const struct fault other_fault = { .code = EX_UNAVAILABLE,
	.class = SC_CLASS_NETWORK,
	.remedy = "check that this machine can reach the host" };

static const struct fault broken_fault = { .code = EX_UNAVAILABLE,
	.class = SC_CLASS_NETWORK,
	.remedy = BETWEEN_REMEDY };

static const struct fault proxy_fault = { .code = EX_UNAVAILABLE,
	.class = SC_CLASS_PROXY,
	.remedy = "check the proxy and its credentials" };

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
find_fault(const struct sc_http *h, CURLcode code)
{
	curl_off_t sent = 0; /* when the request was */
	long answer = 0;

	(void)curl_easy_getinfo(h->easy, CURLINFO_HTTP_CONNECTCODE, &answer);
	(void)curl_easy_getinfo(h->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
	if (h->proxied &&
	    (code == CURLE_COULDNT_CONNECT || (answer != 0 && answer != 200)))
		return &proxy_fault;
	if (code == CURLE_SSL_CONNECT_ERROR && handshake_cut(h))
		return &other_fault;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (faults[i].curl == code)
			return &faults[i];
	}
	return sent > 0 ? &broken_fault : &other_fault;
}

static int
no_answer(const struct sc_http *h, CURLcode code, struct sc_err *e)
{
	const struct fault *f = find_fault(h, code);

	(void)sc_fail(e, f->code, "%s",
	    h->error[0] != '\0' ? h->error : curl_easy_strerror(code));
	return sc_remedy(e, f->class, "%s", f->remedy);
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
	return code;
}

int
sc_http_do(struct sc_http *h, const struct sc_http_req *q,
    struct sc_http_resp *r, struct sc_err *e)
{
	char where[256];
	curl_off_t took = 0;
	long status = 0;
	CURLcode code;
	int rc;

	begin(h, r);
	code = perform(h, q);
	(void)curl_easy_getinfo(h->easy, CURLINFO_TOTAL_TIME_T, &took);
	(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	r->took_ms = took / 1000;
	r->status = (int)status;
	r->head_ended = h->ended;
	if (r->body.full || h->head > HEAD_MAX)
		rc = too_large(h, e);
	else if (code != CURLE_OK)
		rc = no_answer(h, code, e);
	else
		rc = check_complete(h, r->status, e);
	if (rc == 0) {
		read_headers(h, r);
		return 0;
	}
	clean_url(q->url, where, sizeof(where));
	return sc_ctx(e, "%s", where);
}
