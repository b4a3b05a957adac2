#ifndef MOCK_JOURNAL_H
#define MOCK_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "mocksrv/http.h"
#include "mocksrv/reply.h"
#include "sc/err.h"

/*
 * One NDJSON line for each exchange, written in one piece.  Credentials in
 * request headers are masked: the journal can be kept.
 */
struct mock_exchange {
	uint64_t n;    /* order of the requests, over all connections */
	uint64_t conn; /* number of the connection */
	int64_t time_ms;
	const struct mock_http *request;
	const struct mock_reply *reply;
	size_t bytes; /* of the answer, head included */
};

/* The descriptor, -1 with EX_CANTCREAT. */
int mock_journal_open(const char *path, struct sc_err *);
void mock_journal_write(int fd, const struct mock_exchange *);

#endif
