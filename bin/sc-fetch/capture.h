#ifndef FETCH_CAPTURE_H
#define FETCH_CAPTURE_H

#include "sc/conf.h"
#include "sc/err.h"

#include "fixture.h"

/*
 * Writes each exchange of a run as a fixture into a folder, as it ends: the
 * answer in a file of its own, a "replay" line in capture.scenario, which
 * sc-mock plays.  Only the copies are scrubbed (scrub.h).
 */
struct capture;

/*
 * dir must not exist, or be empty.  EX_CANTCREAT.  The integration must
 * outlive the capture.
 */
struct capture *capture_open(
    const char *dir, const struct sc_integration *, struct sc_err *);
/* Logs what there is now; NULL is fine. */
void capture_close(struct capture *);

/*
 * -1 with EX_CANTCREAT or EX_IOERR; with EX_SOFTWARE, class CONFIG, when a
 * secret is left in what would be written: then nothing was.
 */
int capture_write(struct capture *, const struct exchange *, struct sc_err *);

#endif
