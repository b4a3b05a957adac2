#ifndef MOCK_SINK_MAP_H
#define MOCK_SINK_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"

/*
 * Numbers by the hash of a text: what a sink remembers of an item without
 * keeping it.  64 bits: among a million texts two are alike once in 36
 * million runs.
 */
struct sink_map {
	struct sink_cell {
		uint64_t hash; /* 0: free */
		int64_t value;
	} * cells;
	size_t cap; /* a power of two */
	size_t n;
};

/* Hashes some text, further pieces with the hash of those before. */
#define SINK_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t sink_hash(uint64_t before, struct sc_slice);

/* The value; a new one is 0.  The pointer is good until the next call. */
int64_t *sink_map_at(struct sink_map *, uint64_t hash);
/* The value, 0 where there is none. */
int64_t sink_map_get(const struct sink_map *, uint64_t hash);
void sink_map_fini(struct sink_map *);

#endif
