#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "sc/json.h"
#include "vendor_impl.h"

static int
blame(char at[VENDOR_KEY_MAX], const struct sc_stream *s, const char *key)
{
	(void)snprintf(at, VENDOR_KEY_MAX, "streams.%s.%s", s->name, key);
	return -1;
}

/* Which keys go with which kind of paging: all of them, or none. */
#define ON(paging) (1u << (unsigned)(paging))
#define TOKEN      ON(SC_PAGING_TOKEN)
#define WALK       ON(SC_PAGING_WALK)
#define WINDOW     ON(SC_PAGING_WINDOW)
#define AFTER      ON(SC_PAGING_AFTER)
#define PAGE       ON(SC_PAGING_PAGE)
#define CHILDREN   ON(SC_PAGING_CHILDREN)
#define NUMBERED   (PAGE | CHILDREN)
#define TIMED      (TOKEN | WINDOW | AFTER | PAGE)
#define BOUNDED    (TOKEN | WINDOW)
#define PAGES      (TOKEN | WALK | AFTER)

static int
check_keys(const struct sc_stream *s, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const struct {
		const char *key;
		bool set;
		unsigned needed;
		unsigned allowed;
	} keys[] = {
		{ "since", s->since != NULL, BOUNDED, BOUNDED | PAGE },
		{ "until", s->until != NULL, BOUNDED, BOUNDED | PAGE },
		{ "time", s->time != NULL, TIMED | CHILDREN, TIMED | CHILDREN },
		{ "start", s->start_ms > 0, TIMED, TIMED },
		{ "token", s->token != NULL, TOKEN, TOKEN | WALK },
		{ "after", s->after != NULL, AFTER, AFTER | WALK },
		{ "next", s->next != NULL, PAGES, PAGES },
		{ "slice", s->slice_ms > 0, WINDOW, WINDOW },
		{ "overlap", s->overlap_ms > 0, 0, TIMED },
		{ "times", s->times != SC_TIMES_ISO, 0, TIMED | CHILDREN },
		{ "reread", s->reread > 0, 0, AFTER },
		{ "search", s->search.path != NULL, 0, AFTER },
		{ "beside", s->nbesides > 0, 0, TIMED | WALK },
		{ "page", s->page != NULL, NUMBERED, NUMBERED },
		{ "limit", s->limit != NULL, NUMBERED, NUMBERED },
		{ "size", s->size > 0, NUMBERED, NUMBERED },
		{ "total", s->total != NULL, 0, NUMBERED },
		{ "failures", s->failures != NULL, 0, NUMBERED },
		{ "body", s->body != NULL, 0, PAGE },
		{ "settle", s->settle_ms > 0, 0, PAGE },
		{ "revisit", s->revisit.back_ms > 0, 0, PAGE },
		{ "of", s->of != NULL, CHILDREN, CHILDREN },
		{ "as", s->as != NULL, CHILDREN, CHILDREN },
		{ "changed", s->nchanged > 0, CHILDREN, CHILDREN },
	};
	static const char *const names[] = { [SC_PAGING_TOKEN] =
						 "paging: token",
		[SC_PAGING_WALK] = "a walk",
		[SC_PAGING_WINDOW] = "paging: window",
		[SC_PAGING_AFTER] = "paging: after-id",
		[SC_PAGING_PAGE] = "paging: page",
		[SC_PAGING_CHILDREN] = "paging: children" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].set && (keys[i].allowed & ON(s->paging)) == 0) {
			(void)sc_fail(e, EX_CONFIG, "\"%s\" has no place in %s",
			    keys[i].key, names[s->paging]);
			return blame(at, s, keys[i].key);
		}
		if (!keys[i].set && (keys[i].needed & ON(s->paging)) != 0) {
			(void)sc_fail(
			    e, EX_CONFIG, "\"%s\" is missing", keys[i].key);
			return blame(at, s, "paging");
		}
	}
	return 0;
}

/* Its pages are led to by one of the two. */
static int
check_walk(const struct sc_stream *s, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	if (s->paging != SC_PAGING_WALK ||
	    (s->token != NULL) != (s->after != NULL))
		return 0;
	(void)sc_fail(
	    e, EX_CONFIG, "a walk needs either \"token\" or \"after\"");
	return blame(at, s, "paging");
}

/* Values of parameters may name settings; secrets never stand in a URL. */
static int
check_query(const struct sc_vendor *v, const struct sc_stream *s,
    char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const struct sc_revisit *r = &s->revisit;

	for (size_t i = 0; i < s->nquery; i++) {
		if (vendor_check_template(v, s->query[i].value, 0, e) == -1)
			return blame(at, s, "query");
	}
	for (size_t i = 0; i < r->nquery; i++) {
		if (vendor_check_template(v, r->query[i].value, 0, e) == -1)
			return blame(at, s, "revisit.query");
	}
	return 0;
}

static int
check_headers(
    const struct sc_stream *s, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const char *why = NULL;

	for (size_t i = 0; i < s->nheaders && why == NULL; i++)
		why = vendor_check_header(s->headers[i].name);
	if (why == NULL)
		return 0;
	(void)sc_fail(e, EX_CONFIG, "the name of a header %s", why);
	return blame(at, s, "headers");
}

static bool
is_status(const char *text)
{
	return strlen(text) == 3 && strspn(text, "0123456789") == 3 &&
	    (*text == '4' || *text == '5');
}

static int
check_degrade(
    const struct sc_stream *s, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	for (size_t i = 0; i < s->ndegrade; i++) {
		if (is_status(s->degrade[i]))
			continue;
		(void)sc_fail(e, EX_CONFIG,
		    "\"%.20s\" is no status of a refusal", s->degrade[i]);
		return blame(at, s, "degrade");
	}
	return 0;
}

/* A list by numbers has its window in the query or in the body. */
static int
check_page(const struct sc_stream *s, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const char *missing = NULL;

	if (s->paging != SC_PAGING_PAGE)
		return 0;
	if (s->body == NULL && (s->since == NULL || s->until == NULL))
		missing = s->since == NULL ? "since" : "until";
	else if (s->revisit.nopen > 0 && s->remember == NULL)
		missing = "remember";
	else if (s->revisit.nopen > 0 && s->one == NULL)
		missing = "one";
	if (missing == NULL)
		return 0;
	(void)sc_fail(e, EX_CONFIG, "\"%s\" is missing", missing);
	return blame(at, s, "paging");
}

/* What children have in common with the list of their parents. */
static int
adopt(const struct sc_vendor *v, struct sc_stream *s, char at[VENDOR_KEY_MAX],
    struct sc_err *e)
{
	const struct sc_stream *parent;

	if (s->of == NULL)
		return 0;
	parent = sc_vendor_stream(v, s->of);
	if (parent == NULL || parent->paging != SC_PAGING_PAGE) {
		(void)sc_fail(e, EX_CONFIG,
		    "\"%.40s\" is no stream with paging: page", s->of);
		return blame(at, s, "of");
	}
	s->parent = parent;
	s->start_ms = parent->start_ms;
	s->overlap_ms = parent->overlap_ms;
	s->settle_ms = parent->settle_ms;
	return 0;
}

static int
check_paths(const char *const *paths, size_t n, struct sc_err *e)
{
	struct sc_json_plan *plan;

	if (n > SC_PATHS_MAX)
		return sc_fail(
		    e, EX_CONFIG, "more than %d paths", SC_PATHS_MAX);
	if ((plan = sc_json_plan_new(paths, n, e)) == NULL)
		return -1;
	sc_json_plan_free(plan);
	return 0;
}

static int
check_lists(
    const struct sc_stream *s, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	if (check_paths((const char *const *)s->redact, s->nredact, e) == -1)
		return blame(at, s, "redact");
	if (check_paths((const char *const *)s->volatiles, s->nvolatiles, e) ==
	    -1)
		return blame(at, s, "volatile");
	if (check_paths((const char *const *)s->changed, s->nchanged, e) == -1)
		return blame(at, s, "changed");
	if (s->nvolatiles == 0 || s->by_content)
		return 0;
	(void)sc_fail(e, EX_CONFIG, "\"volatile\" needs revision: %s",
	    SC_REVISION_CONTENT);
	return blame(at, s, "volatile");
}

int
vendor_check_streams(
    struct sc_vendor *v, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	for (size_t i = 0; i < v->nstreams; i++) {
		struct sc_stream *s = &v->streams[i];

		s->by_content = s->revision != NULL &&
		    strcmp(s->revision, SC_REVISION_CONTENT) == 0;
		if (check_keys(s, at, e) == -1 ||
		    check_query(v, s, at, e) == -1 ||
		    check_headers(s, at, e) == -1 ||
		    check_degrade(s, at, e) == -1 ||
		    check_page(s, at, e) == -1 || check_lists(s, at, e) == -1 ||
		    check_walk(s, at, e) == -1 ||
		    vendor_check_more(v, s, at, e) == -1 ||
		    adopt(v, s, at, e) == -1)
			return -1;
	}
	return 0;
}
