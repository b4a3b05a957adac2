#ifndef FETCH_STEP_H
#define FETCH_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/jsonw.h"

/* One step of a check, and how it went. */
enum step_result { STEP_OK, STEP_WARNING, STEP_FAILED, STEP_SKIPPED };

struct step {
	const char *name;   /* "credentials"; static */
	const char *object; /* the stream or region it is about, or NULL */
	enum step_result result;
	struct sc_buf text;
	struct sc_buf remedy;
	struct sc_buf paste; /* whole lines for the integration's file */
	struct sc_buf data;  /* members of a JSON object, for programs */
	struct sc_jw member; /* writes them */
	int code;            /* of a failure */
	enum sc_class class;
};

/* The steps so far; all but the last one have ended. */
struct steps {
	bool json; /* nothing is printed before steps_finish() */
	struct step *v;
	size_t n;
};

void steps_fini(struct steps *);

/*
 * A new step, well until something else is said about it.  object must outlive
 * it.  The pointer is good until step_end().
 */
struct step *step_begin(struct steps *, const char *name, const char *object);
void step_say(struct step *, const char *, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* A warning, and what to do about it. */
void step_warn(struct step *, const char *, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* A failure: class, message and remedy are the error's. */
void step_fail(struct step *, const struct sc_err *);
/* It cannot be done, and that is no fault. */
void step_skip(struct step *, const char *, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* More to do, behind the remedy. */
void step_advise(struct step *, const char *, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* "key: value" for the file. */
void step_paste(struct step *, const char *key, const char *value);
/*
 * A text that came from anywhere as it may be shown: no secret, nothing that
 * moves a cursor, whole characters.  Caller's.
 */
char *step_clean(struct sc_buf *);
/* Prints it, if people read this. */
void step_end(const struct steps *);

/* What all of it was about. */
struct steps_subject {
	const char *integration;
	const char *vendor; /* NULL: not known */
	const char *file;   /* where lines are to be pasted */
};

/* The JSON object, or the last line.  Returns the worst failure's code. */
int steps_finish(const struct steps *, const struct steps_subject *);

#endif
