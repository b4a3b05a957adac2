#ifndef FETCH_NOTE_H
#define FETCH_NOTE_H

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/msg.h"

/*
 * Writes a NOTE: the store remembers aux (1 to SC_AUX_MAX bytes) of the key
 * with the STATE that follows.
 */
int note_put(struct sc_msg_writer *, const char *stream, struct sc_slice key,
    struct sc_slice aux, struct sc_err *);

#endif
