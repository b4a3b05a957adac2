#ifndef NORMALIZE_STREAMS_H
#define NORMALIZE_STREAMS_H

#include <stdint.h>

#include "sc/err.h"
#include "sc/msg.h"

#include "artifact.h"
#include "mapping.h"

/* A stream that a SCHEMA has announced. */
struct stream {
	char *name; /* its JSON text */
	struct artifact_source source;
	struct mapping *mapping; /* NULL: no source, passed on as it is */
	int64_t records, bad;
};

/* All of them; two streams of the same vendor's kind share a mapping. */
struct streams {
	const char *confdir;
	struct stream *v;
	size_t n;
	size_t last; /* index of the one found last */
	struct mapping **mappings;
	size_t nmappings;
};
void streams_fini(struct streams *);

/*
 * Takes note of a SCHEMA and loads the map that its source names.  EX_DATAERR
 * for a source without usable names, EX_CONFIG for the map.
 */
struct stream *streams_schema(
    struct streams *, const struct sc_msg *, struct sc_err *e);
/* The stream of a RECORD; EX_DATAERR when no SCHEMA came before it. */
struct stream *streams_find(
    struct streams *, const struct sc_msg *, struct sc_err *e);

#endif
