#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include <stddef.h>

/* Text in columns for a terminal; the first row is the heading. */
struct table {
	size_t ncols;
	size_t nrows;
	char **cells;
};

/* Adds a row of ncols texts (copied; NULL is shown as "-"). */
void table_row(struct table *, const char *const *texts);
/* Prints to stdout and releases everything. */
void table_print(struct table *);

#endif
