#ifndef SC_BUF_H
#define SC_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes that belong to somebody else; not NUL-terminated. */
struct sc_slice {
	const char *p;
	size_t n;
};

/* True when the slice holds exactly this text. */
static inline bool
sc_slice_is(struct sc_slice s, const char *text)
{
	return s.n == strlen(text) && (s.n == 0 || memcmp(s.p, text, s.n) == 0);
}

static inline struct sc_slice
sc_slice_of(const char *text)
{
	return (struct sc_slice){ .p = text, .n = strlen(text) };
}

/*
 * Growing byte buffer with a mandatory upper bound.  An addition that would
 * pass `max` bytes changes nothing, returns -1 and sets `full`, which stays
 * set until sc_buf_reset(): a writer may ignore the single returns and look
 * at `full` once at its end.  p is not NUL-terminated; see sc_buf_str().
 */
struct sc_buf {
	char *p;
	size_t len;
	size_t cap;
	size_t max;
	bool full;
};

void sc_buf_init(struct sc_buf *, size_t max);
void sc_buf_fini(struct sc_buf *);  /* releases; safe on a zeroed buffer */
void sc_buf_reset(struct sc_buf *); /* len = 0, keeps the memory */
int sc_buf_add(struct sc_buf *, const void *, size_t n);
int sc_buf_addc(struct sc_buf *, char);
int sc_buf_adds(struct sc_buf *, const char *);
int sc_buf_addf(struct sc_buf *, const char *, ...)
    __attribute__((__format__(__printf__, 2, 3)));
int sc_buf_addvf(struct sc_buf *, const char *, va_list)
    __attribute__((__format__(__printf__, 2, 0)));
/*
 * Room for n more bytes: returns where to write them, or NULL (full).  The
 * caller adds what it wrote to len.
 */
char *sc_buf_room(struct sc_buf *, size_t n);
/* Removes the first n bytes. */
void sc_buf_drop(struct sc_buf *, size_t n);
/* The content with a NUL behind it (not counted in len); borrowed. */
const char *sc_buf_str(struct sc_buf *);

#endif
