#ifndef MOCK_R7_H
#define MOCK_R7_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/feed.h"
#include "mocksrv/put.h"
#include "mocksrv/query.h"
#include "mocksrv/reply.h"
#include "mocksrv/table.h"

/*
 * What an InsightIDR tenant holds.  Records that belong to others are wrapped
 * in the dataset, {"investigation":"rrn:...","alert":{...}}, and only the
 * inner object is served.
 */
enum r7_stream {
	R7_INVESTIGATIONS = 0,
	R7_ALERTS,         /* "alert", of an "investigation" */
	R7_PRODUCT_ALERTS, /* the same */
	R7_AT_ALERTS,
	R7_EVIDENCES, /* "evidence", of an "alert" of the stream above */
	R7_ACTORS,    /* "actor", of an "alert", of an "investigation" */
	R7_STREAMS
};

/* Columns of all wrapped records. */
enum { R7_INNER = 0, R7_PARENT };
enum {
	R7_INV_RRN = 0,
	R7_INV_ORGANIZATION,
	R7_INV_TITLE,
	R7_INV_SOURCE,
	R7_INV_STATUS,
	R7_INV_PRIORITY,
	R7_INV_DISPOSITION,
	R7_INV_ASSIGNEE,
	R7_INV_EMAIL,
	R7_INV_CREATED,
	R7_INV_LATEST,
	R7_INV_TAGS
};
enum {
	R7_ALERT_CREATED = R7_PARENT + 1,
	R7_ALERT_RULE,
	R7_ALERT_RULE_RRN,
	R7_ALERT_TYPE,
	R7_ALERT_DESCRIPTION,
	R7_ALERT_FIRST
};
enum { R7_AT_RRN = 0, R7_AT_CREATED, R7_AT_UPDATED, R7_AT_INVESTIGATION };
enum { R7_ACTOR_INVESTIGATION = R7_PARENT + 1, R7_ACTOR_TYPE, R7_ACTOR_NAME };
extern const struct mock_column r7_investigation_columns[], r7_alert_columns[],
    r7_product_alert_columns[], r7_at_alert_columns[], r7_evidence_columns[],
    r7_actor_columns[];
extern const struct mock_column *const r7_columns[R7_STREAMS];
/* The place of a column, -1 if the table has none of that name. */
int r7_column_find(enum r7_stream, struct sc_slice name);

/* What all streams hold at one moment; NULL: not served. */
struct r7_data {
	struct mock_table *tables[R7_STREAMS];
};

/* Rows whose column says `text`, in the order of the dataset. */
struct r7_kin {
	struct mock_table *table;
	size_t col;
	struct sc_slice text;
	size_t at;
};
struct r7_kin r7_kin(struct mock_table *, size_t col, struct sc_slice text);
bool r7_kin_next(struct r7_kin *, size_t *row);

/* By what rows are sorted; of equal ones the first in the dataset leads. */
struct r7_sort {
	size_t col;
	bool desc;
};
#define R7_SORTS_MAX 5

/* The last order that somebody asked for. */
struct r7_order {
	const struct mock_table *table;
	struct r7_sort sorts[R7_SORTS_MAX];
	size_t nsorts;
	uint32_t *rows;
};
const uint32_t *r7_order_get(struct r7_order *, const struct mock_table *,
    const struct r7_sort *, size_t nsorts);
void r7_order_fini(struct r7_order *);

/* A condition on a record: one of its values is one of these. */
enum r7_about {
	R7_ABOUT_COLUMNS = 0, /* in one of the columns */
	R7_ABOUT_ASSET,       /* name of an actor of that type */
	R7_ABOUT_ACCOUNT,
	R7_ABOUT_RULE,  /* of one of the investigation's alerts */
	R7_ABOUT_TCODE, /* of one of the investigation's at-alerts */
	R7_ABOUT_NOBODY /* no record has it */
};
struct r7_test {
	enum r7_about about;
	uint32_t columns; /* bits */
	bool contains;
	bool any_case;
	size_t first, n; /* of the query's values */
};
#define R7_TESTS_MAX  32
#define R7_VALUES_MAX 256

struct r7_query {
	int64_t index, size;
	int64_t after_us, before_us; /* neither is included */
	bool multi_customer, rrns_only, strict;
	struct r7_sort sorts[R7_SORTS_MAX];
	size_t nsorts;
	struct r7_test tests[R7_TESTS_MAX];
	size_t ntests;
	struct sc_slice values[R7_VALUES_MAX];
	size_t nvalues;
	bool has_start;
	struct mock_query params; /* what the values point into */
	struct sc_buf text;       /* those of a body */
	char why[160];            /* the refusal */
};

/* Which parameters count; all others are ignored, as the vendor does. */
enum r7_dialect {
	R7_LIST = 1,         /* GET /idr/v2/investigations */
	R7_LIST_V1 = 2,      /* GET /idr/v1/investigations */
	R7_SEARCH = 4,       /* POST /idr/v2/investigations/_search */
	R7_ONE = 8,          /* one investigation */
	R7_CHILDREN = 16,    /* what belongs to it */
	R7_AT_SEARCH = 32,   /* POST /idr/at/alerts/ops/search */
	R7_AT_RRNS = 64,     /* POST /idr/at/alerts/ops/rrns */
	R7_AT_CHILDREN = 128 /* evidences and actors of an at-alert */
};
/* -1 with `why` set.  Release with fini either way. */
int r7_query_parse(
    struct r7_query *, enum r7_dialect, struct sc_slice text, int64_t now_ms);
void r7_query_fini(struct r7_query *);
/* The bodies of _search and of ops/search; the same. */
int r7_search_parse(struct r7_query *, struct sc_slice body);
int r7_at_search_parse(struct r7_query *, struct sc_slice body);

/* For the parsers: */
int r7_refuse(struct r7_query *, const char *, ...)
    __attribute__((__format__(__printf__, 2, 3)));
int r7_take_instant(struct r7_query *, const char *name, struct sc_slice value,
    int64_t *out_us);
/* A new condition without values; NULL: too many. */
struct r7_test *r7_test_add(struct r7_query *, enum r7_about, uint32_t columns);
int r7_value_add(struct r7_query *, struct r7_test *, struct sc_slice);
int r7_sort_add(struct r7_query *, enum r7_stream, struct sc_slice name,
    struct sc_slice direction);

/* True when row `row` of the stream meets all conditions. */
bool r7_matches(const struct r7_query *, const struct r7_data *, enum r7_stream,
    size_t row);

/* One page of rows. */
#define R7_SIZE_MAX    100
#define R7_SIZE_MAX_V1 1000
struct r7_page {
	size_t rows[R7_SIZE_MAX_V1];
	size_t n;
	int64_t seen; /* rows offered so far, in the end all there are */
};
/* Offers the next row. */
void r7_page_add(struct r7_page *, const struct r7_query *, size_t row);

/* The uuid that the old API knows an investigation by. */
void r7_uuid_of(struct sc_slice rrn, char out[MOCK_UUID_BUF]);
/* An investigation as the old API tells it. */
void r7_put_v1(const struct r7_data *, size_t row, struct sc_buf *);

#endif
