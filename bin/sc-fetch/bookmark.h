#ifndef FETCH_BOOKMARK_H
#define FETCH_BOOKMARK_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/msg.h"
#include "sc/store.h"
#include "sc/vendor.h"

#define TIME_TEXT_MAX 64

/* A time as the vendor wrote it, and what it means. */
struct stamp {
	char text[TIME_TEXT_MAX]; /* "" is no time */
	int64_t us;
};

/* False, and *out untouched, when the text is no time. */
bool stamp_parse(struct sc_slice text, struct stamp *out);
/* The same for a time in one of the forms in which vendors write them. */
bool stamp_read(struct sc_slice text, enum sc_times form, struct stamp *out);
void stamp_set(struct stamp *, int64_t us);

/*
 * The high-water mark of a run: the largest time seen, never later than the
 * limit that came with it, so that one record from the future stops nothing.
 */
struct tide {
	struct stamp high;
	int64_t last_us; /* of the record before */
	bool disordered; /* times went back: only the end of the run is safe */
};
void tide_see(struct tide *, const struct stamp *, int64_t limit_us);

/* Where a stream stands. */
struct bookmark {
	char stream[160]; /* INTEGRATION.STREAM */
	int64_t gen;      /* as read at the start; the store counts on */
	bool walk;        /* of a walk: its time is when the last one ended */
	bool by_id;       /* its time is where the first run began */
	struct stamp high;
	int64_t after;       /* by_id: the largest id handed on; 0: none yet */
	struct stamp looked; /* by_id: how far changes have been looked for */
	/* Of a list that is revisited: up to when, and how often since a full
	 * look. */
	struct stamp revisited;
	int64_t looks;
	int64_t limited;     /* the status that says: not in this account */
	struct sc_err fault; /* why it cannot be read; then it has no time */
};

/*
 * Reads {"v":1,"high":T}, for a walk {"v":1,"walked":T}, by id
 * {"v":1,"since":T,"after":N,"looked":T}; of these only the first time must be
 * there, and the other members may be missing.  EX_NOINPUT for anything else.
 */
int bookmark_parse(struct bookmark *, struct sc_slice json, struct sc_err *);

/* The positions of a run's streams, and whose they are. */
struct positions {
	const char *dest; /* "store" or the name of a file */
	bool moves;       /* false: a commit point names no bookmarks */
	struct bookmark *marks;
	size_t n;
	/* With a file: its text, and in it the bookmarks of all streams. */
	struct sc_buf text;
	struct sc_json_val rest;
};

/*
 * Reads each mark from the store; a stream without one stays without.  One
 * that cannot be read stops only its own stream: see fault.
 */
void positions_from_store(struct positions *, struct sc_store *);
/*
 * The same from a file of Singer state: the last line counts, a STATE message
 * or its bare value.  A missing file is a first run, an empty or unreadable
 * one EX_NOINPUT.
 */
int positions_from_file(struct positions *, const char *path, struct sc_err *);
void positions_fini(struct positions *);

/* Writes a STATE and flushes: what came before it may be committed. */
int positions_state(
    const struct positions *, struct sc_msg_writer *, struct sc_err *);

#endif
