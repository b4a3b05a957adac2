#include <stdlib.h>
#include <sysexits.h>

#include "json_scan.h"
#include "sc/mem.h"

/*
 * The scanner is a loop over values with a stack of the containers that are
 * open.  Its steps take the position of the next byte and return the new one,
 * or NULL after they have filled in the error.
 */

/* The text ends between two tokens, or goes on with one that must not be. */
static COLD const char *
bad_token(struct scan *s, const char *at)
{
	if (at < s->end)
		return json_bad_byte(s, at, "");
	if (s->depth == 0)
		return json_bad(s, at, "no value");
	return json_bad(s, at,
	    s->close == '}' ? "ends inside an object" : "ends inside an array");
}

/* Steps over white space; the byte that follows, 0 at the end. */
static inline char
next(struct scan *s, const char **p)
{
	const char *from = *p;

	if (from<s->end && * from> ' ')
		return *from;
	*p = json_skip_blank(from, s->end);
	s->blanks |= *p > from;
	return (char)(*p < s->end ? **p : '\0');
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
	return json_string_odd(s, p, q, high);
}

static COLD const char *
bad_literal(struct scan *s, const char *p, const char *word)
{
	while (p < s->end && *p == *word) {
		p++;
		word++;
	}
	if (p == s->end)
		return json_bad(s, p, "ends inside a literal");
	return json_bad_byte(s, p, " in a literal");
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
		return json_bad(s, p, "ends inside a number");
	if (!is_digit(*p))
		return json_bad_byte(s, p, " in a number");
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
		return json_bad(s, p, "number with a leading zero");
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
	const struct json_node *parent = NULL;
	struct sc_slice name;

	if (next(s, &p) != '"')
		return bad_token(s, p);
	name.p = p + 1;
	if ((p = string(s, name.p)) == NULL)
		return NULL;
	name.n = (size_t)(p - 1 - name.p);
	s->want = NULL;
	if (s->depth <= SC_JSON_MAX_DEPTH)
		parent = s->frame[s->depth - 1].node;
	if (parent != NULL && json_plan_may(parent, name.n, s->escaped) &&
	    (s->want = json_plan_child(s->plan, parent, name, s->escaped)) !=
		NULL)
		forget(s, s->want->below);
	if (s->keys != NULL && json_keys_add(s->keys, name, s->escaped))
		return json_bad(s, name.p - 1, "repeated key");
	if (next(s, &p) != ':')
		return bad_token(s, p);
	return p + 1;
}

/* Where the bit of the innermost container is, when it has no frame. */
static uint64_t *
bit_of(const struct scan *s, uint64_t *mask)
{
	size_t at = s->depth - SC_JSON_MAX_DEPTH - 1;

	*mask = UINT64_C(1) << at % 64;
	return &s->bits[at / 64];
}

/* Too deep for a frame, but for the first one: a path may end at it. */
static COLD const char *
enter_deep(struct scan *s, const struct frame *f)
{
	uint64_t mask, *bit;

	if (!s->deep)
		return json_bad(s, f->start, "nested too deep");
	if (s->depth == SC_JSON_MAX_DEPTH + 1)
		s->frame[SC_JSON_MAX_DEPTH] = *f;
	if (s->depth - SC_JSON_MAX_DEPTH > s->nbits) {
		s->nbits = s->nbits > 0 ? 2 * s->nbits : 1024;
		s->bits = sc_xreallocarray(
		    s->bits, s->nbits / 64, sizeof(s->bits[0]));
	}
	bit = bit_of(s, &mask);
	*bit = *f->start == '{' ? *bit | mask : *bit & ~mask;
	if (s->depth > s->deepest)
		s->deepest = s->depth;
	return f->start + 1;
}

/* p is at the opening bracket; the first element has no node in an array. */
static inline const char *
enter(struct scan *s, const char *p)
{
	const struct frame f = { .start = p, .node = s->want };

	s->close = (char)(*p + 2); /* in ASCII, both for {} and [] */
	if (*p == '[')
		s->want = NULL;
	if (++s->depth > SC_JSON_MAX_DEPTH)
		return enter_deep(s, &f);
	s->frame[s->depth - 1] = f;
	if (s->depth > s->deepest)
		s->deepest = s->depth;
	if (s->keys != NULL && *p == '{')
		json_keys_open(s->keys);
	return p + 1;
}

static COLD char
close_of_deep(const struct scan *s)
{
	uint64_t mask, *bit = bit_of(s, &mask);

	return (*bit & mask) != 0 ? '}' : ']';
}

/* p is behind the closing bracket. */
static inline const char *
leave(struct scan *s, const char *p)
{
	const struct frame *f;
	const char *repeated;

	if (--s->depth > SC_JSON_MAX_DEPTH) {
		s->close = close_of_deep(s);
		return p;
	}
	f = &s->frame[s->depth];
	if (f->node != NULL)
		record(s, f->node, f->start, p);
	if (s->keys != NULL && s->close == '}' &&
	    (repeated = json_keys_close(s->keys)) != NULL)
		return json_bad(s, repeated - 1, "repeated key");
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

static void
begin(struct scan *s, struct sc_slice text, const struct sc_json_plan *plan,
    struct sc_json_val *out)
{
	size_t npaths = plan != NULL ? plan->npaths : 0;

	/* Field by field: an initialiser would clear all frames each time. */
	s->begin = text.n > 0 ? text.p : "";
	s->end = s->begin + text.n;
	s->plan = plan;
	s->want = plan != NULL ? plan->node : NULL;
	s->out = out;
	s->keys = NULL;
	s->seen = NULL;
	s->e = NULL;
	s->found = 0;
	s->close = '\0';
	s->utf8 = true;
	s->deep = true;
	s->blanks = false;
	s->depth = s->deepest = 0;
	s->bits = NULL;
	s->nbits = 0;
	for (size_t i = 0; i < npaths; i++)
		out[i] = (struct sc_json_val){ 0 };
}

static int
scan(struct scan *s)
{
	const char *p = value(s, s->begin);

	if (p != NULL && (p = json_skip_blank(p, s->end)) < s->end)
		p = json_bad_byte(s, p, " after the value");
	free(s->bits);
	return p != NULL ? 0 : -1;
}

int
sc_json_scan(const char *p, size_t n, const struct sc_json_plan *plan,
    unsigned flags, struct sc_json_val *out, struct sc_err *e)
{
	struct json_keys keys;
	struct scan s;
	int rc;

	begin(&s, (struct sc_slice){ p, n }, plan, out);
	s.e = e;
	s.utf8 = (flags & SC_JSON_UTF8) != 0;
	s.deep = (flags & SC_JSON_DEEP) != 0;
	if (flags & SC_JSON_NODUP) {
		json_keys_init(&keys);
		s.keys = &keys;
		s.deep = false;
	}
	rc = scan(&s);
	if (s.keys != NULL)
		json_keys_fini(s.keys);
	if (rc == -1)
		forget(&s, UINT64_MAX);
	return rc;
}

void
sc_json_look(struct sc_slice text, const struct sc_json_plan *plan,
    struct sc_json_seen *seen, struct sc_json_val *out)
{
	struct sc_err unused;
	const char *end;
	struct scan s;

	*seen = (struct sc_json_seen){ 0 };
	begin(&s, text, plan, out);
	s.seen = seen;
	s.e = &unused;
	if ((end = value(&s, s.begin)) == NULL)
		end = s.end;
	free(s.bits);
	seen->value = json_val(text.p, end);
	seen->depth = s.deepest;
	seen->blanks = s.blanks;
}
