#ifndef FETCH_KEYS_H
#define FETCH_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"

/*
 * The keys that a walk has met, and what each one's record said: a table of
 * digests, 24 bytes an entry and at most three quarters full.  From KEYS_MAX
 * on (48 MiB) it takes no more; what it knows stays known.
 */
#define KEYS_MAX ((size_t)3 << 19)

struct keys {
	struct keys_slot *slot;
	size_t n;
	size_t cap; /* a power of two, or 0 */
};

enum keys_found {
	KEYS_NEW,
	KEYS_SAME, /* met before, with the same content */
	KEYS_OTHER /* met before, with another one */
};

/* Adds a key that is new; the content of one that is not stays as it was. */
enum keys_found keys_add(
    struct keys *, struct sc_slice key, struct sc_slice content);
/* Forgets all of them and releases the memory; safe on a zeroed struct. */
void keys_clear(struct keys *);

#endif
