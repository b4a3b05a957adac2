#ifndef MOCK_PL_API_H
#define MOCK_PL_API_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/vendor.h"
#include "sc/json.h"

/*
 * An API that a scenario describes by itself, so that a vendor made of data
 * alone can be tried: one path with a list of records, a key in a header, and
 * a window of time.  This is no vendor and knows none.
 */
enum pl_times { PL_ISO = 0, PL_MS /* since 1970 */ };

struct pl_api {
	char *path;
	char *items; /* the member with the list; NULL: the list is all */
	char *key_header;
	char *key;
	char *time;           /* path in a record; NULL: there is no window */
	char *after, *before; /* parameters; NULL: there is no such one */
	int64_t times;        /* enum pl_times, of records and parameters */
	struct mock_feed records;
	struct sc_json_plan *plan; /* finds the time */
};

/* Of a record, in us; MOCK_ABSENT when it has none. */
int64_t pl_time(const struct pl_api *, struct sc_slice record);

/* These are members of struct mock_vendor. */
bool pl_knows(void *api, const struct mock_http *);
bool pl_answer(
    void *api, const struct mock_http *, int64_t now_ms, struct mock_reply *);
void pl_error(struct mock_reply *, int status);

extern const struct mock_vendor mock_plain;

#endif
