#ifndef NORMALIZE_ARTIFACT_H
#define NORMALIZE_ARTIFACT_H

#include "sc/buf.h"
#include "sc/err.h"
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
 * Each writes one artifact.  To what the map gives they add id, message (the
 * record's bytes), senderHost, sourceInfo, org_id and the tag native:<key>.
 *
 * artifact_mapped: by the mapping, which has been started; -1 (EX_DATAERR,
 * nothing written) when it cannot handle the record.
 * artifact_failed: tagged normalize_error, the reason in x_error.
 * artifact_bad: for a RECORD that carries `bad` instead of a record.
 * artifact_oversize: only the beginning of the message, for a record whose
 * artifact does not fit into a line.
 */
int artifact_mapped(const struct artifact *, struct sc_jw *, struct sc_err *e);
void artifact_failed(
    const struct artifact *, const char *reason, struct sc_jw *);
void artifact_bad(const struct artifact *, struct sc_jw *);
void artifact_oversize(const struct artifact *, struct sc_jw *);

#endif
