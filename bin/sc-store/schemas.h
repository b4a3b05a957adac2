#ifndef SCHEMAS_H
#define SCHEMAS_H

#include "sc/msg.h"
#include "sc/store.h"

/* Which streams have been announced, and with which source. */
struct schemas {
	void *tree;
};
void schemas_fini(struct schemas *);
/* Writes a SCHEMA where the artifact's stream or its source is new. */
int schemas_put(struct schemas *, const struct sc_artifact *,
    struct sc_msg_writer *, struct sc_err *e);

#endif
