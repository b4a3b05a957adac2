#ifndef MOCK_SINK_BULK_H
#define MOCK_SINK_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"

/*
 * The body of an OpenSearch _bulk request: an action line, and behind create,
 * index and update a line with the document.  A fault in it refuses the whole
 * request before anything of it is done.
 */
enum sink_action { SINK_CREATE = 0, SINK_INDEX, SINK_UPDATE, SINK_DELETE };
extern const char *const sink_action_names[];

#define SINK_ID_MAX 512

struct sink_bulk_item {
	enum sink_action action;
	char *index;
	char *id;               /* NULL: the sink makes one up */
	int64_t version;        /* -1: not given */
	bool or_equal;          /* version_type external_gte */
	struct sc_slice source; /* inside the body */
};

struct sink_bulk {
	struct sink_bulk_item *items;
	size_t n;
	size_t cap;
	const char *error; /* the type, when it is refused */
	char why[1024];
};

#define SINK_BULK_MAX 50000

/*
 * index: of items that name none; NULL: each has to.  -1 with error and why.
 * Release it either way.
 */
int sink_bulk_parse(
    struct sink_bulk *, struct sc_slice body, const char *index);
void sink_bulk_fini(struct sink_bulk *);

#endif
