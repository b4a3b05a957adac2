#include <stdlib.h>
#include <sysexits.h>

#include "mocksrv/plain/pl_api.h"

static const char *const times[] = { [PL_ISO] = "iso", [PL_MS] = "ms", NULL };
/* Which member holds the time is not known before the line has been read. */
static const struct mock_column columns[] = { { 0 } };
static const struct mock_generator generators[] = { { 0 } };
static const char *const routes[] = { NULL };

#define AT(member) offsetof(struct pl_api, member)

static const struct mock_setting settings[] = {
	{ "path", MOCK_SET_TEXT, AT(path), { 0 } },
	{ "items", MOCK_SET_TEXT, AT(items), { 0 } },
	{ "key-header", MOCK_SET_TEXT, AT(key_header), { 0 } },
	{ "key", MOCK_SET_SECRET, AT(key), { 0 } },
	{ "time", MOCK_SET_TEXT, AT(time), { 0 } },
	{ "times", MOCK_SET_CHOICE, AT(times), { .choices = times } },
	{ "after", MOCK_SET_TEXT, AT(after), { 0 } },
	{ "before", MOCK_SET_TEXT, AT(before), { 0 } },
	{ "records", MOCK_SET_FEED, AT(records), { .columns = columns } },
	{ 0 },
};

/* A path in time= that no record has would look like an empty window. */
static int
check_times(const struct pl_api *a, const struct mock_line *l, struct sc_err *e)
{
	const struct mock_dataset *d = a->records.versions[0].table->data;

	for (size_t i = 0; i < d->nrecords; i++) {
		if (pl_time(a, d->records[i]) == MOCK_ABSENT)
			return mock_line_fail(l, e, "%s:%u: no time at %s",
			    d->name, d->lines[i], a->time);
	}
	return 0;
}

static int
pl_ready(void *state, const struct mock_line *l, const struct mock_source *src,
    struct sc_err *e)
{
	struct pl_api *a = state;
	const char *const paths[] = { a->time };

	(void)src;
	if (a->path == NULL || a->key_header == NULL || a->key == NULL ||
	    a->records.n == 0)
		return mock_line_fail(
		    l, e, "plain needs path=, key-header=, key= and records=");
	if (*a->path != '/')
		return mock_line_fail(l, e, "path=%s: expected /...", a->path);
	if (a->time == NULL)
		return a->after == NULL && a->before == NULL
		    ? 0
		    : mock_line_fail(l, e, "after= and before= need time=");
	if ((a->plan = sc_json_plan_new(paths, 1, e)) == NULL)
		return mock_line_fail(l, e, "time=%s: not a path", a->time);
	return check_times(a, l, e);
}

static void
pl_fini(void *state)
{
	const struct pl_api *a = state;

	sc_json_plan_free(a->plan);
}

/* Errors that rules ask for have no look of their own here. */
static bool
pl_owns(struct sc_slice path)
{
	(void)path;
	return false;
}

const struct mock_vendor mock_plain = {
	.name = "plain",
	.size = sizeof(struct pl_api),
	.settings = settings,
	.ready = pl_ready,
	.fini = pl_fini,
	.knows = pl_knows,
	.handle = pl_answer,
	.owns = pl_owns,
	.error = pl_error,
	.routes = routes,
	.generators = generators,
};
