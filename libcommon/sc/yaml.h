#ifndef SC_YAML_H
#define SC_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * Configuration files: YAML read into C structs as a table describes them.
 * The table decides what a scalar means, the text never does ("no" for a text
 * is the text "no").  Unknown and repeated keys, wrong kinds and bad values
 * are EX_CONFIG: `FILE:LINE:COL: unknown key "intervall"; did you mean
 * "interval"?`.  Anchors, aliases, tags and a second document are refused.
 */
#define SC_YAML_MAX_BYTES  ((size_t)1 << 20)
#define SC_YAML_MAX_DEPTH  16
#define SC_YAML_MAX_EVENTS 10000

enum sc_yaml_kind {
	SC_YAML_TEXT,     /* char * */
	SC_YAML_WORD,     /* char *, one of `words` */
	SC_YAML_ENUM,     /* an enum: the index of the value in `words` */
	SC_YAML_INT,      /* int64_t from min to max */
	SC_YAML_BOOL,     /* bool: yes, no, true, false */
	SC_YAML_DURATION, /* int64_t in ms; a bare number is minutes */
	SC_YAML_MAP,      /* the struct of `sub`, in place */
	SC_YAML_SEQ,      /* T *, size_t: a list of mappings */
	SC_YAML_DICT,     /* T *, size_t: a mapping from names to mappings */
	SC_YAML_PAIRS,    /* struct sc_pair *, size_t: free names and values */
	SC_YAML_LIST      /* char **, size_t: a list of texts */
};

#define SC_YAML_REQUIRED 1u
#define SC_YAML_EMPTY    2u /* TEXT: may be "" */
#define SC_YAML_LINES    4u /* TEXT: may hold line breaks and tabs */
#define SC_YAML_ONE      8u /* LIST: a text alone is a list of one */

struct sc_yaml_schema;

struct sc_yaml_field {
	const char *key;
	enum sc_yaml_kind kind;
	unsigned flags;
	size_t at;        /* where the value is, counted from the struct */
	size_t count;     /* SEQ, DICT, PAIRS, LIST: where its size_t is */
	int64_t min, max; /* INT; DURATION in ms; TEXT: max length, 0 = any */
	const char *const *words;         /* WORD, ENUM: ends with NULL */
	const struct sc_yaml_schema *sub; /* MAP, SEQ, DICT */
	/* TEXT, of a LIST too, names of a DICT: NULL, or what is wrong. */
	const char *(*check)(const char *);
};

/* Tables may be put together at run time; a MAP may point back to `at` 0. */
struct sc_yaml_schema {
	const struct sc_yaml_field *fields;
	size_t nfields;
	size_t size; /* SEQ, DICT: bytes of one element */
	size_t name; /* DICT: where an element's char *name is */
	bool open;   /* skip unknown keys */
};

/*
 * Reads one document into *out, which the caller has zeroed or, for values
 * that are not pointers, filled with defaults.  name stands in messages.  On
 * failure what was read has been released.
 */
int sc_yaml_parse(const char *name, struct sc_slice text,
    const struct sc_yaml_schema *, void *out, struct sc_err *e);
/* Releases everything that the table describes and zeroes its pointers. */
void sc_yaml_release(const struct sc_yaml_schema *, void *out);

/*
 * Converts one scalar as a field wants it and stores it at *to; the message
 * of a failure has no position.
 */
int sc_yaml_scalar(const struct sc_yaml_field *, struct sc_slice text, void *to,
    struct sc_err *e);

/* Where a value stands in its file: line and column from 1, bytes from 0. */
struct sc_yaml_span {
	size_t line, col;
	size_t from, to;
};

/*
 * Finds the value of a key, names joined by dots from the top
 * ("streams.threats.interval"), in a text that sc_yaml_parse() accepts.
 */
bool sc_yaml_find(
    struct sc_slice text, const char *key, struct sc_yaml_span *out);
/*
 * Puts "NAME:LINE:COL: " of a key's value in front of e's message, "NAME: "
 * where the file does not have the key.  Returns -1.
 */
int sc_yaml_blame(
    const char *name, struct sc_slice text, const char *key, struct sc_err *e);

#endif
