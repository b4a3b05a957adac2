#include <stdlib.h>
#include <string.h>

#include "sc/ident.h"
#include "sc/mem.h"

#include "keys.h"

#define CAP_FIRST ((size_t)1 << 10)

/*
 * 128 bits of a key's SHA-256: two keys taken for one would lose a record, so
 * that no vendor may be able to make such keys.  Of the content less will do.
 */
struct keys_slot {
	uint64_t key[2]; /* both 0: free */
	uint64_t content;
};

/* Where the key is, or the free slot where it belongs. */
static struct keys_slot *
find(const struct keys *k, const uint64_t key[2])
{
	size_t i = key[0] & (k->cap - 1);

	while ((k->slot[i].key[0] | k->slot[i].key[1]) != 0 &&
	    (k->slot[i].key[0] != key[0] || k->slot[i].key[1] != key[1]))
		i = (i + 1) & (k->cap - 1);
	return &k->slot[i];
}

static void
grow(struct keys *k)
{
	struct keys old = *k;

	k->cap = old.cap > 0 ? 2 * old.cap : CAP_FIRST;
	k->slot = sc_xcalloc(k->cap, sizeof(k->slot[0]));
	for (size_t i = 0; i < old.cap; i++) {
		const struct keys_slot *s = &old.slot[i];

		if ((s->key[0] | s->key[1]) != 0)
			*find(k, s->key) = *s;
	}
	free(old.slot);
}

static struct keys_slot
slot_of(struct sc_slice key, struct sc_slice content)
{
	uint8_t d[SC_SHA256_LEN];
	struct keys_slot s;

	sc_sha256(key.p, key.n, d);
	memcpy(s.key, d, sizeof(s.key));
	sc_sha256(content.p, content.n, d);
	memcpy(&s.content, d, sizeof(s.content));
	return s;
}

enum keys_found
keys_add(struct keys *k, struct sc_slice key, struct sc_slice content)
{
	struct keys_slot new = slot_of(key, content), *s;

	if (k->n < KEYS_MAX && k->n >= k->cap / 4 * 3)
		grow(k);
	s = find(k, new.key);
	if ((s->key[0] | s->key[1]) != 0)
		return s->content == new.content ? KEYS_SAME : KEYS_OTHER;
	if (k->n < KEYS_MAX) {
		*s = new;
		k->n++;
	}
	return KEYS_NEW;
}

void
keys_clear(struct keys *k)
{
	free(k->slot);
	*k = (struct keys){ 0 };
}
