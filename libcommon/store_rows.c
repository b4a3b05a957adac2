#include <stdlib.h>
#include <sysexits.h>

#include "sc/mem.h"
#include "sc/msg.h"
#include "store_impl.h"

/*
 * Each row is a query of its own, copied before it is handed out: a reader
 * that waits (for a pager, for a destination) keeps no snapshot open, which
 * would make the write-ahead log grow until it is done.
 */
struct sc_store_rows {
	struct sc_store *s;
	sqlite3_stmt *same, *later;
	int64_t time_ms, pos; /* of the last row */
	int64_t left;
	struct sc_buf text; /* its bytes */
};

/* Index of the first text among STORE_COLUMNS. */
#define FIRST_TEXT 4
#define NTEXTS     11

void
store_bind_named(sqlite3_stmt *st, const char *name, const char *text)
{
	int i = sqlite3_bind_parameter_index(st, name);

	if (i > 0 && text != NULL)
		(void)sqlite3_bind_text(st, i, text, -1, SQLITE_TRANSIENT);
}

void
store_bind_named_int(sqlite3_stmt *st, const char *name, int64_t value)
{
	int i = sqlite3_bind_parameter_index(st, name);

	if (i > 0)
		(void)sqlite3_bind_int64(st, i, value);
}

struct sc_store_rows *
store_rows_new(
    struct sc_store *s, sqlite3_stmt *same, sqlite3_stmt *later, int64_t max)
{
	struct sc_store_rows *r;

	if (later == NULL) {
		(void)sqlite3_finalize(same);
		return NULL;
	}
	r = sc_xcalloc(1, sizeof(*r));
	*r = (struct sc_store_rows){
		.s = s, .same = same, .later = later, .left = max
	};
	sc_buf_init(&r->text, 4 * SC_LINE_MAX);
	return r;
}

void
store_rows_start(struct sc_store_rows *r, int64_t time_ms, int64_t pos)
{
	r->time_ms = time_ms;
	r->pos = pos;
}

struct sc_store_rows *
sc_store_after(struct sc_store *s, int64_t pos, int64_t max, struct sc_err *e)
{
	sqlite3_stmt *st = store_prepare(s,
	    "SELECT " STORE_COLUMNS " FROM artifact WHERE pos > :pos"
	    " ORDER BY pos LIMIT 1",
	    e);
	struct sc_store_rows *r = store_rows_new(s, NULL, st, max);

	if (r != NULL)
		store_rows_start(r, 0, pos);
	return r;
}

void
sc_store_rows_free(struct sc_store_rows *r)
{
	if (r == NULL)
		return;
	(void)sqlite3_finalize(r->same);
	(void)sqlite3_finalize(r->later);
	sc_buf_fini(&r->text);
	free(r);
}

/* Copies the texts of the row; -1 when they are larger than any can be. */
static int
copy_texts(struct sc_store_rows *r, sqlite3_stmt *st, struct sc_artifact *a)
{
	struct sc_slice *const texts[NTEXTS] = { &a->id, &a->key, &a->rev,
		&a->rendition, &a->vendor, &a->integration, &a->stream,
		&a->realm, &a->tenant, &a->ctx, &a->artifact };
	size_t total = 0;

	for (int i = 0; i < NTEXTS; i++)
		total += store_column(st, FIRST_TEXT + i).n;
	sc_buf_reset(&r->text);
	if (sc_buf_room(&r->text, total) == NULL)
		return -1;
	for (int i = 0; i < NTEXTS; i++) {
		struct sc_slice v = store_column(st, FIRST_TEXT + i);

		*texts[i] = (struct sc_slice){ r->text.p + r->text.len, v.n };
		(void)sc_buf_add(&r->text, v.p, v.n);
	}
	return 0;
}

/* Steps one of the statements; on 1 the row is copied. */
static int
look(struct sc_store_rows *r, sqlite3_stmt *st, struct sc_store_row *row,
    struct sc_err *e)
{
	int rc;

	if (st == NULL)
		return 0;
	store_bind_named_int(st, ":time", r->time_ms);
	store_bind_named_int(st, ":pos", r->pos);
	if ((rc = store_step(r->s, st, e)) != 1)
		return rc;
	r->pos = row->pos = sqlite3_column_int64(st, 0);
	r->time_ms = sqlite3_column_int64(st, 1);
	row->arrival_ms = sqlite3_column_int64(st, 2);
	row->a.event_ms = sqlite3_column_int64(st, 3);
	if (copy_texts(r, st, &row->a) == -1)
		rc = sc_fail(e, EX_DATAERR, "the artifact at %lld is too large",
		    (long long)row->pos);
	(void)sqlite3_reset(st);
	return rc;
}

int
sc_store_next(
    struct sc_store_rows *r, struct sc_store_row *row, struct sc_err *e)
{
	int rc;

	if (r->left == 0)
		return 0;
	if ((rc = look(r, r->same, row, e)) == 0)
		rc = look(r, r->later, row, e);
	r->left = rc == 1 ? r->left - 1 : 0;
	return rc;
}
