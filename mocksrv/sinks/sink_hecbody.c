#include <stdlib.h>
#include <string.h>

#include "mocksrv/sinks/sink_hec.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_blanks(struct sc_slice *s)
{
	while (s->n > 0 && is_blank(*s->p)) {
		s->p++;
		s->n--;
	}
}

/* The length of a string with its quotes; 0: it does not end. */
static size_t
string_length(struct sc_slice s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 0;
}

/* The length of an object by its braces; 0: it does not end. */
static size_t
object_length(struct sc_slice s)
{
	size_t depth = 0, i = 0, n;

	while (i < s.n) {
		char c = s.p[i];

		if (c == '"') {
			n = string_length(
			    (struct sc_slice){ s.p + i, s.n - i });
			if (n == 0)
				return 0;
			i += n;
			continue;
		}
		i++;
		if (c == '{')
			depth++;
		else if (c == '}' && --depth == 0)
			return i;
	}
	return 0;
}

int
sink_hec_next(struct sc_slice *body, struct sc_slice *event)
{
	size_t n;

	skip_blanks(body);
	if (body->n == 0)
		return 0;
	if (*body->p != '{' || (n = object_length(*body)) == 0)
		return -1;
	*event = (struct sc_slice){ body->p, n };
	body->p += n;
	body->n -= n;
	return sink_json(*event).type == SC_JSON_OBJECT ? 1 : -1;
}

/* An object of plain values and lists of such. */
static bool
is_flat(struct sc_json_val fields)
{
	struct sc_json_iter it = sc_json_iter(fields);
	struct sc_json_val key, v;

	if (fields.type == SC_JSON_NONE)
		return true;
	if (fields.type != SC_JSON_OBJECT)
		return false;
	while (sc_json_next(&it, &key, &v)) {
		struct sc_json_iter inner = sc_json_iter(v);
		struct sc_json_val elem;

		if (v.type == SC_JSON_OBJECT)
			return false;
		while (v.type == SC_JSON_ARRAY &&
		    sc_json_next(&inner, NULL, &elem)) {
			if (elem.type >= SC_JSON_ARRAY)
				return false;
		}
	}
	return true;
}

enum sink_hec_code
sink_hec_check(struct sc_slice text, const char *index)
{
	struct sc_json_val whole = sink_json(text);
	struct sc_json_val event = sink_member(whole, "event");
	struct sc_json_val where = sink_member(whole, "index");

	if (event.type == SC_JSON_NONE)
		return HEC_EVENT_REQUIRED;
	if (event.type == SC_JSON_NULL || sc_json_is(event, ""))
		return HEC_EVENT_BLANK;
	if (!is_flat(sink_member(whole, "fields")))
		return HEC_INDEXED_FIELDS;
	if (index != NULL && where.type != SC_JSON_NONE &&
	    !sc_json_is(where, index))
		return HEC_INCORRECT_INDEX;
	return HEC_SUCCESS;
}
