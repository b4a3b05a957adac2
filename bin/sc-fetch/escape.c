#include <stdlib.h>
#include <string.h>

#include "escape.h"

int
escape_hex(const char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		const char *at = p[i] != '\0' ? strchr(digits, p[i]) : NULL;

		if (at == NULL)
			return -1;
		v = v * 16 + (int)((at - digits) & 15);
	}
	return v;
}

size_t
escape_at(const char *p, size_t n, char *c)
{
	static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const char *at;
	int v;

	if (n >= 3 && *p == '%' && (v = escape_hex(p + 1, 2)) != -1) {
		*c = (char)v;
		return 3;
	}
	if (n < 2 || *p != '\\')
		return 0;
	if (n >= 6 && p[1] == 'u' && (v = escape_hex(p + 2, 4)) != -1 &&
	    v < 0x80) {
		*c = (char)v;
		return 6;
	}
	at = p[1] != '\0' ? strchr(letters, p[1]) : NULL;
	if (at == NULL)
		return 0;
	*c = bytes[at - letters];
	return 2;
}

size_t
escape_html(const char *p, size_t n, char *c)
{
	static const struct {
		const char *text;
		char c;
	} known[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
		{ "&quot;", '"' }, { "&apos;", '\'' } };
	const char *stop = n > 0 ? memchr(p, ';', n < 8 ? n : 8) : NULL;
	long v;

	if (stop == NULL || *p != '&')
		return 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i].text);

		if (n < len || memcmp(p, known[i].text, len) != 0)
			continue;
		*c = known[i].c;
		return len;
	}
	if (p[1] != '#')
		return 0;
	v = p[2] == 'x' || p[2] == 'X' ? strtol(p + 3, NULL, 16)
				       : strtol(p + 2, NULL, 10);
	*c = (char)v;
	return v > 0 && v < 0x80 ? (size_t)(stop + 1 - p) : 0;
}
