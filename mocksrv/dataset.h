#ifndef MOCK_DATASET_H
#define MOCK_DATASET_H

#include <stddef.h>

#include "mocksrv/line.h"
#include "sc/buf.h"
#include "sc/err.h"

struct mock_generator;
struct mock_source;

/*
 * An NDJSON file in memory.  Records are handed out as they stand there, byte
 * for byte.  Small files are copied, so that a test may overwrite one while
 * it is served; large ones are mapped and must not be changed in place.
 */
struct mock_dataset {
	char *name; /* for messages */
	char *p;
	size_t n;
	int mapped;
	struct sc_slice *records; /* lines that are not empty */
	unsigned *lines;          /* their numbers */
	size_t nrecords;
};

/*
 * spec is a path, taken from the scenario's folder, or
 * "generate:N[,seed=S][,span=24h][,start=TIME]", which is what `sc-mock
 * generate` would write with gen; without start the span ends when the server
 * was started.  NULL with EX_CONFIG, naming the scenario's line.
 */
struct mock_dataset *mock_dataset_open(const char *spec,
    const struct mock_generator *gen, const struct mock_line *,
    const struct mock_source *, struct sc_err *);
void mock_dataset_close(struct mock_dataset *);

#endif
