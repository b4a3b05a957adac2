#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <yaml.h>

#include "sc/conf.h"
#include "sc/mem.h"
#include "sc/yaml.h"

/*
 * Recursive descent over libyaml's events.  Every read_*() starts with the
 * first event of its value in r->ev and leaves the last one there.
 */
struct reader {
	yaml_parser_t y;
	yaml_event_t ev;
	const char *name;
	unsigned depth;
	unsigned events;
	struct sc_err *e;
};

static int fail_at(struct reader *, yaml_mark_t, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

static int
fail_at(struct reader *r, yaml_mark_t at, const char *fmt, ...)
{
	char text[sizeof(r->e->msg)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?'; /* of a key that stands in the message */
	}
	(void)sc_fail(r->e, EX_CONFIG, "%s", text);
	return sc_ctx(r->e, "%s:%zu:%zu", r->name, at.line + 1, at.column + 1);
}

static int
syntax_error(struct reader *r)
{
	const yaml_parser_t *y = &r->y;
	yaml_mark_t at =
	    y->error == YAML_READER_ERROR ? y->mark : y->problem_mark;
	const char *hint = "";

	if (strstr(y->problem, "cannot start any token") != NULL)
		hint = " (indent with blanks, not tabs; quote texts that"
		       " start with a special sign)";
	return fail_at(r, at, "%s%s", y->problem, hint);
}

/* What the language has and configuration does not need. */
static int
refuse_extras(struct reader *r)
{
	const yaml_event_t *ev = &r->ev;
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (ev->type == YAML_SCALAR_EVENT) {
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
	} else if (ev->type == YAML_MAPPING_START_EVENT) {
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
	}
	if (anchor != NULL || ev->type == YAML_ALIAS_EVENT)
		return fail_at(r, ev->start_mark,
		    "anchors (&) and aliases (*) are not supported; "
		    "write the value out or quote it");
	if (tag != NULL)
		return fail_at(r, ev->start_mark,
		    "tags (!) are not supported; quote the value");
	return 0;
}

static int
next(struct reader *r)
{
	yaml_event_delete(&r->ev);
	if (!yaml_parser_parse(&r->y, &r->ev))
		return syntax_error(r);
	if (++r->events > SC_YAML_MAX_EVENTS)
		return fail_at(r, r->ev.start_mark, "the file is too long");
	if (r->ev.type == YAML_MAPPING_START_EVENT ||
	    r->ev.type == YAML_SEQUENCE_START_EVENT)
		r->depth++;
	else if (r->ev.type == YAML_MAPPING_END_EVENT ||
	    r->ev.type == YAML_SEQUENCE_END_EVENT)
		r->depth--;
	if (r->depth > SC_YAML_MAX_DEPTH)
		return fail_at(r, r->ev.start_mark, "nested too deeply");
	return refuse_extras(r);
}

static int
next_n(struct reader *r, int n)
{
	int rc = 0;

	while (n-- > 0 && rc == 0)
		rc = next(r);
	return rc;
}

static const char *
kind_of_event(const yaml_event_t *ev)
{
	switch ((int)ev->type) {
	case YAML_MAPPING_START_EVENT:
		return "a mapping";
	case YAML_SEQUENCE_START_EVENT:
		return "a list";
	default:
		return "a single value";
	}
}

static int
expect(struct reader *r, const char *what, yaml_event_type_t type)
{
	yaml_event_t wanted = { .type = type };

	if (r->ev.type == type)
		return 0;
	return fail_at(r, r->ev.start_mark, "\"%s\" must be %s, not %s", what,
	    kind_of_event(&wanted), kind_of_event(&r->ev));
}

static struct sc_slice
scalar(const struct reader *r)
{
	return (struct sc_slice){ .p = (const char *)r->ev.data.scalar.value,
		.n = r->ev.data.scalar.length };
}

/* Passes over a value of any kind. */
static int
skip_value(struct reader *r)
{
	bool nested = r->ev.type != YAML_SCALAR_EVENT;
	unsigned outside = nested ? r->depth - 1 : r->depth;

	while (r->depth > outside) {
		if (next(r) == -1)
			return -1;
	}
	return 0;
}

static int
unknown_key(struct reader *r, const struct sc_yaml_schema *s)
{
	const char *key = (const char *)r->ev.data.scalar.value;
	const char **list = sc_xcalloc(s->nfields, sizeof(*list));
	const char *near;
	struct sc_buf all;

	sc_buf_init(&all, sizeof(r->e->msg) / 2);
	for (size_t i = 0; i < s->nfields; i++) {
		list[i] = s->fields[i].key;
		(void)sc_buf_addf(&all, "%s%s", i > 0 ? ", " : "", list[i]);
	}
	near = sc_nearest(key, list, s->nfields);
	if (near != NULL)
		(void)fail_at(r, r->ev.start_mark,
		    "unknown key \"%.40s\"; did you mean \"%s\"?", key, near);
	else
		(void)fail_at(r, r->ev.start_mark,
		    "unknown key \"%.40s\"; known here: %s", key,
		    sc_buf_str(&all));
	sc_buf_fini(&all);
	free(list);
	return -1;
}

static int read_value(
    struct reader *, const struct sc_yaml_field *, const char *, void *);

/* A key in r->ev: its value follows.  seen: line of each field, 0 = not yet. */
static int
read_member(
    struct reader *r, const struct sc_yaml_schema *s, size_t *seen, void *out)
{
	size_t i = 0;

	if (r->ev.type != YAML_SCALAR_EVENT)
		return fail_at(r, r->ev.start_mark, "a key must be a word");
	while (i < s->nfields && !sc_slice_is(scalar(r), s->fields[i].key))
		i++;
	if (i == s->nfields) {
		if (!s->open)
			return unknown_key(r, s);
		return next(r) == -1 ? -1 : skip_value(r);
	}
	if (seen[i] != 0)
		return fail_at(r, r->ev.start_mark,
		    "duplicate key \"%s\", first in line %zu", s->fields[i].key,
		    seen[i]);
	seen[i] = r->ev.start_mark.line + 1;
	if (next(r) == -1)
		return -1;
	return read_value(r, &s->fields[i], s->fields[i].key, out);
}

static int
read_map(struct reader *r, const struct sc_yaml_schema *s, void *out)
{
	size_t *seen = sc_xcalloc(s->nfields, sizeof(*seen));
	yaml_mark_t start = r->ev.start_mark;
	int rc = -1;

	while ((rc = next(r)) == 0 && r->ev.type != YAML_MAPPING_END_EVENT) {
		if ((rc = read_member(r, s, seen, out)) == -1)
			break;
	}
	for (size_t i = 0; i < s->nfields && rc == 0; i++) {
		if ((s->fields[i].flags & SC_YAML_REQUIRED) && seen[i] == 0)
			rc = fail_at(
			    r, start, "\"%s\" is missing", s->fields[i].key);
	}
	free(seen);
	return rc;
}

/* Room for one more element, zeroed and counted at once. */
static void *
grow(const struct sc_yaml_field *f, void *out, size_t size)
{
	char **items = (char **)((char *)out + f->at);
	size_t *n = (size_t *)((char *)out + f->count);

	*items = sc_xreallocarray(*items, *n + 1, size);
	memset(*items + *n * size, 0, size);
	return *items + (*n)++ * size;
}

static int
read_seq(struct reader *r, const struct sc_yaml_field *f, void *out)
{
	while (next(r) == 0) {
		if (r->ev.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		if (expect(r, f->key, YAML_MAPPING_START_EVENT) == -1 ||
		    read_map(r, f->sub, grow(f, out, f->sub->size)) == -1)
			return -1;
	}
	return -1;
}

static int
read_list(struct reader *r, const struct sc_yaml_field *f, void *out)
{
	const struct sc_yaml_field text = { .key = f->key,
		.kind = SC_YAML_TEXT,
		.max = f->max,
		.check = f->check };

	if ((f->flags & SC_YAML_ONE) && r->ev.type == YAML_SCALAR_EVENT)
		return read_value(
		    r, &text, f->key, grow(f, out, sizeof(char *)));
	if (expect(r, f->key, YAML_SEQUENCE_START_EVENT) == -1)
		return -1;
	while (next(r) == 0) {
		if (r->ev.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		if (read_value(
			r, &text, f->key, grow(f, out, sizeof(char *))) == -1)
			return -1;
	}
	return -1;
}

/*
 * The name of a new element of a DICT or PAIRS: `offset` is where each of the
 * *n elements before it keeps its own.
 */
static int
read_name(struct reader *r, const struct sc_yaml_field *f, const void *out,
    size_t size, size_t offset)
{
	const struct sc_yaml_field text = {
		.key = f->key, .kind = SC_YAML_TEXT, .check = f->check
	};
	char *items = *(char *const *)((const char *)out + f->at);
	size_t n = *(const size_t *)((const char *)out + f->count) - 1;
	char **name = (char **)(items + n * size + offset);

	if (read_value(r, &text, f->key, name) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(*(char **)(items + i * size + offset), *name) == 0)
			return fail_at(r, r->ev.start_mark,
			    "duplicate key \"%.40s\"", *name);
	}
	return next(r);
}

static int
read_dict(struct reader *r, const struct sc_yaml_field *f, void *out)
{
	const struct sc_yaml_schema *s = f->sub;

	while (next(r) == 0) {
		void *item;

		if (r->ev.type == YAML_MAPPING_END_EVENT)
			return 0;
		item = grow(f, out, s->size);
		if (read_name(r, f, out, s->size, s->name) == -1 ||
		    expect(r, f->key, YAML_MAPPING_START_EVENT) == -1 ||
		    read_map(r, s, item) == -1)
			return -1;
	}
	return -1;
}

static int
read_pairs(struct reader *r, const struct sc_yaml_field *f, void *out)
{
	const struct sc_yaml_field value = { .key = f->key,
		.kind = SC_YAML_TEXT,
		.flags = SC_YAML_EMPTY,
		.at = offsetof(struct sc_pair, value) };

	while (next(r) == 0) {
		struct sc_pair *pair;

		if (r->ev.type == YAML_MAPPING_END_EVENT)
			return 0;
		pair = grow(f, out, sizeof(*pair));
		if (read_name(r, f, out, sizeof(*pair),
			offsetof(struct sc_pair, name)) == -1 ||
		    read_value(r, &value, pair->name, pair) == -1)
			return -1;
	}
	return -1;
}

static int
read_scalar(struct reader *r, const struct sc_yaml_field *f, void *to)
{
	if (sc_yaml_scalar(f, scalar(r), to, r->e) == 0)
		return 0;
	return sc_ctx(r->e, "%s:%zu:%zu", r->name, r->ev.start_mark.line + 1,
	    r->ev.start_mark.column + 1);
}

/* label: how the value is called in messages. */
static int
read_value(struct reader *r, const struct sc_yaml_field *f, const char *label,
    void *out)
{
	char *to = (char *)out + f->at;

	if (f->kind == SC_YAML_LIST)
		return read_list(r, f, out);
	if (f->kind == SC_YAML_SEQ) {
		if (expect(r, label, YAML_SEQUENCE_START_EVENT) == -1)
			return -1;
		return read_seq(r, f, out);
	}
	if (f->kind == SC_YAML_MAP || f->kind == SC_YAML_DICT ||
	    f->kind == SC_YAML_PAIRS) {
		if (expect(r, label, YAML_MAPPING_START_EVENT) == -1)
			return -1;
		if (f->kind == SC_YAML_MAP)
			return read_map(r, f->sub, to);
		return f->kind == SC_YAML_DICT ? read_dict(r, f, out)
					       : read_pairs(r, f, out);
	}
	if (expect(r, label, YAML_SCALAR_EVENT) == -1)
		return -1;
	return read_scalar(r, f, to);
}

/* The whole stream: one document, a mapping.  An empty file is an empty one. */
static int
read_stream(struct reader *r, const struct sc_yaml_schema *s, void *out)
{
	if (next_n(r, 2) == -1)
		return -1;
	if (r->ev.type == YAML_STREAM_END_EVENT)
		return fail_at(r, r->ev.start_mark, "the file is empty");
	if (next(r) == -1)
		return -1;
	if (r->ev.type != YAML_MAPPING_START_EVENT)
		return fail_at(r, r->ev.start_mark,
		    "the file must consist of \"key: value\" lines");
	if (read_map(r, s, out) == -1 || next_n(r, 2) == -1)
		return -1;
	if (r->ev.type != YAML_STREAM_END_EVENT)
		return fail_at(r, r->ev.start_mark,
		    "only one document a file: remove the line ---");
	return 0;
}

int
sc_yaml_parse(const char *name, struct sc_slice text,
    const struct sc_yaml_schema *s, void *out, struct sc_err *e)
{
	struct reader r = { .name = name, .e = e };
	int rc;

	if (text.n > SC_YAML_MAX_BYTES)
		return sc_fail(e, EX_CONFIG, "%s is larger than %zu bytes",
		    name, SC_YAML_MAX_BYTES);
	if (!yaml_parser_initialize(&r.y))
		return sc_fail(e, EX_OSERR, "%s: out of memory", name);
	yaml_parser_set_encoding(&r.y, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &r.y, (const unsigned char *)text.p, text.n);
	rc = read_stream(&r, s, out);
	yaml_event_delete(&r.ev);
	yaml_parser_delete(&r.y);
	if (rc == -1)
		sc_yaml_release(s, out);
	return rc;
}
