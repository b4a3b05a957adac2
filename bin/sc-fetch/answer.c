#include <string.h>
#include <sysexits.h>

#include "answer.h"

enum path { P_ITEMS, P_NEXT, P_TOTAL, P_FAILURES };

static int
unexpected(const struct pager *p, struct sc_err *e, const char *what)
{
	(void)sc_fail(e, EX_PROTOCOL, "%s answers 200 with %s",
	    p->in->vendor->name, what);
	return sc_remedy(e, SC_CLASS_PROTOCOL,
	    "check that host leads to the vendor's API and not to a login or "
	    "error page");
}

/* Its length was right: it was cut off before it had one. */
static int
cut_off(const struct pager *p, const char *why, struct sc_err *e)
{
	char what[100];

	(void)strlcpy(what, why, sizeof(what));
	(void)sc_fail(e, EX_UNAVAILABLE,
	    "%s answers 200 with JSON that is cut off (%s)",
	    p->in->vendor->name, what);
	return sc_remedy(e, SC_CLASS_NETWORK,
	    "if that stays, check what stands in between: a proxy or a "
	    "firewall");
}

/* Something that has an id; an error would not. */
static bool
is_record(const struct pager *p, struct sc_json_val v)
{
	const char *const paths[] = { p->def->id };
	struct sc_json_plan *plan;
	struct sc_json_val id;
	struct sc_err e;

	if (v.type != SC_JSON_OBJECT || p->def->next != NULL)
		return false;
	plan = sc_json_plan_new(paths, 1, &e);
	(void)sc_json_scan(v.raw.p, v.raw.n, plan, SC_JSON_DEEP, &id, &e);
	sc_json_plan_free(plan);
	return id.type == SC_JSON_NUMBER || id.type == SC_JSON_STRING;
}

/* Of a text that a scan has accepted. */
static bool
is_empty_object(const struct sc_buf *b)
{
	static const char blanks[] = " \t\r\n";
	char ends[2] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < b->len && n < sizeof(ends); i++) {
		if (memchr(blanks, b->p[i], sizeof(blanks) - 1) == NULL)
			ends[n++] = b->p[i];
	}
	return memcmp(ends, "{}", sizeof(ends)) == 0;
}

/* {} or a null: where lists go by id, they may end without being one. */
static bool
is_end(const struct pager *p, const struct sc_http_resp *r,
    const struct sc_json_val v[ANSWER_NPATHS])
{
	if (p->def->after == NULL || v[P_ITEMS].type > SC_JSON_NULL)
		return false;
	return v[P_ITEMS].type == SC_JSON_NULL ||
	    v[P_NEXT].type == SC_JSON_NULL || is_empty_object(&r->body);
}

static bool
is_last_id(struct sc_json_val v)
{
	int64_t id;

	return v.type <= SC_JSON_NULL || sc_json_int(v, &id) == 0;
}

/* Checks that the answer is JSON and finds what the pager looks for. */
static int
scan(const struct pager *p, const struct sc_http_resp *r,
    struct sc_json_val v[ANSWER_NPATHS], struct sc_err *e)
{
	char what[160];

	if (strcasestr(r->type, "html") != NULL)
		return unexpected(p, e, "an HTML page");
	if (sc_json_scan(
		r->body.p, r->body.len, p->page_plan, SC_JSON_DEEP, v, e) == 0)
		return 0;
	if (strstr(e->msg, ": ends inside ") != NULL)
		return cut_off(p, e->msg, e);
	(void)snprintf(
	    what, sizeof(what), "something that is not JSON (%.100s)", e->msg);
	return unexpected(p, e, what);
}

void
answer_paths(const struct sc_stream *def, const char *paths[ANSWER_NPATHS])
{
	/* What is found for "" is the whole answer; nobody looks at it. */
	paths[P_ITEMS] = def->items;
	paths[P_NEXT] = def->next != NULL ? def->next : "";
	paths[P_TOTAL] = def->total != NULL ? def->total : "";
	paths[P_FAILURES] = def->failures != NULL ? def->failures : "";
}

static struct page_facts
facts(const struct pager *p, const struct sc_json_val v[ANSWER_NPATHS])
{
	struct page_facts f = { .total = -1, .list = v[P_ITEMS].raw };
	struct sc_json_iter it = sc_json_iter(v[P_FAILURES]);
	struct sc_json_val first;

	if (p->def->total != NULL &&
	    (sc_json_int(v[P_TOTAL], &f.total) == -1 || f.total < 0))
		f.total = -1;
	f.lacking = p->def->failures != NULL && sc_json_next(&it, NULL, &first);
	return f;
}

int
answer_open(const struct pager *p, const struct sc_http_resp *r,
    struct answer *a, struct sc_err *e)
{
	struct sc_json_val v[ANSWER_NPATHS] = { 0 }, list;
	char what[160];

	if (scan(p, r, v, e) == -1)
		return -1;
	list = v[P_ITEMS];
	/* A list of one: what stands between brackets. */
	a->items = is_record(p, list) ? (struct sc_json_iter){ .p = list.raw.p,
		.end = list.raw.p + list.raw.n }
				      : sc_json_iter(list);
	a->next = p->def->next != NULL ? v[P_NEXT] : (struct sc_json_val){ 0 };
	a->facts = facts(p, v);
	if (is_end(p, r, v)) {
		*a = (struct answer){ .facts = a->facts };
		return 0;
	}
	if (a->items.p == NULL || a->items.object) {
		(void)snprintf(
		    what, sizeof(what), "no list \"%s\"", p->def->items);
		return unexpected(p, e, what);
	}
	if (p->def->after != NULL)
		return is_last_id(a->next)
		    ? 0
		    : unexpected(p, e, "a last id that is not a number");
	if (a->next.type != SC_JSON_NONE && a->next.type != SC_JSON_NULL &&
	    a->next.type != SC_JSON_STRING)
		return unexpected(p, e, "a page token that is not a string");
	return 0;
}

int
answer_record(const struct pager *p, const struct sc_http_resp *r,
    struct sc_json_val *record, struct sc_err *e)
{
	static const char *const paths[] = { "" };
	struct sc_json_val v[ANSWER_NPATHS] = { 0 };
	struct sc_json_plan *plan;

	if (scan(p, r, v, e) == -1)
		return -1;
	plan = sc_json_plan_new(paths, 1, e);
	(void)sc_json_scan(
	    r->body.p, r->body.len, plan, SC_JSON_DEEP, record, e);
	sc_json_plan_free(plan);
	if (!is_record(p, *record))
		return unexpected(p, e, "something that is no record");
	return 0;
}

int
answer_token(const struct pager *p, const struct answer *a, struct sc_buf *next,
    struct sc_err *e)
{
	struct sc_buf text;
	int rc = 0;

	sc_buf_init(&text, next->max);
	sc_buf_reset(next);
	if (a->next.type == SC_JSON_NUMBER)
		(void)sc_buf_add(next, a->next.raw.p, a->next.raw.n);
	if (a->next.type == SC_JSON_STRING &&
	    (sc_json_str(a->next, &text) == -1 ||
		sc_url_decode(next, text.p, text.len) == -1))
		rc = unexpected(p, e, "a page token that is too long");
	sc_buf_fini(&text);
	return rc;
}
