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

/* A window of time needs all of these, a walk has no use for any. */
static int
check_window(
    const struct sc_stream *s, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const struct {
		const char *key;
		bool set;
	} keys[] = {
		{ "since", s->since != NULL },
		{ "until", s->until != NULL },
		{ "time", s->time != NULL },
		{ "start", s->start_ms > 0 },
	};
	bool walks = s->paging == SC_PAGING_WALK;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].set == !walks)
			continue;
		if (walks) {
			(void)sc_fail(e, EX_CONFIG,
			    "\"%s\" has no place in a walk", keys[i].key);
			return blame(at, s, keys[i].key);
		}
		(void)sc_fail(e, EX_CONFIG, "\"%s\" is missing", keys[i].key);
		return blame(at, s, "paging");
	}
	if (!walks || s->overlap_ms == 0)
		return 0;
	(void)sc_fail(e, EX_CONFIG, "\"overlap\" has no place in a walk");
	return blame(at, s, "overlap");
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
		if (check_window(s, at, e) == -1 || check_lists(s, at, e) == -1)
			return -1;
	}
	return 0;
}
