#ifndef SC_MEM_H
#define SC_MEM_H

#include <stddef.h>

/*
 * Allocation that never fails: out of memory ends the process with exit 71
 * (EX_OSERR).  Everything returned is released with free().
 */
void *sc_xmalloc(size_t n);
void *sc_xcalloc(size_t n, size_t size);
void *sc_xreallocarray(void *, size_t n, size_t size);
char *sc_xstrdup(const char *);
char *sc_xstrndup(const char *, size_t n);
char *sc_xasprintf(const char *, ...)
    __attribute__((__format__(__printf__, 1, 2)));

#endif
