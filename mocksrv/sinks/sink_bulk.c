#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mocksrv/sinks/sink.h"
#include "mocksrv/sinks/sink_bulk.h"
#include "sc/mem.h"

const char *const sink_action_names[] = { "create", "index", "update", "delete",
	NULL };

static const char illegal[] = "illegal_argument_exception";
static const char invalid[] = "action_request_validation_exception";

static int refuse(struct sink_bulk *, const char *error, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

static int
refuse(struct sink_bulk *b, const char *error, const char *fmt, ...)
{
	va_list ap;

	b->error = error;
	va_start(ap, fmt);
	(void)vsnprintf(b->why, sizeof(b->why), fmt, ap);
	va_end(ap);
	return -1;
}

static int
find_action(struct sc_json_val name)
{
	for (int i = 0; sink_action_names[i] != NULL; i++) {
		if (sc_json_is(name, sink_action_names[i]))
			return i;
	}
	return -1;
}

/* 1: it is none that is known; -1: its value is wrong. */
static int
read_param(
    struct sink_bulk_item *item, struct sc_json_val key, struct sc_json_val v)
{
	static const char *const ignored[] = { "routing", "require_alias",
		"pipeline", "retry_on_conflict", "if_seq_no", "if_primary_term",
		"_source", NULL };
	char **text = sc_json_is(key, "_index") ? &item->index
	    : sc_json_is(key, "_id")            ? &item->id
						: NULL;

	if (text != NULL) {
		free(*text);
		*text = sc_json_dup(v);
		return *text != NULL ? 0 : -1;
	}
	if (sc_json_is(key, "version"))
		return sc_json_int(v, &item->version) == 0 && item->version > 0
		    ? 0
		    : -1;
	if (sc_json_is(key, "version_type")) {
		item->or_equal = sc_json_is(v, "external_gte");
		return item->or_equal || sc_json_is(v, "external") ? 0 : -1;
	}
	for (size_t i = 0; ignored[i] != NULL; i++) {
		if (sc_json_is(key, ignored[i]))
			return 0;
	}
	return 1;
}

static int
read_params(struct sink_bulk *b, struct sink_bulk_item *item,
    struct sc_json_val params, unsigned line)
{
	struct sc_json_iter it = sc_json_iter(params);
	struct sc_json_val key, v;

	while (sc_json_next(&it, &key, &v)) {
		int rc = read_param(item, key, v);

		if (rc == 0)
			continue;
		return refuse(b, illegal,
		    "Action/metadata line [%u] contains %s parameter [%.*s]",
		    line, rc == 1 ? "an unknown" : "a wrong value of",
		    key.raw.n > 66 ? 64 : (int)key.raw.n - 2, key.raw.p + 1);
	}
	return 0;
}

/* {"create":{"_index":"i","_id":"x"}} */
static int
read_action(struct sink_bulk *b, struct sink_bulk_item *item,
    struct sc_slice text, unsigned line)
{
	struct sc_json_val whole = sink_json(text), name, params, more;
	struct sc_json_iter it = sc_json_iter(whole);
	int action;

	if (whole.type != SC_JSON_OBJECT)
		return refuse(b, illegal,
		    "Malformed action/metadata line [%u], expected "
		    "START_OBJECT",
		    line);
	if (!sc_json_next(&it, &name, &params))
		return refuse(b, illegal,
		    "Malformed action/metadata line [%u], expected FIELD_NAME "
		    "but found [END_OBJECT]",
		    line);
	if ((action = find_action(name)) == -1)
		return refuse(b, illegal,
		    "Malformed action/metadata line [%u], expected one of "
		    "[create, delete, index, update]",
		    line);
	item->action = (enum sink_action)action;
	if (params.type != SC_JSON_OBJECT || sc_json_next(&it, &name, &more))
		return refuse(b, illegal,
		    "Malformed action/metadata line [%u], expected one object",
		    line);
	return read_params(b, item, params, line);
}

static int
check_item(struct sink_bulk *b, const struct sink_bulk_item *item)
{
	size_t n = item->id != NULL ? strlen(item->id) : 1;

	if (item->index == NULL)
		return refuse(b, invalid,
		    "Validation Failed: %zu: index is missing;", b->n);
	if (item->id == NULL && item->action >= SINK_UPDATE)
		return refuse(
		    b, invalid, "Validation Failed: %zu: id is missing;", b->n);
	if (n == 0)
		return refuse(
		    b, illegal, "if _id is specified it must not be empty");
	if (n > SINK_ID_MAX)
		return refuse(b, invalid,
		    "Validation Failed: %zu: id [%s] is too long, must be no "
		    "longer than %d bytes but was: %zu;",
		    b->n, item->id, SINK_ID_MAX, n);
	return 0;
}

static struct sink_bulk_item *
add_item(struct sink_bulk *b)
{
	if (b->n == b->cap) {
		b->cap = b->cap > 0 ? b->cap * 2 : 64;
		b->items =
		    sc_xreallocarray(b->items, b->cap, sizeof(*b->items));
	}
	b->items[b->n] = (struct sink_bulk_item){ .version = -1 };
	return &b->items[b->n++];
}

static int
read_items(struct sink_bulk *b, struct sc_slice body, const char *index)
{
	struct sc_slice text = { 0 };

	for (unsigned line = 1; sink_line(&body, &text); line++) {
		struct sink_bulk_item *item;

		if (text.n == 0)
			continue;
		if (b->n == SINK_BULK_MAX)
			return refuse(
			    b, illegal, "more than %d items", SINK_BULK_MAX);
		item = add_item(b);
		if (read_action(b, item, text, line) == -1)
			return -1;
		if (item->index == NULL && index != NULL)
			item->index = sc_xstrdup(index);
		if (check_item(b, item) == -1)
			return -1;
		if (item->action == SINK_DELETE)
			continue;
		if (!sink_line(&body, &item->source))
			return refuse(b, illegal,
			    "no document behind action/metadata line [%u]",
			    line);
		line++;
	}
	return 0;
}

int
sink_bulk_parse(struct sink_bulk *b, struct sc_slice body, const char *index)
{
	*b = (struct sink_bulk){ 0 };
	if (body.n == 0)
		return refuse(b, "parse_exception", "request body is required");
	if (body.p[body.n - 1] != '\n')
		return refuse(b, illegal,
		    "The bulk request must be terminated by a newline [\\n]");
	if (read_items(b, body, index) == -1)
		return -1;
	if (b->n == 0)
		return refuse(
		    b, invalid, "Validation Failed: 1: no requests added;");
	return 0;
}

void
sink_bulk_fini(struct sink_bulk *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->items[i].index);
		free(b->items[i].id);
	}
	free(b->items);
}
