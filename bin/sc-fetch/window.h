#ifndef FETCH_WINDOW_H
#define FETCH_WINDOW_H

#include "sc/err.h"

#include "reading.h"

/*
 * Reads a stream that has no pages, one window of time after the other, each
 * with its STATE.  w->window is all that is wanted; its upper end, where it is
 * open, is the vendor's time when the first answer comes.  The position is the
 * end of the last window, never later than the vendor's time.  A window that
 * holds more than an answer may is asked for in two halves, and so are all
 * that follow in this run.  0 also when it ended early, by a signal or
 * max_pages: then outcome->partial is set.
 */
int window_read(struct reading *, struct sc_err *);

#endif
