#include <stdio.h>
#include <sysexits.h>

#include "json_scan.h"

/* The scanner's errors, and what in a string is not plain. */

COLD const char *
json_bad(struct scan *s, const char *at, const char *reason)
{
	(void)sc_fail(
	    s->e, EX_DATAERR, "byte %zu: %s", (size_t)(at - s->begin), reason);
	return NULL;
}

COLD const char *
json_bad_byte(struct scan *s, const char *at, const char *where)
{
	unsigned char c = (unsigned char)*at;
	char reason[64];

	if (c > 0x20 && c < 0x7f)
		(void)snprintf(
		    reason, sizeof(reason), "unexpected '%c'%s", c, where);
	else
		(void)snprintf(reason, sizeof(reason),
		    "unexpected byte 0x%02x%s", c, where);
	return json_bad(s, at, reason);
}

/* What no UTF-8 text can stand for: an error, or something to tell. */
static COLD const char *
not_text(struct scan *s, const char *at, const char *reason, const char *onward)
{
	if (s->seen == NULL)
		return json_bad(s, at, reason);
	s->seen->not_utf8 = true;
	return onward;
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
		(void)json_bad(s, p, "ends inside a string");
	else
		(void)json_bad_byte(s, p, " in a \\u escape");
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
				return json_bad(
				    s, low + i, "ends inside a string");
			if (low[i] != "\\u"[i])
				return not_text(
				    s, p, "lone surrogate escape", low);
		}
		if ((code = hex4(s, low + 2)) == -1)
			return NULL;
		if (code >= 0xdc00 && code <= 0xdfff)
			return low + 6;
	}
	return not_text(s, p, "lone surrogate escape", low);
}

/* p is at the backslash. */
static const char *
escape(struct scan *s, const char *p)
{
	if (s->end - p < 2)
		return json_bad(s, s->end, "ends inside a string");
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
		return json_bad_byte(s, p + 1, " after a backslash");
	}
}

const char *
json_string_odd(struct scan *s, const char *start, const char *p, unsigned high)
{
	while (p < s->end && *p != '"') {
		char reason[40];

		if (*p != '\\') {
			(void)snprintf(reason, sizeof(reason),
			    "control byte 0x%02x in a string", *p);
			return json_bad(s, p, reason);
		}
		if ((p = escape(s, p)) == NULL)
			return NULL;
		s->escaped = true;
		p = json_plain_end(p, s->end, &high);
	}
	if (p == s->end)
		return json_bad(s, p, "ends inside a string");
	if (high != 0 && s->utf8) {
		size_t len = (size_t)(p - start);
		size_t valid = sc_utf8_valid(start, len);

		if (valid < len)
			return not_text(s, start + valid, "not UTF-8", p + 1);
	}
	return p + 1;
}
