#include <inttypes.h>
#include <stdlib.h>

#include "sc/json.h"
#include "sc/mem.h"

#include "explain.h"
#include "field.h"

void
explain_init(struct explain *x, const char *confdir)
{
	*x = (struct explain){ .streams = { .confdir = confdir } };
	sc_buf_init(&x->scratch, SC_LINE_MAX);
}

void
explain_fini(struct explain *x)
{
	for (size_t i = 0; i < x->nmappings; i++) {
		size_t n = x->streams.mappings[i]->map->nfields;

		for (size_t j = 0; j < n; j++) {
			free(x->fields[i][j].error);
			free(x->fields[i][j].mistype);
		}
		free(x->fields[i]);
	}
	free(x->fields);
	free(x->records);
	streams_fini(&x->streams);
	sc_buf_fini(&x->scratch);
}

/* Room for the counts of the mappings that have come since. */
static void
follow_mappings(struct explain *x)
{
	while (x->nmappings < x->streams.nmappings) {
		size_t i = x->nmappings++;
		size_t n = x->streams.mappings[i]->map->nfields;

		x->fields = sc_xreallocarray(
		    x->fields, x->nmappings, sizeof(*x->fields));
		x->records = sc_xreallocarray(
		    x->records, x->nmappings, sizeof(*x->records));
		x->fields[i] = sc_xcalloc(n + 1, sizeof(**x->fields));
		x->records[i] = 0;
	}
}

static bool
fits(const struct field *f, struct sc_json_val type)
{
	switch (f->type) {
	case FIELD_TEXT:
		return sc_json_is(type, "string");
	case FIELD_NUMBER:
		return sc_json_is(type, "number");
	case FIELD_TEXTS:
	case FIELD_NUMBERS:
		return sc_json_is(type, "array");
	case FIELD_ANY:
	default:
		return true;
	}
}

/* One member of the explaining program's result: [type, error]. */
static void
count(struct explain_field *f, const char *name, struct sc_json_val pair,
    uint64_t lineno)
{
	struct sc_json_iter it = sc_json_iter(pair);
	struct sc_json_val type = { 0 }, error = { 0 };

	(void)sc_json_next(&it, NULL, &type);
	(void)sc_json_next(&it, NULL, &error);
	if (error.type == SC_JSON_STRING) {
		f->failed++;
		if (f->error == NULL) {
			f->error = sc_json_dup(error);
			f->error_line = lineno;
		}
	}
	if (sc_json_is(type, "absent")) {
		f->absent++;
		return;
	}
	f->values++;
	if (fits(field_find(name), type))
		return;
	f->mistyped++;
	if (f->mistype == NULL)
		f->mistype = sc_json_dup(type);
}

static size_t
index_of(const struct explain *x, const struct mapping *m)
{
	size_t i = 0;

	while (x->streams.mappings[i] != m)
		i++;
	return i;
}

/* The members come in the order of the map's fields. */
static void
count_all(struct explain *x, size_t at, uint64_t lineno)
{
	const struct map *map = x->streams.mappings[at]->map;
	struct sc_json_val key, pair,
	    all = { SC_JSON_OBJECT, { x->scratch.p, x->scratch.len } };
	struct sc_json_iter it = sc_json_iter(all);

	for (size_t i = 0; i < map->nfields && sc_json_next(&it, &key, &pair);
	     i++)
		count(&x->fields[at][i], map->fields[i].name, pair, lineno);
}

static int
record(struct explain *x, const struct sc_msg *m, struct sc_err *e)
{
	static const char null[] = "null";
	struct stream *st = streams_find(&x->streams, m, e);
	struct jqrun_input in = { .record = m->record.raw };
	struct sc_jw jw;
	size_t at;

	if (st == NULL)
		return -1;
	if (st->mapping == NULL || m->record.type != SC_JSON_OBJECT)
		return 0;
	if (mapping_start(st->mapping, PROGRAM_EXPLAIN, e) == -1)
		return -1;
	if (st->mapping->uses_ctx)
		in.ctx = m->ctx.type != SC_JSON_NONE ? m->ctx.raw
						     : sc_slice_of(null);
	sc_buf_reset(&x->scratch);
	sc_jw_init(&jw, &x->scratch);
	sc_jw_obj(&jw);
	if (jqrun_members(st->mapping->jq, &in, &jw, e) == -1)
		return sc_ctx(e, "line %" PRIu64, m->lineno);
	sc_jw_end(&jw, '}');
	at = index_of(x, st->mapping);
	x->records[at]++;
	count_all(x, at, m->lineno);
	return 0;
}

int
explain_input(struct explain *x, int fd, const char *name, struct sc_err *e)
{
	struct sc_msg_reader r;
	struct sc_msg m;
	int rc;

	sc_msg_reader_init(&r, fd, name);
	while ((rc = sc_msg_next(&r, &m, e)) == 1) {
		if (m.type == SC_MSG_SCHEMA)
			rc =
			    streams_schema(&x->streams, &m, e) == NULL ? -1 : 0;
		else if (m.type == SC_MSG_RECORD)
			rc = record(x, &m, e);
		if (rc == -1)
			break;
		follow_mappings(x);
	}
	sc_msg_reader_fini(&r);
	return rc;
}

static void
print_field(
    const struct map_line *l, const struct explain_field *f, struct sc_buf *out)
{
	(void)sc_buf_addf(out,
	    "%-20s %8" PRId64 " %8" PRId64 " %8" PRId64 "  %s:%u\n", l->name,
	    f->values, f->absent, f->failed, l->file, l->lineno);
	if (f->failed > 0)
		(void)sc_buf_addf(out,
		    "    failed first in line %" PRIu64 ": %s\n", f->error_line,
		    f->error != NULL ? f->error : "(no text)");
	if (f->mistyped > 0)
		(void)sc_buf_addf(out,
		    "    %" PRId64 " values have the wrong type, such as %s\n",
		    f->mistyped, f->mistype);
}

void
explain_print(const struct explain *x, struct sc_buf *out)
{
	for (size_t i = 0; i < x->nmappings; i++) {
		struct mapping *m = x->streams.mappings[i];

		(void)sc_buf_addf(out, "%s  %" PRId64 " records\n",
		    mapping_rendition(m), x->records[i]);
		(void)sc_buf_addf(out, "%-20s %8s %8s %8s  %s\n", "FIELD",
		    "VALUES", "ABSENT", "FAILED", "LINE");
		for (size_t j = 0; j < m->map->nfields; j++)
			print_field(&m->map->fields[j], &x->fields[i][j], out);
	}
}
