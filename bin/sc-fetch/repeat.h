#ifndef FETCH_REPEAT_H
#define FETCH_REPEAT_H

#include <stdbool.h>

#include "page.h"

/*
 * Whether this reading has met the key, in a walk, in the window before or by
 * another question, and it says nothing new.  Of a walk the first record
 * counts, whatever the others say: which of them is true nobody can tell, and
 * taking each for a change of the one before would make new states with every
 * run.
 */
bool repeat_met(struct pager *, struct sc_slice key, struct sc_slice rev);

#endif
