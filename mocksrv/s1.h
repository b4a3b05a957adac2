#ifndef MOCK_S1_H
#define MOCK_S1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/dataset.h"
#include "mocksrv/http.h"
#include "mocksrv/reply.h"
#include "sc/err.h"

/*
 * SentinelOne's list endpoints, driven by a description of each stream: which
 * members can be sorted and filtered by, under which parameter names.
 */
enum s1_kind { S1_ID, S1_TIME, S1_TEXT };

struct s1_column {
	const char *name; /* as in sortBy and in NAME__gte */
	const char *path; /* in the record */
	enum s1_kind kind;
	bool sortable;
};

/* A parameter that lists values of a column, separated by commas. */
struct s1_list {
	const char *param;
	const char *column;
};

struct s1_stream {
	const char *view; /* the vendor's table name inside cursors */
	const struct s1_column *columns; /* the first is id; NULL name ends */
	const struct s1_list *lists;     /* NULL param ends */
};

extern const struct s1_stream s1_threats;

#define S1_COLUMNS_MAX 20
#define S1_LIMIT_MAX   1000
#define S1_SKIP_MAX    1000
/* A time that a record does not have: sorts first, matches no filter. */
#define S1_ABSENT INT64_MIN

/* A text inside a record, without its quotes. */
struct s1_span {
	uint32_t off;
	uint32_t len;
};

/* The dataset with its columns pulled out. */
struct s1_table {
	const struct s1_stream *stream;
	struct mock_dataset *data;
	size_t ncolumns;
	int64_t *numbers[S1_COLUMNS_MAX];      /* ids, times in us */
	struct s1_span *spans[S1_COLUMNS_MAX]; /* texts and ids */
	uint32_t *orders[S1_COLUMNS_MAX]; /* rows sorted; made when needed */
};

/* Takes over data, also when it fails: NULL with EX_CONFIG, FILE:LINE. */
struct s1_table *s1_table_new(
    const struct s1_stream *, struct mock_dataset *data, struct sc_err *);
void s1_table_free(struct s1_table *);

/* Place of a row in an order: the sorted value, then the id. */
struct s1_key {
	int64_t number;
	struct sc_slice text;
	int64_t id;
};

struct sc_slice s1_table_text(const struct s1_table *, size_t col, size_t row);
struct s1_key s1_table_key(const struct s1_table *, size_t col, size_t row);
/* The row at position i of the order. */
size_t s1_table_row(struct s1_table *, size_t col, bool desc, size_t i);
/* The first position behind the key. */
size_t s1_table_seek(
    struct s1_table *, size_t col, bool desc, const struct s1_key *);

/*
 * Cursors: base64 of the JSON object that the real console puts there, and,
 * if asked for, percent-encoded as the console does.
 */
struct s1_sort {
	size_t col;
	bool desc;
};

void s1_cursor_encode(const struct s1_stream *, struct s1_sort,
    const struct s1_key *, bool percent, struct sc_buf *out);
/*
 * Reads a cursor that was sent raw, decoded or encoded twice.  key->text
 * points into tmp.  -1: garbage, or of another order than `sort`.
 */
int s1_cursor_decode(const struct s1_stream *, struct s1_sort sort,
    struct sc_slice text, struct sc_buf *tmp, struct s1_key *);

/* What a request asks for. */
#define S1_LISTS_MAX 8

struct s1_query {
	int64_t limit;
	int64_t skip;
	bool count_only;
	bool skip_count;
	struct s1_sort sort;
	bool has_cursor;
	struct s1_key after;
	struct {
		bool set;
		int64_t min, max; /* both included */
	} range[S1_COLUMNS_MAX];
	struct {
		size_t col;
		struct sc_slice values;
	} lists[S1_LISTS_MAX];
	size_t nlists;
	struct sc_buf text; /* what after.text points into */
	char why[160];      /* the refusal, for the body's detail */
};

/*
 * Checks every parameter, also for being known at all.  -1 with `why` set.
 * Slices point into params' text.  Release q->text either way.
 */
struct mock_query;
int s1_query_parse(struct s1_query *, const struct s1_stream *,
    const struct mock_query *params);
bool s1_query_matches(
    const struct s1_query *, const struct s1_table *, size_t row);

/* One page of the answer. */
struct s1_style {
	bool percent_cursor;
	bool extra_empty_page;
};
void s1_page(struct s1_table *, const struct s1_query *,
    const struct s1_style *, struct mock_reply *);

#endif
