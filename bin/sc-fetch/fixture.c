#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "fixture.h"

#define SLUG_MAX  40
#define TESTS_MAX 16 /* conditions that a rule of sc-mock can have */

static bool
is_kept(struct sc_slice name)
{
	static const char *const names[] = { "Date", "Content-Type",
		"Retry-After", "Location" };
	static const char *const starts[] = { "RateLimit", "X-RateLimit",
		"X-Rate-Limit" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (name.n == strlen(names[i]) &&
		    strncasecmp(name.p, names[i], name.n) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		size_t n = strlen(starts[i]);

		if (name.n >= n && strncasecmp(name.p, starts[i], n) == 0)
			return true;
	}
	return false;
}

/* Of a place only the path: neither the host nor a query. */
static struct sc_slice
path_of(struct sc_slice place)
{
	const char *end = place.p + place.n;
	const char *p = place.n > 0 ? memmem(place.p, place.n, "//", 2) : NULL;

	if (p != NULL && (p == place.p || p[-1] == ':')) {
		p = memchr(p + 2, '/', (size_t)(end - p - 2));
		place = p != NULL ? (struct sc_slice){ p, (size_t)(end - p) }
				  : sc_slice_of("/");
	}
	p = place.n > 0 ? memchr(place.p, '?', place.n) : NULL;
	if (p != NULL)
		place.n = (size_t)(p - place.p);
	return place;
}

static void
put_header(const struct scrub *s, struct sc_slice line, struct sc_buf *out)
{
	const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
	struct sc_slice name, value;

	if (colon == NULL)
		return;
	name = (struct sc_slice){ line.p, (size_t)(colon - line.p) };
	if (!is_kept(name))
		return;
	value = (struct sc_slice){ colon + 1, line.n - name.n - 1 };
	while (value.n > 0 && (*value.p == ' ' || *value.p == '\t')) {
		value.p++;
		value.n--;
	}
	while (value.n > 0 && strchr(" \t\r", value.p[value.n - 1]) != NULL)
		value.n--;
	if (name.n == 8 && strncasecmp(name.p, "Location", 8) == 0)
		value = path_of(value);
	(void)sc_buf_add(out, name.p, name.n);
	(void)sc_buf_adds(out, value.n > 0 ? ": " : ":");
	(void)scrub_text(s, value, out);
	(void)sc_buf_addc(out, '\n');
}

/* The reason is the vendor's, whatever else stands in the line. */
static void
put_status(
    const struct scrub *s, struct sc_slice line, int status, struct sc_buf *b)
{
	const char *p = line.n > 13 ? line.p + 12 : NULL;

	(void)sc_buf_addf(b, "HTTP/1.1 %d", status);
	while (line.n > 0 && strchr(" \r", line.p[line.n - 1]) != NULL)
		line.n--;
	if (p != NULL && p < line.p + line.n)
		(void)scrub_text(s,
		    (struct sc_slice){ p, (size_t)(line.p + line.n - p) }, b);
	(void)sc_buf_addc(b, '\n');
}

static void
put_head(
    const struct scrub *s, const struct sc_http_resp *r, struct sc_buf *out)
{
	const char *p = r->head.p, *end = p + r->head.len, *lf;
	bool first = true;

	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		struct sc_slice line = { p, (size_t)(lf - p) };

		if (first)
			put_status(s, line, r->status, out);
		else
			put_header(s, line, out);
		first = false;
		p = lf + 1;
	}
}

/*
 * What is no .http file: half of an answer, and a body that would be taken for
 * one more head.
 */
static bool
is_raw(const struct exchange *x)
{
	const struct sc_buf *body = &x->resp->body;

	return x->fault != NULL ||
	    (body->len >= 5 && memcmp(body->p, "HTTP/", 5) == 0);
}

/*
 * Cut off is a head that does not end, or a length that is never reached,
 * whatever framing the vendor's answer had.
 */
int
fixture_answer(const struct scrub *s, const struct exchange *x,
    struct sc_buf *out, struct sc_err *e)
{
	const struct sc_http_resp *r = x->resp;
	struct sc_buf body;
	int rc;

	put_head(s, r, out);
	if (!r->head_ended)
		return 0;
	sc_buf_init(&body, out->max);
	rc = scrub_text(s, (struct sc_slice){ r->body.p, r->body.len }, &body);
	if (is_raw(x))
		(void)sc_buf_addf(out, "Content-Length: %zu\n",
		    body.len + (x->fault != NULL));
	(void)sc_buf_addc(out, '\n');
	(void)sc_buf_add(out, body.p, body.len);
	sc_buf_fini(&body);
	return rc == 0 && !out->full
	    ? 0
	    : sc_fail(e, EX_SOFTWARE, "capture: the answer is too large");
}

/*
 * A part of a scenario's word, as a pattern: what was taken out, and what
 * cannot stand in a word, is '*'.
 */
static void
put_word(const struct scrub *s, struct sc_slice text, struct sc_buf *out)
{
	struct sc_buf b, clean;

	sc_buf_init(&b, FIXTURE_LINE_MAX);
	sc_buf_init(&clean, FIXTURE_LINE_MAX);
	(void)sc_url_decode(&b, text.p, text.n);
	(void)scrub_text(s, (struct sc_slice){ b.p, b.len }, &clean);
	for (size_t i = 0; i < clean.len; i++) {
		const char *p = clean.p + i;
		bool mark = clean.len - i >= sizeof(SCRUB_MARK) - 1 &&
		    memcmp(p, SCRUB_MARK, sizeof(SCRUB_MARK) - 1) == 0;

		bool plain = !mark && *p > ' ' && *p < 0x7f;

		(void)sc_buf_addc(out, (char)(plain ? *p : '*'));
		if (mark)
			i += sizeof(SCRUB_MARK) - 2;
	}
	sc_buf_fini(&b);
	sc_buf_fini(&clean);
}

static bool
is_token(const struct sc_stream *def, struct sc_slice name)
{
	return def != NULL && def->token != NULL &&
	    sc_slice_is(name, def->token);
}

/* Constant in the vendor's file; times and whatever else there is are not. */
static bool
is_constant(const struct sc_stream *def, struct sc_slice name)
{
	for (size_t i = 0; def != NULL && i < def->nquery; i++) {
		if (sc_slice_is(name, def->query[i].name))
			return true;
	}
	return false;
}

/*
 * Names are words of the vendor's file and stand as they are.  There is always
 * room for the token.
 */
void
fixture_conditions(
    const struct scrub *s, const struct exchange *x, struct sc_buf *out)
{
	const struct sc_stream *def = x->stream;
	const char *query = x->target + strcspn(x->target, "?");
	bool first = def != NULL && def->token != NULL;
	int left = TESTS_MAX;

	for (query += *query == '?'; *query != '\0';) {
		size_t n = strcspn(query, "&"), at = strcspn(query, "=&");
		struct sc_slice name = { query, at };
		struct sc_slice value = { query + at, n - at };

		query += n + (query[n] == '&');
		if (is_token(def, name))
			first = false;
		else if (!is_constant(def, name) || left <= 1)
			continue;
		left--;
		if (value.n > 0) {
			value.p++;
			value.n--;
		}
		(void)sc_buf_addf(out, " if-query=%.*s:", (int)name.n, name.p);
		put_word(s, value, out);
	}
	if (first)
		(void)sc_buf_addf(out, " unless-query=%s:*", def->token);
}

void
fixture_request(
    const struct scrub *s, const struct exchange *x, struct sc_buf *out)
{
	(void)sc_buf_addf(out, "%s ", x->req->method);
	put_word(
	    s, (struct sc_slice){ x->target, strcspn(x->target, "?") }, out);
}

void
fixture_name(const struct scrub *s, const struct exchange *x, unsigned number,
    struct sc_buf *out)
{
	struct sc_buf path;
	const char *p, *slash;

	sc_buf_init(&path, FIXTURE_LINE_MAX);
	fixture_request(s, x, &path);
	p = sc_buf_str(&path);
	slash = strrchr(p, '/');
	(void)sc_buf_addf(out, "%04u-%s-", number, x->req->method);
	for (p = slash != NULL ? slash + 1 : "";
	     *p != '\0' && p <= slash + SLUG_MAX; p++)
		(void)sc_buf_addc(out,
		    (char)((*p >= '0' && *p <= '9') ||
				(*p >= 'A' && *p <= 'Z') ||
				(*p >= 'a' && *p <= 'z') || *p == '-'
			    ? *p
			    : '_'));
	(void)sc_buf_adds(out, is_raw(x) ? ".raw" : ".http");
	sc_buf_fini(&path);
}
