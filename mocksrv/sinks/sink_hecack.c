#include <stdlib.h>

#include "mocksrv/sinks/sink_hec.h"
#include "sc/mem.h"

int64_t
sink_acks_add(struct sink_acks *a, uint64_t channel, int64_t now_ms)
{
	int64_t id;

	if (a->n == SINK_ACKS_MAX)
		return -1;
	id = (*sink_map_at(&a->next, channel))++;
	if ((a->n & (a->n - 1)) == 0)
		a->pending = sc_xreallocarray(
		    a->pending, a->n > 0 ? 2 * a->n : 1, sizeof(*a->pending));
	a->pending[a->n++] = (struct sink_ack){
		.channel = channel, .id = id, .since_ms = now_ms
	};
	return id;
}

bool
sink_acks_ask(struct sink_acks *a, const struct sink_ack_terms *t,
    uint64_t channel, int64_t id, int64_t now_ms)
{
	for (size_t i = 0; i < a->n; i++) {
		struct sink_ack *p = &a->pending[i];

		if (p->channel != channel || p->id != id)
			continue;
		if (t->never || p->polls++ < t->polls ||
		    now_ms - p->since_ms < t->after_ms)
			return false;
		*p = a->pending[--a->n];
		return true;
	}
	return false;
}

void
sink_acks_fini(struct sink_acks *a)
{
	sink_map_fini(&a->next);
	free(a->pending);
}
