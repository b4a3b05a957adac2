#ifndef MOCK_DRILL_STATE_H
#define MOCK_DRILL_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/drill_impl.h"
#include "sc/buf.h"
#include "sc/ident.h"
#include "sc/json.h"

/*
 * States of records, for comparing what a vendor showed with what is stored.
 * Two states are the same when the native id is and the tokens of the record
 * are, one after the other, without members that the vendor's file calls
 * volatile and with what it redacts replaced.
 */
struct drill_state {
	char *key;
	char hash[SC_SHA256_BUF];
	size_t place; /* in the order in which they were added */
	bool early;   /* before a first run's reach */
	bool vague;   /* cannot travel as text: its bytes are not compared */
};

struct drill_states {
	struct drill_state *list;
	size_t n, cap;
};

/* How records of a stream are read. */
struct drill_reader {
	const struct sc_stream *def;
	int64_t reach_ms; /* records before that are early */
	struct sc_json_plan *head, *marks;
	size_t nmarks;
	struct sc_buf text;
};

/* -1 with e; release with fini either way. */
int drill_reader_init(struct drill_reader *, const struct sc_stream *,
    int64_t reach_ms, struct sc_err *e);
void drill_reader_fini(struct drill_reader *);

/* Adds a record; key NULL: its own id. */
void drill_states_add(struct drill_states *, struct drill_reader *,
    struct sc_slice record, const char *key);
void drill_states_fini(struct drill_states *);

/*
 * Sorts; of states that follow one another unchanged one is left, and, unless
 * the same content after a change is a new state, of all that are the same.
 */
void drill_states_settle(struct drill_states *, bool again_is_new);

enum drill_by {
	DRILL_BY_BYTES,
	DRILL_BY_KEY /* where the server alters records: by id and number */
};

/* Sorts stored and counts. */
void drill_states_compare(const struct drill_states *shown,
    const struct drill_states *unseen, struct drill_states *stored,
    enum drill_by, struct drill_tally *out);

#endif
