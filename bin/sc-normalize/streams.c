#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/conf.h"
#include "sc/mem.h"

#include "streams.h"

void
streams_fini(struct streams *s)
{
	for (size_t i = 0; i < s->n; i++) {
		artifact_source_fini(&s->v[i].source);
		free(s->v[i].name);
	}
	for (size_t i = 0; i < s->nmappings; i++)
		mapping_free(s->mappings[i]);
	free(s->v);
	free(s->mappings);
	*s = (struct streams){ .confdir = s->confdir };
}

static bool
is_named(const struct stream *st, struct sc_json_val name)
{
	return sc_slice_is(name.raw, st->name);
}

static struct stream *
lookup(struct streams *s, struct sc_json_val name)
{
	if (s->last < s->n && is_named(&s->v[s->last], name))
		return &s->v[s->last];
	for (size_t i = 0; i < s->n; i++) {
		if (is_named(&s->v[i], name)) {
			s->last = i;
			return &s->v[i];
		}
	}
	return NULL;
}

static struct mapping *
mapping_of(
    struct streams *s, const struct artifact_source *src, struct sc_err *e)
{
	struct mapping *m;

	for (size_t i = 0; i < s->nmappings; i++) {
		m = s->mappings[i];
		if (strcmp(m->map->vendor, src->vendor) == 0 &&
		    strcmp(m->map->stream, src->stream) == 0)
			return m;
	}
	if ((m = mapping_new(s->confdir, src->vendor, src->stream, e)) == NULL)
		return NULL;
	s->mappings = sc_xreallocarray(
	    s->mappings, s->nmappings + 1, sizeof(*s->mappings));
	s->mappings[s->nmappings++] = m;
	return m;
}

/* The names become parts of paths, so they are checked like file names. */
static bool
is_usable(const struct artifact_source *src)
{
	return src->vendor != NULL && sc_name_valid(src->vendor) &&
	    src->stream != NULL && sc_name_valid(src->stream);
}

struct stream *
streams_schema(struct streams *s, const struct sc_msg *m, struct sc_err *e)
{
	struct stream *st = lookup(s, m->stream);

	if (st == NULL) {
		s->v = sc_xreallocarray(s->v, s->n + 1, sizeof(*s->v));
		st = &s->v[s->n++];
		*st = (struct stream){ .name = sc_xstrndup(
					   m->stream.raw.p, m->stream.raw.n) };
	}
	st->mapping = NULL;
	if (m->source.type != SC_JSON_OBJECT)
		return st;
	artifact_source_read(&st->source, m->source);
	if (!is_usable(&st->source)) {
		(void)sc_fail(e, EX_DATAERR,
		    "line %ju: a source without a vendor and a stream",
		    (uintmax_t)m->lineno);
		return NULL;
	}
	st->mapping = mapping_of(s, &st->source, e);
	return st->mapping != NULL ? st : NULL;
}

struct stream *
streams_find(struct streams *s, const struct sc_msg *m, struct sc_err *e)
{
	struct stream *st = lookup(s, m->stream);

	if (st == NULL)
		(void)sc_fail(e, EX_DATAERR,
		    "line %ju: a RECORD without a SCHEMA of its stream before",
		    (uintmax_t)m->lineno);
	return st;
}
