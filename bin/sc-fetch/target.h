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

/* One page of a list whose pages have numbers. */
struct question {
	const struct sc_stream *def;
	const char *path;            /* behind the base */
	const struct window *window; /* NULL: of all times */
	const struct sc_pair *query; /* instead of parameters of that name */
	size_t nquery;
	int64_t index;
};

/*
 * Appends the path and query of such a page; and to body, where the stream has
 * one, what is to be sent with it.
 */
int target_build_page(const struct sc_integration *, const struct question *,
    struct sc_buf *b, struct sc_buf *body, struct sc_err *);
/* Appends the path with the key, percent-encoded, in the place of {id}. */
void target_add_path(struct sc_buf *, const char *path, struct sc_slice key);

#endif
