#ifndef NORMALIZE_MAPPING_H
#define NORMALIZE_MAPPING_H

#include "jqrun.h"
#include "map.h"
#include "program.h"

/* A map made ready to run. */
struct mapping {
	struct map *map;
	bool uses_ctx;
	const char *stream_name; /* JSON text where the map has a constant */
	char *rendition;         /* NULL until it is asked for */
	struct jqrun *jq;        /* NULL until mapping_start() */
};

struct mapping *mapping_new(const char *confdir, const char *vendor,
    const char *stream, struct sc_err *e);
void mapping_free(struct mapping *);

/* See program_rendition(); made when first asked for. */
const char *mapping_rendition(struct mapping *);

/*
 * Starts libjq with the map's program unless that is done already.  EX_CONFIG
 * with FILE:LINE of the first line that does not compile.
 */
int mapping_start(struct mapping *, enum program_form, struct sc_err *e);

#endif
