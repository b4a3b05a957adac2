#ifndef MOCK_LINT_H
#define MOCK_LINT_H

#include <stdbool.h>
#include <stddef.h>

#include "sc/err.h"

/*
 * Checks fixtures, a file each or all in a folder: answers must be in their
 * canonical form, scenarios must load, datasets be JSON, and nothing may look
 * like a live secret.  Writes "FILE:LINE: what" for each finding to fd; with
 * `rewrite` answers are put into their form instead.  -1 with EX_DATAERR when
 * there was a finding, EX_NOINPUT or EX_IOERR.
 */
int mock_lint(
    char *const *paths, size_t n, bool rewrite, int fd, struct sc_err *);

#endif
