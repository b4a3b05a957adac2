#ifndef MOCK_QUERY_H
#define MOCK_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"

/*
 * Appends s with %XX decoded; plus: '+' means a blank, as in forms.  -1 for a
 * broken escape, which sc_url_decode() would let pass, or a full buffer.
 */
int mock_percent_decode(struct sc_slice s, bool plus, struct sc_buf *);

struct mock_param {
	struct sc_slice name;
	struct sc_slice value;
};

#define MOCK_PARAMS_MAX 64

/* A query string, decoded; slices point into text. */
struct mock_query {
	struct sc_buf text;
	struct mock_param params[MOCK_PARAMS_MAX];
	size_t nparams;
};

/* -1: a broken escape or too many parameters.  Release with fini either way. */
int mock_query_parse(struct mock_query *, struct sc_slice query);
void mock_query_fini(struct mock_query *);

/* The next value of a list with commas; false at its end. */
bool mock_next_value(struct sc_slice *rest, struct sc_slice *value);
/* Digits only, and a number up to max; -1 otherwise. */
int mock_parse_digits(struct sc_slice, int64_t max, int64_t *out);
/* Milliseconds up to this can be told in microseconds. */
#define MOCK_MS_MAX INT64_C(999999999999999)

#endif
