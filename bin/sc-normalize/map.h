#ifndef NORMALIZE_MAP_H
#define NORMALIZE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * A map file: how the records of one stream become artifacts.  One
 * "field = expression" or "def name: body;" a line; sc-map(5) describes it.
 */
#define MAP_FILE_MAX  ((size_t)1 << 20)
#define MAP_LINES_MAX 512

struct map_line {
	char *name; /* the field, or "name/params" of a def */
	char *text; /* the expression or def in jq, without comments */
	char *file; /* where it stands */
	unsigned lineno;
	bool uses_ctx;
	bool literal; /* the expression is one string and nothing else */
};

struct map {
	char *vendor;
	char *stream;
	struct map_line *defs;
	size_t ndefs;
	struct map_line *fields;
	size_t nfields;
};

/*
 * Loads VENDOR's STREAM.map from the search path and applies STREAM.local.map
 * of the configuration folder, if there is one.  NULL with EX_CONFIG and
 * FILE:LINE for a bad file, or when there is no such map.  The result is the
 * caller's.
 */
struct map *map_load(const char *confdir, const char *vendor,
    const char *stream, struct sc_err *e);
void map_free(struct map *);

/*
 * Adds the lines of one file to a map.  A local one may replace lines that
 * the map has, and remove a field by an empty expression.
 */
int map_parse(struct map *, const char *file, struct sc_slice text, bool local,
    struct sc_err *e);

/* The line of a field, or NULL. */
const struct map_line *map_field(const struct map *, const char *name);
bool map_uses_ctx(const struct map *);

#endif
