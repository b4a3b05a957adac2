#ifndef FETCH_ANSWER_H
#define FETCH_ANSWER_H

#include "page.h"

/* What an answer with status 200 holds, as parts of its body. */
struct answer {
	struct sc_json_iter items;
	struct sc_json_val next; /* token or last id; SC_JSON_NONE if none */
	struct page_facts facts; /* but for the number of items */
};

/* The paths of a pager's page_plan. */
#define ANSWER_NPATHS 4
void answer_paths(const struct sc_stream *, const char *paths[ANSWER_NPATHS]);

/*
 * Finds them.  Where there are no tokens, a record alone counts as a list of
 * one, and where they go by id, {} as an empty one.  EX_PROTOCOL when the
 * answer is not what the stream's file says.
 */
int answer_open(const struct pager *, const struct sc_http_resp *,
    struct answer *, struct sc_err *);

/*
 * The token, decoded from its percent-encoding, or the last id replaces the
 * content of next, which stays empty if there is none.
 */
int answer_token(const struct pager *, const struct answer *,
    struct sc_buf *next, struct sc_err *);

/* The record of an answer that is one and nothing else; EX_PROTOCOL. */
int answer_record(const struct pager *, const struct sc_http_resp *,
    struct sc_json_val *record, struct sc_err *);

#endif
