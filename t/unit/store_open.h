#ifndef UNIT_STORE_OPEN_H
#define UNIT_STORE_OPEN_H

/* A store of a test's own, open for writing; its time stands still. */

#include "sc/clock.h"
#include "sc/store.h"

#include "tmpdir.h"

static struct sc_store *store;
static struct sc_err e;

static inline int
open_at(void **state, const char *clock)
{
	bool fresh;

	e = (struct sc_err){ 0 };
	if (tmpdir_make(state) == -1 || sc_clock_set(clock, &e) == -1 ||
	    sc_store_init(tmpdir, &fresh, &e) == -1)
		return -1;
	store = sc_store_open(tmpdir, SC_STORE_WRITE, &e);
	return store != NULL ? 0 : -1;
}

static inline int
close_all(void **state)
{
	sc_store_close(store);
	store = NULL;
	return tmpdir_remove(state);
}

#endif
