#ifndef MOCK_MUTATE_H
#define MOCK_MUTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/line.h"
#include "mocksrv/reply.h"
#include "sc/err.h"

/* Totals that one line may shrink. */
#define MOCK_SHRINKS_MAX 4

/*
 * Odd things put into a JSON answer, which stays one except for bad-utf8.  Its
 * records are the elements of the first list of objects, or the answer itself
 * where there is no list.
 */
struct mock_mutation {
	bool duplicate_keys; /* each record: its first member comes twice */
	bool bad_utf8;       /* each: a text that is not UTF-8 */
	bool big_numbers;    /* each: an integer that no double holds */
	int64_t deep;        /* the first: a value nested so deep; 0: none */
	int64_t long_text;   /* the first: a text of so many bytes; 0: none */
	/* Paths of numbers that get less from time to time. */
	char *shrinks[MOCK_SHRINKS_MAX];
	size_t nshrinks;
};

/*
 * "duplicate-keys,bad-utf8,big-numbers,deep:N,long:N,shrink:PATH" or some of
 * these.  Release with fini either way.
 */
int mock_mutation_parse(struct mock_mutation *, const struct mock_line *,
    const struct mock_word *, struct sc_err *);
void mock_mutation_fini(struct mock_mutation *);
bool mock_mutation_given(const struct mock_mutation *);
/* True when records are changed, and not only what is around them. */
bool mock_mutation_of_records(const struct mock_mutation *);
/*
 * Before compiling, for the n-th time; leaves alone what is not JSON or has
 * neither records nor totals.
 */
void mock_mutate(const struct mock_mutation *, int64_t n, struct mock_reply *);

#endif
