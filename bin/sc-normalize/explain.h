#ifndef NORMALIZE_EXPLAIN_H
#define NORMALIZE_EXPLAIN_H

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/msg.h"

#include "streams.h"

/*
 * sc-normalize --explain: what each line of the maps does with the records of
 * the input: how often it gave a value, none, failed, or gave a value of a
 * type that its field cannot hold.
 */
struct explain_field {
	int64_t values, absent, failed, mistyped;
	char *error;   /* the first one, and the record's line */
	char *mistype; /* the first wrong type */
	uint64_t error_line;
};

struct explain {
	struct streams streams;
	struct explain_field **fields; /* by mapping, by field */
	int64_t *records;              /* by mapping */
	size_t nmappings;
	struct sc_buf scratch;
};
void explain_init(struct explain *, const char *confdir);
void explain_fini(struct explain *);

/* Everything from one descriptor, to its end. */
int explain_input(struct explain *, int fd, const char *name, struct sc_err *e);
/* One table for each map. */
void explain_print(const struct explain *, struct sc_buf *out);

#endif
