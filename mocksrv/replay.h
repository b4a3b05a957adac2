#ifndef MOCK_REPLAY_H
#define MOCK_REPLAY_H

#include "mocksrv/line.h"
#include "mocksrv/scenario.h"
#include "sc/err.h"

/*
 * "replay METHOD PATH [condition...] file=FILE", as sc-fetch --capture writes
 * a line for each exchange: a rule; but a line that asks for the same as one
 * above it, word for word, adds its file to that one's sequence.  -1 with
 * EX_CONFIG.
 */
int mock_replay_parse(struct mock_rules *, const struct mock_line *,
    const struct mock_source *, struct sc_err *);

#endif
