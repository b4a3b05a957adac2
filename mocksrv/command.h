#ifndef MOCK_COMMAND_H
#define MOCK_COMMAND_H

#include "mocksrv/server.h"
#include "sc/buf.h"
#include "sc/err.h"

/*
 * Carries out a command that came by the control socket: status, journal,
 * records, calm, reset, "advance DURATION" or "scenario FILE".  -1 with
 * EX_USAGE or what the command failed with.
 */
int mock_command_run(struct mock_server *, const char *command,
    struct sc_buf *out, struct sc_err *);

#endif
