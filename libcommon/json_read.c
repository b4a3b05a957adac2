#include "json_impl.h"
#include "sc/json.h"

/*
 * Readers of text that a scan has accepted: they look only for the end of
 * tokens.  Even so, nothing here steps over the end of what it was given.
 */

/* p is at the opening quote; returns what follows the closing one. */
static const char *
skip_string(const char *p, const char *end)
{
	unsigned high = 0;

	p = json_plain_end(p + 1, end, &high);
	while (end - p >= 2 && *p == '\\')
		p = json_plain_end(p + 2, end, &high);
	return p < end ? p + 1 : end;
}

/* A string, a number or a literal. */
static const char *
skip_scalar(const char *p, const char *end)
{
	if (*p == '"')
		return skip_string(p, end);
	while (p<end && * p> ' ' && *p != ',' && *p != ']' && *p != '}')
		p++;
	return p;
}

static const char *
skip_value(const char *p, const char *end)
{
	size_t depth = 0;

	if (*p != '{' && *p != '[')
		return skip_scalar(p, end);
	do {
		switch (*p) {
		case '"':
			p = skip_string(p, end);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			depth--;
			break;
		default:
			break;
		}
		p++;
	} while (p < end && depth > 0);
	return p;
}

/* Commas and colons need no look: the scan has seen that they are right. */
static const char *
skip_between(const char *p, const char *end)
{
	while (p < end && (json_is_blank(*p) || *p == ',' || *p == ':'))
		p++;
	return p;
}

struct sc_json_iter
sc_json_iter(struct sc_json_val v)
{
	if (v.type != SC_JSON_ARRAY && v.type != SC_JSON_OBJECT)
		return (struct sc_json_iter){ 0 };
	return (struct sc_json_iter){
		.p = v.raw.p + 1,
		.end = v.raw.p + v.raw.n - 1,
		.object = v.type == SC_JSON_OBJECT,
	};
}

bool
sc_json_next(
    struct sc_json_iter *it, struct sc_json_val *key, struct sc_json_val *elem)
{
	struct sc_json_val name = { 0 };
	const char *p = skip_between(it->p, it->end);

	if (it->object && p < it->end) {
		const char *close = skip_string(p, it->end);

		name = json_val(p, close);
		p = skip_between(close, it->end);
	}
	if (p == it->end) {
		it->p = p;
		return false;
	}
	it->p = skip_value(p, it->end);
	*elem = json_val(p, it->p);
	if (key != NULL)
		*key = name;
	return true;
}

struct sc_json_val
sc_json_member(struct sc_json_val object, const char *name)
{
	struct sc_json_iter it = sc_json_iter(object);
	struct sc_json_val key, v, found = { 0 };

	while (sc_json_next(&it, &key, &v)) {
		if (sc_json_is(key, name))
			found = v;
	}
	return found;
}

bool
sc_json_next_look(struct sc_json_iter *it, const struct sc_json_plan *plan,
    struct sc_json_seen *seen, struct sc_json_val *out)
{
	it->p = skip_between(it->p, it->end);
	if (it->object || it->p == it->end)
		return false;
	sc_json_look((struct sc_slice){ it->p, (size_t)(it->end - it->p) },
	    plan, seen, out);
	it->p += seen->value.raw.n;
	return true;
}

int
sc_json_token(struct sc_json_lex *lex, struct sc_json_val *v)
{
	const char *p = skip_between(lex->p, lex->end);
	const char *next;

	lex->p = p;
	if (p == lex->end)
		return 0;
	switch (*p) {
	case '{':
	case '}':
	case '[':
	case ']':
		lex->p++;
		return *p;
	default:
		break;
	}
	lex->p = skip_scalar(p, lex->end);
	*v = json_val(p, lex->p);
	if (*p != '"')
		return 'v';
	next = json_skip_blank(lex->p, lex->end);
	return next < lex->end && *next == ':' ? 'k' : 'v';
}

int
sc_json_compact(struct sc_slice raw, struct sc_buf *b)
{
	const char *p = raw.p, *run = raw.p, *end;

	if (raw.n == 0)
		return 0;
	end = raw.p + raw.n;
	while (p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
		} else if (!json_is_blank(*p)) {
			p++;
		} else {
			if (sc_buf_add(b, run, (size_t)(p - run)) == -1)
				return -1;
			run = p = json_skip_blank(p, end);
		}
	}
	return sc_buf_add(b, run, (size_t)(end - run));
}
