#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "sc/json.h"
#include "vendor_impl.h"

#define TEXT(k, s, m)                                                          \
	{                                                                      \
		.key = (k), .kind = SC_YAML_TEXT, .at = offsetof(struct s, m), \
		.flags = SC_YAML_REQUIRED                                      \
	}
#define PATH(k, s, m)                                                          \
	{                                                                      \
		.key = (k), .kind = SC_YAML_TEXT, .at = offsetof(struct s, m), \
		.flags = SC_YAML_REQUIRED, .check = vendor_check_path          \
	}
#define SCHEMA(f) .fields = (f), .nfields = sizeof(f) / sizeof((f)[0])

static const struct sc_yaml_field search_fields[] = {
	PATH("path", sc_stream, search.path),
	TEXT("since", sc_stream, search.since),
	{ .key = "changed",
	    .kind = SC_YAML_LIST,
	    .at = offsetof(struct sc_stream, search.changed),
	    .count = offsetof(struct sc_stream, search.nchanged) },
};
const struct sc_yaml_schema vendor_search_schema = { SCHEMA(search_fields) };

static const struct sc_yaml_field beside_fields[] = {
	TEXT("id", sc_beside, id),
	PATH("path", sc_beside, path),
	TEXT("stream", sc_beside, stream),
};
const struct sc_yaml_schema vendor_beside_schema = { SCHEMA(beside_fields),
	.size = sizeof(struct sc_beside),
	.name = offsetof(struct sc_beside, name) };

static int
blame(char at[VENDOR_KEY_MAX], const struct sc_stream *s, const char *key)
{
	(void)snprintf(at, VENDOR_KEY_MAX, "streams.%s.%s", s->name, key);
	return -1;
}

/* The time stands in a string, so the template is JSON as it is. */
static int
check_body(const char *body, struct sc_err *e)
{
	if (sc_json_scan(body, strlen(body), NULL, SC_JSON_UTF8, NULL, e) ==
	    -1) {
		e->code = EX_CONFIG;
		return sc_ctx(e, "no JSON");
	}
	if (strstr(body, "{since}") == NULL)
		return sc_fail(e, EX_CONFIG, "there is no {since} in it");
	return 0;
}

static int
check_search(
    const struct sc_stream *s, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const struct sc_search *q = &s->search;

	if (q->path == NULL)
		return 0;
	if (check_body(q->since, e) == -1)
		return blame(at, s, "search.since");
	for (size_t i = 0; i < q->nchanged; i++) {
		if (check_body(q->changed[i], e) == -1)
			return blame(at, s, "search.changed");
	}
	return 0;
}

/* At the end, so that no id can change what the rest means. */
static bool
ends_with_id(const char *path)
{
	const char *at = strstr(path, "/{id}");

	return at != NULL && at[strlen("/{id}")] == '\0';
}

static int
check_beside(const struct sc_vendor *v, const struct sc_beside *b,
    const char **key, struct sc_err *e)
{
	struct sc_json_plan *plan;

	*key = "path";
	if (!ends_with_id(b->path))
		return sc_fail(e, EX_CONFIG, "\"path\" must end with /{id}");
	*key = "stream";
	if (sc_vendor_stream(v, b->stream) == NULL)
		return sc_fail(
		    e, EX_CONFIG, "there is no stream \"%.40s\"", b->stream);
	*key = "id";
	if ((plan = sc_json_plan_new((const char *const *)&b->id, 1, e)) ==
	    NULL)
		return -1;
	sc_json_plan_free(plan);
	return 0;
}

int
vendor_check_more(const struct sc_vendor *v, const struct sc_stream *s,
    char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	char where[100];
	const char *key;

	if (check_search(s, at, e) == -1)
		return -1;
	if (s->nbesides > SC_BESIDES_MAX) {
		(void)sc_fail(
		    e, EX_CONFIG, "more than %d of them", SC_BESIDES_MAX);
		return blame(at, s, "beside");
	}
	for (size_t i = 0; i < s->nbesides; i++) {
		const struct sc_beside *b = &s->besides[i];

		if (check_beside(v, b, &key, e) == 0)
			continue;
		(void)snprintf(
		    where, sizeof(where), "beside.%s.%s", b->name, key);
		return blame(at, s, where);
	}
	return 0;
}
