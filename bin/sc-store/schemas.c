#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "sc/mem.h"

#include "schemas.h"

struct schema {
	char *stream;
	struct sc_buf source; /* JSON */
};

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct schema *)a)->stream,
	    ((const struct schema *)b)->stream);
}

static void
free_schema(void *p)
{
	struct schema *s = p;

	free(s->stream);
	sc_buf_fini(&s->source);
	free(s);
}

void
schemas_fini(struct schemas *t)
{
	tdestroy(t->tree, free_schema);
	t->tree = NULL;
}

/* The one of this stream, made where it is missing. */
static struct schema *
get(struct schemas *t, struct sc_slice stream)
{
	struct schema *s = sc_xcalloc(1, sizeof(*s)), **node;

	s->stream = sc_xstrndup(stream.p, stream.n);
	sc_buf_init(&s->source, SC_LINE_MAX);
	if ((node = tsearch(s, &t->tree, compare)) == NULL)
		abort(); /* as out of memory as the other allocations end */
	if (*node != s)
		free_schema(s);
	return *node;
}

static void
describe(const struct sc_artifact *a, struct sc_buf *b)
{
	const char *dot = memchr(a->stream.p, '.', a->stream.n);
	struct sc_slice name = a->stream;
	struct sc_jw w;

	if (dot != NULL) {
		name.p = dot + 1;
		name.n = (size_t)(a->stream.p + a->stream.n - name.p);
	}
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kvn(&w, "vendor", a->vendor);
	sc_jw_kvn(&w, "integration", a->integration);
	sc_jw_kvn(&w, "stream", name);
	if (a->realm.n > 0)
		sc_jw_kvn(&w, "realm", a->realm);
	if (a->tenant.n > 0)
		sc_jw_kvn(&w, "tenant", a->tenant);
	sc_jw_end(&w, '}');
}

static int
put(const struct schema *s, struct sc_msg_writer *to, struct sc_err *e)
{
	struct sc_jw w;

	sc_msg_begin(to, &w);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "type", "SCHEMA");
	sc_jw_kv(&w, "stream", s->stream);
	sc_jw_key(&w, "key_properties");
	sc_jw_arr(&w);
	sc_jw_str(&w, "id");
	sc_jw_end(&w, ']');
	sc_jw_kvraw(&w, "schema", sc_slice_of("{\"type\":\"object\"}"));
	sc_jw_kvraw(
	    &w, "source", (struct sc_slice){ s->source.p, s->source.len });
	sc_jw_end(&w, '}');
	return sc_msg_end(to, e);
}

int
schemas_put(struct schemas *t, const struct sc_artifact *a,
    struct sc_msg_writer *to, struct sc_err *e)
{
	struct schema *s = get(t, a->stream);
	struct sc_buf now;

	sc_buf_init(&now, SC_LINE_MAX);
	describe(a, &now);
	if (now.len == s->source.len &&
	    memcmp(now.p, s->source.p, now.len) == 0) {
		sc_buf_fini(&now);
		return 0;
	}
	sc_buf_fini(&s->source);
	s->source = now;
	return put(s, to, e);
}
