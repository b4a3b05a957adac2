#ifndef FETCH_PAGE_H
#define FETCH_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/conf.h"
#include "sc/http.h"
#include "sc/msg.h"
#include "sc/report.h"
#include "sc/store.h"

#include "bookmark.h"
#include "keys.h"

/*
 * What belongs beside a record but is no part of it, its ctx: one JSON value,
 * appended to *out.  Asked only for records that are handed on.
 */
struct beside {
	int (*find)(void *arg, struct sc_json_val record, struct sc_buf *out,
	    struct sc_err *e);
	void *arg;
};

/* What an answer says beside its records. */
struct page_facts {
	size_t items;
	int64_t total;        /* records of the whole list; -1: not said */
	bool lacking;         /* it is not all that there is, it says */
	int64_t oldest_us;    /* the first change (revisit); 0: none */
	struct sc_slice list; /* the records as they came */
};

/*
 * Turns the pages of one stream into messages: each element of the page's list
 * becomes a RECORD unless the store holds this state of it already.
 */
struct pager {
	const struct sc_integration *in;
	const struct sc_stream *def;
	const char *stream;     /* INTEGRATION.STREAM */
	struct sc_store *store; /* NULL: nothing is known yet */
	struct sc_msg_writer *out;
	struct sc_outcome *outcome; /* its counts, newest_ms */
	int64_t most;               /* records still wanted */
	struct beside beside;       /* find is NULL: nothing */
	struct tide tide;
	/*
	 * Of lists that go by id, where it is not the vendor who minds the
	 * window: records of other times are left out; 0: none are.
	 */
	int64_t since_us, until_us;
	struct {
		int64_t last;      /* the largest id; -1: there is none */
		int64_t oldest_us; /* the smallest time; INT64_MAX: none */
	} page;                    /* what the last page had */
	struct page_facts last;    /* of the last page */
	struct sc_buf aux; /* ... and what its last record asks to remember */
	/* Private. */
	struct sc_json_plan *page_plan;
	struct sc_json_plan *record_plan;
	struct keys walked;     /* of a walk: what it has met */
	bool warned;            /* of a key that came twice */
	int64_t timed, untimed; /* records with and without a usable time */
	struct sc_buf redacted; /* the element without secrets */
	struct sc_buf record;   /* ... and without white space */
	struct sc_buf ctx;      /* what belongs beside it */
	struct sc_buf key;
	struct sc_buf rev;
	struct sc_buf time;
};

/* Takes the fields above "Private" as set by the caller. */
int pager_init(struct pager *, struct sc_err *);
void pager_fini(struct pager *);

/* SCHEMA: what the stream is and where it comes from. */
int pager_schema(struct pager *, struct sc_err *);

/*
 * Reads one answer with status 200.  *items: how many elements it had.  The
 * token of the next page, decoded from its percent-encoding, replaces the
 * content of next, which stays empty at the end.  EX_PROTOCOL when the answer
 * is not what the contract says, class NETWORK when it was cut off; nothing was
 * written then.
 */
int pager_read(struct pager *, const struct sc_http_resp *, size_t *items,
    struct sc_buf *next, struct sc_err *);

/* The same for an answer that is one record, and counts for no page. */
int pager_read_one(
    struct pager *, const struct sc_http_resp *, struct sc_err *);

/*
 * At the end of a stream: warns of records that have no usable time.  Where
 * none has one, the mark cannot move and the outcome is partial.
 */
void pager_judge_times(struct pager *);

/*
 * The list is read from its beginning once more.  In one reading of a walk a
 * key counts once: the first record that has it.
 */
void pager_begin_anew(struct pager *);

#endif
