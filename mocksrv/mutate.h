#ifndef MOCK_MUTATE_H
#define MOCK_MUTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/line.h"
#include "mocksrv/reply.h"
#include "sc/err.h"

/*
 * Odd things put into the records of a JSON answer, which stays one except
 * for bad-utf8.  The records are the elements of the first list of objects, or
 * the answer itself where there is no list.
 */
struct mock_mutation {
	bool duplicate_keys; /* each record: its first member comes twice */
	bool bad_utf8;       /* each: a text that is not UTF-8 */
	bool big_numbers;    /* each: an integer that no double holds */
	int64_t deep;        /* the first: a value nested so deep; 0: none */
	int64_t long_text;   /* the first: a text of so many bytes; 0: none */
};

/* "duplicate-keys,bad-utf8,big-numbers,deep:N,long:N" or some of these. */
int mock_mutation_parse(struct mock_mutation *, const struct mock_line *,
    const struct mock_word *, struct sc_err *);
bool mock_mutation_given(const struct mock_mutation *);
/* Before compiling; leaves alone what is not JSON or has no records. */
void mock_mutate(const struct mock_mutation *, struct mock_reply *);

#endif
