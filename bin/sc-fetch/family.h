#ifndef FETCH_FAMILY_H
#define FETCH_FAMILY_H

#include "keys.h"
#include "number.h"

/* What one run over the children of a stream's records needs. */
struct family {
	struct reading *w; /* of the children; the window is their parents' */
	struct pager parents;    /* knows their answers, hands nothing on */
	struct sc_http_resp own; /* of questions for children */
	struct sc_json_plan *plan;
	struct keys met; /* parents of this run */
	bool full;       /* a look at all that may have changed */
	/* The parent under way. */
	struct sc_buf record; /* the ctx of its children */
	struct sc_buf scratch;
	struct sc_buf key;   /* its id */
	struct sc_buf name;  /* ... as a key in the store's memory */
	struct sc_buf state; /* what says whether it has other children */
	struct sc_buf path;
	int64_t changed_us; /* 0: not known */
	bool unknown;       /* it says nothing about children */
	int64_t listed;     /* its children in the answers */
	/* What came of them. */
	int64_t parents_read;
	int64_t failed; /* parents */
	int troubled;   /* of them, one after the other: the vendor's fault */
};

/* Where the answers' parents are in the plan's result. */
enum { FAMILY_ID, FAMILY_CHANGED, FAMILY_STATE };

/*
 * Takes one parent, by values that a look with the plan has found, and reads
 * its children if there may be new ones.  -1 only for what ends the run.
 */
int family_take(struct family *, const struct sc_json_seen *,
    const struct sc_json_val *v, struct sc_err *);

/* When it changed, as it says; 0: it does not. */
int64_t family_changed_us(const struct family *, const struct sc_json_val *v);

/*
 * After a failure that is about this parent: it is told, counted, and
 * remembered under f->name for the next run.
 */
int family_set_aside(
    struct family *, int status, const struct sc_err *fault, struct sc_err *);

#endif
