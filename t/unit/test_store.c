/* The store: creating and opening it, artifacts, bookmarks, health. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/clock.h"
#include "store_impl.h"

#include "store_open.h"

#define NOW "2026-11-22T13:00:00Z"
#define S1  "acme-s1.threats"

static int
open_fresh(void **state)
{
	return open_at(state, "@" NOW);
}

/* SQL past the library: what users and accidents do. */
static void
sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(tmpdir_path("store.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

static int64_t
number(const char *text)
{
	int64_t n = -1;

	assert_int_equal(store_int(store, text, &n, &e), 0);
	return n;
}

static int
put(const char *stream, const char *key, const char *rev, const char *id)
{
	const struct sc_artifact a = {
		.stream = sc_slice_of(stream),
		.id = sc_slice_of(id),
		.key = sc_slice_of(key),
		.rev = sc_slice_of(rev),
		.vendor = sc_slice_of("sentinelone"),
		.integration = sc_slice_of("acme-s1"),
		.event_ms = 1790000000000,
		.artifact = sc_slice_of("{\"a\":1}"),
	};
	int rc;

	assert_int_equal(sc_store_begin(store, &e), 0);
	rc = sc_store_put(store, &a, &e);
	assert_int_equal(sc_store_commit(store, &e), 0);
	return rc;
}

static struct sc_object
object(const char *key)
{
	struct sc_object o;

	assert_int_equal(
	    sc_store_object(store, sc_slice_of(S1), sc_slice_of(key), &o, &e),
	    1);
	return o;
}

static int
move(int64_t gen, const char *value, int64_t *now)
{
	int rc;

	assert_int_equal(sc_store_begin(store, &e), 0);
	rc = sc_store_move(
	    store, sc_slice_of(S1), gen, sc_slice_of(value), now, &e);
	if (rc == -1)
		sc_store_rollback(store);
	else
		assert_int_equal(sc_store_commit(store, &e), 0);
	return rc;
}

/* The bookmark's text, "" for none; NULL for an error. */
static const char *
bookmark(int64_t *gen)
{
	static struct sc_buf b;

	sc_buf_fini(&b);
	sc_buf_init(&b, SC_BOOKMARK_MAX);
	return sc_store_bookmark(store, S1, gen, &b, &e) == -1 ? NULL
							       : sc_buf_str(&b);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
a_fresh_store_is_ours(void **state)
{
	(void)state;
	assert_int_equal(number("PRAGMA application_id"), STORE_APPLICATION_ID);
	assert_int_equal(number("PRAGMA user_version"), SC_STORE_VERSION);
	assert_int_equal(number("PRAGMA auto_vacuum"), 2);
	assert_int_equal(number("PRAGMA synchronous"), 2);
	/* Half the speed hangs on these. */
	assert_int_equal(number("PRAGMA page_size"), 8192);
	assert_int_equal(number("PRAGMA cache_size"), -16000);
	assert_int_equal(number("PRAGMA wal_autocheckpoint"), 4000);
	assert_int_equal(number("SELECT count(*) FROM artifact"), 0);
}

static void
init_leaves_a_store_alone(void **state)
{
	bool fresh = true;

	(void)state;
	assert_int_equal(put(S1, "k", "", "id-1"), 1);
	assert_int_equal(sc_store_init(tmpdir, &fresh, &e), 0);
	assert_false(fresh);
	assert_int_equal(number("SELECT count(*) FROM artifact"), 1);
}

static void
init_makes_what_is_missing(void **state)
{
	char deep[PATH_MAX], file[PATH_MAX + 16];
	bool fresh = false;

	(void)state;
	(void)snprintf(deep, sizeof(deep), "%s/a/b", tmpdir);
	(void)snprintf(file, sizeof(file), "%s/store.db", deep);
	assert_int_equal(sc_store_init(deep, &fresh, &e), 0);
	assert_true(fresh);
	/* Nobody else's without the service's group; see DESIGN section 5. */
	assert_int_equal(
	    mode_of(file), (mode_of(deep) & S_IWGRP) != 0 ? 0660 : 0600);
	assert_int_equal(mode_of(deep) & 07, 0);
}

static void
the_store_is_as_open_as_its_folder(void **state)
{
	bool fresh;

	(void)state;
	sc_store_close(store);
	assert_int_equal(unlink(tmpdir_path("store.db")), 0);
	assert_int_equal(chmod(tmpdir, 02770), 0);
	(void)umask(077);
	assert_int_equal(sc_store_init(tmpdir, &fresh, &e), 0);
	assert_int_equal(mode_of(tmpdir_path("store.db")), 0660);
	store = sc_store_open(tmpdir, SC_STORE_WRITE, &e);
	assert_int_equal(put(S1, "k", "", "id-1"), 1);
	assert_int_equal(mode_of(tmpdir_path("store.db-wal")), 0660);
}

static void
refused(const char *text, const char *remedy)
{
	assert_null(sc_store_open(tmpdir, SC_STORE_READ, &e));
	assert_int_equal(e.code, EX_NOINPUT);
	assert_int_equal(sc_err_class(&e), SC_CLASS_DESTINATION);
	assert_non_null(strstr(e.msg, text));
	assert_non_null(strstr(e.remedy, remedy));
}

static void
a_missing_store_is_not_made(void **state)
{
	(void)state;
	sc_store_close(store);
	store = NULL;
	assert_int_equal(unlink(tmpdir_path("store.db")), 0);
	refused("there is no store", "init");
	assert_int_equal(access(tmpdir_path("store.db"), F_OK), -1);
}

static void
an_unfinished_store_is_finished_by_init(void **state)
{
	bool fresh;

	(void)state;
	sc_store_close(store);
	store = NULL;
	(void)tmpdir_write("store.db", "", 0600);
	refused("is empty", "sc-store init");
	assert_int_equal(sc_store_init(tmpdir, &fresh, &e), 0);
	assert_true(fresh);
	store = sc_store_open(tmpdir, SC_STORE_WRITE, &e);
	assert_non_null(store);
}

static void
what_is_no_store_is_refused(void **state)
{
	char text[4096];
	bool fresh;

	(void)state;
	sc_store_close(store);
	store = NULL;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)tmpdir_write("store.db", text, 0600);
	refused("damaged", "restore a backup");
	assert_int_equal(sc_store_init(tmpdir, &fresh, &e), -1);
	assert_int_equal(unlink(tmpdir_path("store.db")), 0);
	sql("CREATE TABLE photos(a)");
	refused("some other program", "move it away");
	assert_int_equal(sc_store_init(tmpdir, &fresh, &e), -1);
}

static void
a_newer_store_is_refused(void **state)
{
	bool fresh;

	(void)state;
	sql("PRAGMA user_version = 2");
	refused("newer version", "newer version");
	assert_int_equal(sc_store_init(tmpdir, &fresh, &e), -1);
	assert_int_equal(e.code, EX_NOINPUT);
}

/* In a child, because there is no way back from another user. */
static int
open_as_nobody(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgid(65534) == -1 || setuid(65534) == -1)
			_exit(1);
		if (sc_store_open(tmpdir, SC_STORE_READ, &e) != NULL)
			_exit(2);
		_exit(strstr(e.remedy, "sudo") != NULL ? e.code : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void
no_access_says_what_to_type(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	sc_store_close(store);
	store = NULL;
	assert_int_equal(open_as_nobody(), EX_NOINPUT);
	assert_int_equal(chmod(tmpdir, 0755), 0);
	assert_int_equal(open_as_nobody(), EX_NOINPUT);
	/* The file alone is not enough: the two beside it have to be made. */
	assert_int_equal(chmod(tmpdir_path("store.db"), 0666), 0);
	assert_int_equal(open_as_nobody(), EX_NOINPUT);
	assert_int_equal(chmod(tmpdir, 0777), 0);
	assert_int_equal(open_as_nobody(), 2);
}

static void
the_same_artifact_is_stored_once(void **state)
{
	(void)state;
	assert_int_equal(put(S1, "k", "", "id-1"), 1);
	assert_int_equal(sc_clock_wait(60000), 0);
	assert_int_equal(put(S1, "k", "", "id-1"), 0);
	assert_int_equal(number("SELECT count(*) FROM artifact"), 1);
	assert_int_equal(object("k").n, 1);
	assert_int_equal(
	    object("k").last_seen_ms - object("k").first_seen_ms, 60000);
	/* An id is unique in its stream only. */
	assert_int_equal(put("other.threats", "k", "", "id-1"), 1);
}

static void
columns_hold_what_was_put(void **state)
{
	(void)state;
	assert_int_equal(put(S1, "k", "r", "id-1"), 1);
	assert_int_equal(
	    number("SELECT count(*) FROM artifact WHERE pos = 1 AND id ="
		   " 'id-1' AND key = 'k' AND rev = 'r' AND rendition IS NULL"
		   " AND vendor = 'sentinelone' AND integration = 'acme-s1' AND"
		   " stream = '" S1 "' AND realm IS NULL AND tenant IS NULL AND"
		   " event_ms = 1790000000000 AND time_ms = event_ms AND"
		   " arrival_ms = unixepoch('" NOW "') * 1000 AND ctx IS NULL"
		   " AND artifact = '{\"a\":1}'"),
	    1);
}

static void
an_older_revision_is_stored_but_not_remembered(void **state)
{
	(void)state;
	assert_int_equal(put(S1, "k", "2026-11-22T10:00:00Z", "id-1"), 1);
	assert_int_equal(put(S1, "k", "2026-11-22T12:00:00Z", "id-3"), 1);
	assert_int_equal(put(S1, "k", "2026-11-22T11:00:00Z", "id-2"), 1);
	assert_int_equal(number("SELECT count(*) FROM artifact"), 3);
	assert_int_equal(object("k").n, 3);
	assert_string_equal(object("k").rev, "2026-11-22T12:00:00Z");
	assert_string_equal(object("k").id, "id-3");
	assert_int_equal(number("SELECT pos FROM object"), 2);
}

static void
a_state_that_returns_is_a_new_one(void **state)
{
	(void)state;
	assert_int_equal(put(S1, "k", "aaaa:0", "id-a0"), 1);
	assert_int_equal(put(S1, "k", "bbbb:1", "id-b1"), 1);
	assert_int_equal(put(S1, "k", "aaaa:2", "id-a2"), 1);
	assert_int_equal(put(S1, "k", "aaaa:2", "id-a2"), 0);
	assert_int_equal(object("k").n, 3);
	assert_string_equal(object("k").rev, "aaaa:2");
}

static void
a_pruned_artifact_stays_known(void **state)
{
	(void)state;
	assert_int_equal(put(S1, "k", "r", "id-1"), 1);
	sql("DELETE FROM artifact; UPDATE object SET pos = NULL");
	assert_int_equal(put(S1, "k", "r", "id-1"), 0);
	assert_int_equal(put(S1, "k2", "r", "id-2"), 1);
	/* A position is never given away twice. */
	assert_int_equal(number("SELECT min(pos) FROM artifact"), 2);
}

static void
a_key_never_seen(void **state)
{
	struct sc_object o;

	(void)state;
	assert_int_equal(
	    sc_store_object(store, sc_slice_of(S1), sc_slice_of("k"), &o, &e),
	    0);
	assert_int_equal(o.n, 0);
}

static void
rollback_undoes_all_of_it(void **state)
{
	const struct sc_artifact a = { .stream = sc_slice_of(S1),
		.id = sc_slice_of("id"),
		.key = sc_slice_of("k"),
		.artifact = sc_slice_of("{}") };
	int64_t now;

	(void)state;
	assert_int_equal(sc_store_begin(store, &e), 0);
	assert_int_equal(sc_store_put(store, &a, &e), 1);
	assert_int_equal(sc_store_move(store, sc_slice_of(S1), 0,
			     sc_slice_of("{\"v\":1}"), &now, &e),
	    1);
	assert_int_equal(sc_store_note(store, a.stream, 1, 0, 5, &e), 0);
	sc_store_rollback(store);
	assert_int_equal(
	    number("SELECT (SELECT count(*) FROM artifact) + (SELECT count(*)"
		   " FROM object) + (SELECT count(*) FROM bookmark) +"
		   " (SELECT count(*) FROM health)"),
	    0);
	/* So does a process that ends in the middle. */
	assert_int_equal(sc_store_begin(store, &e), 0);
	assert_int_equal(sc_store_put(store, &a, &e), 1);
	sc_store_close(store);
	store = sc_store_open(tmpdir, SC_STORE_WRITE, &e);
	assert_int_equal(number("SELECT count(*) FROM artifact"), 0);
}

static void
a_bookmark_moves_by_generations(void **state)
{
	int64_t gen = -1, now = -1;

	(void)state;
	assert_string_equal(bookmark(&gen), "");
	assert_int_equal(gen, 0);
	assert_int_equal(move(0, "{\"v\":1,\"gen\":0,\"a\":1}", &now), 1);
	assert_int_equal(now, 1);
	assert_string_equal(bookmark(&gen), "{\"v\":1,\"a\":1}");
	assert_int_equal(gen, 1);
	/* Somebody who read it before that comes too late. */
	assert_int_equal(move(0, "{\"v\":1,\"gen\":0,\"a\":2}", &now), 0);
	assert_int_equal(now, 1);
	assert_string_equal(bookmark(&gen), "{\"v\":1,\"a\":1}");
	assert_int_equal(move(1, "{\"v\":1,\"gen\":1,\"a\":2}", &now), 1);
	assert_int_equal(move(7, "{\"v\":1,\"a\":3}", &now), 0);
	assert_string_equal(bookmark(&gen), "{\"v\":1,\"a\":2}");
	assert_int_equal(gen, 2);
}

static void
an_unchanged_bookmark_does_not_move(void **state)
{
	int64_t gen, now;

	(void)state;
	assert_int_equal(move(0, " { \"v\" : 1, \"a\": [1, 2] } ", &now), 1);
	assert_string_equal(bookmark(&gen), "{\"v\":1,\"a\":[1,2]}");
	assert_int_equal(sc_clock_wait(60000), 0);
	assert_int_equal(move(1, "{\"v\":1,\"gen\":1,\"a\":[1,2]}", &now), 1);
	assert_int_equal(now, 1);
	assert_int_equal(
	    number("SELECT moved_ms = unixepoch('" NOW "') * 1000 FROM"
		   " bookmark"),
	    1);
}

static void
a_bookmark_never_goes_back(void **state)
{
	int64_t gen, now;

	(void)state;
	assert_int_equal(
	    move(0, "{\"v\":1,\"high\":\"2026-11-22T13:00:00.5Z\"}", &now), 1);
	assert_int_equal(
	    move(1, "{\"v\":1,\"high\":\"2026-11-22T13:00:00.4Z\"}", &now), -1);
	assert_int_equal(e.code, EX_DATAERR);
	assert_non_null(strstr(e.msg, "backwards"));
	assert_string_equal(
	    bookmark(&gen), "{\"v\":1,\"high\":\"2026-11-22T13:00:00.5Z\"}");
	/* The same moment, written otherwise, is no step back. */
	assert_int_equal(
	    move(1, "{\"v\":1,\"high\":\"2026-11-22T13:00:00.500Z\"}", &now),
	    1);
	/* Neither may one that lacks its time erase it. */
	assert_int_equal(move(2, "{\"v\":1,\"high\":\"tomorrow\"}", &now), -1);
	assert_int_equal(move(2, "{\"v\":1}", &now), -1);
}

static void
an_id_in_a_bookmark_never_goes_back(void **state)
{
	int64_t now;

	(void)state;
	/* None yet, then one. */
	assert_int_equal(move(0, "{\"v\":1,\"since\":\"2026\"}", &now), 1);
	assert_int_equal(move(1, "{\"v\":1,\"after\":4294967301}", &now), 1);
	assert_int_equal(move(2, "{\"v\":1,\"after\":4294967300}", &now), -1);
	assert_int_equal(e.code, EX_DATAERR);
	assert_non_null(strstr(e.msg, "backwards"));
	assert_int_equal(move(2, "{\"v\":1,\"since\":\"2026\"}", &now), -1);
	assert_int_equal(move(2, "{\"v\":1,\"after\":\"9\"}", &now), -1);
	assert_int_equal(move(2, "{\"v\":1,\"after\":4294967302}", &now), 1);
}

/* 1 with its text, or what sc_store_latest() returns. */
static int
latest(const char *key, size_t max, char text[32])
{
	struct sc_buf b;
	int rc;

	sc_buf_init(&b, max);
	rc = sc_store_latest(store, sc_slice_of(S1), sc_slice_of(key), &b, &e);
	(void)strlcpy(text, sc_buf_str(&b), 32);
	sc_buf_fini(&b);
	return rc;
}

static void
the_latest_artifact_of_a_key_is_found(void **state)
{
	char text[32];

	(void)state;
	assert_int_equal(latest("k", 31, text), 0);
	assert_int_equal(put(S1, "k", "2026-11-22T13:00:00Z", "i1"), 1);
	assert_int_equal(put("acme-s1.other", "x", "", "i9"), 1);
	sql("UPDATE artifact SET artifact = '{\"r\":1}'");
	assert_int_equal(put(S1, "k", "2026-11-22T14:00:00Z", "i2"), 1);
	/* A late one is not the latest. */
	assert_int_equal(put(S1, "k", "2026-11-22T12:00:00Z", "i0"), 1);
	sql("UPDATE artifact SET artifact = '{\"r\":0}' WHERE id = 'i0'");
	assert_int_equal(latest("k", 31, text), 1);
	assert_string_equal(text, "{\"a\":1}");
	assert_int_equal(latest("x", 31, text), 0);
	/* Too large, and pruned. */
	assert_int_equal(latest("k", 6, text), 0);
	sql("DELETE FROM artifact WHERE id = 'i2'");
	assert_int_equal(latest("k", 31, text), 0);
}

static void
a_bad_bookmark_is_not_stored(void **state)
{
	static const char *const bad[] = { "", "null", "[]", "{}", "{\"v\":1",
		"{\"v\":\"1\"}", "{\"v\":0}", "{\"v\":2}", "{\"v\":1,\"v\":1}",
		"{\"v\":1.5}" };
	int64_t gen, now;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(move(0, bad[i], &now), -1);
		assert_int_equal(e.code, EX_DATAERR);
	}
	assert_string_equal(bookmark(&gen), "");
}

static void
an_unreadable_bookmark_stops_the_stream(void **state)
{
	static const char *const bad[] = { "value = ''", "value = '{'",
		"value = '{\"v\":2}'", "value = 'null'", "gen = 0" };
	int64_t gen, now;
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sql("DELETE FROM bookmark");
		assert_int_equal(move(0, "{\"v\":1}", &now), 1);
		(void)snprintf(
		    text, sizeof(text), "UPDATE bookmark SET %s", bad[i]);
		sql(text);
		assert_null(bookmark(&gen));
		assert_int_equal(e.code, EX_NOINPUT);
		assert_non_null(strstr(e.msg, S1));
	}
	/* Nor is it silently replaced. */
	sql("UPDATE bookmark SET gen = 1, value = ''");
	assert_int_equal(move(1, "{\"v\":1}", &now), -1);
	assert_int_equal(e.code, EX_NOINPUT);
}

static int
collect(void *arg, const struct sc_bookmark *b, struct sc_err *err)
{
	(void)err;
	return sc_buf_addf(arg, "%.*s %d %.*s;", (int)b->stream.n, b->stream.p,
	    (int)b->gen, (int)b->value.n, b->value.p);
}

static void
bookmarks_are_listed_even_unreadable_ones(void **state)
{
	struct sc_buf b;
	int64_t now;

	(void)state;
	sc_buf_init(&b, 1024);
	assert_int_equal(move(0, "{\"v\":1}", &now), 1);
	sql("INSERT INTO bookmark VALUES('a.b', 5, 'oops', 0)");
	assert_int_equal(sc_store_bookmarks(store, collect, &b, &e), 0);
	assert_string_equal(sc_buf_str(&b), "a.b 5 oops;" S1 " 1 {\"v\":1};");
	sc_buf_fini(&b);
}

static void
health_is_what_runs_and_commits_say(void **state)
{
	struct sc_outcome o = { .stream = S1, .has_offset = true };
	struct sc_health h;

	(void)state;
	assert_int_equal(sc_store_health(store, S1, &h, &e), 0);
	assert_string_equal(h.stream, S1);
	assert_int_equal(h.last_run_ms, 0);

	assert_int_equal(sc_store_begin(store, &e), 0);
	assert_int_equal(
	    sc_store_note(store, sc_slice_of(S1), 5, 1, 1000, &e), 0);
	assert_int_equal(
	    sc_store_note(store, sc_slice_of(S1), 2, 0, 500, &e), 0);
	assert_int_equal(sc_store_commit(store, &e), 0);
	assert_int_equal(sc_store_outcome(store, &o, 2000, &e), 0);
	(void)sc_fail(&o.err, EX_NOPERM, "the key is refused");
	(void)sc_remedy(&o.err, SC_CLASS_AUTH, "set a new one");
	o.err.not_before_ms = 9000;
	assert_int_equal(sc_store_outcome(store, &o, 3000, &e), 0);
	assert_int_equal(sc_store_outcome(store, &o, 4000, &e), 0);

	assert_int_equal(sc_store_health(store, S1, &h, &e), 1);
	assert_int_equal(h.artifacts, 7);
	assert_int_equal(h.newest_ms, 1000);
	assert_int_equal(h.last_commit_ms, sc_clock_ms());
	assert_int_equal(h.last_ok_ms, 2000);
	assert_int_equal(h.last_run_ms, 4000);
	assert_int_equal(h.not_before_ms, 9000);
	assert_int_equal(h.failures, 2);
	assert_int_equal(h.code, EX_NOPERM);
	assert_string_equal(h.class, "AUTH");
	assert_string_equal(h.text, "the key is refused");
	assert_string_equal(h.remedy, "set a new one");

	/* Another class counts from one; a partial run is not a whole one. */
	(void)sc_fail(&o.err, EX_UNAVAILABLE, "no answer");
	assert_int_equal(sc_store_outcome(store, &o, 4100, &e), 0);
	assert_int_equal(sc_store_health(store, S1, &h, &e), 1);
	assert_int_equal(h.failures, 1);
	o.err = (struct sc_err){ 0 };
	o.partial = true;
	assert_int_equal(sc_store_outcome(store, &o, 4200, &e), 0);
	assert_int_equal(sc_store_health(store, S1, &h, &e), 1);
	assert_int_equal(h.failures, 0);
	assert_int_equal(h.last_ok_ms, 2000);
	o.partial = false;
	assert_int_equal(sc_store_outcome(store, &o, 5000, &e), 0);
	assert_int_equal(sc_store_health(store, S1, &h, &e), 1);
	assert_int_equal(h.failures, 0);
	assert_int_equal(h.last_ok_ms, 5000);
	assert_string_equal(h.class, "OK");
	assert_int_equal(h.artifacts, 7);
}

static void
a_reader_sees_commits_and_writes_nothing(void **state)
{
	struct sc_store *writer = store;

	(void)state;
	store = sc_store_open(tmpdir, SC_STORE_READ, &e);
	assert_non_null(store);
	assert_int_equal(store_exec(store, "DELETE FROM artifact", &e), -1);
	assert_int_equal(number("SELECT count(*) FROM artifact"), 0);
	sc_store_close(store);
	store = writer;
	assert_int_equal(put(S1, "k", "", "id-1"), 1);
	/* Alone as well, when there is no writer. */
	sc_store_close(store);
	store = sc_store_open(tmpdir, SC_STORE_READ, &e);
	assert_int_equal(number("SELECT count(*) FROM artifact"), 1);
}

static void
errors_tell_what_to_do(void **state)
{
	static const struct {
		int rc, code;
		enum sc_class class;
	} map[] = {
		{ SQLITE_FULL, EX_IOERR, SC_CLASS_DESTINATION },
		{ SQLITE_IOERR_FSYNC, EX_IOERR, SC_CLASS_DESTINATION },
		{ SQLITE_BUSY, EX_TEMPFAIL, SC_CLASS_LOCKED },
		{ SQLITE_BUSY_SNAPSHOT, EX_TEMPFAIL, SC_CLASS_LOCKED },
		{ SQLITE_CORRUPT, EX_NOINPUT, SC_CLASS_DESTINATION },
		{ SQLITE_NOTADB, EX_NOINPUT, SC_CLASS_DESTINATION },
		{ SQLITE_READONLY, EX_CANTCREAT, SC_CLASS_DESTINATION },
		{ SQLITE_CANTOPEN, EX_CANTCREAT, SC_CLASS_DESTINATION },
		{ SQLITE_ERROR, EX_SOFTWARE, SC_CLASS_INTERNAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		assert_int_equal(store_fail(store, map[i].rc, &e), -1);
		assert_int_equal(e.code, map[i].code);
		assert_int_equal(sc_err_class(&e), map[i].class);
	}
}

static void
a_full_disk_keeps_what_was_stored(void **state)
{
	const struct rlimit old = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit small = { 1 << 20, RLIM_INFINITY };
	static char big[4 << 20];
	struct sc_artifact a = { .stream = sc_slice_of(S1),
		.id = sc_slice_of("id-2"),
		.key = sc_slice_of("k"),
		.artifact = { big, sizeof(big) } };
	int rc;

	(void)state;
	assert_int_equal(put(S1, "k", "", "id-1"), 1);
	(void)signal(SIGXFSZ, SIG_IGN);
	memset(big, 'x', sizeof(big));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(sc_store_begin(store, &e), 0);
	rc = sc_store_put(store, &a, &e);
	if (rc == 1)
		rc = sc_store_commit(store, &e);
	sc_store_rollback(store);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(rc, -1);
	assert_int_equal(e.code, EX_IOERR);
	assert_int_equal(number("SELECT count(*) FROM artifact"), 1);
	assert_int_equal(put(S1, "k", "", "id-3"), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_fresh, close_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_fresh_store_is_ours),
		T(init_leaves_a_store_alone),
		T(init_makes_what_is_missing),
		T(the_store_is_as_open_as_its_folder),
		T(a_missing_store_is_not_made),
		T(an_unfinished_store_is_finished_by_init),
		T(what_is_no_store_is_refused),
		T(a_newer_store_is_refused),
		T(no_access_says_what_to_type),
		T(the_same_artifact_is_stored_once),
		T(columns_hold_what_was_put),
		T(an_older_revision_is_stored_but_not_remembered),
		T(a_state_that_returns_is_a_new_one),
		T(a_pruned_artifact_stays_known),
		T(a_key_never_seen),
		T(rollback_undoes_all_of_it),
		T(a_bookmark_moves_by_generations),
		T(an_unchanged_bookmark_does_not_move),
		T(a_bookmark_never_goes_back),
		T(an_id_in_a_bookmark_never_goes_back),
		T(the_latest_artifact_of_a_key_is_found),
		T(a_bad_bookmark_is_not_stored),
		T(an_unreadable_bookmark_stops_the_stream),
		T(bookmarks_are_listed_even_unreadable_ones),
		T(health_is_what_runs_and_commits_say),
		T(a_reader_sees_commits_and_writes_nothing),
		T(errors_tell_what_to_do),
		T(a_full_disk_keeps_what_was_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
