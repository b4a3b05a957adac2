#ifndef NORMALIZE_ARTIFACT_H
#define NORMALIZE_ARTIFACT_H

#include <stdbool.h>

#include "sc/buf.h"
#include "sc/jsonw.h"
#include "sc/msg.h"

#include "mapping.h"

/* Where a stream's records come from: the source member of its SCHEMA. */
struct artifact_source {
	char *vendor;
	char *integration; /* this and the rest: NULL where not given */
	char *stream;
	char *realm;
	char *org_id;
};
void artifact_source_read(struct artifact_source *, struct sc_json_val source);
void artifact_source_fini(struct artifact_source *);

/* What an artifact is made of. */
struct artifact {
	const struct artifact_source *source;
	struct mapping *mapping;
	const struct sc_msg *msg;
	struct sc_buf *scratch;
};

/*
 * Writes one artifact.  To what the map gives it adds id, message (the record's
 * bytes), senderHost, sourceInfo, org_id and the tag native:<key>.
 *
 * artifact_make: by the mapping, which has been started.  False when it is one
 * of the unmapped kinds: for a record that the mapping cannot handle, tagged
 * normalize_error with the reason in x_error, or for a RECORD that carries
 * `bad` instead of a record.
 * artifact_oversize: only the beginning of the message, for a record whose
 * artifact does not fit into a line.
 */
bool artifact_make(const struct artifact *, struct sc_jw *);
void artifact_oversize(const struct artifact *, struct sc_jw *);

#endif
