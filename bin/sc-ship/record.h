#ifndef RECORD_H
#define RECORD_H

#include "sc/msg.h"
#include "sc/store.h"

#include "streams.h"

/* Turns RECORD messages into artifacts; keeps its memory between them. */
struct recorder {
	struct sc_json_plan *plan;
	struct sc_buf text; /* decoded strings of the last artifact */
};
void recorder_init(struct recorder *);
void recorder_fini(struct recorder *);

/*
 * *a is valid until the next call or the message's end.  A record without an
 * id (a foreign tap's) gets one: vendor, realm and stream as announced, the
 * values of its key properties as key, its SHA-256 as revision.
 */
int recorder_artifact(struct recorder *, const struct sc_msg *m,
    const struct stream *, struct sc_artifact *a, struct sc_err *e);
/* A NOTE: of *a only stream, key and aux are set. */
int recorder_note(struct recorder *, const struct sc_msg *m,
    const struct stream *, struct sc_artifact *a, struct sc_err *e);

#endif
