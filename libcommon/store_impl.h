#ifndef STORE_IMPL_H
#define STORE_IMPL_H

#include <sqlite3.h>

#include "sc/store.h"

/* Private to libcommon/store*.c: the connection and its statements. */

/* Statements that are prepared once, at their first use. */
enum store_sql {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_OBJECT,
	SQL_OBJECT_SEEN,
	SQL_OBJECT_NEW,
	SQL_LATEST,
	SQL_OBJECT_AUX,
	SQL_PUT,
	SQL_BOOKMARK,
	SQL_BOOKMARK_MOVE,
	SQL_NOTE,
	SQL_OUTCOME,
	SQL_HEALTH,
	SQL_POSITION,
	SQL_ADVANCE,
	NSQL
};

struct sc_store {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *stmts[NSQL];
	int64_t now_ms; /* when the transaction began */
};

/* What sc_store_next() reads, in this order. */
#define STORE_COLUMNS                                                          \
	"pos, time_ms, arrival_ms, event_ms, id, key, rev, rendition, vendor," \
	" integration, stream, realm, tenant, ctx, artifact"

#define STORE_APPLICATION_ID 0x53437374 /* "SCst" */
extern const char store_schema[];

/* The folder; an open descriptor of it that keeps other inits out. */
int store_make_folder(const char *statedir, struct sc_err *e);
int store_lock_folder(const char *statedir, struct sc_err *e);
/* An empty file with the right owner and mode, unless there is one. */
int store_make_file(int folder, const char *path, struct sc_err *e);

/* Says what an SQLite result code means for the user; returns -1. */
int store_fail(struct sc_store *, int rc, struct sc_err *e);
/* The statement, reset and without parameters; NULL on failure. */
sqlite3_stmt *store_stmt(struct sc_store *, enum store_sql, struct sc_err *e);
/* A statement of one's own; finalize it. */
sqlite3_stmt *store_prepare(
    struct sc_store *, const char *sql, struct sc_err *e);
/* 1: a row; 0: done, statement reset; -1: error, statement reset. */
int store_step(struct sc_store *, sqlite3_stmt *, struct sc_err *e);
/* A statement without parameters, run to its end. */
int store_exec(struct sc_store *, const char *sql, struct sc_err *e);
/* The one integer that a statement answers with. */
int store_int(
    struct sc_store *, const char *sql, int64_t *out, struct sc_err *e);

/*
 * Rows behind the row (:time, :pos).  Both statements select STORE_COLUMNS
 * with LIMIT 1: `same` the next one of the same time (NULL where only the
 * position counts), `later` the first one after that.  SQLite has no index
 * look-up for both at once.  Takes the statements; NULL when later is.
 */
struct sc_store_rows *store_rows_new(
    struct sc_store *, sqlite3_stmt *same, sqlite3_stmt *later, int64_t max);
void store_rows_start(struct sc_store_rows *, int64_t time_ms, int64_t pos);

/* By a parameter's name, if the statement has it. */
void store_bind_named(sqlite3_stmt *, const char *name, const char *text);
void store_bind_named_int(sqlite3_stmt *, const char *name, int64_t value);

/* Parameters and columns; borrowed bytes.  _opt: NULL where empty. */
void store_bind(sqlite3_stmt *, int i, struct sc_slice);
void store_bind_opt(sqlite3_stmt *, int i, struct sc_slice);
struct sc_slice store_column(sqlite3_stmt *, int i);
void store_column_copy(sqlite3_stmt *, int i, char *out, size_t cap);

#endif
