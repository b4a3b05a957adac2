#ifndef MOCK_FEED_H
#define MOCK_FEED_H

#include <stddef.h>
#include <stdint.h>

/*
 * When a change of the data comes: at a time of the server's clock, before
 * the n-th request for the stream, or both.
 */
struct mock_when {
	int64_t at_ms;
	int64_t request;
};

struct mock_table;

/* What a stream serves over time. */
struct mock_feed {
	struct mock_version {
		struct mock_when when;
		struct mock_table *table;
		int64_t asked; /* requests that met it */
	} * versions;
	size_t n;         /* 0: the stream is not served */
	int64_t requests; /* so far; whoever answers one counts it first */
};

/* Takes over the table. */
void mock_feed_add(
    struct mock_feed *, const struct mock_when *, struct mock_table *);
/* Of the versions whose time has come the last; the first is always there. */
struct mock_table *mock_feed_current(const struct mock_feed *, int64_t now_ms);
/* Counts a request for the list, then the same. */
struct mock_table *mock_feed_ask(struct mock_feed *, int64_t now_ms);
void mock_feed_fini(struct mock_feed *);

#endif
