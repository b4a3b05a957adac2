#ifndef MOCK_DI_H
#define MOCK_DI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/reply.h"
#include "mocksrv/table.h"
#include "sc/json.h"

/*
 * Deep Instinct's lists: pages of 50 records behind an id, and the filters of
 * a search.
 */
enum {
	DI_EVENTS = 0,
	DI_SUSPICIOUS,
	DI_DEVICES,
	DI_AUDIT, /* served by offset, not by id */
	DI_STREAMS
};

struct di_stream {
	const char *name;   /* in scenarios: "suspicious-events" */
	const char *list;   /* the member of a page that holds the records */
	const char *one;    /* the member around a single one, or NULL */
	const char *cursor; /* the parameter: "after_event_id" */
};
extern const struct di_stream di_streams[DI_STREAMS];

/* Of all columns these have a fixed place. */
#define DI_COLUMN_ID  0
#define DI_COLUMN_MSP 1
extern const struct mock_column di_event_columns[], di_device_columns[],
    di_audit_columns[];

/*
 * The body of a search: members that must all hold.  A text or number must be
 * equal, of a list one must be, a time lies between "from" and "to", both
 * included.
 */
struct di_filter {
	struct di_term {
		size_t col;
		struct sc_json_val value; /* inside the body */
		int64_t from, to;         /* of a time */
	} terms[MOCK_COLUMNS_MAX];
	size_t n;
	char why[160]; /* the refusal */
};

/*
 * Reads a body, which must outlive the filter.  Members that the vendor does
 * not filter by, and values of a wrong kind, are refused.  Returns 0, or the
 * status of the refusal with `why` set.
 */
int di_filter_parse(struct di_filter *, struct sc_slice body);
bool di_filter_matches(
    const struct di_filter *, const struct mock_table *, size_t row);

#define DI_PAGE 50

/* What tells a client that it has everything. */
enum di_end {
	DI_END_NULL = 0, /* an empty page with last_id null */
	DI_END_MISSING,  /* an empty page without last_id */
	DI_END_EMPTY,    /* {} */
	DI_END_EARLY     /* no last_id in the last page that has records */
};

enum di_last {
	DI_LAST_HIGHEST = 0, /* of the page's ids, as it should be */
	DI_LAST_REPEAT,      /* the second page leads to itself */
	DI_LAST_CYCLE        /* the last page leads back to the start */
};

struct di_style {
	int64_t end;     /* enum di_end */
	int64_t last_id; /* enum di_last */
};

/* Which records a request may and wants to see. */
struct di_view {
	int64_t after;
	int64_t msp; /* of the key; 0: all */
	const struct di_filter *filter;
};

/* True when a key of that msp may see the row. */
bool di_is_visible(const struct mock_table *, size_t row, int64_t msp);
void di_page(const struct di_stream *, struct mock_table *,
    const struct di_view *, const struct di_style *, struct mock_reply *);

#endif
