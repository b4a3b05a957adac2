#ifndef FETCH_MEMORY_H
#define FETCH_MEMORY_H

#include "reading.h"

/*
 * What a stream of children remembers of a parent: in the store's object.aux,
 * under the key STREAM/ID with the name of the parents' stream.
 *
 *	read STATE	its children were read when it said this about them
 *	wait TIME	since then they cannot be read, or are not there yet
 *	gone		the vendor no longer knows the parent
 */
struct memory {
	bool reads, waits;
	char state[256];
	int64_t since_ms;
};

void memory_name(
    struct sc_buf *, const struct sc_stream *parents, struct sc_slice id);
/* The id in such a key, NULL when it is something else; borrowed. */
const char *memory_id(const struct sc_stream *parents, const char *name);

/* Nothing at all where there is no store. */
int memory_find(const struct reading *, struct sc_slice name, struct memory *,
    struct sc_err *);
bool memory_is_waiting(struct sc_slice aux);

/* What is found out in a preview is not kept. */
int memory_read(const struct reading *, struct sc_slice name,
    struct sc_slice state, struct sc_err *);
int memory_wait(const struct reading *, struct sc_slice name, int64_t since_ms,
    struct sc_err *);
int memory_gone(const struct reading *, struct sc_slice name, struct sc_err *);

#endif
