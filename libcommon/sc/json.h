#ifndef SC_JSON_H
#define SC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * JSON byte scanner: one pass over the raw bytes, no tree, no allocation
 * except for the duplicate-key check and a bit for each container beyond
 * SC_JSON_MAX_DEPTH.  It is strict (RFC 8259: one value, its
 * structure, numbers, string escapes, no raw control bytes, no BOM) and never
 * alters a token: what it hands out are slices of the input, which must
 * outlive them.  The only JSON reader outside libjq.
 */
enum sc_json_type {
	SC_JSON_NONE = 0, /* absent */
	SC_JSON_NULL,
	SC_JSON_FALSE,
	SC_JSON_TRUE,
	SC_JSON_NUMBER,
	SC_JSON_STRING,
	SC_JSON_ARRAY,
	SC_JSON_OBJECT
};

/* A value: its type and its bytes; strings with their quotes. */
struct sc_json_val {
	enum sc_json_type type;
	struct sc_slice raw;
};

/* How deep containers may be nested, and how long a path may be. */
#define SC_JSON_MAX_DEPTH 128

/*
 * Flags of sc_json_scan().  UTF8 is about bytes that are not UTF-8 and about
 * \ud800 .. \udfff without its other half.
 */
#define SC_JSON_UTF8  1u /* refuse strings that no UTF-8 text can stand for */
#define SC_JSON_NODUP 2u /* refuse an object that repeats a key */
#define SC_JSON_DEEP  4u /* no limit of depth; not with NODUP */

/*
 * A set of paths to look for in one pass.  A path is member names joined by
 * dots from the top ("pagination.nextCursor"); "" is the whole text.  Names
 * are compared with the decoded key; of a repeated key the last one counts,
 * as in jq.  Immutable after creation.
 */
struct sc_json_plan;

/* At most 64 paths.  NULL and e (EX_CONFIG) when a path cannot be parsed. */
struct sc_json_plan *sc_json_plan_new(
    const char *const *paths, size_t npaths, struct sc_err *e);
void sc_json_plan_free(struct sc_json_plan *);

/*
 * Checks that p[0..n) is one JSON value and sets out[i] to the value at the
 * plan's path i, type SC_JSON_NONE where absent.  plan may be NULL: check
 * only.  -1 with EX_DATAERR and "byte N: reason" otherwise, all of out[]
 * SC_JSON_NONE; N counts from 0.  The reason of a text that was cut off, and of
 * no other, begins with "ends inside" ("no value" if nothing is there).
 */
int sc_json_scan(const char *p, size_t n, const struct sc_json_plan *plan,
    unsigned flags, struct sc_json_val *out, struct sc_err *e);

/*
 * Walk over the elements of an array or the members of an object that a scan
 * has accepted.  Usage:
 *	struct sc_json_iter it = sc_json_iter(v);
 *	while (sc_json_next(&it, &key, &elem)) ...
 * key (may be NULL) is the member name as a string value, or NONE in arrays.
 */
struct sc_json_iter {
	const char *p;
	const char *end;
	bool object;
};
struct sc_json_iter sc_json_iter(struct sc_json_val v);
bool sc_json_next(
    struct sc_json_iter *, struct sc_json_val *key, struct sc_json_val *elem);

/* What a look at a value has seen. */
struct sc_json_seen {
	struct sc_json_val value;
	size_t depth;  /* of its containers; 0: a scalar */
	bool blanks;   /* there is white space between its tokens */
	bool not_utf8; /* what SC_JSON_UTF8 refuses is in it */
};

/*
 * Scans the value that a part of an accepted text begins with: where it ends,
 * out[] as sc_json_scan() fills it, and how it travels.  Nothing about it is
 * an error, and its depth has no limit.
 */
void sc_json_look(struct sc_slice text, const struct sc_json_plan *,
    struct sc_json_seen *seen, struct sc_json_val *out);
/* sc_json_next() and that in one, for the elements of an array. */
bool sc_json_next_look(struct sc_json_iter *, const struct sc_json_plan *,
    struct sc_json_seen *seen, struct sc_json_val *out);

/* The member of an object (the last of that name), NONE if it has none. */
struct sc_json_val sc_json_member(struct sc_json_val object, const char *name);

/*
 * Token by token over a text that a scan has accepted, for building other
 * representations in one pass.  Returns '{' '}' '[' ']', 'k' for a member
 * name, 'v' for a scalar (v is filled in for both), 0 at the end.
 */
struct sc_json_lex {
	const char *p;
	const char *end;
};
int sc_json_token(struct sc_json_lex *, struct sc_json_val *v);

/* Removes white space between tokens of an accepted text; appends to b. */
int sc_json_compact(struct sc_slice raw, struct sc_buf *b);

/*
 * Decodes a string value and appends it; -1 if not a string or b is full.  A
 * half of a surrogate pair becomes U+FFFD, here and in what follows.
 */
int sc_json_str(struct sc_json_val v, struct sc_buf *b);
/* The same as a fresh NUL-terminated copy; NULL if not a string or has NUL. */
char *sc_json_dup(struct sc_json_val v);
/* True when v is a string that decodes to exactly this text. */
bool sc_json_is(struct sc_json_val v, const char *text);
/* An integer without fraction or exponent that fits; -1 otherwise. */
int sc_json_int(struct sc_json_val v, int64_t *out);

/* Number of leading bytes of p[0..n) that are well-formed UTF-8. */
size_t sc_utf8_valid(const char *p, size_t n);

#endif
