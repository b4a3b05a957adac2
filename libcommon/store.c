#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/mem.h"
#include "store_impl.h"

#define BUSY_MS 10000

static char *
store_path(const char *statedir)
{
	return sc_xasprintf("%s/store.db", statedir);
}

static int
fail_missing(const char *statedir, struct sc_err *e)
{
	(void)sc_fail(e, EX_NOINPUT, "there is no store in %s", statedir);
	return sc_remedy(e, SC_CLASS_DESTINATION,
	    "create it once with: sc-store -S %s init", statedir);
}

static int
fail_dangling(const char *path, struct sc_err *e)
{
	(void)sc_fail(
	    e, EX_NOINPUT, "%s is a link to something that is not there", path);
	return sc_remedy(e, SC_CLASS_DESTINATION,
	    "see where it leads with: ls -l %s; mount that, or remove the link",
	    path);
}

/* SQLite needs more than the file: it makes two others beside it. */
static int
fail_access(const char *statedir, struct sc_err *e)
{
	struct stat st;

	(void)sc_fail_sys(
	    e, EX_NOINPUT, "no access to the store in %s", statedir);
	if (e->sys == EROFS)
		return sc_remedy(e, SC_CLASS_DESTINATION,
		    "even looking needs a writable disk: mount it read-write");
	if (stat(statedir, &st) == 0 && (st.st_mode & S_IWGRP) != 0)
		return sc_remedy(e, SC_CLASS_DESTINATION,
		    "join the group of that folder with: sudo usermod -aG "
		    "$(stat -c %%G %s) $USER",
		    statedir);
	return sc_remedy(e, SC_CLASS_DESTINATION,
	    "run it as the owner of that folder: sudo -u $(stat -c %%U %s) ...",
	    statedir);
}

/* What can be told before SQLite looks at the file, which says less. */
static int
check_file(const char *statedir, const char *path, struct sc_err *e)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		if (errno != ENOENT && errno != ENOTDIR)
			return fail_access(statedir, e);
		return lstat(path, &st) == 0 ? fail_dangling(path, e)
					     : fail_missing(statedir, e);
	}
	if (!S_ISREG(st.st_mode)) {
		(void)sc_fail(e, EX_NOINPUT, "%s is not a file", path);
		return sc_remedy(e, SC_CLASS_DESTINATION, "move it away");
	}
	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == -1 ||
	    faccessat(AT_FDCWD, statedir, W_OK | X_OK, AT_EACCESS) == -1)
		return fail_access(statedir, e);
	return 0;
}

static struct sc_store *
connect_db(const char *path, struct sc_err *e)
{
	struct sc_store *s = sc_xcalloc(1, sizeof(*s));
	int rc;

	s->path = sc_xstrdup(path);
	rc = sqlite3_open_v2(path, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
	    NULL);
	if (rc != SQLITE_OK) {
		(void)store_fail(s, rc, e);
		sc_store_close(s);
		return NULL;
	}
	/* Real time: other processes do not follow a test's clock. */
	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	return s;
}

/* One statement sees one state of the file, also while init is at work. */
static int
read_header(struct sc_store *s, int64_t *app, int64_t *version, int64_t *tables,
    struct sc_err *e)
{
	sqlite3_stmt *st = store_prepare(s,
	    "SELECT application_id, user_version,"
	    " (SELECT count(*) FROM sqlite_schema)"
	    " FROM pragma_application_id, pragma_user_version",
	    e);
	int rc = st != NULL ? store_step(s, st, e) : -1;

	if (rc == 1) {
		*app = sqlite3_column_int64(st, 0);
		*version = sqlite3_column_int64(st, 1);
		*tables = sqlite3_column_int64(st, 2);
	}
	(void)sqlite3_finalize(st);
	return rc == -1 ? -1 : 0;
}

/* 1: a store of ours; 0: a database without any table; -1: neither. */
static int
identify(struct sc_store *s, struct sc_err *e)
{
	int64_t app = 0, version = 0, tables = 0;

	if (read_header(s, &app, &version, &tables, e) == -1)
		return -1;
	if (tables == 0 && app == 0)
		return 0;
	if (app != STORE_APPLICATION_ID) {
		(void)sc_fail(e, EX_NOINPUT,
		    "%s is a database of some other program", s->path);
		return sc_remedy(e, SC_CLASS_DESTINATION,
		    "move it away, then type: sc-store init");
	}
	if (version > SC_STORE_VERSION) {
		(void)sc_fail(e, EX_NOINPUT,
		    "%s was written by a newer version (%lld, this one knows "
		    "%d)",
		    s->path, (long long)version, SC_STORE_VERSION);
		return sc_remedy(e, SC_CLASS_DESTINATION,
		    "use the newer version, or restore a backup");
	}
	return 1;
}

static int
set_up(struct sc_store *s, enum sc_store_mode mode, struct sc_err *e)
{
	int ours = identify(s, e);

	if (ours == 0) {
		(void)sc_fail(e, EX_NOINPUT, "%s is empty", s->path);
		(void)sc_remedy(e, SC_CLASS_DESTINATION,
		    "finish creating it with: sc-store init");
	}
	if (ours != 1)
		return -1;
	return store_exec(s,
	    mode == SC_STORE_READ ? "PRAGMA query_only = ON"
				  : "PRAGMA synchronous = FULL;"
				    "PRAGMA cache_size = -16000;"
				    "PRAGMA wal_autocheckpoint = 4000;"
				    "PRAGMA journal_size_limit = 67108864",
	    e);
}

struct sc_store *
sc_store_open(const char *statedir, enum sc_store_mode mode, struct sc_err *e)
{
	char *path = store_path(statedir);
	struct sc_store *s = NULL;

	if (check_file(statedir, path, e) == 0)
		s = connect_db(path, e);
	if (s != NULL && set_up(s, mode, e) == -1) {
		sc_store_close(s);
		s = NULL;
	}
	free(path);
	return s;
}

void
sc_store_close(struct sc_store *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < NSQL; i++)
		(void)sqlite3_finalize(s->stmts[i]);
	(void)sqlite3_close(s->db);
	free(s->path);
	free(s);
}

/* Safe to repeat: whoever comes second finds the tables. */
static int
create_tables(struct sc_store *s, bool *fresh, struct sc_err *e)
{
	char *numbers;
	int ours, rc = -1;

	/* Page size and auto_vacuum count only before there is a page. */
	if (store_exec(s,
		"PRAGMA page_size = 8192;"
		"PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
		e) == -1)
		return -1;
	if ((ours = identify(s, e)) != 0) {
		sc_store_rollback(s);
		return ours == 1 ? 0 : -1;
	}
	numbers = sc_xasprintf(
	    "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
	    STORE_APPLICATION_ID, SC_STORE_VERSION);
	if (store_exec(s, store_schema, e) == 0 &&
	    store_exec(s, numbers, e) == 0) {
		*fresh = true;
		rc = 0;
	}
	free(numbers);
	return rc;
}

static int
init_file(const char *path, bool *fresh, struct sc_err *e)
{
	struct sc_store *s = connect_db(path, e);
	int ours, rc = -1;

	if (s == NULL)
		return -1;
	if ((ours = identify(s, e)) == 1)
		rc = 0;
	else if (ours == 0)
		rc = create_tables(s, fresh, e);
	sc_store_close(s);
	return rc;
}

int
sc_store_init(const char *statedir, bool *fresh, struct sc_err *e)
{
	char *path;
	int folder, rc = -1;

	*fresh = false;
	if (store_make_folder(statedir, e) == -1 ||
	    (folder = store_lock_folder(statedir, e)) == -1)
		return -1;
	path = store_path(statedir);
	if (store_make_file(folder, path, e) == 0 &&
	    check_file(statedir, path, e) == 0)
		rc = init_file(path, fresh, e);
	free(path);
	(void)close(folder);
	return rc;
}
