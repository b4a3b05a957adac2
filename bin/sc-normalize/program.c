#include <stdlib.h>
#include <string.h>

#include "sc/ident.h"
#include "sc/mem.h"

#include "program.h"

/* Counts up when sc-normalize changes what it adds to a mapping's result. */
#define ADDITIONS "1"

static void
origin(const struct map_line *l, enum program_form form, struct sc_buf *out)
{
	if (form == PROGRAM_PRINT)
		(void)sc_buf_addf(out, "# %s:%u\n", l->file, l->lineno);
}

static void
prologue(const struct map *m, enum program_form form, struct sc_buf *out)
{
	if (!map_uses_ctx(m))
		return;
	(void)sc_buf_adds(out,
	    form == PROGRAM_PRINT ? "$ARGS.named.ctx as $ctx |\n"
				  : ".[1] as $ctx | .[0] |\n");
}

static void
defs(const struct map *m, size_t n, enum program_form form, struct sc_buf *out)
{
	for (size_t i = 0; i < n; i++) {
		origin(&m->defs[i], form, out);
		(void)sc_buf_addf(out, "%s\n", m->defs[i].text);
	}
}

static void
field(const struct map_line *l, enum program_form form, struct sc_buf *out)
{
	if (form == PROGRAM_EXPLAIN)
		(void)sc_buf_addf(out,
		    "%s: [([(%s)?][0] | if . == null or . == \"\" "
		    "then \"absent\" else type end), "
		    "[try ((%s) | empty) catch tostring][0]]",
		    l->name, l->text, l->text);
	else
		(void)sc_buf_addf(out, "%s: [(%s)?][0]", l->name, l->text);
}

void
program_text(const struct map *m, enum program_form form, struct sc_buf *out)
{
	prologue(m, form, out);
	defs(m, m->ndefs, form, out);
	(void)sc_buf_adds(out, "{\n");
	for (size_t i = 0; i < m->nfields; i++) {
		origin(&m->fields[i], form, out);
		field(&m->fields[i], form, out);
		(void)sc_buf_adds(out, i + 1 < m->nfields ? ",\n" : "\n");
	}
	(void)sc_buf_adds(out, "}\n");
	if (form == PROGRAM_PRINT)
		(void)sc_buf_adds(
		    out, "| del(.[] | select(. == null or . == \"\"))\n");
}

void
program_field(const struct map *m, const struct map_line *l, struct sc_buf *out)
{
	prologue(m, PROGRAM_RUN, out);
	defs(m, m->ndefs, PROGRAM_RUN, out);
	(void)sc_buf_addf(out, "[(%s)?][0]\n", l->text);
}

void
program_defs(const struct map *m, size_t n, struct sc_buf *out)
{
	const char *name = m->defs[n - 1].name;
	size_t len = strcspn(name, "/");
	const char *sep = "(";

	prologue(m, PROGRAM_RUN, out);
	defs(m, n, PROGRAM_RUN, out);
	/* What nobody calls is not even looked at by libjq. */
	(void)sc_buf_add(out, name, len);
	for (long params = strtol(name + len + 1, NULL, 10); params > 0;
	     params--) {
		(void)sc_buf_addf(out, "%s.", sep);
		sep = ";";
	}
	(void)sc_buf_adds(out, *sep == ';' ? ")\n" : "\n");
}

char *
program_rendition(const struct map *m)
{
	char hex[SC_SHA256_BUF];
	struct sc_buf b;
	char *name;

	sc_buf_init(&b, PROGRAM_MAX);
	program_text(m, PROGRAM_RUN, &b);
	(void)sc_buf_adds(&b, "additions " ADDITIONS "\n");
	(void)sc_sha256_hex(b.p, b.len, hex);
	name = sc_xasprintf("%s/%s@%.12s", m->vendor, m->stream, hex);
	sc_buf_fini(&b);
	return name;
}
