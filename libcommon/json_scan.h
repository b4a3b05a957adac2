#ifndef SC_JSON_SCAN_H
#define SC_JSON_SCAN_H

/* What the two halves of the scanner share: json_scan.c and json_text.c. */

#include "json_impl.h"

#define COLD __attribute__((__cold__))

struct frame {
	const char *start;            /* its opening bracket */
	const struct json_node *node; /* NULL: no path leads in here */
};

/*
 * The containers that are open.  Each has a frame down to where paths end,
 * SC_JSON_MAX_DEPTH; of one further in only a bit is known, what closes it.
 */
struct scan {
	const char *begin;
	const char *end;
	const struct sc_json_plan *plan;
	const struct json_node *want; /* node of the next value, or NULL */
	struct sc_json_val *out;
	struct json_keys *keys;    /* NULL: keys may be repeated */
	struct sc_json_seen *seen; /* NULL: what is odd is an error */
	struct sc_err *e;
	uint64_t found; /* the paths that have a value */
	char close;     /* the bracket that ends the innermost container */
	bool utf8;
	bool deep;    /* containers may go further in than frames do */
	bool escaped; /* the last string had a backslash */
	bool blanks;  /* there was white space in front of a token */
	size_t depth;
	size_t deepest;
	uint64_t *bits; /* of the containers without a frame: 1 is an object */
	size_t nbits;   /* room for so many */
	struct frame frame[SC_JSON_MAX_DEPTH + 1];
};

/* Fill in the error; return NULL. */
const char *json_bad(struct scan *, const char *at, const char *reason);
const char *json_bad_byte(struct scan *, const char *at, const char *where);

/*
 * The rare end of a string whose first plain run, from start to p, does not
 * end with a quote or is not ASCII (high).  Returns what follows the string,
 * or NULL with the error filled in.
 */
const char *json_string_odd(
    struct scan *, const char *start, const char *p, unsigned high);

#endif
