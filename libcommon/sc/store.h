#ifndef SC_STORE_H
#define SC_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/report.h"

/*
 * The store: one SQLite database, STATEDIR/store.db (WAL, synchronous=FULL).
 * Local disks only.  It is created by sc_store_init() and nowhere else: a
 * missing store is EX_NOINPUT with that remedy, never a silent first run.
 * docs/store.md lists the tables, which users may query with sqlite3.
 *
 * What any function here may fail with: EX_IOERR disk full or broken,
 * EX_TEMPFAIL locked by others for longer than 10 s (real time), EX_NOINPUT
 * damaged, EX_CANTCREAT not writable.  What was committed before stays.
 */
#define SC_STORE_VERSION 1

struct sc_store;
enum sc_store_mode { SC_STORE_READ, SC_STORE_WRITE };

/*
 * Creates the folder and the store; *fresh tells whether it was missing.  A
 * new folder is 2770 and belongs to the service's accounts when root makes it
 * and they exist, else it is 0700; the store is open to the group exactly
 * when its folder is.
 */
int sc_store_init(const char *statedir, bool *fresh, struct sc_err *e);
/*
 * READ opens read-write with query_only (a read-only open of a WAL database
 * fails when no writer is there).  EX_NOINPUT: missing, not ours, newer
 * version, corrupt, no access (each with its remedy).
 */
struct sc_store *sc_store_open(
    const char *statedir, enum sc_store_mode, struct sc_err *e);
void sc_store_close(struct sc_store *);

/* The memory of a key: what the store saw of it last. */
struct sc_object {
	char rev[256];
	int64_t n; /* revisions so far */
	char id[37];
	int64_t first_seen_ms, last_seen_ms;
	char aux[256]; /* what is to be remembered beside that, or "" */
};
/* 1: found, 0: never seen, -1: error. */
int sc_store_object(struct sc_store *, struct sc_slice stream,
    struct sc_slice key, struct sc_object *out, struct sc_err *e);
/*
 * Calls each() for every key of a stream that has an aux, those first that
 * were not seen for longest; stops when it returns anything but 0, and returns
 * that.
 */
int sc_store_remembered(struct sc_store *, const char *stream,
    int (*each)(
	void *arg, struct sc_slice key, struct sc_slice aux, struct sc_err *),
    void *arg, struct sc_err *e);

/*
 * The artifact of the revision that was seen last is appended to *out.  1:
 * found; 0: never seen, no longer there or too large for *out; -1: error.
 */
int sc_store_latest(struct sc_store *, struct sc_slice stream,
    struct sc_slice key, struct sc_buf *out, struct sc_err *e);

/*
 * A bookmark is a JSON object with "v" (its version, an integer) and whatever
 * else its stream needs; the members "high", a time, and "after", a number,
 * never go back where they are present.  The generation is kept beside it: the
 * value that sc_store_bookmark() returns has no "gen", and sc_store_move()
 * takes one out.
 */
#define SC_BOOKMARK_VERSION 1
#define SC_BOOKMARK_MAX     ((size_t)1 << 20)

/*
 * The position of a stream.  1: value holds its JSON and *gen its generation;
 * 0: none yet (*gen = 0); -1: error, also for a row that is empty, unreadable
 * or from a newer version: never a silent first run.
 */
int sc_store_bookmark(struct sc_store *, const char *stream, int64_t *gen,
    struct sc_buf *value, struct sc_err *e);

struct sc_bookmark {
	struct sc_slice stream;
	int64_t gen;
	struct sc_slice value; /* as it is in the table, perhaps unreadable */
	int64_t moved_ms;
};
/* Calls each() for every bookmark, by stream; stops when it returns -1. */
int sc_store_bookmarks(struct sc_store *,
    int (*each)(void *arg, const struct sc_bookmark *, struct sc_err *),
    void *arg, struct sc_err *e);
/* Why a value is no bookmark, or NULL when it is one. */
const char *sc_bookmark_fault(struct sc_slice value);

struct sc_artifact {
	struct sc_slice stream; /* INTEGRATION.STREAM */
	struct sc_slice id, key, rev, rendition;
	struct sc_slice vendor, integration, realm, tenant; /* may be empty */
	int64_t event_ms;                                   /* 0: unknown */
	struct sc_slice ctx;      /* JSON text or empty */
	struct sc_slice artifact; /* JSON text */
	struct sc_slice aux;      /* to be remembered, or empty */
};

/* One transaction: begin, any number of put and move, commit or rollback. */
int sc_store_begin(struct sc_store *, struct sc_err *e);
/*
 * Stores an artifact unless the stream has its id, and remembers the key's
 * revision (never going back to an older one).  1: stored, 0: known.
 */
int sc_store_put(
    struct sc_store *, const struct sc_artifact *, struct sc_err *e);
/*
 * Remembers aux (at most SC_AUX_MAX bytes) of a key, which may never have had
 * an artifact: such a one has no revisions.  It has been seen now.
 */
int sc_store_remember(struct sc_store *, struct sc_slice stream,
    struct sc_slice key, struct sc_slice aux, struct sc_err *e);
/*
 * Moves a bookmark if its generation is still `gen`; the new generation is
 * gen + 1 and is written into *now.  An unchanged value moves nothing.
 * 1: moved or unchanged, 0: somebody else moved it first (*now: what it is),
 * -1: error; EX_DATAERR when the value is no bookmark or would go backwards.
 */
int sc_store_move(struct sc_store *, struct sc_slice stream, int64_t gen,
    struct sc_slice value, int64_t *now, struct sc_err *e);
/* Adds what a run did to the stream's health, inside the transaction. */
int sc_store_note(struct sc_store *, struct sc_slice stream, int64_t stored,
    int64_t known, int64_t newest_ms, struct sc_err *e);
int sc_store_commit(struct sc_store *, struct sc_err *e);
void sc_store_rollback(struct sc_store *);

/* Health of a stream, for sc-sched and sc-status. */
struct sc_health {
	char stream[160];
	int64_t last_run_ms;    /* last attempt by the scheduler */
	int64_t last_ok_ms;     /* last whole run without an error */
	int64_t last_commit_ms; /* last transaction of sc-ship */
	int64_t newest_ms;      /* largest event time stored */
	int64_t not_before_ms;  /* do not try earlier */
	int64_t failures;       /* runs in a row that failed with class */
	int64_t code;           /* exit code of the last run */
	char class[16];
	char text[512];
	char remedy[256];
	int64_t artifacts; /* stored in all */
};
/* 1, 0 (nothing known; *out zeroed but for the name), -1. */
int sc_store_health(struct sc_store *, const char *stream,
    struct sc_health *out, struct sc_err *e);
/* Records the outcome of a run at time now_ms; its own transaction. */
int sc_store_outcome(struct sc_store *, const struct sc_outcome *,
    int64_t now_ms, struct sc_err *e);

/* What to look for; NULL and 0 mean "any". */
struct sc_store_query {
	const char *integration;
	const char *stream; /* INTEGRATION.STREAM, or STREAM of all of them */
	const char *vendor;
	const char *id;   /* its beginning suffices */
	const char *text; /* occurs in the artifact; letters' case is equal */
	int64_t since_ms; /* event time, or arrival where that is unknown */
	int64_t until_ms; /* the same, exclusive */
	int64_t limit;    /* only the newest so many */
};

/* A stored artifact; the slices are valid until the next row is asked for. */
struct sc_store_row {
	int64_t pos;
	int64_t arrival_ms;
	struct sc_artifact a;
};

/*
 * Artifacts in some order, one after the other.  Between two of them nothing
 * is held in the database: a reader may take as long as it likes.
 */
struct sc_store_rows;
/* Oldest first. */
struct sc_store_rows *sc_store_search(
    struct sc_store *, const struct sc_store_query *, struct sc_err *e);
/* What was stored after position pos, in that order, at most max. */
struct sc_store_rows *sc_store_after(
    struct sc_store *, int64_t pos, int64_t max, struct sc_err *e);
/* 1: *row is the next one, 0: no more, -1: error. */
int sc_store_next(
    struct sc_store_rows *, struct sc_store_row *row, struct sc_err *e);
void sc_store_rows_free(struct sc_store_rows *);
/* How many artifacts a search would find; -1: error. */
int64_t sc_store_count(
    struct sc_store *, const struct sc_store_query *, struct sc_err *e);

/*
 * What artifacts are there of: each() is told every stream once, with the
 * vendor and the integration of one of its artifacts.  Stops at -1.
 */
int sc_store_streams(struct sc_store *,
    int (*each)(void *arg, struct sc_slice stream, struct sc_slice integration,
	struct sc_slice vendor),
    void *arg, struct sc_err *e);

/*
 * How far a reader of the store has come.  gen counts how often its position
 * was set back, so that a reader from before does not undo that.  1: found,
 * 0: it has read nothing yet (both 0), -1: error.
 */
int sc_store_position(struct sc_store *, const char *consumer, int64_t *gen,
    int64_t *pos, struct sc_err *e);
/*
 * Moves a position forward; a smaller one moves nothing.  1: done, 0: it was
 * set back since, -1: error; EX_DATAERR for a position that does not exist.
 */
int sc_store_advance(struct sc_store *, const char *consumer, int64_t gen,
    int64_t pos, struct sc_err *e);

struct sc_store_counts {
	int64_t artifacts, objects, bookmarks, consumers, problems;
};
/*
 * Verifies the database and what the tables promise each other.  problem() is
 * told every fault in one sentence; counts->problems is their number (up to a
 * hundred of a kind).
 */
int sc_store_check(struct sc_store *, struct sc_store_counts *counts,
    void (*problem)(const char *text), struct sc_err *e);

#endif
