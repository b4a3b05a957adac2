#include <stdlib.h>
#include <string.h>

#include "sc/conf.h"
#include "sc/log.h"
#include "sc/mem.h"

#include "names.h"

/* The names that one option of a search can have. */
struct names {
	char **v;
	size_t n;
};

struct all {
	struct names streams, short_streams, integrations, vendors;
};

static void
add(struct names *t, const char *p, size_t n)
{
	sc_names_add(&t->v, &t->n, sc_xstrndup(p, n));
}

static int
take(void *arg, struct sc_slice stream, struct sc_slice integration,
    struct sc_slice vendor)
{
	const char *dot = memchr(stream.p, '.', stream.n);
	struct all *all = arg;

	add(&all->streams, stream.p, stream.n);
	if (dot != NULL)
		add(&all->short_streams, dot + 1,
		    stream.n - (size_t)(dot + 1 - stream.p));
	add(&all->integrations, integration.p, integration.n);
	add(&all->vendors, vendor.p, vendor.n);
	return 0;
}

static void
doubt(const struct names *t, const char *option, const char *word)
{
	const char *near;

	if (word == NULL || t->n == 0)
		return;
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->v[i], word) == 0)
			return;
	}
	near = sc_nearest(word, (const char *const *)t->v, t->n);
	sc_warn("%s %.80s: the store has nothing of that name%s%s%s", option,
	    word, near != NULL ? "; did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
}

int
names_doubt(
    struct sc_store *store, const struct sc_store_query *q, struct sc_err *e)
{
	struct all all = { 0 };
	struct names *const lists[] = { &all.streams, &all.short_streams,
		&all.integrations, &all.vendors };
	int rc = 0;

	if (q->integration != NULL || q->stream != NULL || q->vendor != NULL)
		rc = sc_store_streams(store, take, &all, e);
	if (rc == 0) {
		doubt(&all.integrations, "--integration", q->integration);
		doubt(&all.vendors, "--vendor", q->vendor);
		if (q->stream != NULL && strchr(q->stream, '.') != NULL)
			doubt(&all.streams, "--stream", q->stream);
		else
			doubt(&all.short_streams, "--stream", q->stream);
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		sc_names_free(lists[i]->v, lists[i]->n);
	return rc;
}
