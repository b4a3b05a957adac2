#include <sysexits.h>

#include "sc/clock.h"
#include "sc/ident.h"
#include "store_impl.h"

static int
run(struct sc_store *s, enum store_sql which, struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, which, e);

	return st == NULL ? -1 : store_step(s, st, e);
}

int
sc_store_begin(struct sc_store *s, struct sc_err *e)
{
	s->now_ms = sc_clock_ms();
	return run(s, SQL_BEGIN, e);
}

int
sc_store_commit(struct sc_store *s, struct sc_err *e)
{
	return run(s, SQL_COMMIT, e);
}

void
sc_store_rollback(struct sc_store *s)
{
	struct sc_err e;

	/* SQLite has done it already after some errors. */
	if (sqlite3_get_autocommit(s->db) == 0)
		(void)run(s, SQL_ROLLBACK, &e);
}

int
sc_store_object(struct sc_store *s, struct sc_slice stream, struct sc_slice key,
    struct sc_object *out, struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, SQL_OBJECT, e);
	int rc;

	*out = (struct sc_object){ 0 };
	if (st == NULL)
		return -1;
	store_bind(st, 1, stream);
	store_bind(st, 2, key);
	if ((rc = store_step(s, st, e)) != 1)
		return rc;
	store_column_copy(st, 0, out->rev, sizeof(out->rev));
	out->n = sqlite3_column_int64(st, 1);
	store_column_copy(st, 2, out->id, sizeof(out->id));
	out->first_seen_ms = sqlite3_column_int64(st, 3);
	out->last_seen_ms = sqlite3_column_int64(st, 4);
	store_column_copy(st, 5, out->aux, sizeof(out->aux));
	(void)sqlite3_reset(st);
	return 1;
}

int
sc_store_latest(struct sc_store *s, struct sc_slice stream, struct sc_slice key,
    struct sc_buf *out, struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, SQL_LATEST, e);
	struct sc_slice text;
	int rc;

	if (st == NULL)
		return -1;
	store_bind(st, 1, stream);
	store_bind(st, 2, key);
	if ((rc = store_step(s, st, e)) != 1)
		return rc;
	text = store_column(st, 0);
	if (sc_buf_add(out, text.p, text.n) == -1)
		rc = 0;
	(void)sqlite3_reset(st);
	return rc;
}

static bool
equal(struct sc_slice a, struct sc_slice b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* What the memory of its key says about an artifact. */
struct memory {
	bool same;  /* it is the very one that was seen last */
	bool newer; /* it is not older than that */
};

static int
recall(struct sc_store *s, const struct sc_artifact *a, struct memory *m,
    struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, SQL_OBJECT, e);
	int rc;

	*m = (struct memory){ .newer = true };
	if (st == NULL)
		return -1;
	store_bind(st, 1, a->stream);
	store_bind(st, 2, a->key);
	if ((rc = store_step(s, st, e)) != 1)
		return rc;
	m->same = equal(store_column(st, 2), a->id);
	m->newer = sc_rev_cmp(store_column(st, 0), a->rev) <= 0;
	(void)sqlite3_reset(st);
	return 0;
}

static int
touch(struct sc_store *s, const struct sc_artifact *a, struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, SQL_OBJECT_SEEN, e);

	if (st == NULL)
		return -1;
	store_bind(st, 1, a->stream);
	store_bind(st, 2, a->key);
	(void)sqlite3_bind_int64(st, 3, s->now_ms);
	store_bind_opt(st, 4, a->aux);
	return store_step(s, st, e);
}

/* 1: a new row, 0: the stream has this id. */
static int
insert(struct sc_store *s, const struct sc_artifact *a, struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, SQL_PUT, e);

	if (st == NULL)
		return -1;
	store_bind(st, 1, a->id);
	store_bind(st, 2, a->key);
	store_bind(st, 3, a->rev);
	store_bind_opt(st, 4, a->rendition);
	store_bind(st, 5, a->vendor);
	store_bind(st, 6, a->integration);
	store_bind(st, 7, a->stream);
	store_bind_opt(st, 8, a->realm);
	store_bind_opt(st, 9, a->tenant);
	if (a->event_ms != 0)
		(void)sqlite3_bind_int64(st, 10, a->event_ms);
	(void)sqlite3_bind_int64(st, 11, s->now_ms);
	store_bind_opt(st, 12, a->ctx);
	store_bind(st, 13, a->artifact);
	return store_step(s, st, e) == -1 ? -1 : sqlite3_changes(s->db);
}

static int
remember(struct sc_store *s, const struct sc_artifact *a, bool newer,
    struct sc_err *e)
{
	int64_t pos = sqlite3_last_insert_rowid(s->db);
	sqlite3_stmt *st = store_stmt(s, SQL_OBJECT_NEW, e);

	if (st == NULL)
		return -1;
	store_bind(st, 1, a->stream);
	store_bind(st, 2, a->key);
	(void)sqlite3_bind_int64(st, 3, s->now_ms);
	store_bind(st, 4, a->rev);
	store_bind(st, 5, a->id);
	(void)sqlite3_bind_int64(st, 6, pos);
	(void)sqlite3_bind_int(st, 7, newer);
	store_bind_opt(st, 8, a->aux);
	return store_step(s, st, e);
}

int
sc_store_put(struct sc_store *s, const struct sc_artifact *a, struct sc_err *e)
{
	struct memory m;
	int rc;

	if (recall(s, a, &m, e) == -1)
		return -1;
	/* The memory outlives a pruned artifact. */
	rc = m.same ? 0 : insert(s, a, e);
	if (rc == 1 && remember(s, a, m.newer, e) == -1)
		return -1;
	if (rc == 0 && touch(s, a, e) == -1)
		return -1;
	return rc;
}

int
sc_store_remember(struct sc_store *s, struct sc_slice stream,
    struct sc_slice key, struct sc_slice aux, struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, SQL_OBJECT_AUX, e);

	if (st == NULL)
		return -1;
	store_bind(st, 1, stream);
	store_bind(st, 2, key);
	(void)sqlite3_bind_int64(st, 3, s->now_ms);
	store_bind(st, 4, aux);
	return store_step(s, st, e);
}

int
sc_store_remembered(struct sc_store *s, const char *stream,
    int (*each)(
	void *arg, struct sc_slice key, struct sc_slice aux, struct sc_err *),
    void *arg, struct sc_err *e)
{
	sqlite3_stmt *st = store_prepare(s,
	    "SELECT key, aux FROM object WHERE stream = ?1 AND aux IS NOT NULL"
	    " ORDER BY last_seen, key",
	    e);
	int rc;

	if (st == NULL)
		return -1;
	store_bind(st, 1, sc_slice_of(stream));
	while ((rc = store_step(s, st, e)) == 1) {
		rc = each(arg, store_column(st, 0), store_column(st, 1), e);
		if (rc != 0)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}
