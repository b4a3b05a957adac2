#include <stdlib.h>
#include <string.h>

#include "sc/json.h"

/* The parser of map files belongs to one program, not to a library. */
#include "bin/sc-normalize/field.c"
#include "bin/sc-normalize/jqlex.c"
#include "bin/sc-normalize/mapfile.c"
#include "bin/sc-normalize/program.c"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

/* What has been accepted once is accepted again and stays as it is. */
static void
check_line(const struct map_line *l, bool is_def)
{
	struct sc_slice text = sc_slice_of(l->text);
	struct jqlex_facts facts;
	char name[JQLEX_NAME];
	struct sc_err e = { 0 };
	struct sc_buf out;

	sc_buf_init(&out, MAP_FILE_MAX);
	CHECK(text.n > 0 && sc_utf8_valid(text.p, text.n) == text.n);
	CHECK((is_def ? jqlex_check_def(text, &out, &facts, name, &e)
		      : jqlex_check(text, &out, &facts, &e)) == 0);
	CHECK(out.len == text.n && memcmp(out.p, text.p, text.n) == 0);
	CHECK(facts.uses_ctx == l->uses_ctx && facts.literal == l->literal);
	CHECK(!is_def || strcmp(name, l->name) == 0);
	CHECK(is_def || (field_find(l->name) && !field_find(l->name)->ours));
	sc_buf_fini(&out);
}

static void
check_map(const struct map *m)
{
	struct sc_buf b;
	char *rendition;

	for (size_t i = 0; i < m->ndefs; i++)
		check_line(&m->defs[i], true);
	for (size_t i = 0; i < m->nfields; i++) {
		check_line(&m->fields[i], false);
		CHECK(map_field(m, m->fields[i].name) == &m->fields[i]);
	}
	sc_buf_init(&b, PROGRAM_MAX);
	program_text(m, PROGRAM_PRINT, &b);
	program_text(m, PROGRAM_EXPLAIN, &b);
	for (size_t i = 0; i < m->ndefs; i++)
		program_defs(m, i + 1, &b);
	CHECK(strlen(sc_buf_str(&b)) == b.len);
	sc_buf_fini(&b);
	rendition = program_rendition(m);
	free(rendition);
}

/* The shipped map and the local one, divided by the first NUL. */
int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const char *p = (const char *)data;
	const char *nul = n > 0 ? memchr(p, '\0', n) : NULL;
	size_t first = nul != NULL ? (size_t)(nul - p) : n;
	struct map *m = sc_xcalloc(1, sizeof(*m));
	struct sc_err e = { 0 };
	int rc;

	m->vendor = sc_xstrdup("v");
	m->stream = sc_xstrdup("s");
	rc = map_parse(m, "s.map", (struct sc_slice){ p, first }, false, &e);
	if (rc == 0 && nul != NULL)
		rc = map_parse(m, "l.map",
		    (struct sc_slice){ nul + 1, n - first - 1 }, true, &e);
	CHECK(rc == 0 || (e.code == EX_CONFIG && e.msg[0] != '\0'));
	if (rc == 0)
		check_map(m);
	map_free(m);
	return 0;
}
