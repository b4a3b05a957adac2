#ifndef FETCH_AFTER_H
#define FETCH_AFTER_H

#include "sc/err.h"

#include "reading.h"

/*
 * Reads a list that goes by id: each page holds what lies behind the largest
 * id of the one before.  A stream's position is the largest id that was handed
 * on; some in front of it are asked for again, because ids may be given out
 * before their records can be seen.  Where a first run begins is found by a
 * search for the time, and so is what has changed since.  A walk has no
 * position and no searches.  0 also when it ended early, by a signal or
 * max_pages: then outcome->partial is set.
 */
int after_read(struct reading *, struct sc_err *);

/* The body of a search with this time in it; *b is the caller's to release. */
const char *after_body(const char *body, int64_t since_us, struct sc_buf *b);

#endif
