#ifndef SPOOL_H
#define SPOOL_H

#include <sys/types.h>

#include "sc/store.h"

/*
 * A queue of artifacts: in memory up to SPOOL_MEMORY bytes, what is more in a
 * file without a name in `dir`, so a batch may be as large as it likes.
 */
#define SPOOL_MEMORY ((size_t)1 << 20)

struct spool {
	const char *dir;
	struct sc_buf b; /* the newest part */
	int fd;          /* the older part; -1: none */
	off_t filed;     /* bytes in it */
	int64_t n;       /* artifacts in all */
};
void spool_init(struct spool *, const char *dir);
void spool_fini(struct spool *);

/* Copies the artifact.  EX_IOERR, EX_CANTCREAT. */
int spool_add(struct spool *, const struct sc_artifact *, struct sc_err *e);
/*
 * Hands all of them out, oldest first, until each() returns -1; they stay in
 * the queue.
 */
int spool_each(struct spool *,
    int (*each)(void *arg, const struct sc_artifact *, struct sc_err *),
    void *arg, struct sc_err *e);
/* Forgets all of them. */
void spool_clear(struct spool *);

#endif
