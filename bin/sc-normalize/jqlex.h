#ifndef NORMALIZE_JQLEX_H
#define NORMALIZE_JQLEX_H

#include <stdbool.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * Reads text in the jq language token by token: enough to know that it cannot
 * reach beyond itself.  Not a parser; libjq has the last word.
 */
struct jqlex_facts {
	bool uses_ctx; /* mentions $ctx */
	bool literal;  /* is one string and nothing else */
};

/*
 * Appends the text to out without comments and the blanks at its end.  Fails
 * (EX_CONFIG, no position in the message) when brackets or strings are not
 * closed, or a word occurs that reads or changes something outside of the
 * record: import, env, input, now and their like.  Such words are fine as
 * member names (.env, {input: 1}) and in strings.
 */
int jqlex_check(struct sc_slice text, struct sc_buf *out,
    struct jqlex_facts *facts, struct sc_err *e);

/*
 * The same for definitions: one or more "def NAME: BODY;" and nothing else.
 * name receives the first one's name and number of parameters ("f/2").
 */
#define JQLEX_NAME 128
int jqlex_check_def(struct sc_slice text, struct sc_buf *out,
    struct jqlex_facts *facts, char name[JQLEX_NAME], struct sc_err *e);

#endif
