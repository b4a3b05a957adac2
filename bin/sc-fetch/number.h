#ifndef FETCH_NUMBER_H
#define FETCH_NUMBER_H

#include "sc/err.h"

#include "reading.h"
#include "target.h"

/*
 * Reads a stream whose pages have numbers: one window of time, whose end is
 * the vendor's time less what the stream's `settle` says, from the first page
 * to the last; then, where the stream is revisited, what is older.  The
 * position is the window's end; it moves when all of it was read, and while it
 * was the list stayed as long as it was.  0 also when the reading ended early,
 * by a signal or max_pages, or when the list would not stay: then
 * outcome->partial is set.
 */
int number_read(struct reading *, struct sc_err *);

/* What the readers of such lists have in common. */

/* A list, and who takes its pages. */
struct numbered {
	struct question ask;
	/*
	 * Takes the answer in w->resp and says what it was; *enough, which
	 * begins as false: no more pages.
	 */
	int (*take)(
	    void *arg, struct page_facts *, bool *enough, struct sc_err *e);
	void *arg;
	bool dates; /* the window's end is the vendor's time: see to it */
};

enum numbered_end {
	NUMBERED_WHOLE,    /* all pages, and they belong together */
	NUMBERED_ENOUGH,   /* the first pages, and they belong together */
	NUMBERED_UNSTEADY, /* whatever was read, some may be missing */
	NUMBERED_STOPPED   /* by a signal, or max_pages */
};

/*
 * Reads the list, again where its length changed meanwhile: then a record may
 * have moved from a page to one that was read before.
 */
int numbered_read(struct reading *, struct numbered *, enum numbered_end *end,
    struct sc_err *e);

void numbered_begin(struct reading *);
void numbered_end(struct reading *);
/* After a whole reading of the window: the position is its end. */
void numbered_move_mark(struct reading *);
/* Hands the records of a page on; a STATE is behind them.  arg: the reading. */
int numbered_hand_on(
    void *arg, struct page_facts *, bool *enough, struct sc_err *);

#endif
