#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sc/buf.h"
#include "sc/mem.h"

void
sc_buf_init(struct sc_buf *b, size_t max)
{
	*b = (struct sc_buf){ .max = max };
}

void
sc_buf_fini(struct sc_buf *b)
{
	free(b->p);
	*b = (struct sc_buf){ .max = b->max };
}

void
sc_buf_reset(struct sc_buf *b)
{
	b->len = 0;
	b->full = false;
}

/* Makes room for `want` bytes in all, one more for a NUL. */
static void
grow(struct sc_buf *b, size_t want)
{
	size_t cap = b->cap > 0 ? b->cap : 256;

	while (cap < want + 1)
		cap = cap > b->max ? want + 1 : cap * 2;
	b->p = sc_xreallocarray(b->p, cap, 1);
	b->cap = cap;
}

char *
sc_buf_room(struct sc_buf *b, size_t n)
{
	if (n > b->max - b->len || b->full) {
		b->full = true;
		return NULL;
	}
	if (b->cap < b->len + n + 1)
		grow(b, b->len + n);
	return b->p + b->len;
}

int
sc_buf_add(struct sc_buf *b, const void *p, size_t n)
{
	char *to = sc_buf_room(b, n);

	if (to == NULL)
		return -1;
	if (n > 0)
		memcpy(to, p, n);
	b->len += n;
	return 0;
}

int
sc_buf_addc(struct sc_buf *b, char c)
{
	return sc_buf_add(b, &c, 1);
}

int
sc_buf_adds(struct sc_buf *b, const char *s)
{
	return sc_buf_add(b, s, strlen(s));
}

int
sc_buf_addvf(struct sc_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *to;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || (to = sc_buf_room(b, (size_t)n)) == NULL)
		return -1;
	(void)vsnprintf(to, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return 0;
}

int
sc_buf_addf(struct sc_buf *b, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = sc_buf_addvf(b, fmt, ap);
	va_end(ap);
	return rc;
}

void
sc_buf_drop(struct sc_buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
}

const char *
sc_buf_str(struct sc_buf *b)
{
	if (b->cap < b->len + 1)
		grow(b, b->len);
	b->p[b->len] = '\0';
	return b->p;
}
