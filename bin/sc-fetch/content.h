#ifndef FETCH_CONTENT_H
#define FETCH_CONTENT_H

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/json.h"
#include "sc/vendor.h"

/*
 * What a stream's file says about the content of its records.  The values are
 * parts of a text that a scan has accepted.
 */

/*
 * Appends the record with "REDACTED" in the place of each value that the
 * stream's `redact` names, null excepted; all other bytes stay as they are.
 */
int content_redact(const struct sc_stream *, struct sc_json_val record,
    struct sc_buf *, struct sc_err *);

#define CONTENT_HASH_BUF 33
/*
 * Hashes what the record says, without what `volatile` names: the same
 * whatever the white space and the order of members.  Numbers and strings
 * count as they are written; of a repeated name the last value counts.
 */
char *content_hash(const struct sc_stream *, struct sc_json_val record,
    char hash[CONTENT_HASH_BUF]);

#endif
