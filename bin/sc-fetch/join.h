#ifndef FETCH_JOIN_H
#define FETCH_JOIN_H

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/json.h"
#include "sc/store.h"

#include "retry.h"

#define JOIN_PLACES 1024 /* what is remembered, also of those not there */

/*
 * Finds the records that a stream's records name (`beside`): the state that
 * the store knows, else the vendor is asked, once for each.  What cannot be
 * had is left out, with one warning: no record waits for what belongs beside
 * it.
 */
struct join;

/* store may be NULL.  All three are borrowed. */
struct join *join_new(
    struct client *, struct sc_store *, const struct sc_stream *);
void join_free(struct join *);

/* Member find of struct beside (page.h).  -1 only when the store fails. */
int join_find(
    void *join, struct sc_json_val record, struct sc_buf *out, struct sc_err *);

#endif
