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
 */
#define SC_STORE_VERSION 1

struct sc_store;
enum sc_store_mode { SC_STORE_READ, SC_STORE_WRITE };

/* Creates the folder and the store; *fresh tells whether it was missing. */
int sc_store_init(const char *statedir, bool *fresh, struct sc_err *e);
/*
 * READ opens read-write with query_only (a read-only open of a WAL database
 * fails when no writer is there).  EX_NOINPUT: missing, not ours, newer
 * version, corrupt, no access (each with its remedy).  EX_TEMPFAIL: locked
 * for longer than 10 s.
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
};
/* 1: found, 0: never seen, -1: error. */
int sc_store_object(struct sc_store *, struct sc_slice stream,
    struct sc_slice key, struct sc_object *out, struct sc_err *e);

/*
 * The position of a stream.  1: value holds its JSON and *gen its generation;
 * 0: none yet (*gen = 0); -1: error, also for a row that is empty or
 * unreadable: never a silent first run.
 */
int sc_store_bookmark(struct sc_store *, const char *stream, int64_t *gen,
    struct sc_buf *value, struct sc_err *e);

struct sc_artifact {
	struct sc_slice stream; /* INTEGRATION.STREAM */
	struct sc_slice id, key, rev, rendition;
	struct sc_slice vendor, integration, realm, tenant; /* may be empty */
	int64_t event_ms;                                   /* 0: unknown */
	struct sc_slice ctx;      /* JSON text or empty */
	struct sc_slice artifact; /* JSON text */
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
 * Moves a bookmark if its generation is still `gen`; the new generation is
 * gen + 1 and is written into *now.  An unchanged value moves nothing.
 * 1: moved or unchanged, 0: somebody else moved it first, -1: error.
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
	int64_t last_ok_ms;     /* last run without an error */
	int64_t last_commit_ms; /* last transaction of sc-ship */
	int64_t newest_ms;      /* largest event time stored */
	int64_t not_before_ms;  /* do not try earlier */
	int64_t failures;       /* runs that failed in a row */
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

#endif
