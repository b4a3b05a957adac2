#include <stdlib.h>
#include <sysexits.h>

#include "json_impl.h"
#include "sc/json.h"
#include "sc/mem.h"

static uint32_t
slot_of(const char *name, size_t n)
{
	return json_hash(name, n) >> (32 - JSON_SLOT_BITS);
}

static uint16_t
find(const struct sc_json_plan *plan, const struct json_node *parent,
    struct sc_slice name)
{
	uint16_t i = parent->slot[slot_of(name.p, name.n)];

	while (i != 0 &&
	    (plan->node[i].n != name.n ||
		memcmp(plan->node[i].name, name.p, name.n) != 0))
		i = plan->node[i].next;
	return i;
}

/* The index of the parent's child of this name, which is made if need be. */
static uint16_t
grow(struct sc_json_plan *plan, uint16_t parent, struct sc_slice name)
{
	uint16_t i = find(plan, &plan->node[parent], name);
	uint16_t *slot;

	if (i != 0)
		return i;
	i = (uint16_t)plan->nnodes++;
	plan->node =
	    sc_xreallocarray(plan->node, plan->nnodes, sizeof(plan->node[0]));
	plan->node[parent].sizes |= UINT64_C(1) << (name.n % 64);
	slot = &plan->node[parent].slot[slot_of(name.p, name.n)];
	plan->node[i] = (struct json_node){
		.name = sc_xstrndup(name.p, name.n),
		.n = name.n,
		.next = *slot,
	};
	*slot = i;
	return i;
}

static int
add_path(
    struct sc_json_plan *plan, const char *path, uint64_t bit, struct sc_err *e)
{
	const char *p = path;
	bool more = *p != '\0';
	uint16_t at = 0;
	int depth = 0;

	plan->node[0].below |= bit;
	while (more) {
		struct sc_slice name = { .p = p, .n = strcspn(p, ".") };

		if (name.n == 0)
			return sc_fail(
			    e, EX_CONFIG, "JSON path \"%s\": empty name", path);
		if (++depth > SC_JSON_MAX_DEPTH)
			return sc_fail(
			    e, EX_CONFIG, "JSON path \"%s\": too long", path);
		at = grow(plan, at, name);
		plan->node[at].below |= bit;
		p += name.n;
		more = *p++ == '.';
	}
	plan->node[at].ends |= bit;
	return 0;
}

struct sc_json_plan *
sc_json_plan_new(const char *const *paths, size_t npaths, struct sc_err *e)
{
	struct sc_json_plan *plan;

	if (npaths > 64) {
		(void)sc_fail(e, EX_CONFIG, "more than 64 JSON paths");
		return NULL;
	}
	plan = sc_xcalloc(1, sizeof(*plan));
	plan->npaths = npaths;
	plan->nnodes = 1;
	plan->node = sc_xcalloc(1, sizeof(plan->node[0]));
	for (size_t i = 0; i < npaths; i++) {
		if (add_path(plan, paths[i], UINT64_C(1) << i, e) == -1) {
			sc_json_plan_free(plan);
			return NULL;
		}
	}
	return plan;
}

void
sc_json_plan_free(struct sc_json_plan *plan)
{
	if (plan == NULL)
		return;
	for (size_t i = 0; i < plan->nnodes; i++)
		free(plan->node[i].name);
	free(plan->node);
	free(plan);
}

/* The rare case: the name's hash says nothing, so all children are asked. */
static uint16_t
find_escaped(const struct sc_json_plan *plan, const struct json_node *parent,
    struct sc_slice name)
{
	struct sc_json_val v = { .type = SC_JSON_STRING,
		.raw = { .p = name.p - 1, .n = name.n + 2 } };

	for (size_t slot = 0; slot < 1u << JSON_SLOT_BITS; slot++) {
		uint16_t i = parent->slot[slot];

		while (i != 0 && !sc_json_is(v, plan->node[i].name))
			i = plan->node[i].next;
		if (i != 0)
			return i;
	}
	return 0;
}

const struct json_node *
json_plan_child(const struct sc_json_plan *plan, const struct json_node *parent,
    struct sc_slice name, bool escaped)
{
	uint16_t i = escaped ? find_escaped(plan, parent, name)
			     : find(plan, parent, name);

	return i != 0 ? &plan->node[i] : NULL;
}
