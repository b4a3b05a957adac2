#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/json.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#include "sink.h"
#include "spool.h"

struct to_store {
	struct sink sink;
	struct sc_store *store;
	struct streams *streams;
	struct spool spool;
	struct sc_msg_writer out;
	bool stale; /* somebody else has moved one of our bookmarks */
};

/*
 * The storing stream's filters belong here, before the artifact is kept.  A
 * note, which has no artifact, waits in the same queue.
 */
static int
put(struct sink *sink, const struct sc_artifact *a, struct sc_err *e)
{
	return spool_add(&((struct to_store *)sink)->spool, a, e);
}

static int
store_one(void *arg, const struct sc_artifact *a, struct sc_err *e)
{
	struct to_store *t = arg;
	int rc;

	if (a->artifact.n == 0)
		return sc_store_remember(
		    t->store, a->stream, a->key, a->aux, e);
	if ((rc = sc_store_put(t->store, a, e)) != -1)
		stream_count(
		    streams_find(t->streams, a->stream), rc == 1, a->event_ms);
	return rc;
}

static int
warn_stale(struct to_store *t, const struct stream *s)
{
	if (!t->stale)
		sc_warn("somebody else has moved the bookmark of %s: its "
			"records are kept, its bookmark is not moved",
		    s->stream);
	t->stale = true;
	return 0;
}

/* A walk says when it was complete: its records are as new as that. */
static void
see_walk(struct stream *s, struct sc_json_val walked)
{
	char *text = sc_json_dup(walked);
	int64_t us;

	if (text != NULL && sc_time_parse_us(text, strlen(text), &us) == 0 &&
	    us / 1000 > s->batch.newest_ms)
		s->batch.newest_ms = us / 1000;
	free(text);
}

/* 1: moved, 0: not, -1: error. */
static int
move_bookmark(struct to_store *t, struct stream *s, struct sc_json_val v,
    struct sc_err *e)
{
	struct sc_json_iter it = sc_json_iter(v);
	struct sc_json_val key, member, walked = { 0 };
	int64_t read = -1, gen, now;
	int rc;

	while (sc_json_next(&it, &key, &member)) {
		if (sc_json_is(key, "gen") && sc_json_int(member, &read) == -1)
			read = -1;
		if (sc_json_is(key, "walked"))
			walked = member;
	}
	if (read < 0)
		return sc_fail(e, EX_DATAERR,
		    "the bookmark of %s has no generation \"gen\"", s->stream);
	/* All STATEs of a run name the generation that it began with. */
	gen = s->moved && read == s->gen_read ? s->gen_now : read;
	rc = sc_store_move(
	    t->store, sc_slice_of(s->stream), gen, v.raw, &now, e);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return warn_stale(t, s);
	see_walk(s, walked);
	s->moved = true;
	s->gen_read = read;
	s->gen_now = now;
	return 1;
}

static int
move_bookmarks(
    struct to_store *t, const struct sc_msg *m, bool *all, struct sc_err *e)
{
	struct sc_json_iter it = sc_json_iter(m->bookmarks);
	struct sc_json_val key, v;

	while (sc_json_next(&it, &key, &v)) {
		char *name = sc_json_dup(key);
		struct stream *s = NULL;
		int rc;

		if (name == NULL)
			return sc_fail(
			    e, EX_DATAERR, "a stream's name holds a NUL");
		s = streams_get(t->streams, sc_slice_of(name), e);
		free(name);
		if (s == NULL || (rc = move_bookmark(t, s, v, e)) == -1)
			return -1;
		s->touched = true;
		*all = *all && rc == 1;
	}
	return 0;
}

static int
note(struct to_store *t, struct sc_err *e)
{
	for (size_t i = 0; i < t->streams->n; i++) {
		const struct stream *s = t->streams->v[i];

		if (s->touched &&
		    sc_store_note(t->store, sc_slice_of(s->stream),
			s->batch.stored, s->batch.known, s->batch.newest_ms,
			e) == -1)
			return -1;
	}
	return 0;
}

/* One transaction; m is NULL at the end of input. */
static int
write_batch(
    struct to_store *t, const struct sc_msg *m, bool *all, struct sc_err *e)
{
	*all = true;
	if (sc_store_begin(t->store, e) == -1)
		return -1;
	if (spool_each(&t->spool, store_one, t, e) == -1 ||
	    (m != NULL && move_bookmarks(t, m, all, e) == -1) ||
	    note(t, e) == -1 || sc_store_commit(t->store, e) == -1) {
		sc_store_rollback(t->store);
		return -1;
	}
	streams_settle(t->streams);
	spool_clear(&t->spool);
	t->sink.batches++;
	return 0;
}

/* A foreign tap's STATE says nothing about our bookmarks. */
static int
foreign_state(struct to_store *t, const struct sc_msg *m, struct sc_err *e)
{
	struct sc_msg bare = *m;
	bool all;

	bare.bookmarks = (struct sc_json_val){ 0 };
	if (write_batch(t, &bare, &all, e) == -1)
		return -1;
	return sc_msg_pass(&t->out, m->line, e);
}

static int
state(struct sink *sink, const struct sc_msg *m, struct sc_err *e)
{
	struct to_store *t = (struct to_store *)sink;
	bool all;

	if (m->dest.type == SC_JSON_NONE)
		return foreign_state(t, m, e);
	if (!sc_json_is(m->dest, "store")) {
		(void)sc_fail(e, EX_DATAERR,
		    "a STATE for %.*s, which is not the store",
		    (int)(m->dest.raw.n > 80 ? 80 : m->dest.raw.n),
		    m->dest.raw.p);
		return sc_remedy(e, SC_CLASS_INPUT,
		    "name the destination that it is for with --to");
	}
	if (m->bookmarks.type != SC_JSON_OBJECT)
		return sc_fail(e, EX_DATAERR, "a STATE without bookmarks");
	if (write_batch(t, m, &all, e) == -1)
		return -1;
	return all ? sc_msg_pass(&t->out, m->line, e) : 0;
}

static int
finish(struct sink *sink, struct sc_err *e)
{
	struct to_store *t = (struct to_store *)sink;
	bool all;

	if (t->spool.n > 0 && write_batch(t, NULL, &all, e) == -1)
		return -1;
	if (sc_msg_flush(&t->out, e) == -1)
		return -1;
	if (!t->stale)
		return 0;
	(void)sc_fail(e, EX_TEMPFAIL, "another run has moved a bookmark first");
	return sc_remedy(e, SC_CLASS_LOCKED, "run it again; no record is lost");
}

static void
free_sink(struct sink *sink)
{
	struct to_store *t = (struct to_store *)sink;

	sc_store_close(t->store);
	spool_fini(&t->spool);
	sc_msg_writer_fini(&t->out);
	free(t);
}

struct sink *
sink_store(const char *statedir, struct streams *streams, struct sc_err *e)
{
	struct sc_store *store = sc_store_open(statedir, SC_STORE_WRITE, e);
	struct to_store *t;

	if (store == NULL)
		return NULL;
	t = sc_xcalloc(1, sizeof(*t));
	t->sink = (struct sink){ put, put, state, finish, free_sink, &t->out,
		"stored", 0 };
	t->store = store;
	t->streams = streams;
	spool_init(&t->spool, statedir);
	sc_msg_writer_init(&t->out, STDOUT_FILENO);
	return &t->sink;
}
