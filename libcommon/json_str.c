#include <stdlib.h>

#include "json_impl.h"
#include "sc/json.h"
#include "sc/mem.h"

static size_t
utf8_encode(unsigned code, char to[4])
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 0x3f));
		to[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

#define REPLACEMENT 0xfffdu /* for what is no character */

static bool
is_high(unsigned code)
{
	return code >= 0xd800 && code <= 0xdbff;
}

static bool
is_low(unsigned code)
{
	return code >= 0xdc00 && code <= 0xdfff;
}

/*
 * The code in the escape \uXXXX at *p; steps over it, and over the second half
 * of a surrogate pair.  A half without the other is the replacement character.
 */
static unsigned
unescape_code(const char **p, const char *end)
{
	const char *s = *p;
	unsigned code = (unsigned)json_hex4(s + 2), low;

	*p += 6;
	if (is_high(code) && end - s >= 12 && s[6] == '\\' && s[7] == 'u' &&
	    is_low(low = (unsigned)json_hex4(s + 8))) {
		*p += 6;
		return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	return is_high(code) || is_low(code) ? REPLACEMENT : code;
}

/* Decodes the escape at *p and steps over it; returns the length. */
static size_t
unescape(const char **p, const char *end, char to[4])
{
	static const char plain[] = {
		['b'] = '\b',
		['f'] = '\f',
		['n'] = '\n',
		['r'] = '\r',
		['t'] = '\t',
		['"'] = '"',
		['/'] = '/',
		['\\'] = '\\',
	};
	const char *s = *p;

	if (s[1] == 'u')
		return utf8_encode(unescape_code(p, end), to);
	to[0] = plain[(unsigned char)s[1]];
	*p += 2;
	return 1;
}

/*
 * Takes the next piece of a string's inside from *p: the bytes in front of an
 * escape, or one escape decoded into tmp.
 */
static struct sc_slice
piece(const char **p, const char *end, char tmp[4])
{
	const char *start = *p;
	const char *slash = memchr(start, '\\', (size_t)(end - start));

	if (slash == start)
		return (struct sc_slice){ tmp, unescape(p, end, tmp) };
	*p = slash != NULL ? slash : end;
	return (struct sc_slice){ start, (size_t)(*p - start) };
}

/* Between the quotes of a string. */
static const char *
inside(struct sc_json_val v, const char **end)
{
	*end = v.raw.p + v.raw.n - 1;
	return v.raw.p + 1;
}

int
sc_json_str(struct sc_json_val v, struct sc_buf *b)
{
	const char *p, *end;
	char tmp[4];

	if (v.type != SC_JSON_STRING)
		return -1;
	p = inside(v, &end);
	while (p < end) {
		struct sc_slice s = piece(&p, end, tmp);

		if (sc_buf_add(b, s.p, s.n) == -1)
			return -1;
	}
	return 0;
}

size_t
json_decode(const char *p, const char *end, char *to)
{
	char *start = to, tmp[4];

	while (p < end) {
		struct sc_slice s = piece(&p, end, tmp);

		memcpy(to, s.p, s.n);
		to += s.n;
	}
	return (size_t)(to - start);
}

char *
sc_json_dup(struct sc_json_val v)
{
	const char *p, *end;
	char *text;
	size_t n;

	if (v.type != SC_JSON_STRING)
		return NULL;
	p = inside(v, &end);
	text = sc_xmalloc(v.raw.n); /* the quotes leave room for the NUL */
	n = json_decode(p, end, text);
	text[n] = '\0';
	if (strlen(text) == n)
		return text;
	free(text);
	return NULL;
}

bool
sc_json_is(struct sc_json_val v, const char *text)
{
	const char *p, *end;
	size_t left = strlen(text);
	char tmp[4];

	if (v.type != SC_JSON_STRING)
		return false;
	p = inside(v, &end);
	while (p < end) {
		struct sc_slice s = piece(&p, end, tmp);

		if (s.n > left || memcmp(s.p, text, s.n) != 0)
			return false;
		text += s.n;
		left -= s.n;
	}
	return left == 0;
}

int
sc_json_int(struct sc_json_val v, int64_t *out)
{
	const char *p = v.raw.p, *end;
	bool negative;
	int64_t i = 0;

	if (v.type != SC_JSON_NUMBER)
		return -1;
	end = p + v.raw.n;
	negative = *p == '-';
	if (negative)
		p++;
	/* Counts down, as there is one more negative number than positive. */
	for (; p < end; p++) {
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(i, 10, &i) ||
		    __builtin_sub_overflow(i, *p - '0', &i))
			return -1;
	}
	if (!negative && __builtin_sub_overflow(0, i, &i))
		return -1;
	*out = i;
	return 0;
}
