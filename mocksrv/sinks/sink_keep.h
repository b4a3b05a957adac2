#ifndef MOCK_SINK_KEEP_H
#define MOCK_SINK_KEEP_H

#include "mocksrv/line.h"
#include "sc/buf.h"
#include "sc/err.h"

struct mock_source;

/*
 * keep=FILE: what a sink has accepted, as NDJSON.  The lines of a request are
 * gathered and appended in one piece before it is answered, so whoever has
 * the answer, or lost it, finds them there.
 */
struct sink_keep {
	char *path; /* NULL: nothing is kept */
	int fd;
	struct sc_buf lines; /* of the request in work */
};

/* As struct mock_setting wants it: creates the file beside the scenario. */
int sink_keep_read(void *keep, const struct mock_line *,
    const struct mock_word *, const struct mock_source *, struct sc_err *);
void sink_keep_fini(struct sink_keep *);

/* Where to write the next line, with its line end; NULL: nothing is kept. */
struct sc_buf *sink_keep_lines(struct sink_keep *);
/* Appends the value as a line: without white space between its tokens. */
void sink_keep_json(struct sink_keep *, struct sc_slice json);
/* At the end of each request that adds lines. */
void sink_keep_flush(struct sink_keep *);

#endif
