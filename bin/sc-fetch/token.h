#ifndef FETCH_TOKEN_H
#define FETCH_TOKEN_H

#include "sc/err.h"

#include "reading.h"

/*
 * Follows the page tokens of a stream.  Each page is handed on with its STATE
 * before the next one is asked for.  0 also when it ended early, by a signal,
 * max_pages or a token that leads nowhere: then outcome->partial is set.
 */
int token_read(struct reading *, struct sc_err *);

#endif
