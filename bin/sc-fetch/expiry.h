#ifndef FETCH_EXPIRY_H
#define FETCH_EXPIRY_H

#include <stdint.h>

#include "retry.h"

/*
 * When the credential expires, 0 where nobody knows.  The vendor is asked once
 * a day, and once an hour when it is soon, so that a new credential shows.
 * That it cannot be found out is no error.
 */
int64_t expiry_ask(
    struct client *, const char *statedir, struct sc_http_resp *);

/*
 * The question itself, for a vendor whose file has it: into *ms; nothing is
 * kept.
 */
int expiry_question(
    struct client *, struct sc_http_resp *, int64_t *ms, struct sc_err *);

#endif
