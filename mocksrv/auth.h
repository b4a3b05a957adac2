#ifndef MOCK_AUTH_H
#define MOCK_AUTH_H

#include <stdbool.h>

#include "sc/buf.h"

/*
 * The value of an Authorization header: cuts "Bearer " or the like, in any
 * case, off its front.  False when it has another scheme.
 */
bool mock_auth_scheme(
    struct sc_slice value, const char *scheme, struct sc_slice *rest);
/* True when the value is Basic with this name and password. */
bool mock_auth_basic(
    struct sc_slice value, const char *user, const char *password);

#endif
