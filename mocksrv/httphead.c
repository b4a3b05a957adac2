#include <string.h>
#include <strings.h>

#include "mocksrv/http.h"
#include "mocksrv/query.h"

static bool
is_tchar(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_token(struct sc_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!is_tchar(s.p[i]))
			return false;
	}
	return s.n > 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct sc_slice
trim(struct sc_slice s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool
is_word(struct sc_slice s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

/* Cuts s at the first c; what is behind it goes to *rest. */
static bool
split(struct sc_slice *s, char c, struct sc_slice *rest)
{
	const char *at = s->n > 0 ? memchr(s->p, c, s->n) : NULL;

	if (at == NULL)
		return false;
	rest->p = at + 1;
	rest->n = s->n - (size_t)(at - s->p) - 1;
	s->n = (size_t)(at - s->p);
	return true;
}

/* Absolute form (what a client sends to a proxy) becomes origin form. */
static struct sc_slice
origin_form(struct sc_slice target)
{
	const char *slash;
	size_t skip;

	if (target.n > 7 && strncasecmp(target.p, "http://", 7) == 0)
		skip = 7;
	else if (target.n > 8 && strncasecmp(target.p, "https://", 8) == 0)
		skip = 8;
	else
		return target;
	slash = memchr(target.p + skip, '/', target.n - skip);
	if (slash == NULL)
		return sc_slice_of("/");
	target.n -= (size_t)(slash - target.p);
	target.p = slash;
	return target;
}

static int
parse_target(struct mock_http *h)
{
	struct sc_slice path = origin_form(h->target);

	for (size_t i = 0; i < h->target.n; i++) {
		if (h->target.p[i] <= ' ' || h->target.p[i] == 0x7f)
			return mock_http_fail(h, 400, "bad request target");
	}
	if (sc_slice_is(h->method, "CONNECT")) {
		h->path = h->target;
		if (memrchr(h->target.p, ':', h->target.n) == NULL)
			return mock_http_fail(h, 400, "bad request target");
		return 0;
	}
	if (path.n == 0 || (path.p[0] != '/' && !sc_slice_is(path, "*")))
		return mock_http_fail(h, 400, "bad request target");
	(void)split(&path, '?', &h->query);
	if (mock_percent_decode(path, false, &h->path_text) == -1 ||
	    memchr(h->path_text.p, '\0', h->path_text.len) != NULL)
		return mock_http_fail(h, 400, "bad escape in request target");
	h->path = (struct sc_slice){ h->path_text.p, h->path_text.len };
	return 0;
}

static int
parse_request_line(struct mock_http *h, struct sc_slice line)
{
	struct sc_slice version = { 0 };

	h->method = line;
	if (!split(&h->method, ' ', &h->target) ||
	    !split(&h->target, ' ', &version) || !is_token(h->method))
		return mock_http_fail(h, 400, "bad request line");
	if (version.n != 8 || memcmp(version.p, "HTTP/", 5) != 0 ||
	    version.p[6] != '.')
		return mock_http_fail(h, 400, "bad request line");
	if (version.p[5] != '1' || (version.p[7] != '0' && version.p[7] != '1'))
		return mock_http_fail(h, 505, "only HTTP/1.0 and HTTP/1.1");
	h->minor = version.p[7] - '0';
	return parse_target(h);
}

static int
parse_header_line(struct mock_http *h, struct sc_slice line)
{
	struct mock_header d = { .name = line };

	if (h->nheaders == MOCK_HEADERS_MAX)
		return mock_http_fail(h, 431, "too many headers");
	if (!split(&d.name, ':', &d.value) || !is_token(d.name))
		return mock_http_fail(h, 400, "bad header line");
	d.value = trim(d.value);
	for (size_t i = 0; i < d.value.n; i++) {
		unsigned char c = (unsigned char)d.value.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return mock_http_fail(h, 400, "control byte in header");
	}
	h->headers[h->nheaders++] = d;
	return 0;
}

static int
parse_length(struct mock_http *h, struct sc_slice v)
{
	h->left = 0;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return mock_http_fail(h, 400, "bad Content-Length");
		h->left = h->left * 10 + (uint64_t)(v.p[i] - '0');
		if (h->left > MOCK_BODY_MAX)
			return mock_http_fail(h, 413, "request body too large");
	}
	if (v.n == 0)
		return mock_http_fail(h, 400, "bad Content-Length");
	return 0;
}

static void
parse_connection(struct mock_http *h, struct sc_slice v)
{
	bool more = true;

	while (more) {
		struct sc_slice word = v;

		more = split(&word, ',', &v);
		word = trim(word);
		if (is_word(word, "close"))
			h->keep_alive = false;
		else if (is_word(word, "keep-alive") && h->minor == 0)
			h->keep_alive = true;
	}
}

/* How often each header that may stand only once was seen. */
struct seen {
	unsigned host, length, coding;
};

static int
apply_header(struct mock_http *h, const struct mock_header *d, struct seen *n)
{
	if (is_word(d->name, "host")) {
		n->host++;
	} else if (is_word(d->name, "content-length")) {
		n->length++;
		return parse_length(h, d->value);
	} else if (is_word(d->name, "transfer-encoding")) {
		n->coding++;
		if (!is_word(d->value, "chunked"))
			return mock_http_fail(
			    h, 501, "only Transfer-Encoding: chunked");
	} else if (is_word(d->name, "connection")) {
		parse_connection(h, d->value);
	} else if (is_word(d->name, "expect")) {
		if (!is_word(d->value, "100-continue"))
			return mock_http_fail(h, 417, "only 100-continue");
		h->expect_continue = h->minor == 1;
	}
	return 0;
}

static int
apply_headers(struct mock_http *h)
{
	struct seen n = { 0 };

	h->keep_alive = h->minor == 1;
	for (size_t i = 0; i < h->nheaders; i++) {
		if (apply_header(h, &h->headers[i], &n) == -1)
			return -1;
	}
	if (n.host > 1 || (n.host == 0 && h->minor == 1))
		return mock_http_fail(h, 400, "exactly one Host is needed");
	if (n.length > 1)
		return mock_http_fail(h, 400, "more than one Content-Length");
	if (n.coding > 1 || (n.coding > 0 && (n.length > 0 || h->minor == 0)))
		return mock_http_fail(h, 400, "ambiguous message length");
	if (n.coding > 0)
		h->state = MOCK_HTTP_CHUNK_SIZE;
	return 0;
}

int
mock_http_parse_head(struct mock_http *h)
{
	struct sc_slice rest = { h->head.p, h->head.len };
	bool first = true;

	for (;;) {
		struct sc_slice line = rest;

		(void)split(&line, '\n', &rest);
		line.n--; /* the CR, which the feeder has checked */
		if (line.n == 0)
			break;
		if (memchr(line.p, '\r', line.n) != NULL)
			return mock_http_fail(h, 400, "stray CR");
		if (first ? parse_request_line(h, line) == -1
			  : parse_header_line(h, line) == -1)
			return -1;
		first = false;
	}
	return apply_headers(h);
}
