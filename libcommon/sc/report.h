#ifndef SC_REPORT_H
#define SC_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * Outcome line: the one JSON line that a stage writes at its end to the
 * descriptor named in SC_REPORT.  That is how the scheduler knows what
 * happened; nothing is parsed out of log lines.
 */
enum sc_count {
	SC_N_PAGES,    /* answers read */
	SC_N_RECORDS,  /* records handed to the next stage */
	SC_N_NEW,      /* of them: keys never seen before */
	SC_N_CHANGED,  /* of them: a new state of a known key */
	SC_N_SEEN,     /* records left out because nothing changed */
	SC_N_BAD,      /* records that were oversize, not UTF-8, unmappable */
	SC_N_STORED,   /* artifacts that the store did not have */
	SC_N_KNOWN,    /* artifacts that it had already */
	SC_N_FILTERED, /* kept out by keep/drop */
	SC_NCOUNTS
};
const char *sc_count_name(enum sc_count);

struct sc_outcome {
	char stream[160]; /* INTEGRATION.STREAM, or INTEGRATION in a summary */
	struct sc_err
	    err; /* code 0: all well; class, text, remedy, not_before */
	int64_t counts[SC_NCOUNTS];
	int64_t newest_ms;       /* largest vendor time seen, 0 = none */
	int64_t expires_ms;      /* when the credential does, 0 = unknown */
	int64_t clock_offset_ms; /* vendor's Date minus our clock */
	bool has_offset;
	bool partial; /* ended early or read no time; the next one goes on */
};

/*
 * Writes the line for a stage: a summary and, where it worked on several
 * streams, one entry each.  Does nothing without SC_REPORT.  The line is at
 * most PIPE_BUF bytes (long texts are cut), so it arrives in one piece.
 */
void sc_report_write(const char *stage, const struct sc_outcome *sum,
    const struct sc_outcome *streams, size_t nstreams);

/* Keeps the descriptor from this program's children. */
void sc_report_own(void);

/*
 * Reads such a line back.  streams has room for *nstreams entries, which is
 * set to the number found.  EX_DATAERR when it is not an outcome line.
 */
int sc_report_parse(struct sc_slice line, char stage[32],
    struct sc_outcome *sum, struct sc_outcome *streams, size_t *nstreams,
    struct sc_err *e);

#endif
