#include <string.h>
#include <yaml.h>

#include "sc/yaml.h"

/* libyaml counts characters; files are edited in bytes. */
static size_t
byte_offset(struct sc_slice text, size_t chars)
{
	size_t i = 0;

	while (i < text.n && chars > 0) {
		i++;
		while (i < text.n && ((unsigned char)text.p[i] & 0xc0) == 0x80)
			i++;
		chars--;
	}
	return i;
}

static bool
is_start(const yaml_event_t *ev)
{
	return ev->type == YAML_MAPPING_START_EVENT ||
	    ev->type == YAML_SEQUENCE_START_EVENT;
}

static bool
is_end(const yaml_event_t *ev)
{
	return ev->type == YAML_MAPPING_END_EVENT ||
	    ev->type == YAML_SEQUENCE_END_EVENT;
}

static bool
next(yaml_parser_t *y, yaml_event_t *ev)
{
	yaml_event_delete(ev);
	return yaml_parser_parse(y, ev) != 0 &&
	    ev->type != YAML_STREAM_END_EVENT;
}

/* Passes over the value that starts with ev. */
static bool
skip(yaml_parser_t *y, yaml_event_t *ev)
{
	unsigned depth = is_start(ev) ? 1 : 0;

	while (depth > 0) {
		if (!next(y, ev))
			return false;
		if (is_start(ev))
			depth++;
		else if (is_end(ev))
			depth--;
	}
	return true;
}

/* Leaves the first event of the value in ev. */
static bool
seek(yaml_parser_t *y, yaml_event_t *ev, const char *key)
{
	size_t n = strcspn(key, ".");

	while (next(y, ev) && ev->type == YAML_SCALAR_EVENT) {
		bool hit = ev->data.scalar.length == n &&
		    memcmp(ev->data.scalar.value, key, n) == 0;

		if (!next(y, ev))
			return false;
		if (hit && key[n] == '\0')
			return true;
		if (hit && ev->type == YAML_MAPPING_START_EVENT) {
			key += n + 1;
			n = strcspn(key, ".");
		} else if (!skip(y, ev)) {
			return false;
		}
	}
	return false;
}

bool
sc_yaml_find(struct sc_slice text, const char *key, struct sc_yaml_span *out)
{
	yaml_parser_t y;
	yaml_event_t ev = { 0 };
	bool found = true;

	if (!yaml_parser_initialize(&y))
		return false;
	yaml_parser_set_encoding(&y, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y, (const unsigned char *)text.p, text.n);
	/* Start of the stream, of the document, of the mapping. */
	for (int i = 0; i < 3 && found; i++)
		found = next(&y, &ev);
	found =
	    found && ev.type == YAML_MAPPING_START_EVENT && seek(&y, &ev, key);
	if (found)
		*out = (struct sc_yaml_span){
			.line = ev.start_mark.line + 1,
			.col = ev.start_mark.column + 1,
			.from = byte_offset(text, ev.start_mark.index),
			.to = byte_offset(text, ev.end_mark.index),
		};
	yaml_event_delete(&ev);
	yaml_parser_delete(&y);
	return found;
}

int
sc_yaml_blame(
    const char *name, struct sc_slice text, const char *key, struct sc_err *e)
{
	struct sc_yaml_span at;

	if (!sc_yaml_find(text, key, &at))
		return sc_ctx(e, "%s", name);
	return sc_ctx(e, "%s:%zu:%zu", name, at.line, at.col);
}
