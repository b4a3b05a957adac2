#include <stdlib.h>

#include "sc/json.h"

#include "answer.h"
#include "check_stages.h"
#include "target.h"

#define ID_MAX ((size_t)1024)

/* One page; path: NULL for the stream's own. */
static int
get(struct check *c, struct client *client, const struct question *ask,
    struct sc_err *e)
{
	const struct sc_stream *was = client->stream;
	struct sc_stream def = *ask->def;
	struct question q = *ask;
	struct sc_buf target, body;
	int rc;

	def.query = stream_query(&c->in->vendor->check, ask->def);
	q.def = &def;
	sc_buf_init(&target, TARGET_MAX);
	sc_buf_init(&body, TARGET_MAX);
	rc = target_build_page(c->in, &q, &target, &body, e);
	client->stream = ask->def;
	if (rc == 0)
		rc = retry_ask(client, body.len > 0 ? "POST" : "GET",
		    sc_buf_str(&target),
		    body.len > 0 ? sc_buf_str(&body) : NULL, &c->resp, e);
	client->stream = was;
	check_learn_time(c);
	sc_buf_fini(&target);
	sc_buf_fini(&body);
	free(def.query);
	return rc;
}

/* The first record's id, empty where there is none. */
static int
first_id(struct check *c, const struct sc_stream *def, struct sc_buf *id,
    struct sc_err *e)
{
	struct sc_outcome outcome = { 0 };
	struct pager p = { .in = c->in, .def = def, .outcome = &outcome };
	const char *const paths[] = { def->id };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 1, e);
	struct sc_json_val v, record;
	struct answer a;
	int rc = -1;

	if (plan != NULL && pager_init(&p, e) == 0 &&
	    answer_open(&p, &c->resp, &a, e) == 0)
		rc = 0;
	if (rc == 0 && sc_json_next(&a.items, NULL, &record)) {
		(void)sc_json_scan(
		    record.raw.p, record.raw.n, plan, SC_JSON_DEEP, &v, e);
		if (v.type == SC_JSON_NUMBER)
			(void)sc_buf_add(id, v.raw.p, v.raw.n);
		else
			(void)sc_json_str(v, id);
	}
	sc_json_plan_free(plan);
	pager_fini(&p);
	return rc;
}

/* 1: the children of one parent, 0: there are no parents to ask for. */
static int
get_children(struct check *c, struct client *client,
    const struct sc_stream *def, struct sc_err *e)
{
	struct question q = { .def = def };
	struct sc_buf id, path;
	int rc;

	sc_buf_init(&id, ID_MAX);
	sc_buf_init(&path, TARGET_MAX);
	rc = first_id(c, def->parent, &id, e);
	if (rc == 0 && id.len > 0) {
		target_add_path(
		    &path, def->path, (struct sc_slice){ id.p, id.len });
		q.path = sc_buf_str(&path);
		rc = get(c, client, &q, e) == -1 ? -1 : 1;
	}
	sc_buf_fini(&id);
	sc_buf_fini(&path);
	return rc;
}

int
list_get(struct check *c, struct client *client, const struct sc_stream *def,
    const struct window *w, struct sc_err *e)
{
	const struct sc_stream *list = def->parent != NULL ? def->parent : def;
	const struct question q = {
		.def = list, .path = list->path, .window = w
	};

	if (get(c, client, &q, e) == -1)
		return -1;
	return def->parent != NULL ? get_children(c, client, def, e) : 1;
}
