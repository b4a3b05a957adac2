#ifndef FORMAT_H
#define FORMAT_H

#include "sc/buf.h"
#include "sc/store.h"

/* Appends an object with all columns of a row, the artifact among them. */
void format_full(struct sc_buf *b, const struct sc_store_row *);
/* Appends JSON with one member a line, indented. */
void format_pretty(struct sc_buf *b, struct sc_slice json);

#endif
