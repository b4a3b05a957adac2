#ifndef MOCK_INFLATE_H
#define MOCK_INFLATE_H

#include "sc/buf.h"

/*
 * Unpacks gzip data and appends it to the buffer.  -1 when it is none or ends
 * early; the buffer's `full` tells that there was no room.
 */
int mock_inflate(struct sc_slice packed, struct sc_buf *);

#endif
