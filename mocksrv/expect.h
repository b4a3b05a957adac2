#ifndef MOCK_EXPECT_H
#define MOCK_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/http.h"
#include "mocksrv/match.h"
#include "sc/err.h"

/*
 * What requests a test expects, from a file of lines
 *
 *	METHOD PATH [times=N|N..|..N|N..M] [condition...]
 *	never METHOD PATH [condition...]
 *	in-order
 *	only
 *
 * Conditions are if-query=, if-header=, unless-query=, unless-header= as in
 * scenarios, and status=N, outcome=TEXT, on=LISTENER, fault=PATTERN.  A line
 * expects one request or more unless it says how many.
 */
struct mock_expect {
	unsigned line;
	char *text; /* the line, for reports */
	char *method;
	char *path;
	int64_t least, most;
	bool ordered; /* behind an in-order line */
	struct mock_test *tests;
	size_t ntests;
	int64_t status;             /* 0: any */
	char *outcome, *on, *fault; /* NULL: any */

	/* Found so far. */
	int64_t seen;
};

struct mock_expects {
	struct mock_expect *list;
	size_t n;
	bool only; /* no other request may come */
};

/* NUL-terminated text is altered.  -1 with EX_CONFIG, FILE:LINE. */
int mock_expects_parse(
    struct mock_expects *, const char *file, char *text, struct sc_err *);
void mock_expects_fini(struct mock_expects *);

/* An exchange as the journal has it. */
struct mock_seen {
	struct mock_http *http; /* method, path, query and headers */
	int64_t status;
	struct sc_slice outcome, on, fault;
};

bool mock_expect_fits(const struct mock_expect *, const struct mock_seen *);

/*
 * Compares the journal (a file, "-" for stdin) with the expectations and
 * writes one TAP line for each to fd.  -1 with EX_DATAERR when some are not
 * met, EX_NOINPUT or EX_CONFIG.
 */
int mock_verify(
    const char *journal, const char *expectations, int fd, struct sc_err *);

#endif
