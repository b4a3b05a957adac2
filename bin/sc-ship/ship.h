#ifndef SHIP_H
#define SHIP_H

#include "sc/msg.h"

#include "sink.h"
#include "streams.h"

/*
 * The middle of sc-ship: messages in, artifacts to the sink, STATEs where the
 * sink can make everything before them safe.
 *
 * Reads fd to its end.  -1: EX_DATAERR for what is no message of ours (the
 * batch in which it stood is dropped), EX_UNAVAILABLE when the producer died
 * (so is what came after its last STATE), or what the sink fails with.
 */
int ship_run(
    int fd, struct streams *streams, struct sink *sink, struct sc_err *e);

#endif
