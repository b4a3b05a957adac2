#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/err.h"
#include "sc/prog.h"

#define FETCH_PAGES_MAX 100000 /* of one stream in one run */

struct fetch_opts {
	const char *target;     /* NAME or NAME.STREAM */
	const char *capture;    /* folder for fixtures; NULL: none */
	const char *state_file; /* NULL: positions are in the store */
	int64_t since_ms;       /* 0: not a back-fill */
	int64_t until_ms;       /* 0: open */
	int64_t preview;        /* records to show; 0: no preview */
	int64_t max_pages;
	bool wait;
};

/*
 * One run over an integration's enabled streams, or the one named: messages
 * on stdout, log lines, the outcome line.  -1 with the most severe error; the
 * others have been logged.
 */
int fetch_run(
    const struct sc_prog *, const struct fetch_opts *, struct sc_err *);

#endif
