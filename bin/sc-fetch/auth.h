#ifndef FETCH_AUTH_H
#define FETCH_AUTH_H

#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * The sc-auth child of a run: it alone reads the vendor's secrets and answers
 * which headers a request needs.  A header line that came from it is known to
 * the logger and is wiped when the next one is asked for.
 */
struct auth;

/* as: the form of the credential, if not the integration's own; or NULL. */
struct auth *auth_start(const char *confdir, const char *integration,
    const char *as, struct sc_err *);
/* Ends the child and waits for it; NULL is fine. */
void auth_stop(struct auth *);

/*
 * The headers for one request, as "Name: value" lines that live until the
 * next call.  target: path and query exactly as they will be sent.  A child
 * that refuses or dies leaves no further requests possible.
 */
int auth_headers(struct auth *, const char *method, const char *target,
    const char *const **headers, size_t *n, struct sc_err *);

/*
 * The vendor's clock minus ours, for all requests from now on: the date in a
 * signature is the vendor's.
 */
void auth_set_offset(struct auth *, int64_t ms);

/*
 * The password that the proxy wants, where a reference of it is configured.
 * It lives as long as the child is asked, and stays known to the logger.
 */
const char *auth_proxy(struct auth *, struct sc_err *);

/* How long a secret setting is, and how many blanks are in it. */
int auth_facts(struct auth *, const char *name, size_t *bytes, size_t *blanks,
    struct sc_err *);

/* The body of a request, appended to b, which is the caller's to wipe. */
int auth_body(
    struct auth *, const char *name, struct sc_buf *, struct sc_err *);

#endif
