#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sc/json.h"
#include "sc/mem.h"
#include "sc/report.h"
#include "sc/timefmt.h"

#include "after.h"
#include "answer.h"
#include "check_stages.h"
#include "limited.h"
#include "reading.h"
#include "target.h"

#define DAY_US      INT64_C(86400000000)
#define LOOK_US     (30 * DAY_US) /* for the newest record */
#define RECORDS_MAX 1000          /* to look at */

/*
 * How far back: what has pages is asked for one short one, the rest for a
 * window as in a run.
 */
static int64_t
look_back_us(const struct sc_stream *def)
{
	int64_t kept = def->retention_ms * 1000;

	if (def->paging == SC_PAGING_WINDOW)
		return def->slice_ms * 1000;
	return kept < LOOK_US ? kept : LOOK_US;
}

struct sc_pair *
stream_query(const struct sc_check *k, const struct sc_stream *def)
{
	struct sc_pair *q = sc_xcalloc(def->nquery + 1, sizeof(*q));

	for (size_t i = 0; i < def->nquery; i++) {
		q[i] = def->query[i];
		for (size_t j = 0; j < k->nquery; j++) {
			if (strcmp(k->query[j].name, q[i].name) == 0)
				q[i].value = k->query[j].value;
		}
	}
	return q;
}

/* 1: a page of it, 0: there is nothing that could be asked for. */
static int
get_page(struct check *c, struct client *client, const struct sc_stream *def,
    struct sc_err *e)
{
	struct sc_stream stream = *def;
	int64_t now_us = check_now(c) * 1000;
	struct window w = { .since_us = now_us - look_back_us(def) };
	struct sc_buf target;
	int rc;

	if (def->paging == SC_PAGING_WINDOW || def->page != NULL)
		w.until_us = now_us;
	if (def->page != NULL)
		return list_get(c, client, def, &w, e);
	stream.query = stream_query(&c->in->vendor->check, def);
	sc_buf_init(&target, TARGET_MAX);
	rc = target_build(
	    c->in, &stream, &w, (struct sc_slice){ 0 }, &target, e);
	if (rc == 0)
		rc = retry_get(client, sc_buf_str(&target), &c->resp, e);
	check_learn_time(c);
	sc_buf_fini(&target);
	free(stream.query);
	return rc == -1 ? -1 : 1;
}

/* The record's time in c->newest_us, if it is the newest so far. */
static void
see_time(struct check *c, const struct sc_stream *def,
    const struct sc_json_plan *plan, struct sc_slice record)
{
	struct sc_json_val v = { 0 };
	struct sc_err e = { 0 };
	struct stamp t = { 0 };
	struct sc_buf b;

	sc_buf_init(&b, TIME_TEXT_MAX);
	(void)sc_json_scan(record.p, record.n, plan, SC_JSON_DEEP, &v, &e);
	if (v.type == SC_JSON_NUMBER)
		(void)sc_buf_add(&b, v.raw.p, v.raw.n);
	else
		(void)sc_json_str(v, &b);
	if (b.len > 0 &&
	    stamp_read((struct sc_slice){ b.p, b.len }, def->times, &t) &&
	    t.us > c->newest_us)
		c->newest_us = t.us;
	sc_buf_fini(&b);
}

static int
read_page(struct check *c, const struct sc_stream *def, struct sc_err *e)
{
	struct sc_outcome outcome = { 0 };
	struct pager p = { .in = c->in, .def = def, .outcome = &outcome };
	struct sc_json_plan *plan = NULL;
	const char *path = def->time;
	struct sc_json_val v;
	struct answer a;
	int rc = -1;

	if (pager_init(&p, e) == -1 || answer_open(&p, &c->resp, &a, e) == -1)
		goto out;
	if (path != NULL && (plan = sc_json_plan_new(&path, 1, e)) == NULL)
		goto out;
	while (c->nrecords < RECORDS_MAX && sc_json_next(&a.items, NULL, &v)) {
		c->nrecords++;
		if (plan != NULL)
			see_time(c, def, plan, v.raw);
	}
	rc = 0;
out:
	sc_json_plan_free(plan);
	pager_fini(&p);
	return rc;
}

/* One page of what came within the last back_us. */
static int
search_page(struct check *c, struct client *client, const struct sc_stream *def,
    int64_t back_us, struct sc_err *e)
{
	struct sc_stream stream = *def;
	const struct window none = { 0 };
	struct sc_buf target, body;
	int rc;

	stream.path = def->search.path;
	sc_buf_init(&target, TARGET_MAX);
	rc = target_build(c->in, &stream, &none, sc_slice_of("0"), &target, e);
	(void)after_body(
	    def->search.since, check_now(c) * 1000 - back_us, &body);
	if (rc == 0)
		rc = retry_ask(client, "POST", sc_buf_str(&target),
		    sc_buf_str(&body), &c->resp, e);
	sc_buf_fini(&target);
	sc_buf_fini(&body);
	return rc;
}

/*
 * A list that goes by id begins with what is oldest: searches say more about
 * the newest.  Where there are none, the list has to do.
 */
static void
look_nearer(struct check *c, struct client *client, const struct sc_stream *def)
{
	static const int64_t backs_us[] = { DAY_US / 24, DAY_US, LOOK_US };
	struct sc_err e = { 0 };

	for (size_t i = 0; i < sizeof(backs_us) / sizeof(backs_us[0]); i++) {
		if (search_page(c, client, def, backs_us[i], &e) == -1)
			return;
		c->nrecords = 0;
		c->newest_us = 0;
		if (read_page(c, def, &e) == -1 || c->nrecords > 0)
			return;
	}
}

int
stream_ask(struct check *c, struct client *client, const struct sc_stream *def,
    struct sc_err *e)
{
	int rc;

	c->nrecords = 0;
	c->newest_us = 0;
	if ((rc = get_page(c, client, def, e)) != 1)
		return rc;
	if (read_page(c, def, e) == -1)
		return -1;
	if (def->search.path != NULL)
		look_nearer(c, client, def);
	return 0;
}

void
stage_permission(struct check *c, const struct sc_stream *def, struct step *s)
{
	const struct sc_vendor *v = c->in->vendor;
	struct sc_err e = { 0 };

	if (stream_ask(c, &c->client, def, &e) == 0) {
		step_say(s, "%s %s%s answers",
		    def->body != NULL ? "POST" : "GET", v->base, def->path);
		return;
	}
	if (limited_is(def, c->resp.status) ||
	    (def->parent != NULL && limited_is(def->parent, c->resp.status))) {
		step_say(s, "%s", e.msg);
		step_warn(s, "this account does not have %s", def->noun);
		return;
	}
	step_fail(s, &e);
	if (sc_err_class(&e) == SC_CLASS_REGION)
		check_advise_region(c, s);
}

void
stage_newest(struct check *c, const struct sc_stream *def, struct step *s)
{
	int64_t age_ms = check_now(c) - c->newest_us / 1000;
	char text[SC_TIME_BUF], span[SC_TIME_BUF];

	if (c->newest_us > 0) {
		(void)sc_time_format(c->newest_us, 0, text);
		(void)sc_duration_format(age_ms < 0 ? -age_ms : age_ms, span);
		sc_jw_kvms(&s->member, "newest", c->newest_us / 1000);
		sc_jw_kvi(&s->member, "age_ms", age_ms);
		step_say(s, "%s %s (%s)", span,
		    age_ms < 0 ? "in the future" : "old", text);
	} else if (c->nrecords == 0) {
		(void)sc_duration_format(look_back_us(def) / 1000, span);
		step_say(s, "no %s%s%s", def->noun,
		    def->time != NULL ? " in the last " : "",
		    def->time != NULL ? span : "");
	} else if (def->time == NULL) {
		step_say(s, "there are %s; they have no time", def->noun);
	} else {
		step_say(s, "no usable time (%s) in the records", def->time);
		step_warn(s, "compare the vendor's file with the shipped one");
	}
}
