#ifndef FETCH_FIXTURE_H
#define FETCH_FIXTURE_H

#include <stddef.h>

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/http.h"
#include "sc/vendor.h"

#include "scrub.h"

/* What came of one request. */
struct exchange {
	const struct sc_http_req *req;
	const char *target; /* path and query */
	/* What sc-auth gave: all their values are secrets. */
	const char *const *auth;
	size_t nauth;
	const struct sc_stream *stream; /* whose page it is, or NULL */
	const struct sc_http_resp *resp;
	const struct sc_err *fault; /* NULL: the answer is complete */
};

#define FIXTURE_LINE_MAX ((size_t)256 << 10)

/* What sc-mock needs to play it, appended; all of it has been scrubbed. */

/*
 * The answer: of its headers only those that say nothing about the account.
 * -1 with EX_SOFTWARE: there is no room for it.
 */
int fixture_answer(const struct scrub *, const struct exchange *,
    struct sc_buf *, struct sc_err *);
/* "GET /path" */
void fixture_request(
    const struct scrub *, const struct exchange *, struct sc_buf *);
/* " if-query=NAME:VALUE", of what tells requests of a path apart. */
void fixture_conditions(
    const struct scrub *, const struct exchange *, struct sc_buf *);
/* "0003-GET-threats.http" for the third one: the order is in the name. */
void fixture_name(const struct scrub *, const struct exchange *,
    unsigned number, struct sc_buf *);

#endif
