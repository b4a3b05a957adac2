#ifndef MOCK_S1_H
#define MOCK_S1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/http.h"
#include "mocksrv/query.h"
#include "mocksrv/reply.h"
#include "mocksrv/table.h"
#include "sc/err.h"

/*
 * SentinelOne's list endpoints, driven by a description of each stream: which
 * members can be sorted and filtered by, under which parameter names.
 */

/* A parameter that lists values of a column, separated by commas. */
struct s1_list {
	const char *param;
	const char *column;
};

struct s1_stream {
	const char *name; /* in the path and in scenarios: "threats" */
	const char *view; /* the vendor's table name inside cursors */
	const struct mock_column *columns; /* the first is id; NULL name ends */
	const struct s1_list *lists;       /* NULL param ends */
	const char *idle; /* a boolean that changes nothing; may be NULL */
};

#define S1_STREAMS 3
extern const struct mock_column s1_threat_columns[], s1_activity_columns[],
    s1_agent_columns[];
extern const struct s1_stream s1_streams[S1_STREAMS];

#define S1_LIMIT_MAX 1000
#define S1_SKIP_MAX  1000

/*
 * Cursors: base64 of the JSON object that the real console puts there, and,
 * if asked for, percent-encoded as the console does.
 */
struct s1_sort {
	size_t col;
	bool desc;
};

void s1_cursor_encode(const struct s1_stream *, struct s1_sort,
    const struct mock_key *, bool percent, struct sc_buf *out);
/*
 * Reads a cursor that was sent raw, decoded or encoded twice.  key->text
 * points into tmp.  -1: garbage, or of another order than `sort`.
 */
int s1_cursor_decode(const struct s1_stream *, struct s1_sort sort,
    struct sc_slice text, struct sc_buf *tmp, struct mock_key *);

/* What a request asks for. */
#define S1_LISTS_MAX 16

struct s1_query {
	int64_t limit;
	int64_t skip;
	bool count_only;
	bool skip_count;
	struct s1_sort sort;
	bool has_cursor;
	struct mock_key after;
	struct {
		bool set;
		int64_t min, max; /* both included */
	} range[MOCK_COLUMNS_MAX];
	struct {
		size_t col;
		struct sc_slice values;
	} lists[S1_LISTS_MAX];
	size_t nlists;
	struct mock_query params; /* what the lists' values point into */
	struct sc_buf text;       /* what after.text points into */
	char why[160];            /* the refusal, for the body's detail */
};

/*
 * Checks every parameter, also for being known at all.  -1 with `why` set.
 * Release with fini either way.
 */
int s1_query_parse(
    struct s1_query *, const struct s1_stream *, struct sc_slice text);
void s1_query_fini(struct s1_query *);
bool s1_query_matches(
    const struct s1_query *, const struct mock_table *, size_t row);

/* One page of the answer. */
enum s1_cursor_style {
	S1_CURSOR_ENCODED = 0, /* as the console does */
	S1_CURSOR_DECODED,
	S1_CURSOR_REPEAT, /* the second page's cursor leads to itself */
	S1_CURSOR_CYCLE   /* the last page's leads back to the start */
};

struct s1_style {
	int64_t cursor; /* enum s1_cursor_style */
	bool extra_empty_page;
	bool overlap; /* a page begins with the last record of the one before */
};
void s1_page(const struct s1_stream *, struct mock_table *,
    const struct s1_query *, const struct s1_style *, struct mock_reply *);
/* How many records match, whatever the page. */
int64_t s1_count(const struct mock_table *, const struct s1_query *);

#endif
