#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/conf.h"
#include "sc/log.h"
#include "sc/msg.h"
#include "sc/timefmt.h"

#include "cmd.h"
#include "schemas.h"

/* A STATE at least so often: this much is sent again after a failure. */
#define STATE_EVERY 500

enum { OPT_MAX = SC_OPT_OWN };

static const struct option longopts[] = { SC_PROG_LONG,
	{ "consumer", required_argument, NULL, 'c' },
	{ "max", required_argument, NULL, OPT_MAX }, { 0 } };

static int
parse_max(const char *text, int64_t *max, struct sc_err *e)
{
	const char *why = NULL;

	*max = strtonum(text, 1, INT32_MAX, &why);
	return why == NULL ? 0
			   : sc_fail(e, EX_USAGE,
				 "--max %.80s: expected a number from 1 to %d",
				 text, INT32_MAX);
}

/* -c NAME, and --max N where max is wanted; NULL with *e set. */
static const char *
options(
    struct sc_prog *p, int argc, char *argv[], int64_t *max, struct sc_err *e)
{
	const char *name = NULL;
	int c;

	while ((c = getopt_long(
		    argc, argv, SC_PROG_SHORT "c:", longopts, NULL)) != -1) {
		if (c == 'c')
			name = optarg;
		else if (c != OPT_MAX || max == NULL)
			sc_prog_opt(p, c);
		else if (parse_max(optarg, max, e) == -1)
			return NULL;
	}
	if (optind != argc || name == NULL)
		sc_prog_usage(p);
	if (sc_name_valid(name))
		return name;
	(void)sc_fail(e, EX_USAGE, "%s is not a name", name);
	(void)sc_remedy(e, SC_CLASS_CONFIG,
	    "a name has 1 to 63 of the characters a-z 0-9 _ -, not first _ -");
	return NULL;
}

/* What is read for one consumer. */
struct reading {
	const char *name;
	int64_t gen, pos;
	int64_t left;
	int64_t sent;
	struct schemas schemas;
	struct sc_msg_writer w;
};

static int
put_record(struct reading *r, const struct sc_store_row *row, struct sc_err *e)
{
	const struct sc_artifact *a = &row->a;
	char time[SC_TIME_BUF];
	struct sc_jw w;

	if (schemas_put(&r->schemas, a, &r->w, e) == -1)
		return -1;
	sc_msg_begin(&r->w, &w);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "type", "RECORD");
	sc_jw_kvn(&w, "stream", a->stream);
	sc_jw_kv(&w, "time_extracted",
	    sc_time_format(row->arrival_ms * 1000, 3, time));
	sc_jw_kvn(&w, "id", a->id);
	sc_jw_kvn(&w, "key", a->key);
	sc_jw_kvn(&w, "rev", a->rev);
	if (a->rendition.n > 0)
		sc_jw_kvn(&w, "rendition", a->rendition);
	if (a->ctx.n > 0)
		sc_jw_kvraw(&w, "ctx", a->ctx);
	sc_jw_kvraw(&w, "record", a->artifact);
	sc_jw_end(&w, '}');
	r->pos = row->pos;
	r->sent++;
	return sc_msg_end(&r->w, e);
}

static int
put_state(struct reading *r, struct sc_err *e)
{
	struct sc_jw w;

	sc_msg_begin(&r->w, &w);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "type", "STATE");
	sc_jw_kv(&w, "for", r->name);
	sc_jw_key(&w, "value");
	sc_jw_obj(&w);
	sc_jw_key(&w, "bookmarks");
	sc_jw_obj(&w);
	sc_jw_key(&w, "store");
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "v", SC_BOOKMARK_VERSION);
	sc_jw_kvi(&w, "gen", r->gen);
	sc_jw_kvi(&w, "pos", r->pos);
	for (int i = 0; i < 4; i++)
		sc_jw_end(&w, '}');
	return sc_msg_end(&r->w, e);
}

/* Up to n rows; the number that there were, -1: error. */
static int64_t
put_some(struct sc_store *store, struct reading *r, int64_t n, struct sc_err *e)
{
	struct sc_store_rows *rows = sc_store_after(store, r->pos, n, e);
	int64_t before = r->sent;
	struct sc_store_row row;
	int rc;

	if (rows == NULL)
		return -1;
	while ((rc = sc_store_next(rows, &row, e)) == 1) {
		if ((rc = put_record(r, &row, e)) == -1)
			break;
	}
	sc_store_rows_free(rows);
	return rc == -1 ? -1 : r->sent - before;
}

/* The last STATE stands at the end also when there was nothing to read. */
static int
put_all(struct sc_store *store, struct reading *r, struct sc_err *e)
{
	int64_t want, got;

	do {
		want = r->left < STATE_EVERY ? r->left : STATE_EVERY;
		if ((got = put_some(store, r, want, e)) == -1)
			return -1;
		r->left -= got;
		if ((got > 0 || r->sent == 0) && put_state(r, e) == -1)
			return -1;
	} while (got == want && r->left > 0);
	return sc_msg_flush(&r->w, e);
}

int
cmd_read(struct sc_prog *p, int argc, char *argv[], struct sc_err *e)
{
	struct reading r = { .left = INT64_MAX };
	struct sc_store *store;
	int rc;

	if ((r.name = options(p, argc, argv, &r.left, e)) == NULL)
		return -1;
	if ((store = open_store(p, SC_STORE_READ, e)) == NULL)
		return -1;
	sc_msg_writer_init(&r.w, STDOUT_FILENO);
	rc = sc_store_position(store, r.name, &r.gen, &r.pos, e);
	if (rc != -1)
		rc = put_all(store, &r, e);
	if (rc == 0)
		sc_info("read %" PRId64 " artifacts consumer=%s pos=%" PRId64,
		    r.sent, r.name, r.pos);
	sc_msg_writer_fini(&r.w);
	schemas_fini(&r.schemas);
	sc_store_close(store);
	return rc;
}

/* What is committed for one consumer. */
struct committing {
	const char *name;
	struct sc_store *store;
	struct sc_json_plan *plan;
	int64_t states;
	bool stale;
};

enum member { M_V, M_GEN, M_POS, NMEMBERS };
static const char *const paths[NMEMBERS] = { "store.v", "store.gen",
	"store.pos" };

static int
take_state(struct committing *c, const struct sc_msg *m, struct sc_err *e)
{
	struct sc_json_val v[NMEMBERS];
	int64_t version, gen, pos;
	int rc;

	if (!sc_json_is(m->dest, c->name))
		return sc_fail(
		    e, EX_DATAERR, "a STATE that is not for %s", c->name);
	if (m->bookmarks.type != SC_JSON_OBJECT ||
	    sc_json_scan(m->bookmarks.raw.p, m->bookmarks.raw.n, c->plan, 0, v,
		e) == -1 ||
	    sc_json_int(v[M_V], &version) == -1 || version < 1 ||
	    sc_json_int(v[M_GEN], &gen) == -1 ||
	    sc_json_int(v[M_POS], &pos) == -1)
		return sc_fail(
		    e, EX_DATAERR, "a STATE without a position in the store");
	if (version > SC_BOOKMARK_VERSION)
		return sc_fail(e, EX_DATAERR, "a STATE from a newer version");
	if ((rc = sc_store_advance(c->store, c->name, gen, pos, e)) == -1)
		return -1;
	c->states++;
	if (rc == 0)
		c->stale = true;
	return 0;
}

/* Records here have not passed a destination: nothing would be delivered. */
static int
take(struct committing *c, const struct sc_msg *m, struct sc_err *e)
{
	if (m->type == SC_MSG_STATE)
		return take_state(c, m, e);
	(void)sc_fail(e, EX_DATAERR, "a message that is not a STATE");
	return sc_remedy(e, SC_CLASS_INPUT,
	    "put sc-ship --to ... between sc-store read and sc-store commit");
}

static int
take_all(struct committing *c, struct sc_err *e)
{
	struct sc_msg_reader r;
	struct sc_msg m;
	int rc;

	sc_msg_reader_init(&r, STDIN_FILENO, "stdin");
	while ((rc = sc_msg_next(&r, &m, e)) == 1) {
		if (take(c, &m, e) == 0)
			continue;
		rc = e->code == EX_DATAERR
		    ? sc_ctx(e, "stdin line %ju", (uintmax_t)m.lineno)
		    : -1;
		break;
	}
	sc_msg_reader_fini(&r);
	if (rc == -1 || !c->stale)
		return rc;
	(void)sc_fail(e, EX_TEMPFAIL,
	    "the position of %s was set back meanwhile", c->name);
	return sc_remedy(e, SC_CLASS_LOCKED, "run it again");
}

int
cmd_commit(struct sc_prog *p, int argc, char *argv[], struct sc_err *e)
{
	struct committing c = { 0 };
	int rc;

	if ((c.name = options(p, argc, argv, NULL, e)) == NULL)
		return -1;
	c.store = open_store(p, SC_STORE_WRITE, e);
	if (c.store == NULL)
		return -1;
	sc_prog_signals();
	if ((c.plan = sc_json_plan_new(paths, NMEMBERS, e)) == NULL)
		rc = -1;
	else
		rc = take_all(&c, e);
	sc_json_plan_free(c.plan);
	sc_store_close(c.store);
	return rc;
}
