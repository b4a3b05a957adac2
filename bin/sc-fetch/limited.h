#ifndef FETCH_LIMITED_H
#define FETCH_LIMITED_H

#include "reading.h"

/* Whether this status means that the account does not have the stream. */
bool limited_is(const struct sc_stream *, int status);

/*
 * After a failure: whether it is about this one record and says nothing about
 * the next question.  status: of the answer, or 0.  *troubled counts those that
 * may be the vendor's, one after the other.
 */
bool limited_to_one(
    const struct sc_stream *, int status, const struct sc_err *, int *troubled);

/*
 * After a failure.  0: it is no more than that, which has been told; the run
 * is well and partial, and the stream is asked for again next time.  -1: it is
 * something else.
 */
int limited_take(struct reading *, struct sc_err *);

#endif
