#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/auth.h"
#include "mocksrv/match.h"
#include "mocksrv/sinks/sink_opensearch.h"
#include "sc/jsonw.h"
#include "sc/mem.h"

#define AT(member) offsetof(struct sink_opensearch, member)

static const struct mock_setting settings[] = {
	SINK_SETTINGS,
	{ "user", MOCK_SET_TEXT, AT(user), { 0 } },
	{ "password", MOCK_SET_SECRET, AT(password), { 0 } },
	{ "apikey", MOCK_SET_SECRET, AT(apikey), { 0 } },
	{ "fail-items", MOCK_SET_OWN, AT(fails), { .read = sink_fail_read } },
	{ 0 },
};

static const char version_info[] =
    "{\"name\":\"sc-mock\",\"cluster_name\":\"sc-mock\","
    "\"cluster_uuid\":\"c2MtbW9jay1vcGVuc2VhcmNo\",\"version\":{"
    "\"distribution\":\"opensearch\",\"number\":\"2.11.1\","
    "\"build_type\":\"deb\",\"build_snapshot\":false,"
    "\"lucene_version\":\"9.7.0\","
    "\"minimum_wire_compatibility_version\":\"7.10.0\","
    "\"minimum_index_compatibility_version\":\"7.0.0\"},"
    "\"tagline\":\"The OpenSearch Project: https://opensearch.org/\"}";

/* A text that was cut may end inside a character. */
static void
put_reason(struct sc_jw *w, const char *reason)
{
	sc_jw_kvn(w, "reason",
	    (struct sc_slice){ reason, sc_utf8_valid(reason, strlen(reason)) });
}

static void
put_error(
    struct mock_reply *r, int status, const char *type, const char *reason)
{
	struct sc_jw w;

	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	sc_jw_key(&w, "error");
	sc_jw_obj(&w);
	sc_jw_key(&w, "root_cause");
	sc_jw_arr(&w);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "type", type);
	put_reason(&w, reason);
	sc_jw_end(&w, '}');
	sc_jw_end(&w, ']');
	sc_jw_kv(&w, "type", type);
	put_reason(&w, reason);
	sc_jw_end(&w, '}');
	sc_jw_kvi(&w, "status", status);
	sc_jw_end(&w, '}');
	mock_reply_text(r, status, "application/json; charset=UTF-8");
}

static void
os_error(struct mock_reply *r, int status)
{
	if (status == 401) {
		(void)sc_buf_adds(&r->text, "Unauthorized");
		mock_reply_text(r, status, "text/plain; charset=UTF-8");
	} else if (status == 429) {
		put_error(r, status, "opensearch_rejected_execution_exception",
		    "rejected execution of coordinating operation");
	} else if (status == 413) {
		put_error(r, status, "content_too_long_exception",
		    "entity content is too long for the configured maximum");
	} else {
		put_error(r, status, "exception", mock_reason(status));
	}
}

static bool
os_knows(void *state, const struct mock_http *h)
{
	const struct sink_opensearch *s = state;
	struct sc_slice v = mock_http_header(h, "Authorization"), key;

	if (s->user != NULL && mock_auth_basic(v, s->user, s->password))
		return true;
	if (s->apikey != NULL && mock_auth_scheme(v, "ApiKey", &key) &&
	    sc_slice_is(key, s->apikey))
		return true;
	return s->user == NULL && s->apikey == NULL;
}

static void
put_item(struct sc_jw *w, const struct sink_opensearch *s,
    const struct sink_bulk_item *item, const struct sink_outcome *o)
{
	sc_jw_obj(w);
	sc_jw_key(w, sink_action_names[item->action]);
	sc_jw_obj(w);
	sc_jw_kv(w, "_index", item->index);
	sc_jw_kv(w, "_id", item->id);
	if (o->error == NULL) {
		sc_jw_kvi(w, "_version", o->version);
		sc_jw_kv(w, "result", o->status == 201 ? "created" : "updated");
		sc_jw_kvraw(w, "_shards",
		    sc_slice_of("{\"total\":2,\"successful\":1,\"failed\":0}"));
		sc_jw_kvi(w, "_seq_no", s->writes - 1);
		sc_jw_kvi(w, "_primary_term", 1);
	}
	sc_jw_kvi(w, "status", o->status);
	if (o->error != NULL) {
		sc_jw_key(w, "error");
		sc_jw_obj(w);
		sc_jw_kv(w, "type", o->error);
		put_reason(w, o->why);
		sc_jw_kv(w, "index", item->index);
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, '}');
	sc_jw_end(w, '}');
}

/* The items come first, because only they tell whether there are errors. */
static void
answer_items(
    struct sink_opensearch *s, struct sink_bulk *b, struct mock_reply *reply)
{
	struct sink_outcome o;
	struct sc_buf items;
	struct sc_jw w;
	bool errors = false;

	sc_buf_init(&items, reply->text.max);
	sc_jw_init(&w, &items);
	sc_jw_arr(&w);
	for (size_t i = 0; i < b->n; i++) {
		sink_opensearch_write(s, &b->items[i], &o);
		put_item(&w, s, &b->items[i], &o);
		errors |= o.error != NULL;
	}
	sc_jw_end(&w, ']');
	sink_keep_flush(&s->sink.keep);
	sc_jw_init(&w, &reply->text);
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "took", 1);
	sc_jw_key(&w, "errors");
	sc_jw_bool(&w, errors);
	sc_jw_kvraw(&w, "items", (struct sc_slice){ items.p, items.len });
	sc_jw_end(&w, '}');
	mock_reply_text(reply, 200, "application/json; charset=UTF-8");
	sc_buf_fini(&items);
}

static bool
has_json_type(const struct mock_http *h)
{
	static const char *const types[] = { "application/json",
		"application/x-ndjson" };
	struct sc_slice v = mock_http_header(h, "Content-Type");

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(types[i]);

		if (v.n >= n && strncasecmp(v.p, types[i], n) == 0 &&
		    (v.n == n || v.p[n] == ';' || v.p[n] == ' '))
			return true;
	}
	return false;
}

static void
answer_bulk(struct sink_opensearch *s, const struct mock_http *h,
    const char *index, struct mock_reply *reply)
{
	struct sc_slice body;
	struct sink_bulk b = { 0 };
	struct sc_buf tmp;
	int status = sink_body(&s->sink, h, &tmp, &body);

	if (!sink_method(h, "POST") && !sink_method(h, "PUT"))
		os_error(reply, 405);
	else if (!has_json_type(h))
		put_error(reply, 406, "media_type_header_exception",
		    "Content-Type header is not supported; expected "
		    "application/json or application/x-ndjson");
	else if (status != 0)
		os_error(reply, status);
	else if (sink_bulk_parse(&b, body, index) == -1)
		put_error(reply, 400, b.error, b.why);
	else
		answer_items(s, &b, reply);
	sink_bulk_fini(&b);
	sc_buf_fini(&tmp);
}

/* Whether the document is there; what it says is in the file of keep=. */
static void
answer_document(struct sink_opensearch *s, const char *index, const char *id,
    struct mock_reply *reply)
{
	int64_t version = sink_opensearch_version(s, index, id);
	struct sc_jw w;

	sc_jw_init(&w, &reply->text);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "_index", index);
	sc_jw_kv(&w, "_id", id);
	if (version > 0)
		sc_jw_kvi(&w, "_version", version);
	sc_jw_key(&w, "found");
	sc_jw_bool(&w, version > 0);
	sc_jw_end(&w, '}');
	mock_reply_text(
	    reply, version > 0 ? 200 : 404, "application/json; charset=UTF-8");
}

static void
answer_info(struct mock_reply *reply)
{
	mock_reply_part(reply, version_info, sizeof(version_info) - 1);
	reply->type = "application/json; charset=UTF-8";
}

/* Cuts "/INDEX/rest" in two; NULL where there is no index. */
static char *
cut_index(const char *path, const char **rest)
{
	const char *slash = strchr(path + 1, '/');

	if (slash == NULL || path[1] == '_' || slash == path + 1)
		return NULL;
	*rest = slash;
	return sc_xstrndup(path + 1, (size_t)(slash - path - 1));
}

/* False: the path is none of ours.  The request may be refused before. */
static bool
route(struct sink_opensearch *s, const struct mock_http *h, const char *path,
    struct mock_reply *reply)
{
	const char *rest = path;
	char *index = cut_index(path, &rest);
	bool read = sink_method(h, "GET") || sink_method(h, "HEAD");
	bool bulk = strcmp(rest, "/_bulk") == 0;
	bool document = index != NULL && strncmp(rest, "/_doc/", 6) == 0;
	bool info = strcmp(path, "/") == 0;

	if ((bulk || document || info) && !os_knows(s, h)) {
		os_error(reply, 401);
		mock_reply_header(reply, "WWW-Authenticate",
		    "Basic realm=\"OpenSearch Security\"");
	} else if (bulk) {
		answer_bulk(s, h, index, reply);
	} else if ((document || info) && !read) {
		os_error(reply, 405);
	} else if (document) {
		answer_document(s, index, rest + 6, reply);
	} else if (info) {
		answer_info(reply);
	}
	free(index);
	return bulk || document || info;
}

static bool
os_handle(void *state, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *reply)
{
	char *path = sc_xstrndup(h->path.p, h->path.n);
	bool ours = *path == '/' &&
	    sc_utf8_valid(path, h->path.n) == h->path.n &&
	    route(state, h, path, reply);

	(void)now_ms;
	free(path);
	return ours;
}

static bool
os_owns(struct sc_slice path)
{
	return mock_glob("*/_bulk", path) || mock_glob("/*/_doc/*", path);
}

static int
os_ready(void *state, const struct mock_line *l, const struct mock_source *src,
    struct sc_err *e)
{
	struct sink_opensearch *s = state;

	(void)src;
	if ((s->user == NULL) != (s->password == NULL))
		return mock_line_fail(
		    l, e, "opensearch: user= and password= go together");
	sink_opensearch_recall(s);
	return 0;
}

static void
os_fini(void *state)
{
	struct sink_opensearch *s = state;

	sink_fini(&s->sink);
	sink_fails_fini(&s->fails);
	sink_map_fini(&s->versions);
}

static const char *const routes[] = { "/", "/_bulk", "/INDEX/_bulk",
	"/INDEX/_doc/ID", NULL };

const struct mock_vendor mock_opensearch = {
	.name = "opensearch",
	.size = sizeof(struct sink_opensearch),
	.settings = settings,
	.ready = os_ready,
	.fini = os_fini,
	.knows = os_knows,
	.handle = os_handle,
	.owns = os_owns,
	.error = os_error,
	.routes = routes,
	.generators = sink_generators,
};
