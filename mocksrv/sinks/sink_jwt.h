#ifndef MOCK_SINK_JWT_H
#define MOCK_SINK_JWT_H

#include <stdint.h>

#include "sc/buf.h"

/*
 * JSON Web Tokens, HS256.  The secret follows from the seed, so that a token
 * stays good when the scenario is loaded again.
 */
void sink_jwt_make(uint64_t seed, const char *subject, int64_t now_ms,
    int64_t expires_ms, struct sc_buf *out);

/* -1: it is not ours, or not for this subject; else when it expires. */
int sink_jwt_check(uint64_t seed, const char *subject, struct sc_slice token,
    int64_t *expires_ms);

#endif
