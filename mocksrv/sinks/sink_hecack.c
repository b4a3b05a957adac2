#include <stdlib.h>

#include "mocksrv/sinks/sink_hec.h"
#include "sc/mem.h"

static uint64_t
hash_of(uint64_t channel, int64_t id)
{
	const char *p = (const char *)&id;

	return sink_hash(channel, (struct sc_slice){ p, sizeof(id) });
}

static int64_t *
place_of(struct sink_acks *a, const struct sink_ack *p)
{
	return sink_map_at(&a->places, hash_of(p->channel, p->id));
}

int64_t
sink_acks_add(struct sink_acks *a, uint64_t channel, int64_t now_ms)
{
	struct sink_ack *p;

	if (a->n == SINK_ACKS_MAX)
		return -1;
	if ((a->n & (a->n - 1)) == 0)
		a->pending = sc_xreallocarray(
		    a->pending, a->n > 0 ? 2 * a->n : 1, sizeof(*a->pending));
	p = &a->pending[a->n++];
	*p = (struct sink_ack){ .channel = channel,
		.id = (*sink_map_at(&a->next, channel))++,
		.since_ms = now_ms };
	*place_of(a, p) = (int64_t)a->n;
	return p->id;
}

/* The last one takes the place. */
static void
forget(struct sink_acks *a, struct sink_ack *p)
{
	*place_of(a, p) = 0;
	*p = a->pending[--a->n];
	if (p != &a->pending[a->n])
		*place_of(a, p) = p - a->pending + 1;
}

bool
sink_acks_ask(struct sink_acks *a, const struct sink_ack_terms *t,
    uint64_t channel, int64_t id, int64_t now_ms)
{
	int64_t place = sink_map_get(&a->places, hash_of(channel, id));
	struct sink_ack *p;

	if (place == 0)
		return false;
	p = &a->pending[place - 1];
	if (t->never || p->polls++ < t->polls ||
	    now_ms - p->since_ms < t->after_ms)
		return false;
	forget(a, p);
	return true;
}

void
sink_acks_fini(struct sink_acks *a)
{
	sink_map_fini(&a->next);
	sink_map_fini(&a->places);
	free(a->pending);
}
