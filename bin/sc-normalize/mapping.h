#ifndef NORMALIZE_MAPPING_H
#define NORMALIZE_MAPPING_H

#include "jqrun.h"
#include "map.h"
#include "program.h"

/* A map made ready to run. */
struct mapping {
	struct map *map;
	bool uses_ctx;
	char *rendition;         /* see program_rendition() */
	const char *stream_name; /* JSON text where the map has a constant */
	struct jqrun *jq;        /* NULL until mapping_start() */
};

struct mapping *mapping_new(const char *confdir, const char *vendor,
    const char *stream, struct sc_err *e);
void mapping_free(struct mapping *);

/*
 * Starts libjq with the map's program unless that is done already.  EX_CONFIG
 * with FILE:LINE of the first line that does not compile.
 */
int mapping_start(struct mapping *, enum program_form, struct sc_err *e);

#endif
