#ifndef FETCH_REFUSAL_H
#define FETCH_REFUSAL_H

#include "sc/err.h"
#include "sc/http.h"
#include "sc/vendor.h"

/*
 * 0 for an answer with status 200, unless it is a page of HTML with a row of
 * its own; -1 with the error that the vendor's table
 * of refusals, or else the status, stands for.  What the vendor says goes into
 * the message, at most a line of it and never the body.  first: no answer has
 * shown yet that the settings are right.
 */
int refusal_check(const struct sc_vendor *, const struct sc_http_resp *,
    bool first, struct sc_err *);

#endif
