#ifndef FETCH_REVISIT_H
#define FETCH_REVISIT_H

#include "number.h"

/*
 * Behind the reading of a window: what is older and may have changed.  The
 * list is sorted by the time of a change, the last one first, so that a look
 * ends where the changes are older than the look before.  Some changes move
 * no time: each `every`-th look goes to the end of the list.  A record that
 * belongs in the list, by what the store remembers, and is not there any more
 * is asked for by its key.
 */
int revisit_read(struct reading *, struct sc_err *);

/* A look at such a list, by the reading of its stream or of their children. */
struct look {
	struct window window;
	bool full;
};
/* What is to be asked for now; n->take and n->arg are the caller's. */
void revisit_begin(const struct reading *, const struct sc_stream *list,
    struct look *, struct numbered *n);
/* False when the look before this one has seen all that follows. */
bool revisit_goes_on(
    const struct reading *, const struct look *, const struct page_facts *);
/* The look came to its end. */
void revisit_done(struct reading *, const struct look *);

#endif
