#ifndef MOCK_TABLE_H
#define MOCK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/dataset.h"
#include "sc/buf.h"
#include "sc/err.h"

/*
 * A dataset with some members of its records pulled out into columns, by
 * which it can be filtered and sorted.
 */
enum mock_kind {
	MOCK_ID,   /* a string of digits */
	MOCK_KEY,  /* an integer that every record has */
	MOCK_TIME, /* ISO 8601 */
	MOCK_TEXT,
	MOCK_INT,
	MOCK_BOOL,
	MOCK_JSON /* any value: as it stands, quotes and all; no order */
};

struct mock_column {
	const char *name; /* as the vendor's parameters call it */
	const char *path; /* in the record, as sc/json.h has it */
	enum mock_kind kind;
	bool sortable; /* the vendor sorts by it when asked */
};

#define MOCK_COLUMNS_MAX 32
/* A time or integer that a record does not have: sorts first, matches no
 * filter. */
#define MOCK_ABSENT INT64_MIN

/* A text inside a record, without its quotes. */
struct mock_span {
	uint32_t off;
	uint32_t len;
};

struct mock_table {
	const struct mock_column *columns; /* NULL name ends */
	struct mock_dataset *data;
	size_t ncolumns;
	int64_t *numbers[MOCK_COLUMNS_MAX]; /* ids, integers, times in us */
	struct mock_span *spans[MOCK_COLUMNS_MAX]; /* all but times */
	uint32_t *orders[MOCK_COLUMNS_MAX]; /* rows sorted; made when needed */
	/*
	 * Rows that somebody asked for in some window of time; NULL where
	 * nobody can ask for less than all.
	 */
	bool *wanted;
};

/* Takes over data, also when it fails: NULL with EX_CONFIG, FILE:LINE. */
struct mock_table *mock_table_new(
    const struct mock_column *, struct mock_dataset *data, struct sc_err *);
void mock_table_free(struct mock_table *); /* NULL is fine */

/*
 * Place of a row in an order: the sorted value, then what the first column
 * says if that is an id or integer, else the place in the dataset.
 */
struct mock_key {
	int64_t number;
	struct sc_slice text;
	int64_t id;
};

/* The text as it stands in the record, escapes and all; not for times. */
struct sc_slice mock_table_text(
    const struct mock_table *, size_t col, size_t row);
struct mock_key mock_table_key(
    const struct mock_table *, size_t col, size_t row);
/* The row at position i of the order. */
size_t mock_table_row(struct mock_table *, size_t col, bool desc, size_t i);
/* The first position behind the key. */
size_t mock_table_seek(
    struct mock_table *, size_t col, bool desc, const struct mock_key *);

#endif
