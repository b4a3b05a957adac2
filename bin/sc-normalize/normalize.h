#ifndef NORMALIZE_NORMALIZE_H
#define NORMALIZE_NORMALIZE_H

#include "sc/err.h"
#include "sc/msg.h"

#include "streams.h"

/* The filter: messages in, messages out. */
struct normalize {
	struct streams streams;
	struct sc_msg_writer w;
	struct sc_buf scratch;
};
void normalize_init(struct normalize *, const char *confdir, int outfd);
void normalize_fini(struct normalize *);

/*
 * Everything from one descriptor, to its end.  What was finished before an
 * error is written all the same.
 */
int normalize_input(
    struct normalize *, int fd, const char *name, struct sc_err *e);

#endif
