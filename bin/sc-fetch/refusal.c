#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/json.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#include "refusal.h"

#define SAID_MAX 200
#define WAIT_MS  5000 /* a quota's pause when the vendor names none */

/* The exit code that a class stands for. */
static int class_code(enum sc_class class)
{
	switch (class) {
	case SC_CLASS_AUTH:
	case SC_CLASS_PERMISSION:
		return EX_NOPERM;
	case SC_CLASS_QUOTA:
		return EX_TEMPFAIL;
	case SC_CLASS_VENDOR:
	case SC_CLASS_NETWORK:
	case SC_CLASS_PROXY:
		return EX_UNAVAILABLE;
	case SC_CLASS_TLS:
	case SC_CLASS_CONFIG:
	case SC_CLASS_SECRET:
		return EX_CONFIG;
	case SC_CLASS_OK:
	case SC_CLASS_REGION:
	case SC_CLASS_CLOCK:
	case SC_CLASS_PROTOCOL:
	case SC_CLASS_DESTINATION:
	case SC_CLASS_INPUT:
	case SC_CLASS_LOCKED:
	case SC_CLASS_INTERNAL:
	default:
		return EX_PROTOCOL;
	}
}

/* What a status means where the vendor's table is silent. */
static enum sc_class
status_class(int status)
{
	switch (status) {
	case 401:
		return SC_CLASS_AUTH;
	case 403:
		return SC_CLASS_PERMISSION;
	case 407:
		return SC_CLASS_PROXY;
	case 408:
	case 425:
	case 429:
		return SC_CLASS_QUOTA;
	default:
		return status >= 500 ? SC_CLASS_VENDOR : SC_CLASS_PROTOCOL;
	}
}

/* What helps there. */
static const char *class_remedy(enum sc_class class)
{
	if (class == SC_CLASS_VENDOR)
		return "the vendor is in trouble; collection goes on by itself "
		       "when it is over";
	return class == SC_CLASS_QUOTA ? "waiting helps" : "";
}

static bool
holds(struct sc_slice text, const char *part)
{
	return part == NULL ||
	    (text.n > 0 && memmem(text.p, text.n, part, strlen(part)) != NULL);
}

static const struct sc_refusal *
find_row(const struct sc_vendor *v, const struct sc_http_resp *r, bool first)
{
	const struct sc_slice body = { r->body.p, r->body.len };

	for (size_t i = 0; i < v->nrefusals; i++) {
		const struct sc_refusal *row = &v->refusals[i];

		if (row->status == r->status && (first || !row->first) &&
		    holds(body, row->body) &&
		    holds(sc_slice_of(r->location), row->location))
			return row;
	}
	return NULL;
}

static bool
scan(struct sc_slice text, const char *const *paths, size_t n,
    struct sc_json_val *v)
{
	struct sc_err e;
	struct sc_json_plan *plan = sc_json_plan_new(paths, n, &e);
	bool fine =
	    sc_json_scan(text.p, text.n, plan, SC_JSON_UTF8, v, &e) == 0;

	sc_json_plan_free(plan);
	return fine;
}

/* {"error":"..."}, whatever the member is called. */
static void
first_text(struct sc_json_val object, struct sc_buf *said)
{
	struct sc_json_iter it = sc_json_iter(object);
	struct sc_json_val v;

	while (said->len == 0 && it.object && sc_json_next(&it, NULL, &v))
		(void)sc_json_str(v, said);
}

/* "title: detail" of the first error in the body, as far as there is one. */
static void
what_it_says(struct sc_slice body, struct sc_buf *said)
{
	static const char *const lists[] = { "errors", "error.errors", "" };
	static const char *const texts[] = { "title", "detail" };
	struct sc_json_val v[3], first;
	struct sc_json_iter it;

	if (body.n == 0 || !scan(body, lists, 3, v))
		return;
	it = sc_json_iter(v[0].type == SC_JSON_ARRAY ? v[0] : v[1]);
	if (!sc_json_next(&it, NULL, &first)) {
		first_text(v[2], said);
		return;
	}
	if (!scan(first.raw, texts, 2, v))
		return;
	(void)sc_json_str(v[0], said);
	if (said->len > 0 && v[1].type == SC_JSON_STRING)
		(void)sc_buf_adds(said, ": ");
	(void)sc_json_str(v[1], said);
}

/* "; its clock is 45m ahead of this machine's", where that is the matter. */
static void
add_offset(enum sc_class class, const struct sc_http_resp *r, struct sc_buf *b)
{
	int64_t offset = r->date_ms - sc_clock_ms();
	char text[SC_TIME_BUF];

	if (class == SC_CLASS_CLOCK && r->date_ms > 0)
		(void)sc_buf_addf(b, "; its clock is %s %s this machine's",
		    sc_duration_format(offset < 0 ? -offset : offset, text),
		    offset < 0 ? "behind" : "ahead of");
}

/*
 * What a message has room for, in whole characters.  A vendor may repeat the
 * key: half of one would pass the logger, so it is taken out before the cut.
 */
static char *
excerpt(struct sc_buf *said)
{
	size_t cap = said->len * 4 + 16, n;
	char *safe = sc_xmalloc(cap);

	sc_log_redact(sc_buf_str(said), safe, cap);
	n = strnlen(safe, SAID_MAX);
	safe[sc_utf8_valid(safe, n)] = '\0';
	return safe;
}

/* 200 with a page for people, which no row can mean by accident. */
static bool
is_page(const struct sc_http_resp *r)
{
	return strcasestr(r->type, "html") != NULL;
}

int
refusal_check(const struct sc_vendor *v, const struct sc_http_resp *r,
    bool first, struct sc_err *e)
{
	const struct sc_refusal *row = NULL;
	enum sc_class class;
	struct sc_buf said;
	char *text;
	int known = -1;

	if (r->status != 200 || is_page(r))
		row = find_row(v, r, first);
	if (r->status == 200 && row == NULL)
		return 0;
	sc_buf_init(&said, r->body.len);
	what_it_says((struct sc_slice){ r->body.p, r->body.len }, &said);
	if (row != NULL)
		known = sc_class_parse(row->class);
	class = known != -1 ? (enum sc_class)known : status_class(r->status);
	text = excerpt(&said);
	said.max = SAID_MAX;
	sc_buf_reset(&said);
	add_offset(class, r, &said);
	(void)sc_fail(e, class_code(class), "%s answers %d%s%s%s", v->name,
	    r->status, *text != '\0' ? ": " : "", text, sc_buf_str(&said));
	free(text);
	(void)sc_remedy(e, class, "%s",
	    row != NULL && row->remedy != NULL ? row->remedy
					       : class_remedy(class));
	if (r->retry_after_ms >= 0)
		e->not_before_ms = sc_clock_ms() + r->retry_after_ms;
	else if (class == SC_CLASS_QUOTA)
		e->not_before_ms = sc_clock_ms() + WAIT_MS;
	sc_buf_fini(&said);
	return -1;
}
