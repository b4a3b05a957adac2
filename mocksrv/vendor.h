#ifndef MOCK_VENDOR_H
#define MOCK_VENDOR_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/generate.h"
#include "mocksrv/http.h"
#include "mocksrv/line.h"
#include "mocksrv/reply.h"
#include "sc/err.h"

/* Where a scenario comes from; what it is loaded with. */
struct mock_source {
	const char *path;
	uint64_t seed;
	int64_t now_ms; /* when the server started, on its clock */
};

/*
 * When a change of the data comes: at a time of the server's clock, before
 * the n-th request of the stream, or both.
 */
struct mock_when {
	int64_t at_ms;
	int64_t request;
};

/*
 * A vendor as sc-mock plays it.  This table and the vendor_*.c files behind
 * it are the only place in this repository where C knows vendors.
 */
struct mock_vendor {
	const char *name;
	/* Reads the words behind "serve NAME"; NULL with EX_CONFIG. */
	void *(*open)(const struct mock_line *, const struct mock_source *,
	    struct sc_err *);
	void (*close)(void *state);
	/* Reads the words behind "at WHEN NAME"; -1 with EX_CONFIG. */
	int (*change)(void *state, const struct mock_when *,
	    const struct mock_line *, const struct mock_source *,
	    struct sc_err *);
	/* Fills in the reply (not compiled); false: not this vendor's path. */
	bool (*handle)(void *state, const struct mock_http *, int64_t now_ms,
	    struct mock_reply *);
	/* True for paths on which errors look like this vendor's. */
	bool (*owns)(struct sc_slice path);
	/* The vendor's body for a failure that a rule asks for. */
	void (*error)(struct mock_reply *, int status);
	/* The paths that handle answers to GET, NULL-terminated. */
	const char *const *routes;
	const struct mock_generator *generators; /* ends with a NULL name */
};

/* NULL-terminated. */
extern const struct mock_vendor *const mock_vendors[];
const struct mock_vendor *mock_vendor_find(const char *name);

#endif
