#ifndef MOCK_BUCKET_H
#define MOCK_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/http.h"
#include "mocksrv/line.h"
#include "sc/err.h"

/* n things in so many milliseconds. */
struct mock_rate {
	int64_t n;
	int64_t ms;
};

#define MOCK_BURST_MAX 100000

/* Reads "60/1m"; -1 with EX_CONFIG. */
int mock_rate_parse(struct mock_rate *, const struct mock_line *,
    const struct mock_word *, struct sc_err *);

/*
 * A token bucket: it is full when the server starts, `rate` flows in, each
 * request takes one token.  What other clients of the same account take, at
 * the rate `phantom`, is gone as well.
 */
struct mock_limit {
	struct mock_rate rate;    /* n 0: no limit */
	struct mock_rate phantom; /* n 0: nobody else */
	int64_t burst;            /* what the bucket holds; 0: rate.n */
	bool per_key;             /* one for each credential */
	int64_t start_ms;
	struct mock_bucket *buckets;
	size_t n;
};

/* What a client may be told. */
struct mock_quota {
	int64_t limit;   /* requests when the bucket is full */
	int64_t left;    /* ... and now */
	int64_t next_ms; /* until there is one again; 0: there is */
	int64_t full_ms; /* until the bucket is full */
};

/* Takes a token for the request; false when there is none. */
bool mock_limit_spend(struct mock_limit *, const struct mock_http *,
    int64_t now_ms, struct mock_quota *);
void mock_limit_fini(struct mock_limit *);

#endif
