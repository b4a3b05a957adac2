#ifndef SC_CLOCK_H
#define SC_CLOCK_H

#include <stdint.h>

#include "sc/err.h"

/*
 * The one clock.  Every program reads time and waits through it, so that
 * SC_CLOCK can make days pass in seconds, the same way each time:
 *
 *	(unset), real	 the system's
 *	x1000		 a thousand times as fast, from now on
 *	@TIME		 stands at TIME (any form of sc/timefmt.h); a wait
 *			 moves it for this process only and costs no time
 *	file:PATH	 shared: 16 bytes made by sc_clock_share(), advanced by
 *			 a test or by sc-mock; waiters wake when it moves
 *	step:PATH	 the same, but who waits moves it by himself, for all
 *			 who share it: a wait costs no time
 *
 * Socket and database time-outs, injected delays and TLS validity stay real.
 */

/* Reads SC_CLOCK.  Call once, early; -1 with EX_USAGE for a bad value. */
int sc_clock_init(struct sc_err *);
/* The same from a text instead of the environment; NULL means real. */
int sc_clock_set(const char *spec, struct sc_err *);

int64_t sc_clock_ms(void);   /* wall clock, epoch milliseconds */
int64_t sc_clock_mono(void); /* milliseconds since some start; never steps */

/*
 * Waits on this clock; returns early (-1, errno EINTR) when a signal comes.
 */
int sc_clock_wait(int64_t ms);

/* Creates (or opens) a shared clock file and sets it; -1 on failure. */
int sc_clock_share(const char *path, int64_t epoch_ms, struct sc_err *);
/*
 * Moves the clock that is set; a shared one for all who share it.  -1 with
 * EX_USAGE for the real one.
 */
int sc_clock_move(int64_t ms, struct sc_err *);
/* Moves a shared clock forward (or back) and wakes all waiters. */
int sc_clock_advance(const char *path, int64_t ms, struct sc_err *);

#endif
