#ifndef MOCK_JOURNAL_H
#define MOCK_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/http.h"
#include "mocksrv/reply.h"
#include "sc/err.h"

/*
 * One NDJSON line for each exchange: into a file, in one piece, and into a
 * ring in memory that keeps the latest.  Credentials in request headers are
 * masked: the journal can be kept.
 */
#define MOCK_RING_BYTES ((size_t)512 * 1024)

struct mock_journal {
	int fd;      /* -1: no file */
	char *ring;  /* whole lines, oldest first; NULL: none is kept */
	size_t used; /* of it */
};

struct mock_exchange {
	uint64_t n;     /* order of the requests, over all connections */
	uint64_t conn;  /* number of the connection */
	const char *on; /* the listener */
	int64_t time_ms;
	const struct mock_http *request;
	const struct mock_reply *reply;
	size_t bytes;        /* of the answer, head included */
	const char *outcome; /* how it ended: "sent", "reset" ... */
};

/* path NULL: no file.  -1 with EX_CANTCREAT. */
int mock_journal_open(
    struct mock_journal *, const char *path, bool ring, struct sc_err *);
void mock_journal_close(struct mock_journal *);
void mock_journal_write(struct mock_journal *, const struct mock_exchange *);
/* Forgets what is in the ring. */
void mock_journal_clear(struct mock_journal *);

#endif
