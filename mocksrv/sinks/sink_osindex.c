#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mocksrv/sinks/sink_opensearch.h"
#include "sc/file.h"
#include "sc/jsonw.h"
#include "sc/mem.h"

/* More than this a run before can hardly have kept. */
#define RECALL_MAX ((size_t)1024 * 1024 * 1024)

static int64_t *
version_at(struct sink_opensearch *s, const char *index, const char *id)
{
	uint64_t hash = sink_hash(SINK_HASH_START, sc_slice_of(index));

	return sink_map_at(&s->versions, sink_hash(hash, sc_slice_of(id)));
}

int64_t
sink_opensearch_version(
    struct sink_opensearch *s, const char *index, const char *id)
{
	return *version_at(s, index, id);
}

static void
keep(struct sink_opensearch *s, const struct sink_bulk_item *item,
    int64_t version)
{
	struct sc_buf *b = sink_keep_lines(&s->sink.keep);
	struct sc_jw w;

	if (b == NULL)
		return;
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "_index", item->index);
	sc_jw_kv(&w, "_id", item->id);
	sc_jw_kvi(&w, "_version", version);
	sc_jw_key(&w, "_source");
	(void)sc_json_compact(item->source, b);
	sc_jw_end(&w, '}');
	(void)sc_buf_addc(b, '\n');
}

/* What the cluster calls a failure of this status. */
static void
fail(struct sink_outcome *o, const struct sink_bulk_item *item, int status)
{
	o->status = status;
	if (status == 429) {
		o->error = "opensearch_rejected_execution_exception";
		(void)snprintf(o->why, sizeof(o->why),
		    "rejected execution of primary operation [%s][%s]",
		    item->index, item->id);
	} else if (status == 400) {
		o->error = "mapper_parsing_exception";
		(void)snprintf(o->why, sizeof(o->why),
		    "failed to parse field [message] of type [date] in "
		    "document with id '%s'",
		    item->id);
	} else if (status == 503) {
		o->error = "unavailable_shards_exception";
		(void)snprintf(o->why, sizeof(o->why),
		    "[%s][0] primary shard is not active", item->index);
	} else {
		o->error = "exception";
		(void)snprintf(
		    o->why, sizeof(o->why), "%s", mock_reason(status));
	}
}

/* False: the document's version stands against it. */
static bool
may_write(
    const struct sink_bulk_item *item, int64_t current, struct sink_outcome *o)
{
	if (item->action == SINK_CREATE && current > 0)
		(void)snprintf(o->why, sizeof(o->why),
		    "[%s]: version conflict, document already exists (current "
		    "version [%" PRId64 "])",
		    item->id, current);
	else if (item->version != -1 && current > 0 &&
	    (item->or_equal ? item->version < current
			    : item->version <= current))
		(void)snprintf(o->why, sizeof(o->why),
		    "[%s]: version conflict, current version [%" PRId64
		    "] is higher%s than the one provided [%" PRId64 "]",
		    item->id, current, item->or_equal ? "" : " or equal",
		    item->version);
	else
		return true;
	o->status = 409;
	o->error = "version_conflict_engine_exception";
	return false;
}

/* True when the sink plays this and the item can be stored. */
static bool
is_sound(const struct sink_bulk_item *item, struct sink_outcome *o)
{
	if (item->action >= SINK_UPDATE) {
		o->error = "illegal_argument_exception";
		(void)snprintf(o->why, sizeof(o->why),
		    "sc-mock does not play %s",
		    sink_action_names[item->action]);
	} else if (sink_json(item->source).type != SC_JSON_OBJECT) {
		o->error = "mapper_parsing_exception";
		(void)snprintf(o->why, sizeof(o->why), "failed to parse");
	} else {
		return true;
	}
	o->status = 400;
	return false;
}

void
sink_opensearch_write(struct sink_opensearch *s, struct sink_bulk_item *item,
    struct sink_outcome *o)
{
	int64_t *version;
	int status;

	*o = (struct sink_outcome){ 0 };
	if (item->id == NULL)
		item->id = sc_xasprintf("sc-mock-%06" PRId64, ++s->made_ids);
	if (!is_sound(item, o))
		return;
	if ((status = sink_fails_now(&s->fails, item->source)) != 0) {
		fail(o, item, status);
		return;
	}
	version = version_at(s, item->index, item->id);
	if (!may_write(item, *version, o))
		return;
	o->status = *version > 0 ? 200 : 201;
	*version = item->version != -1 ? item->version : *version + 1;
	o->version = *version;
	s->writes++;
	keep(s, item, *version);
}

static void
recall_line(struct sink_opensearch *s, struct sc_slice line)
{
	struct sc_json_val v = sink_json(line);
	char *index = sc_json_dup(sink_member(v, "_index"));
	char *id = sc_json_dup(sink_member(v, "_id"));
	int64_t version;

	if (index != NULL && id != NULL &&
	    sc_json_int(sink_member(v, "_version"), &version) == 0) {
		*version_at(s, index, id) = version;
		s->made_ids += strncmp(id, "sc-mock-", 8) == 0;
		s->writes++;
	}
	free(index);
	free(id);
}

void
sink_opensearch_recall(struct sink_opensearch *s)
{
	struct sc_slice rest, line;
	struct sc_err e = { 0 };
	struct sc_buf b;

	if (s->sink.keep.path == NULL)
		return;
	sc_buf_init(&b, RECALL_MAX);
	if (sc_file_read(s->sink.keep.path, &b, &e) == 0) {
		rest = (struct sc_slice){ b.p, b.len };
		while (sink_line(&rest, &line))
			recall_line(s, line);
	}
	sc_buf_fini(&b);
}
