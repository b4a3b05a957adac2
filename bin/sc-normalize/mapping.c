#include <stdlib.h>

#include "sc/json.h"
#include "sc/mem.h"

#include "mapping.h"

/* A string in jq's sense may still be no JSON. */
static const char *
constant(const struct map_line *l)
{
	struct sc_err ignored = { 0 };
	struct sc_slice text;

	if (l == NULL || !l->literal)
		return NULL;
	text = sc_slice_of(l->text);
	return sc_json_scan(text.p, text.n, NULL, 0, NULL, &ignored) == 0
	    ? l->text
	    : NULL;
}

struct mapping *
mapping_new(const char *confdir, const char *vendor, const char *stream,
    struct sc_err *e)
{
	struct map *map = map_load(confdir, vendor, stream, e);
	struct mapping *m;

	if (map == NULL)
		return NULL;
	m = sc_xcalloc(1, sizeof(*m));
	m->map = map;
	m->uses_ctx = map_uses_ctx(map);
	m->stream_name = constant(map_field(map, "streamName"));
	return m;
}

void
mapping_free(struct mapping *m)
{
	if (m == NULL)
		return;
	jqrun_free(m->jq);
	free(m->rendition);
	map_free(m->map);
	free(m);
}

/* A run without records does without OpenSSL, which takes time to start. */
const char *
mapping_rendition(struct mapping *m)
{
	if (m->rendition == NULL)
		m->rendition = program_rendition(m->map);
	return m->rendition;
}

static bool
compiles(struct sc_buf *program, struct sc_err *e)
{
	struct jqrun *jq = jqrun_new(sc_buf_str(program), e);

	jqrun_free(jq);
	sc_buf_reset(program);
	return jq != NULL;
}

/* The first line that does not compile; e receives libjq's complaint. */
static const struct map_line *
culprit(const struct map *m, struct sc_err *e)
{
	const struct map_line *found = NULL;
	struct sc_buf b;

	sc_buf_init(&b, PROGRAM_MAX);
	for (size_t i = 0; i < m->ndefs && found == NULL; i++) {
		program_defs(m, i + 1, &b);
		if (!compiles(&b, e))
			found = &m->defs[i];
	}
	for (size_t i = 0; i < m->nfields && found == NULL; i++) {
		program_field(m, &m->fields[i], &b);
		if (!compiles(&b, e))
			found = &m->fields[i];
	}
	sc_buf_fini(&b);
	return found;
}

int
mapping_start(struct mapping *m, enum program_form form, struct sc_err *e)
{
	const struct map_line *l;
	struct sc_err why = { 0 };
	struct sc_buf b;

	if (m->jq != NULL)
		return 0;
	sc_buf_init(&b, PROGRAM_MAX);
	program_text(m->map, form, &b);
	m->jq = jqrun_new(sc_buf_str(&b), e);
	sc_buf_fini(&b);
	if (m->jq != NULL)
		return 0;
	if ((l = culprit(m->map, &why)) == NULL)
		return sc_ctx(e, "%s/%s", m->map->vendor, m->map->stream);
	*e = why;
	return sc_ctx(e, "%s:%u: %s", l->file, l->lineno, l->name);
}
