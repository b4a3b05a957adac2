#ifndef FETCH_LIMITED_H
#define FETCH_LIMITED_H

#include "reading.h"

/* Whether this status means that the account does not have the stream. */
bool limited_is(const struct sc_stream *, int status);

/*
 * After a failure.  0: it is no more than that, which has been told; the run
 * is well and partial, and the stream is asked for again next time.  -1: it is
 * something else.
 */
int limited_take(struct reading *, struct sc_err *);

#endif
