#include <stdlib.h>

#include "json_impl.h"
#include "sc/mem.h"

/*
 * The keys of the open objects lie on one stack, those of the innermost on
 * top.  The first NEAR keys of an object are compared one by one, behind a
 * small Bloom filter that makes this rare; a larger object is sorted at its
 * end, so that hostile input costs n log n and no hash can be attacked.
 */
#define NEAR 64

void
json_keys_init(struct json_keys *k)
{
	k->key = k->few;
	k->n = 0;
	k->cap = sizeof(k->few) / sizeof(k->few[0]);
	k->depth = 0;
	k->copies = NULL;
}

void
json_keys_fini(struct json_keys *k)
{
	struct json_copy *next;

	for (struct json_copy *c = k->copies; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	if (k->key != k->few)
		free(k->key);
}

void
json_keys_open(struct json_keys *k)
{
	k->level[k->depth++] = (struct json_level){ .first = k->n };
}

/* What follows is rare and kept out of line for the sake of the rest. */
#define RARE __attribute__((__noinline__, __cold__))

static RARE void
grow(struct json_keys *k)
{
	struct json_key *old = k->key == k->few ? NULL : k->key;

	k->cap *= 2;
	k->key = sc_xreallocarray(old, k->cap, sizeof(k->key[0]));
	if (old == NULL)
		memcpy(k->key, k->few, sizeof(k->few));
}

static RARE void
decode(struct json_keys *k, struct json_key *key)
{
	struct json_copy *c = sc_xmalloc(sizeof(*c) + key->n);

	c->next = k->copies;
	k->copies = c;
	key->n = json_decode(key->at, key->at + key->n, c->text);
	key->text = c->text;
}

/* Whether the newest key is one of those before it, as of the first. */
static RARE bool
has(const struct json_keys *k, size_t first)
{
	const struct json_key *key = &k->key[k->n - 1];

	for (size_t i = first; i < k->n - 1; i++) {
		if (k->key[i].n == key->n &&
		    memcmp(k->key[i].text, key->text, key->n) == 0)
			return true;
	}
	return false;
}

bool
json_keys_add(struct json_keys *k, struct sc_slice name, bool escaped)
{
	struct json_level *l = &k->level[k->depth - 1];
	struct json_key *key;
	uint32_t hash;
	uint64_t *seen, bit;
	bool maybe;

	if (k->n == k->cap)
		grow(k);
	key = &k->key[k->n];
	*key = (struct json_key){ .text = name.p, .n = name.n, .at = name.p };
	if (escaped)
		decode(k, key);
	hash = json_hash(key->text, key->n) >> 24;
	seen = &l->seen[hash / 64];
	bit = UINT64_C(1) << hash % 64;
	maybe = (*seen & bit) != 0;
	*seen |= bit;
	return k->n++ - l->first < NEAR && maybe && has(k, l->first);
}

static int
compare(const void *a, const void *b)
{
	const struct json_key *x = a, *y = b;
	int order;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	order = memcmp(x->text, y->text, x->n);
	if (order != 0)
		return order;
	return x->at < y->at ? -1 : x->at > y->at;
}

static const char *
find_repeated(struct json_key *key, size_t n)
{
	qsort(key, n, sizeof(key[0]), compare);
	for (size_t i = 1; i < n; i++) {
		if (key[i].n == key[i - 1].n &&
		    memcmp(key[i].text, key[i - 1].text, key[i].n) == 0)
			return key[i].at;
	}
	return NULL;
}

const char *
json_keys_close(struct json_keys *k)
{
	size_t first = k->level[--k->depth].first;
	const char *at = NULL;

	if (k->n - first > NEAR)
		at = find_repeated(&k->key[first], k->n - first);
	k->n = first;
	return at;
}
