#include <stdlib.h>

#include "mocksrv/sinks/sink_map.h"
#include "sc/mem.h"

#define CAP_MIN 256

/* FNV-1a, with a last step so that pieces cannot run into each other. */
uint64_t
sink_hash(uint64_t before, struct sc_slice s)
{
	uint64_t h = before;

	for (size_t i = 0; i < s.n; i++) {
		h ^= (unsigned char)s.p[i];
		h *= UINT64_C(0x100000001b3);
	}
	h ^= s.n;
	h *= UINT64_C(0x9e3779b97f4a7c15);
	h ^= h >> 32;
	return h != 0 ? h : 1;
}

static struct sink_cell *
find(const struct sink_map *m, uint64_t hash)
{
	size_t i = (size_t)hash & (m->cap - 1);

	while (m->cells[i].hash != 0 && m->cells[i].hash != hash)
		i = (i + 1) & (m->cap - 1);
	return &m->cells[i];
}

static void
grow(struct sink_map *m)
{
	const struct sink_map old = *m;

	m->cap = old.cap > 0 ? old.cap * 2 : CAP_MIN;
	m->cells = sc_xcalloc(m->cap, sizeof(*m->cells));
	for (size_t i = 0; i < old.cap; i++) {
		if (old.cells[i].hash != 0)
			*find(m, old.cells[i].hash) = old.cells[i];
	}
	free(old.cells);
}

int64_t *
sink_map_at(struct sink_map *m, uint64_t hash)
{
	struct sink_cell *c;

	if (m->n >= m->cap / 4 * 3)
		grow(m);
	c = find(m, hash);
	if (c->hash == 0) {
		c->hash = hash;
		m->n++;
	}
	return &c->value;
}

int64_t
sink_map_get(const struct sink_map *m, uint64_t hash)
{
	return m->cap > 0 ? find(m, hash)->value : 0;
}

void
sink_map_fini(struct sink_map *m)
{
	free(m->cells);
}
