#include <stdlib.h>
#include <string.h>

#include "sc/http.h"
#include "sc/jsonw.h"
#include "sc/log.h"
#include "sc/mem.h"

#include "content.h"
#include "join.h"
#include "reading.h"

#define ID_MAX    ((size_t)256)
#define VALUE_MAX ((size_t)64 << 10)
#define DEPTH_MAX 64 /* it is nested into a message */

/* What is known about one record that was asked for. */
struct place {
	char *target; /* NULL: free */
	char *value;  /* NULL: it cannot be had */
	uint64_t used;
};

struct join {
	struct client *client;
	struct sc_store *store;
	const struct sc_stream *def;
	struct sc_json_plan *ids; /* one for each of def->besides */
	struct sc_http_resp resp;
	struct sc_buf id;
	struct sc_buf text;
	struct place places[JOIN_PLACES];
	uint64_t clock; /* counts uses */
	bool warned;
	bool silent; /* the vendor is not asked any more */
};

struct join *
join_new(
    struct client *client, struct sc_store *store, const struct sc_stream *def)
{
	struct join *j = sc_xcalloc(1, sizeof(*j));
	const char *paths[SC_BESIDES_MAX];
	struct sc_err e;

	j->client = client;
	j->store = store;
	j->def = def;
	for (size_t i = 0; i < def->nbesides; i++)
		paths[i] = def->besides[i].id;
	/* These paths have been checked. */
	j->ids = sc_json_plan_new(paths, def->nbesides, &e);
	sc_buf_init(&j->id, ID_MAX);
	sc_buf_init(&j->text, SC_LINE_MAX);
	return j;
}

void
join_free(struct join *j)
{
	if (j == NULL)
		return;
	for (size_t i = 0; i < JOIN_PLACES; i++) {
		free(j->places[i].target);
		free(j->places[i].value);
	}
	sc_json_plan_free(j->ids);
	sc_http_resp_fini(&j->resp);
	sc_buf_fini(&j->id);
	sc_buf_fini(&j->text);
	free(j);
}

/* The place of a target; a free one, or the one unused for longest. */
static struct place *
find_place(struct join *j, const char *target)
{
	struct place *oldest = &j->places[0];

	for (size_t i = 0; i < JOIN_PLACES; i++) {
		struct place *p = &j->places[i];

		if (p->target == NULL)
			return p;
		if (strcmp(p->target, target) == 0)
			return p;
		if (p->used < oldest->used)
			oldest = p;
	}
	free(oldest->target);
	free(oldest->value);
	*oldest = (struct place){ 0 };
	return oldest;
}

/* A fresh copy without white space of an object that may travel, or NULL. */
static char *
accept(const struct sc_stream *def, struct sc_slice text)
{
	static const char *const whole[] = { "" };
	struct sc_err e;
	struct sc_json_plan *plan = sc_json_plan_new(whole, 1, &e);
	struct sc_json_seen seen = { 0 };
	struct sc_json_val v;
	struct sc_buf clean, b;
	char *value = NULL;

	sc_buf_init(&clean, VALUE_MAX);
	sc_buf_init(&b, VALUE_MAX);
	if (sc_json_scan(text.p, text.n, plan, SC_JSON_UTF8, &v, &e) == 0 &&
	    v.type == SC_JSON_OBJECT) {
		sc_json_look(v.raw, plan, &seen, &v);
		if (seen.depth <= DEPTH_MAX &&
		    content_redact(def, v, &clean, &e) == 0 &&
		    sc_json_compact(
			(struct sc_slice){ clean.p, clean.len }, &b) == 0)
			value = sc_xstrndup(b.p, b.len);
	}
	sc_json_plan_free(plan);
	sc_buf_fini(&clean);
	sc_buf_fini(&b);
	return value;
}

/* The record as the store has it: the text "message" of its artifact. */
static int
from_store(
    struct join *j, const struct sc_beside *b, char **value, struct sc_err *e)
{
	static const char *const paths[] = { "message" };
	const struct sc_integration *in = j->client->in;
	char *stream, *raw = NULL;
	struct sc_json_plan *plan;
	struct sc_json_val v;
	int rc;

	if (j->store == NULL)
		return 0;
	stream = sc_xasprintf("%s.%s", in->name, b->stream);
	sc_buf_reset(&j->text);
	rc = sc_store_latest(j->store, sc_slice_of(stream),
	    (struct sc_slice){ j->id.p, j->id.len }, &j->text, e);
	free(stream);
	if (rc != 1)
		return rc;
	plan = sc_json_plan_new(paths, 1, e);
	if (sc_json_scan(j->text.p, j->text.len, plan, 0, &v, e) == 0)
		raw = sc_json_dup(v);
	sc_json_plan_free(plan);
	if (raw != NULL)
		*value = accept(
		    sc_vendor_stream(in->vendor, b->stream), sc_slice_of(raw));
	free(raw);
	return 0;
}

static void
warn(struct join *j, const struct sc_beside *b, const char *why)
{
	if (!j->warned)
		sc_log(SC_LOG_WARN, j->client->in->vendor->name,
		    "%s.%s: no %s %.*s (%s); its records are kept without it, "
		    "as are others from now on",
		    j->client->in->name, j->def->name, b->name, (int)j->id.len,
		    j->id.p, why);
	j->warned = true;
}

/* Whether the next record has a better chance. */
static bool
is_about_one(int status)
{
	return status == 403 || status == 404;
}

static char *
from_vendor(struct join *j, const struct sc_beside *b, const char *target)
{
	struct client *c = j->client;
	const struct sc_stream *asking = c->stream,
			       *def =
				   sc_vendor_stream(c->in->vendor, b->stream);
	struct sc_err e = { 0 };
	char *value = NULL;
	int rc;

	if (j->silent)
		return NULL;
	c->stream = def;
	rc = retry_once(c, "GET", target, NULL, &j->resp, &e);
	c->stream = asking;
	if (rc == 0)
		value = accept(
		    def, (struct sc_slice){ j->resp.body.p, j->resp.body.len });
	else
		j->silent = !is_about_one(j->resp.status);
	if (value == NULL)
		warn(j, b, rc == -1 ? e.msg : "the answer is no record");
	return value;
}

/* The value, or NULL; lives until the next look-up. */
static int
look_up(struct join *j, const struct sc_beside *b, const char **value,
    struct sc_err *e)
{
	const struct sc_vendor *v = j->client->in->vendor;
	struct sc_buf target;
	struct place *p;
	int rc = 0;

	sc_buf_init(&target, TARGET_MAX);
	(void)sc_buf_addf(&target, "%s%.*s", v->base,
	    (int)(strlen(b->path) - strlen("{id}")), b->path);
	(void)sc_url_encode(&target, j->id.p, j->id.len);
	p = find_place(j, sc_buf_str(&target));
	if (p->target == NULL) {
		p->target = sc_xstrdup(sc_buf_str(&target));
		rc = from_store(j, b, &p->value, e);
		if (rc == 0 && p->value == NULL)
			p->value = from_vendor(j, b, p->target);
	}
	p->used = ++j->clock;
	sc_buf_fini(&target);
	*value = p->value;
	return rc;
}

/* The id as text; false for what none can be. */
static bool
read_id(struct join *j, struct sc_json_val v)
{
	sc_buf_reset(&j->id);
	if (v.type == SC_JSON_NUMBER)
		(void)sc_buf_add(&j->id, v.raw.p, v.raw.n);
	else if (v.type == SC_JSON_STRING)
		(void)sc_json_str(v, &j->id);
	return j->id.len > 0 && !j->id.full &&
	    sc_utf8_valid(j->id.p, j->id.len) == j->id.len;
}

int
join_find(
    void *join, struct sc_json_val record, struct sc_buf *out, struct sc_err *e)
{
	struct join *j = join;
	struct sc_json_val v[SC_BESIDES_MAX];
	const char *value;
	struct sc_jw w;
	size_t found = 0;

	/* A part of an accepted text cannot fail here. */
	(void)sc_json_scan(
	    record.raw.p, record.raw.n, j->ids, SC_JSON_DEEP, v, e);
	sc_jw_init(&w, out);
	for (size_t i = 0; i < j->def->nbesides; i++) {
		const struct sc_beside *b = &j->def->besides[i];

		if (!read_id(j, v[i]))
			continue;
		if (look_up(j, b, &value, e) == -1)
			return -1;
		if (value == NULL)
			continue;
		if (found++ == 0)
			sc_jw_obj(&w);
		sc_jw_kvraw(&w, b->name, sc_slice_of(value));
	}
	if (found > 0)
		sc_jw_end(&w, '}');
	return 0;
}
