#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "store_impl.h"

/*
 * All tables in one place.  docs/store.md tells users what the columns mean;
 * both change together with SC_STORE_VERSION.  Times are epoch milliseconds.
 */
const char store_schema[] =
    "CREATE TABLE artifact("
    " pos INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id TEXT NOT NULL, key TEXT NOT NULL, rev TEXT NOT NULL,"
    " rendition TEXT, vendor TEXT NOT NULL, integration TEXT NOT NULL,"
    " stream TEXT NOT NULL, realm TEXT, tenant TEXT,"
    " event_ms INTEGER, arrival_ms INTEGER NOT NULL,"
    " time_ms INTEGER AS (coalesce(event_ms, arrival_ms)) VIRTUAL,"
    " ctx TEXT, artifact TEXT NOT NULL,"
    " UNIQUE(stream, id)) STRICT;"
    /*
     * The order of a search, then what it selects by, so that it looks at no
     * row in vain.
     */
    "CREATE INDEX artifact_time ON artifact(time_ms, pos, stream, vendor);"
    "CREATE INDEX artifact_stream ON artifact(stream, time_ms);"
    "CREATE INDEX artifact_integration ON artifact(integration, time_ms);"

    "CREATE TABLE object("
    " stream TEXT NOT NULL, key TEXT NOT NULL, rev TEXT NOT NULL,"
    " n INTEGER NOT NULL, id TEXT NOT NULL, pos INTEGER,"
    " first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, aux TEXT,"
    " PRIMARY KEY(stream, key)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE bookmark("
    " stream TEXT PRIMARY KEY, gen INTEGER NOT NULL, value TEXT NOT NULL,"
    " moved_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE position("
    " consumer TEXT PRIMARY KEY, gen INTEGER NOT NULL, pos INTEGER NOT NULL,"
    " moved_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE rejected("
    " consumer TEXT NOT NULL, pos INTEGER NOT NULL, stream TEXT NOT NULL,"
    " id TEXT NOT NULL, reason TEXT NOT NULL, tries INTEGER NOT NULL,"
    " first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,"
    " PRIMARY KEY(consumer, pos)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE health("
    " stream TEXT PRIMARY KEY,"
    " last_run_ms INTEGER NOT NULL DEFAULT 0,"
    " last_ok_ms INTEGER NOT NULL DEFAULT 0,"
    " last_commit_ms INTEGER NOT NULL DEFAULT 0,"
    " newest_ms INTEGER NOT NULL DEFAULT 0,"
    " not_before_ms INTEGER NOT NULL DEFAULT 0,"
    " failures INTEGER NOT NULL DEFAULT 0,"
    " code INTEGER NOT NULL DEFAULT 0,"
    " class TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',"
    " remedy TEXT NOT NULL DEFAULT '',"
    " artifacts INTEGER NOT NULL DEFAULT 0,"
    " known INTEGER NOT NULL DEFAULT 0,"
    " clock_offset_ms INTEGER) STRICT, WITHOUT ROWID;";

static const char *const statements[NSQL] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_OBJECT] =
	    "SELECT rev, n, id, first_seen, last_seen, aux FROM object"
	    " WHERE stream = ?1 AND key = ?2",
	[SQL_OBJECT_SEEN] =
	    "UPDATE object SET last_seen = ?3, aux = coalesce(?4, aux)"
	    " WHERE stream = ?1 AND key = ?2",
	/* ?7: the revision is not older than the remembered one. */
	[SQL_OBJECT_NEW] =
	    "INSERT INTO object(stream, key, last_seen, rev, n, id, pos,"
	    " first_seen, aux) VALUES(?1, ?2, ?3, ?4, 1, ?5, ?6, ?3, ?8)"
	    " ON CONFLICT(stream, key) DO UPDATE SET n = n + 1,"
	    " last_seen = ?3, rev = iif(?7, ?4, rev), id = iif(?7, ?5, id),"
	    " pos = iif(?7, ?6, pos), aux = iif(?7, coalesce(?8, aux), aux)",
	[SQL_OBJECT_AUX] =
	    "INSERT INTO object(stream, key, rev, n, id, first_seen,"
	    " last_seen, aux) VALUES(?1, ?2, '', 0, '', ?3, ?3, ?4)"
	    " ON CONFLICT(stream, key) DO UPDATE SET last_seen = ?3, aux = ?4",
	[SQL_LATEST] = "SELECT artifact.artifact FROM object JOIN artifact"
		       " USING (stream, id)"
		       " WHERE object.stream = ?1 AND object.key = ?2",
	[SQL_PUT] =
	    "INSERT INTO artifact(id, key, rev, rendition, vendor,"
	    " integration, stream, realm, tenant, event_ms, arrival_ms, ctx,"
	    " artifact) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
	    " ?12, ?13) ON CONFLICT(stream, id) DO NOTHING",
	[SQL_BOOKMARK] = "SELECT gen, value FROM bookmark WHERE stream = ?1",
	[SQL_BOOKMARK_MOVE] =
	    "INSERT OR REPLACE INTO bookmark(stream, gen, value, moved_ms)"
	    " VALUES(?1, ?2, ?3, ?4)",
	[SQL_NOTE] =
	    "INSERT INTO health(stream, last_commit_ms, artifacts, known,"
	    " newest_ms) VALUES(?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT(stream) DO UPDATE SET last_commit_ms = ?2,"
	    " artifacts = artifacts + ?3, known = known + ?4,"
	    " newest_ms = max(newest_ms, ?5)",
	/* SET sees the row as it was: its class, not the new one. */
	[SQL_OUTCOME] =
	    "INSERT INTO health(stream, last_run_ms, not_before_ms, code,"
	    " class, text, remedy, clock_offset_ms, last_ok_ms, failures)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, iif(?9, ?2, 0),"
	    " ?4 <> 0)"
	    " ON CONFLICT(stream) DO UPDATE SET last_run_ms = ?2,"
	    " not_before_ms = ?3, code = ?4, class = ?5, text = ?6,"
	    " remedy = ?7, clock_offset_ms = coalesce(?8, clock_offset_ms),"
	    " last_ok_ms = iif(?9, ?2, last_ok_ms),"
	    " failures = iif(?4 = 0, 0, iif(class = ?5, failures, 0) + 1)",
	[SQL_HEALTH] =
	    "SELECT last_run_ms, last_ok_ms, last_commit_ms, newest_ms,"
	    " not_before_ms, failures, code, class, text, remedy, artifacts"
	    " FROM health WHERE stream = ?1",
	[SQL_POSITION] = "SELECT gen, pos FROM position WHERE consumer = ?1",
	[SQL_ADVANCE] =
	    "INSERT INTO position(consumer, gen, pos, moved_ms)"
	    " VALUES(?1, ?2, ?3, ?4)"
	    " ON CONFLICT(consumer) DO UPDATE SET pos = ?3, moved_ms = ?4"
	    " WHERE pos < ?3 AND gen = ?2",
};

/* SQLite says less than the system when a file beside the store is meant. */
static int
fail_disk(struct sc_store *s, bool full, const char *text, struct sc_err *e)
{
	int sys = s->db != NULL ? sqlite3_system_errno(s->db) : 0;

	if (!full && sys != ENOSPC && sys != EDQUOT) {
		(void)sc_fail(e, EX_IOERR, "%s: %s", s->path, text);
		return sc_remedy(e, SC_CLASS_DESTINATION,
		    "look at the disk (dmesg) and its free space");
	}
	(void)sc_fail(e, EX_IOERR, "%s: the disk is full", s->path);
	return sc_remedy(e, SC_CLASS_DESTINATION,
	    "free some space and run it again; nothing is lost");
}

static int
fail_damaged(struct sc_store *s, const char *text, struct sc_err *e)
{
	(void)sc_fail(e, EX_NOINPUT, "%s is damaged: %s", s->path, text);
	return sc_remedy(e, SC_CLASS_DESTINATION,
	    "restore a backup; what sqlite3 can save: .recover");
}

int
store_fail(struct sc_store *s, int rc, struct sc_err *e)
{
	const char *text = s->db != NULL ? sqlite3_errmsg(s->db) : "no memory";

	switch (rc & 0xff) {
	case SQLITE_FULL:
	case SQLITE_IOERR:
		return fail_disk(s, (rc & 0xff) == SQLITE_FULL, text, e);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		(void)sc_fail(e, EX_TEMPFAIL,
		    "%s is in use by another program for longer than 10 s",
		    s->path);
		return sc_remedy(e, SC_CLASS_LOCKED, "run it again");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return fail_damaged(s, text, e);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		(void)sc_fail(
		    e, EX_CANTCREAT, "%s cannot be written: %s", s->path, text);
		return sc_remedy(e, SC_CLASS_DESTINATION,
		    "see who owns it with: ls -la %s*", s->path);
	case SQLITE_ERROR:
		/* Somebody has been at the tables. */
		if (strncmp(text, "no such ", strlen("no such ")) == 0)
			return fail_damaged(s, text, e);
		/* FALLTHROUGH */
	default:
		return sc_fail(e, EX_SOFTWARE, "%s: %s", s->path, text);
	}
}

sqlite3_stmt *
store_prepare(struct sc_store *s, const char *sql, struct sc_err *e)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);

	if (rc != SQLITE_OK)
		(void)store_fail(s, rc, e);
	return st;
}

sqlite3_stmt *
store_stmt(struct sc_store *s, enum store_sql which, struct sc_err *e)
{
	sqlite3_stmt **st = &s->stmts[which];
	int rc;

	if (*st != NULL) {
		(void)sqlite3_reset(*st);
		(void)sqlite3_clear_bindings(*st);
		return *st;
	}
	rc = sqlite3_prepare_v3(
	    s->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT, st, NULL);
	if (rc != SQLITE_OK)
		(void)store_fail(s, rc, e);
	return *st;
}

int
store_step(struct sc_store *s, sqlite3_stmt *st, struct sc_err *e)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		(void)store_fail(s, rc, e);
	(void)sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

int
store_exec(struct sc_store *s, const char *sql, struct sc_err *e)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : store_fail(s, rc, e);
}

int
store_int(struct sc_store *s, const char *sql, int64_t *out, struct sc_err *e)
{
	sqlite3_stmt *st = store_prepare(s, sql, e);
	int rc;

	if (st == NULL)
		return -1;
	if ((rc = store_step(s, st, e)) == 1)
		*out = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return rc == -1 ? -1 : 0;
}

void
store_bind(sqlite3_stmt *st, int i, struct sc_slice v)
{
	(void)sqlite3_bind_text64(
	    st, i, v.n > 0 ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8);
}

void
store_bind_opt(sqlite3_stmt *st, int i, struct sc_slice v)
{
	if (v.n > 0)
		store_bind(st, i, v);
}

struct sc_slice
store_column(sqlite3_stmt *st, int i)
{
	const unsigned char *p = sqlite3_column_text(st, i);

	return (struct sc_slice){
		.p = p != NULL ? (const char *)p : "",
		.n = (size_t)sqlite3_column_bytes(st, i),
	};
}

void
store_column_copy(sqlite3_stmt *st, int i, char *out, size_t cap)
{
	struct sc_slice v = store_column(st, i);
	size_t n = v.n < cap ? v.n : cap - 1;

	memcpy(out, v.p, n);
	out[n] = '\0';
}
