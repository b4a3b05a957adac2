#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/file.h"
#include "sc/json.h"
#include "sc/mem.h"
#include "sc/vendor.h"

#include "field.h"
#include "jqlex.h"
#include "map.h"

/* One file on its way into the map. */
struct parser {
	struct map *map;
	const char *file;
	bool local;
	struct sc_buf entry; /* the logical line being collected */
	struct sc_buf text;  /* the same without comments */
	unsigned entry_at;   /* where it began, 0: there is none */
	unsigned lineno;     /* the line being read */
	struct sc_err *e;
};

static int
bad(const struct parser *p, unsigned lineno)
{
	return sc_ctx(p->e, "%s:%u", p->file, lineno);
}

static struct map_line *
find(struct map_line *lines, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(lines[i].name, name) == 0)
			return &lines[i];
	}
	return NULL;
}

static void
line_fini(struct map_line *l)
{
	free(l->name);
	free(l->text);
	free(l->file);
}

/*
 * Puts a line where its name stands already (a local file over the shipped
 * one) or at the end.
 */
static int
put(struct parser *p, struct map_line **lines, size_t *n, const char *name,
    const struct jqlex_facts *facts)
{
	struct map_line *l = find(*lines, *n, name);

	if (l != NULL && (!p->local || strcmp(l->file, p->file) == 0))
		return sc_fail(p->e, EX_CONFIG, "%s is already on line %u",
		    name, l->lineno);
	if (l != NULL) {
		line_fini(l);
	} else {
		if (*n == MAP_LINES_MAX)
			return sc_fail(p->e, EX_CONFIG, "too many lines");
		*lines = sc_xreallocarray(*lines, *n + 1, sizeof(**lines));
		l = &(*lines)[(*n)++];
	}
	*l = (struct map_line){ .name = sc_xstrdup(name),
		.text = sc_xstrndup(p->text.p, p->text.len),
		.file = sc_xstrdup(p->file),
		.lineno = p->entry_at,
		.uses_ctx = facts->uses_ctx,
		.literal = facts->literal };
	return 0;
}

static void
remove_field(struct map *m, const char *name)
{
	struct map_line *l = find(m->fields, m->nfields, name);

	if (l == NULL)
		return;
	line_fini(l);
	m->nfields--;
	memmove(l, l + 1, (size_t)(&m->fields[m->nfields] - l) * sizeof(*l));
}

static int
check_field(const struct parser *p, const char *name)
{
	const struct field *f = field_find(name);
	const char *near;

	if (f == NULL) {
		near = field_nearest(name);
		return sc_fail(p->e, EX_CONFIG,
		    "no field %s%s%s; own fields begin with x_", name,
		    near != NULL ? ", did you mean " : "",
		    near != NULL ? near : "");
	}
	if (f->ours)
		return sc_fail(
		    p->e, EX_CONFIG, "%s is set by sc-normalize itself", name);
	return 0;
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (c >= '0' && c <= '9');
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static int
field_entry(struct parser *p)
{
	struct sc_slice rest = { p->entry.p, p->entry.len };
	struct jqlex_facts facts;
	char name[64];
	size_t n = 0;

	while (n < rest.n && is_name(rest.p[n]))
		n++;
	if (n == 0 || n >= sizeof(name))
		return sc_fail(p->e, EX_CONFIG, "no \"field = expression\"");
	(void)snprintf(name, sizeof(name), "%.*s", (int)n, rest.p);
	while (n < rest.n && is_space(rest.p[n]))
		n++;
	if (n == rest.n || rest.p[n] != '=')
		return sc_fail(p->e, EX_CONFIG, "no \"=\" behind %s", name);
	for (n++; n < rest.n && is_space(rest.p[n]);)
		n++;
	rest = (struct sc_slice){ rest.p + n, rest.n - n };
	if (check_field(p, name) == -1 ||
	    jqlex_check(rest, &p->text, &facts, p->e) == -1)
		return -1;
	if (p->text.len > 0)
		return put(p, &p->map->fields, &p->map->nfields, name, &facts);
	if (!p->local)
		return sc_fail(p->e, EX_CONFIG, "%s has no expression", name);
	remove_field(p->map, name);
	return 0;
}

/* The collected entry is complete. */
static int
end_entry(struct parser *p)
{
	struct sc_slice text = { p->entry.p, p->entry.len };
	char name[JQLEX_NAME];
	struct jqlex_facts facts;
	int rc;

	if (p->entry_at == 0)
		return 0;
	sc_buf_reset(&p->text);
	if (text.n > 4 && memcmp(text.p, "def", 3) == 0 && is_space(text.p[3]))
		rc = jqlex_check_def(text, &p->text, &facts, name, p->e) == -1
		    ? -1
		    : put(p, &p->map->defs, &p->map->ndefs, name, &facts);
	else
		rc = field_entry(p);
	if (rc == -1)
		return bad(p, p->entry_at);
	sc_buf_reset(&p->entry);
	p->entry_at = 0;
	return 0;
}

/* One physical line without its end. */
static int
line(struct parser *p, struct sc_slice s)
{
	size_t blank = 0;

	while (s.n > 0 && (is_space(s.p[s.n - 1]) || s.p[s.n - 1] == '\r'))
		s.n--;
	while (blank < s.n && is_space(s.p[blank]))
		blank++;
	if (blank == s.n || s.p[blank] == '#')
		return 0;
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') {
			(void)sc_fail(p->e, EX_CONFIG, "a control character");
			return bad(p, p->lineno);
		}
	}
	if (blank == 0) {
		if (end_entry(p) == -1)
			return -1;
		p->entry_at = p->lineno;
	} else if (p->entry_at == 0) {
		(void)sc_fail(p->e, EX_CONFIG,
		    "an indented line continues the one before; there is none");
		return bad(p, p->lineno);
	} else {
		(void)sc_buf_addc(&p->entry, '\n');
	}
	(void)sc_buf_add(&p->entry, s.p, s.n);
	return 0;
}

int
map_parse(struct map *m, const char *file, struct sc_slice text, bool local,
    struct sc_err *e)
{
	struct parser p = { .map = m, .file = file, .local = local, .e = e };
	const char *at = text.p, *end = text.p + text.n;
	int rc = -1;

	sc_buf_init(&p.entry, MAP_FILE_MAX);
	sc_buf_init(&p.text, MAP_FILE_MAX);
	if (text.n > MAP_FILE_MAX || sc_utf8_valid(text.p, text.n) < text.n) {
		(void)sc_fail(e, EX_CONFIG,
		    "%s: larger than %zu bytes or not "
		    "UTF-8",
		    file, MAP_FILE_MAX);
		goto out;
	}
	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		const char *stop = nl != NULL ? nl : end;

		p.lineno++;
		if (line(&p, (struct sc_slice){ at, (size_t)(stop - at) }) ==
		    -1)
			goto out;
		at = nl != NULL ? nl + 1 : end;
	}
	rc = end_entry(&p);
out:
	sc_buf_fini(&p.entry);
	sc_buf_fini(&p.text);
	return rc;
}

static int
load_file(struct map *m, const char *path, bool local, struct sc_err *e)
{
	struct sc_buf text;
	int rc = -1;

	sc_buf_init(&text, MAP_FILE_MAX);
	if (sc_file_read(path, &text, e) == 0)
		rc = map_parse(
		    m, path, (struct sc_slice){ text.p, text.len }, local, e);
	sc_buf_fini(&text);
	return rc;
}

/*
 * Loads STREAM.SUFFIX into the map; 1: done, 0: there is no such file, -1:
 * error.
 */
static int
load_part(struct map *m, const char *confdir, const char *suffix, bool local,
    struct sc_err *e)
{
	char *file = sc_xasprintf("%s.%s", m->stream, suffix);
	char *path = sc_vendor_file(confdir, m->vendor, file, local);
	int rc = 0;

	if (path != NULL)
		rc = load_file(m, path, local, e) == -1 ? -1 : 1;
	free(path);
	free(file);
	return rc;
}

struct map *
map_load(const char *confdir, const char *vendor, const char *stream,
    struct sc_err *e)
{
	struct map *m = sc_xcalloc(1, sizeof(*m));
	int rc;

	m->vendor = sc_xstrdup(vendor);
	m->stream = sc_xstrdup(stream);
	if ((rc = load_part(m, confdir, "map", false, e)) == 0)
		rc = sc_fail(e, EX_CONFIG, "%s has no %s.map", vendor, stream);
	if (rc == 1)
		rc = load_part(m, confdir, "local.map", true, e);
	if (rc != -1)
		return m;
	map_free(m);
	return NULL;
}

void
map_free(struct map *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->ndefs; i++)
		line_fini(&m->defs[i]);
	for (size_t i = 0; i < m->nfields; i++)
		line_fini(&m->fields[i]);
	free(m->defs);
	free(m->fields);
	free(m->vendor);
	free(m->stream);
	free(m);
}

const struct map_line *
map_field(const struct map *m, const char *name)
{
	return find(m->fields, m->nfields, name);
}

static bool
any_uses_ctx(const struct map_line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lines[i].uses_ctx)
			return true;
	}
	return false;
}

bool
map_uses_ctx(const struct map *m)
{
	return any_uses_ctx(m->fields, m->nfields) ||
	    any_uses_ctx(m->defs, m->ndefs);
}
