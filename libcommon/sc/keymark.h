#ifndef SC_KEYMARK_H
#define SC_KEYMARK_H

#include <stdbool.h>

#include "sc/conf.h"

/*
 * Which state of an integration's file, and of the files that its secrets lie
 * in (file: references), the last run began with: STATEDIR/keys/NAME.  It tells
 * whether a refused credential may be another one by now, without reading it
 * and whatever the clocks say.
 */

/* Notes the state.  A failure is logged: nothing changes then. */
void sc_keymark_write(const char *statedir, const struct sc_integration *);
/* False also where nothing was noted or the files cannot be looked at. */
bool sc_keymark_changed(const char *statedir, const struct sc_integration *);

#endif
