#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/drill_impl.h"
#include "mocksrv/drill_state.h"
#include "sc/clock.h"
#include "sc/json.h"
#include "sc/mem.h"

#define OUTPUT_MAX ((size_t)1 << 30)

/* How a version of the records met requests for the list. */
struct met {
	int64_t asked;
	bool *unwanted; /* by place; NULL: not asked for */
};

static void
mets_free(struct met *met, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(met[i].unwanted);
	free(met);
}

static void
read_unwanted(struct met *met, struct sc_json_val list, size_t nrecords)
{
	struct sc_json_iter it = sc_json_iter(list);
	struct sc_json_val v;
	int64_t at;

	free(met->unwanted);
	met->unwanted = sc_xcalloc(nrecords, sizeof(*met->unwanted));
	while (list.type == SC_JSON_ARRAY && sc_json_next(&it, NULL, &v)) {
		if (sc_json_int(v, &at) == 0 && at >= 0 &&
		    (uint64_t)at < nrecords)
			met->unwanted[at] = true;
	}
}

static int
read_met(struct sc_slice line, const struct drill_stream *s, struct met *met,
    struct sc_err *e)
{
	static const char *const paths[] = { "account", "stream", "version",
		"asked", "unwanted" };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 5, e);
	const struct mock_feed *f = s->feed;
	struct sc_json_val m[5];
	int64_t i, n;
	int rc = sc_json_scan(line.p, line.n, plan, 0, m, e);

	sc_json_plan_free(plan);
	if (rc == -1 || !sc_json_is(m[0], s->serve->name) ||
	    !sc_json_is(m[1], s->word) || sc_json_int(m[2], &i) == -1 ||
	    sc_json_int(m[3], &n) == -1 || i < 0 || (uint64_t)i >= f->n)
		return rc;
	met[i].asked = n;
	read_unwanted(&met[i], m[4], f->versions[i].table->data->nrecords);
	return 0;
}

/*
 * What counts: a state, that is a record with its bytes, of each version of
 * the records that a request for the list met while it was in force.  Requests
 * count that got as far as the vendor, whatever became of the answer.
 */
static int
asked_for(struct drill *d, const struct drill_stream *s, struct met *met,
    struct sc_err *e)
{
	char *words[] = { sc_xstrdup("records") };
	struct sc_buf b;
	const char *at;
	int rc;

	sc_buf_init(&b, OUTPUT_MAX);
	rc = drill_command(d, words, 1, &b, e);
	at = sc_buf_str(&b);
	for (const char *nl; rc == 0 && (nl = strchr(at, '\n')) != NULL;
	     at = nl + 1)
		rc = read_met(
		    (struct sc_slice){ at, (size_t)(nl - at) }, s, met, e);
	sc_buf_fini(&b);
	free(words[0]);
	return rc;
}

/*
 * Records that belong to others stand in a dataset with their owner's name
 * around them: the vendor shows the inner object.
 */
static struct sc_slice
as_shown(const struct drill_stream *s, struct sc_slice record)
{
	static const char *const whole[] = { "" };
	struct sc_err e;
	struct sc_json_plan *plan;
	struct sc_json_val v;
	struct sc_json_iter it;

	if (s->def->parent == NULL)
		return record;
	plan = sc_json_plan_new(whole, 1, &e);
	if (plan != NULL &&
	    sc_json_scan(record.p, record.n, plan, 0, &v, &e) == 0) {
		it = sc_json_iter(v);
		while (it.object && sc_json_next(&it, NULL, &v)) {
			if (v.type == SC_JSON_OBJECT)
				record = v.raw;
		}
	}
	sc_json_plan_free(plan);
	return record;
}

/* What the vendor showed, in the order of time, and what nobody saw. */
static int
collect_shown(struct drill *d, struct drill_stream *s, struct drill_reader *r,
    struct drill_states *shown, struct drill_states *unseen, struct sc_err *e)
{
	struct met *met;
	int rc;

	if (s->feed == NULL)
		return drill_replay_shown(d, s, r, shown, e);
	met = sc_xcalloc(s->feed->n, sizeof(*met));
	rc = asked_for(d, s, met, e);
	for (size_t v = 0; v < s->feed->n && rc == 0; v++) {
		const struct mock_version *from = &s->feed->versions[v];
		const struct mock_dataset *data = from->table->data;

		if (met[v].asked == 0 &&
		    (from->when.request > 0 ||
			from->when.at_ms > sc_clock_ms()))
			continue;
		for (size_t i = 0; i < data->nrecords; i++) {
			if (met[v].asked == 0 || !met[v].unwanted[i])
				drill_states_add(
				    met[v].asked > 0 ? shown : unseen, r,
				    as_shown(s, data->records[i]), NULL);
		}
	}
	mets_free(met, s->feed->n);
	return rc;
}

static int
read_artifact(struct drill_reader *r, struct sc_json_plan *plan,
    struct sc_slice line, struct sc_buf *text, struct drill_states *stored,
    struct sc_err *e)
{
	struct sc_json_val m[2];
	char *key;

	if (sc_json_scan(line.p, line.n, plan, 0, m, e) == -1)
		return -1;
	if ((key = sc_json_dup(m[0])) == NULL)
		return sc_fail(e, EX_SOFTWARE, "an artifact without a key");
	sc_buf_reset(text);
	(void)sc_json_str(m[1], text);
	drill_states_add(
	    stored, r, (struct sc_slice){ text->p, text->len }, key);
	free(key);
	return 0;
}

static int
collect_stored(struct drill *d, const struct drill_stream *s,
    struct drill_reader *r, struct drill_states *stored, struct sc_err *e)
{
	static const char *const paths[] = { "key", "artifact.message" };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 2, e);
	char *argv[] = { sc_xstrdup("sc-store"), sc_xstrdup("search"),
		sc_xstrdup("--full"), sc_xasprintf("--stream=%s", s->name),
		NULL };
	struct sc_buf b, text;
	const char *at;
	int rc;

	sc_buf_init(&b, OUTPUT_MAX);
	sc_buf_init(&text, OUTPUT_MAX);
	rc = drill_program(d, argv, &b, e);
	if (rc > 0)
		rc = sc_fail(
		    e, EX_SOFTWARE, "sc-store search ended with %d", rc);
	at = sc_buf_str(&b);
	for (const char *nl; rc == 0 && (nl = strchr(at, '\n')) != NULL;
	     at = nl + 1)
		rc = read_artifact(r, plan,
		    (struct sc_slice){ at, (size_t)(nl - at) }, &text, stored,
		    e);
	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	sc_json_plan_free(plan);
	sc_buf_fini(&text);
	sc_buf_fini(&b);
	return rc;
}

/*
 * The first run that gets anything looks back so far; lists without a time are
 * read as a whole.
 */
static int64_t
reach(const struct drill *d, const struct drill_stream *s)
{
	int64_t first =
	    s->first_good_ms > 0 ? s->first_good_ms : d->o->start_ms;

	return s->def->since != NULL ? first - s->def->start_ms : INT64_MIN;
}

static enum drill_by
by_what(const struct drill *d, const struct drill_stream *s)
{
	return d->mutates || (s->serve != NULL && s->serve->vendor->reshapes)
	    ? DRILL_BY_KEY
	    : DRILL_BY_BYTES;
}

static int
tally_stream(struct drill *d, struct drill_stream *s, struct sc_err *e)
{
	struct drill_states shown = { 0 }, unseen = { 0 }, stored = { 0 };
	struct drill_reader r;
	int rc = -1;

	s->tally = (struct drill_tally){ 0 };
	if (drill_reader_init(&r, s->def, reach(d, s), e) == 0 &&
	    collect_shown(d, s, &r, &shown, &unseen, e) == 0 &&
	    collect_stored(d, s, &r, &stored, e) == 0) {
		drill_states_settle(&shown, s->def->by_content);
		drill_states_settle(&unseen, false);
		drill_states_compare(
		    &shown, &unseen, &stored, by_what(d, s), &s->tally);
		rc = 0;
	}
	drill_states_fini(&stored);
	drill_states_fini(&unseen);
	drill_states_fini(&shown);
	drill_reader_fini(&r);
	return rc == 0 ? 0 : sc_ctx(e, "%s", s->name);
}

int
drill_tally(struct drill *d, struct sc_err *e)
{
	for (size_t i = 0; i < d->nstreams; i++) {
		if (tally_stream(d, &d->streams[i], e) == -1)
			return -1;
	}
	return 0;
}
