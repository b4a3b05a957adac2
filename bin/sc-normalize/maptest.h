#ifndef NORMALIZE_MAPTEST_H
#define NORMALIZE_MAPTEST_H

#include <stdbool.h>

#include "sc/err.h"

/*
 * sc-normalize --test DIR [--update]: what the maps make of the records in DIR
 * (testdir.h), against the artifacts that are expected.  Prints TAP, a line for
 * each record, and below one that fails the fields that differ.
 *
 * EX_DATAERR when a case fails or a file is not what it should be, EX_NOINPUT
 * when there are no records, EX_CONFIG for a map.  With update, files of
 * artifacts that differ are written instead.
 */
int maptest_run(
    const char *confdir, const char *dir, bool update, struct sc_err *e);

#endif
