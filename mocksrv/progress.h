#ifndef MOCK_PROGRESS_H
#define MOCK_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "mocksrv/reply.h"

/* How far the steps of an answer have been carried out. */
struct mock_progress {
	size_t step;
	size_t done; /* bytes of that step */
	size_t sent; /* in all */
	size_t pace; /* bytes in a second; 0: as fast as they go */
};

#define MOCK_IOV_MAX 256

/* The bytes that can go out at once. */
struct mock_batch {
	struct iovec iov[MOCK_IOV_MAX];
	int n;
	size_t bytes;
	bool last; /* nothing is sent behind them */
};

/* True when the client gets no more bytes. */
bool mock_progress_ended(
    const struct mock_progress *, const struct mock_reply *);
void mock_progress_gather(const struct mock_progress *,
    const struct mock_reply *, struct mock_batch *);
/* n more bytes have been sent. */
void mock_progress_advance(
    struct mock_progress *, const struct mock_reply *, size_t n);

#endif
