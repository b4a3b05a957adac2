#ifndef FETCH_BAD_H
#define FETCH_BAD_H

#include "sc/buf.h"
#include "sc/jsonw.h"

/*
 * Writes the member "bad", in place of a record that cannot travel: why, what
 * fits of it, and what it was.
 */
void bad_put(struct sc_jw *, const char *reason, struct sc_slice raw,
    struct sc_slice sha256);

#endif
