#include <stdio.h>
#include <sysexits.h>

#include "json_impl.h"
#include "sc/json.h"

/*
 * The scanner is a loop over values with a stack of the containers that are
 * open.  Its steps take the position of the next byte and return the new one,
 * or NULL after they have filled in the error.
 */
struct frame {
	const char *start;            /* its opening bracket */
	const struct json_node *node; /* NULL: no path leads in here */
};

struct scan {
	const char *begin;
	const char *end;
	const struct sc_json_plan *plan;
	const struct json_node *want; /* node of the next value, or NULL */
	struct sc_json_val *out;
	struct json_keys *keys; /* NULL: keys may be repeated */
	struct sc_err *e;
	uint64_t found; /* the paths that have a value */
	char close;     /* the bracket that ends the innermost container */
	bool utf8;
	bool escaped; /* the last string had a backslash */
	unsigned depth;
	struct frame frame[SC_JSON_MAX_DEPTH];
};

#define COLD __attribute__((__cold__))

static COLD const char *
bad(struct scan *s, const char *at, const char *reason)
{
	(void)sc_fail(
	    s->e, EX_DATAERR, "byte %zu: %s", (size_t)(at - s->begin), reason);
	return NULL;
}

static COLD const char *
bad_byte(struct scan *s, const char *at, const char *where)
{
	unsigned char c = (unsigned char)*at;
	char reason[64];

	if (c > 0x20 && c < 0x7f)
		(void)snprintf(
		    reason, sizeof(reason), "unexpected '%c'%s", c, where);
	else
		(void)snprintf(reason, sizeof(reason),
		    "unexpected byte 0x%02x%s", c, where);
	return bad(s, at, reason);
}

/* The text ends between two tokens, or goes on with one that must not be. */
static COLD const char *
bad_token(struct scan *s, const char *at)
{
	if (at < s->end)
		return bad_byte(s, at, "");
	if (s->depth == 0)
		return bad(s, at, "no value");
	return bad(s, at,
	    *s->frame[s->depth - 1].start == '{' ? "ends inside an object"
						 : "ends inside an array");
}

/* Steps over white space; the byte that follows, 0 at the end. */
static inline char
next(const struct scan *s, const char **p)
{
	*p = json_skip_blank(*p, s->end);
	return (char)(*p < s->end ? **p : '\0');
}

/* Four hex digits; returns their value, or -1 with the error filled in. */
static int
hex4(struct scan *s, const char *p)
{
	int code;

	if (s->end - p >= 4 && (code = json_hex4(p)) != -1)
		return code;
	while (p < s->end && json_hex(*p) != -1)
		p++;
	if (p == s->end)
		(void)bad(s, p, "ends inside a string");
	else
		(void)bad_byte(s, p, " in a \\u escape");
	return -1;
}

/*
 * \uXXXX, and the second half of a surrogate pair where halves have to match;
 * p is at the backslash.
 */
static const char *
unicode(struct scan *s, const char *p)
{
	const char *low = p + 6;
	int code = hex4(s, p + 2);

	if (code == -1)
		return NULL;
	if (!s->utf8 || code < 0xd800 || code > 0xdfff)
		return low;
	if (code < 0xdc00) {
		for (int i = 0; i < 2; i++) {
			if (low + i == s->end)
				return bad(s, low + i, "ends inside a string");
			if (low[i] != "\\u"[i])
				return bad(s, p, "lone surrogate escape");
		}
		if ((code = hex4(s, low + 2)) == -1)
			return NULL;
		if (code >= 0xdc00 && code <= 0xdfff)
			return low + 6;
	}
	return bad(s, p, "lone surrogate escape");
}

/* p is at the backslash. */
static const char *
escape(struct scan *s, const char *p)
{
	if (s->end - p < 2)
		return bad(s, s->end, "ends inside a string");
	switch (p[1]) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return p + 2;
	case 'u':
		return unicode(s, p);
	default:
		return bad_byte(s, p + 1, " after a backslash");
	}
}

/* Slow end of string(): the run does not end with a quote, or is not ASCII. */
static const char *
string_odd(struct scan *s, const char *start, const char *p, unsigned high)
{
	while (p < s->end && *p != '"') {
		char reason[40];

		if (*p != '\\') {
			(void)snprintf(reason, sizeof(reason),
			    "control byte 0x%02x in a string", *p);
			return bad(s, p, reason);
		}
		if ((p = escape(s, p)) == NULL)
			return NULL;
		s->escaped = true;
		p = json_plain_end(p, s->end, &high);
	}
	if (p == s->end)
		return bad(s, p, "ends inside a string");
	if (high != 0 && s->utf8) {
		size_t len = (size_t)(p - start);
		size_t valid = sc_utf8_valid(start, len);

		if (valid < len)
			return bad(s, start + valid, "not UTF-8");
	}
	return p + 1;
}

/* p is behind the opening quote. */
static inline const char *
string(struct scan *s, const char *p)
{
	unsigned high = 0;
	const char *q = json_plain_end(p, s->end, &high);

	s->escaped = false;
	if (q < s->end && *q == '"' && high == 0)
		return q + 1;
	return string_odd(s, p, q, high);
}

static COLD const char *
bad_literal(struct scan *s, const char *p, const char *word)
{
	while (p < s->end && *p == *word) {
		p++;
		word++;
	}
	if (p == s->end)
		return bad(s, p, "ends inside a literal");
	return bad_byte(s, p, " in a literal");
}

static inline const char *
literal(struct scan *s, const char *p, const char *word, size_t n)
{
	if ((size_t)(s->end - p) >= n && memcmp(p, word, n) == 0)
		return p + n;
	return bad_literal(s, p, word);
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One digit or more. */
static const char *
digits(struct scan *s, const char *p)
{
	if (p == s->end)
		return bad(s, p, "ends inside a number");
	if (!is_digit(*p))
		return bad_byte(s, p, " in a number");
	while (p < s->end && is_digit(*p))
		p++;
	return p;
}

static const char *
number(struct scan *s, const char *p)
{
	if (*p == '-')
		p++;
	if (s->end - p >= 2 && p[0] == '0' && is_digit(p[1]))
		return bad(s, p, "number with a leading zero");
	if ((p = digits(s, p)) == NULL)
		return NULL;
	if (p < s->end && *p == '.' && (p = digits(s, p + 1)) == NULL)
		return NULL;
	if (p < s->end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < s->end && (*p == '+' || *p == '-'))
			p++;
		p = digits(s, p);
	}
	return p;
}

static void
record(struct scan *s, const struct json_node *node, const char *start,
    const char *end)
{
	s->found |= node->ends;
	for (uint64_t left = node->ends; left != 0; left &= left - 1)
		s->out[__builtin_ctzll(left)] = json_val(start, end);
}

/* The last of repeated keys counts: what an earlier one had is void. */
static void
forget(struct scan *s, uint64_t below)
{
	uint64_t old = s->found & below;

	s->found &= ~old;
	for (; old != 0; old &= old - 1)
		s->out[__builtin_ctzll(old)] = (struct sc_json_val){ 0 };
}

/* A name and the colon. */
static inline const char *
member(struct scan *s, const char *p)
{
	const struct json_node *parent = s->frame[s->depth - 1].node;
	struct sc_slice name;

	if (next(s, &p) != '"')
		return bad_token(s, p);
	name.p = p + 1;
	if ((p = string(s, name.p)) == NULL)
		return NULL;
	name.n = (size_t)(p - 1 - name.p);
	s->want = NULL;
	if (parent != NULL && json_plan_may(parent, name.n, s->escaped) &&
	    (s->want = json_plan_child(s->plan, parent, name, s->escaped)) !=
		NULL)
		forget(s, s->want->below);
	if (s->keys != NULL && json_keys_add(s->keys, name, s->escaped))
		return bad(s, name.p - 1, "repeated key");
	if (next(s, &p) != ':')
		return bad_token(s, p);
	return p + 1;
}

/* p is at the opening bracket; the first element has no node in an array. */
static inline const char *
enter(struct scan *s, const char *p)
{
	if (s->depth == SC_JSON_MAX_DEPTH)
		return bad(s, p, "nested too deep");
	s->frame[s->depth++] = (struct frame){ .start = p, .node = s->want };
	s->close = (char)(*p + 2); /* in ASCII, both for {} and [] */
	if (*p == '[')
		s->want = NULL;
	else if (s->keys != NULL)
		json_keys_open(s->keys);
	return p + 1;
}

/* p is behind the closing bracket. */
static inline const char *
leave(struct scan *s, const char *p)
{
	const struct frame *f = &s->frame[--s->depth];
	const char *repeated;

	if (f->node != NULL)
		record(s, f->node, f->start, p);
	if (s->keys != NULL && s->close == '}' &&
	    (repeated = json_keys_close(s->keys)) != NULL)
		return bad(s, repeated - 1, "repeated key");
	s->close = (char)(s->depth > 0 ? *f[-1].start + 2 : '\0');
	return p;
}

/*
 * A value ends at p.  Leaves the containers that end with it and goes on to
 * the next element, or to the end of the text when no container is open.
 */
static inline const char *
after(struct scan *s, const char *p)
{
	while (p != NULL && s->depth > 0) {
		char c = next(s, &p);

		if (c == ',')
			return p + 1;
		p = c == s->close ? leave(s, p + 1) : bad_token(s, p);
	}
	return p;
}

static inline const char *
scalar(struct scan *s, const char *p, char c)
{
	const struct json_node *node = s->want;
	const char *start = p;

	if (c == '"')
		p = string(s, p + 1);
	else if (c == 'n')
		p = literal(s, p, "null", 4);
	else if (c == 't')
		p = literal(s, p, "true", 4);
	else if (c == 'f')
		p = literal(s, p, "false", 5);
	else if (c == '-' || is_digit(c))
		p = number(s, p);
	else
		return bad_token(s, p);
	if (p != NULL && node != NULL)
		record(s, node, start, p);
	return p;
}

/* The one value; returns what follows it. */
static const char *
value(struct scan *s, const char *p)
{
	do {
		char c;

		if (s->close == '}' && (p = member(s, p)) == NULL)
			return NULL;
		c = next(s, &p);
		if (c == '{' || c == '[') {
			p = enter(s, p);
			if (p != NULL && next(s, &p) != s->close)
				continue;
		} else {
			p = scalar(s, p, c);
		}
		p = after(s, p);
	} while (p != NULL && s->depth > 0);
	return p;
}

static int
scan(struct scan *s)
{
	const char *p = value(s, s->begin);

	if (p != NULL && (p = json_skip_blank(p, s->end)) < s->end)
		p = bad_byte(s, p, " after the value");
	return p != NULL ? 0 : -1;
}

int
sc_json_scan(const char *p, size_t n, const struct sc_json_plan *plan,
    unsigned flags, struct sc_json_val *out, struct sc_err *e)
{
	size_t npaths = plan != NULL ? plan->npaths : 0;
	struct json_keys keys;
	struct scan s;
	int rc;

	if (n == 0)
		p = "";
	/* Field by field: an initialiser would clear all frames each time. */
	s.begin = p;
	s.end = p + n;
	s.plan = plan;
	s.want = plan != NULL ? plan->node : NULL;
	s.out = out;
	s.keys = NULL;
	s.e = e;
	s.found = 0;
	s.close = '\0';
	s.utf8 = (flags & SC_JSON_UTF8) != 0;
	s.depth = 0;
	for (size_t i = 0; i < npaths; i++)
		out[i] = (struct sc_json_val){ 0 };
	if (flags & SC_JSON_NODUP) {
		json_keys_init(&keys);
		s.keys = &keys;
	}
	rc = scan(&s);
	if (s.keys != NULL)
		json_keys_fini(s.keys);
	if (rc == -1)
		forget(&s, UINT64_MAX);
	return rc;
}
