#ifndef STATUS_TABLE_H
#define STATUS_TABLE_H

#include "sc/buf.h"
#include "sc/status.h"

/*
 * Appends the table that a person reads: a line a stream, then each problem
 * once with its remedy, streams with the same cause together.
 */
void table_print(const struct sc_status *, int64_t now_ms, struct sc_buf *);

#endif
