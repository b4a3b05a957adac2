#ifndef FETCH_TARGET_H
#define FETCH_TARGET_H

#include "sc/conf.h"
#include "sc/err.h"

#include "reading.h"

/*
 * Appends the path and query of a page.  Every page repeats all parameters: a
 * vendor's token stands for a place, not for the question.  token: decoded, or
 * the last id; empty for the first page.  A parameter that uses a setting which
 * is not set is left out.  Where there are no tokens, parameters are sorted by
 * name.
 */
int target_build(const struct sc_integration *, const struct sc_stream *,
    const struct window *, struct sc_slice token, struct sc_buf *,
    struct sc_err *);

#endif
