#ifndef TABLE_H
#define TABLE_H

#include "sc/buf.h"
#include "sc/store.h"

/* Artifacts as a table for people. */
struct table;
/* width: columns of the terminal. */
struct table *table_new(size_t width);
void table_free(struct table *);
/* Both append one line to b, without its newline. */
void table_head(const struct table *, struct sc_buf *b);
void table_row(struct table *, const struct sc_store_row *, struct sc_buf *b);

/*
 * Appends at most `width` characters of the text, then blanks up to that
 * width.  Control characters are replaced: what a vendor sends must not
 * reach the terminal as a command.
 */
void table_cell(struct sc_buf *b, struct sc_slice text, size_t width);

#endif
