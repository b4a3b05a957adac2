#include "sc/http.h"

static const char hex[] = "0123456789ABCDEF";

static bool
is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~';
}

int
sc_url_encode(struct sc_buf *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		char code[3] = { '%', hex[c >> 4], hex[c & 15] };

		if (is_unreserved(p[i]))
			(void)sc_buf_addc(b, p[i]);
		else
			(void)sc_buf_add(b, code, sizeof(code));
	}
	return b->full ? -1 : 0;
}

/* The value of a hexadecimal digit, -1 for any other byte. */
static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
sc_url_decode(struct sc_buf *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = -1, low = -1;

		if (p[i] == '%' && n - i > 2) {
			high = digit(p[i + 1]);
			low = digit(p[i + 2]);
		}
		if (high == -1 || low == -1) {
			(void)sc_buf_addc(b, p[i]);
			continue;
		}
		(void)sc_buf_addc(b, (char)(high << 4 | low));
		i += 2;
	}
	return b->full ? -1 : 0;
}
