#ifndef SC_COMMAND_H
#define SC_COMMAND_H

#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * Runs a shell command (/bin/sh -c) and appends what it writes to stdout; its
 * stdin and stderr are /dev/null.  EX_CONFIG when it ends with another status
 * than 0, writes more than b has room for, or is not done after limit_ms of
 * real time: then it and its children are killed.  Messages hold nothing of
 * the command's output.
 */
int sc_command_read(
    const char *command, int64_t limit_ms, struct sc_buf *b, struct sc_err *e);

#endif
