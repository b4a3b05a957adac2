#include <stdlib.h>

#include "mocksrv/feed.h"
#include "mocksrv/table.h"
#include "sc/mem.h"

void
mock_feed_add(
    struct mock_feed *f, const struct mock_when *when, struct mock_table *table)
{
	f->versions =
	    sc_xreallocarray(f->versions, f->n + 1, sizeof(*f->versions));
	f->versions[f->n++] = (struct mock_version){ *when, table, 0 };
}

static struct mock_version *
current(const struct mock_feed *f, int64_t now_ms)
{
	size_t i = f->n - 1;

	while (i > 0 &&
	    (now_ms < f->versions[i].when.at_ms ||
		f->requests < f->versions[i].when.request))
		i--;
	return &f->versions[i];
}

struct mock_table *
mock_feed_current(const struct mock_feed *f, int64_t now_ms)
{
	return current(f, now_ms)->table;
}

struct mock_table *
mock_feed_ask(struct mock_feed *f, int64_t now_ms)
{
	struct mock_version *v;

	f->requests++;
	v = current(f, now_ms);
	v->asked++;
	return v->table;
}

void
mock_feed_fini(struct mock_feed *f)
{
	for (size_t i = 0; i < f->n; i++)
		mock_table_free(f->versions[i].table);
	free(f->versions);
	*f = (struct mock_feed){ 0 };
}
