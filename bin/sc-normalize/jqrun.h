#ifndef NORMALIZE_JQRUN_H
#define NORMALIZE_JQRUN_H

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/jsonw.h"

/*
 * Everything that touches libjq.  jv values and their rule that the callee
 * consumes its arguments do not leave this module.
 *
 * Records are built from the bytes by our own scanner.  Integers beyond 2^53,
 * which libjq could only round, reach the program as strings of their digits.
 */
struct jqrun;

/*
 * Compiles a program (17 ms with libjq 1.6).  NULL with EX_CONFIG and libjq's
 * complaint.  The result is the caller's.
 */
struct jqrun *jqrun_new(const char *program, struct sc_err *e);
void jqrun_free(struct jqrun *);

struct jqrun_input {
	struct sc_slice record; /* JSON text that a scan has accepted */
	struct sc_slice ctx;    /* the same; p NULL: the input is the record */
	/*
	 * JSON text that is appended to the array of this member of the
	 * result, which is made if there is none.
	 */
	const char *list;
	struct sc_slice element;
};

/*
 * Runs the program and writes the members of the object that it yields into
 * the open object of w, without those that are null or "".  -1 (EX_DATAERR)
 * when it fails or yields no object; nothing is written then.
 */
int jqrun_members(struct jqrun *, const struct jqrun_input *, struct sc_jw *w,
    struct sc_err *e);

#endif
