#ifndef MOCK_VENDOR_H
#define MOCK_VENDOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/generate.h"
#include "mocksrv/http.h"
#include "mocksrv/line.h"
#include "mocksrv/reply.h"
#include "mocksrv/setting.h"
#include "sc/err.h"

/* Where a scenario comes from; what it is loaded with. */
struct mock_source {
	const char *path;
	uint64_t seed;
	int64_t now_ms; /* when the server started, on its clock */
	bool unmarked;  /* no X-Mock headers in answers */
	bool looked_at; /* and not played: no file is written */
};

/*
 * A vendor as sc-mock plays it.  This table and the folders with the vendors'
 * names are the only place in this repository where C knows vendors.
 */
struct mock_vendor {
	const char *name;
	size_t size;                         /* of its state */
	const struct mock_setting *settings; /* ends with a NULL word */

	/* Sets defaults other than zero; may be NULL. */
	void (*init)(void *state, const struct mock_source *);
	/*
	 * When all words have been read: -1 with EX_CONFIG if some are missing
	 * or do not go together.  May be NULL.
	 */
	int (*ready)(void *state, const struct mock_line *,
	    const struct mock_source *, struct sc_err *);
	/* Releases what the vendor added to its settings; may be NULL. */
	void (*fini)(void *state);

	/*
	 * True when the request has this account's credentials, good or
	 * expired.  So the right one is found among several of a vendor.
	 */
	bool (*knows)(void *state, const struct mock_http *);
	/* Fills in the reply (not compiled); false: not this vendor's path. */
	bool (*handle)(void *state, const struct mock_http *, int64_t now_ms,
	    struct mock_reply *);
	/* True for paths on which errors look like this vendor's. */
	bool (*owns)(struct sc_slice path);
	/* The vendor's body for a failure that a rule asks for. */
	void (*error)(struct mock_reply *, int status);
	/* The paths that handle answers, NULL-terminated. */
	const char *const *routes;
	/* Records come with less, or with more, than the dataset has. */
	bool reshapes;
	const struct mock_generator *generators; /* ends with a NULL name */
};

/* NULL-terminated. */
extern const struct mock_vendor *const mock_vendors[];
const struct mock_vendor *mock_vendor_find(const char *name);
/* "sentinelone.threats"; NULL with EX_USAGE, which names what there is. */
const struct mock_generator *mock_generator_find(
    const char *name, struct sc_err *);

/* Reads the words behind "serve VENDOR" into a new state; NULL: EX_CONFIG. */
void *mock_vendor_open(const struct mock_vendor *, const struct mock_line *,
    const struct mock_source *, struct sc_err *);
/* Those behind "at WHEN NAME": data that the streams have from then on. */
int mock_vendor_change(const struct mock_vendor *, void *state,
    const struct mock_when *, const struct mock_line *,
    const struct mock_source *, struct sc_err *);
void mock_vendor_close(const struct mock_vendor *, void *state);

#endif
