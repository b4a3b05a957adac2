#ifndef SINK_H
#define SINK_H

#include "sc/msg.h"
#include "sc/store.h"

#include "streams.h"

/* Where artifacts go; the first member of what each kind needs. */
struct sink {
	/* One more artifact of the batch; its bytes are borrowed. */
	int (*put)(struct sink *, const struct sc_artifact *, struct sc_err *);
	/* Something to remember; NULL where there is no memory. */
	int (*note)(struct sink *, const struct sc_artifact *, struct sc_err *);
	/* Makes the batch safe and passes the STATE on when it is for us. */
	int (*state)(struct sink *, const struct sc_msg *, struct sc_err *);
	/* The input ended well: what came after the last STATE. */
	int (*finish)(struct sink *, struct sc_err *);
	void (*free)(struct sink *);
	struct sc_msg_writer *out; /* flushed before we wait for input */
	const char *verb;          /* "stored", "wrote": for the closing line */
	int64_t batches;           /* how many were made safe */
};

/*
 * The store.  Each batch is collected first (in a file in statedir when it is
 * large), then written in one transaction together with its bookmarks.  A
 * bookmark that somebody else has moved stays: the records are stored, the
 * STATE is not passed on and finish() fails with EX_TEMPFAIL.
 */
struct sink *sink_store(
    const char *statedir, struct streams *, struct sc_err *e);
/* Artifacts only, one a line. */
struct sink *sink_stdout(struct streams *);
/*
 * Appends them to a file, which is synced before a STATE is passed on.  What
 * a died run left of a line at the end is cut off.
 */
struct sink *sink_file(const char *path, struct streams *, struct sc_err *e);

#endif
