#ifndef FETCH_ESCAPE_H
#define FETCH_ESCAPE_H

#include <stddef.h>

/* The value of n hexadecimal digits, -1 if they are none. */
int escape_hex(const char *p, size_t n);
/*
 * Decodes what stands for one byte at p: %XX, or an escape of JSON below
 * \u0080.  Returns how long it is, 0 if there is none.
 */
size_t escape_at(const char *p, size_t n, char *c);
/* The same for HTML: &amp; and the like, &#38; and &#x26;. */
size_t escape_html(const char *p, size_t n, char *c);

#endif
