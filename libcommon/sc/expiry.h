#ifndef SC_EXPIRY_H
#define SC_EXPIRY_H

#include <stdint.h>

#include "sc/err.h"

/*
 * When an integration's credential expires, as the vendor said when it was
 * asked last: STATEDIR/expiry/INTEGRATION.
 */
struct sc_expiry {
	int64_t asked_ms;   /* 0: never */
	int64_t expires_ms; /* 0: unknown */
};

#define SC_EXPIRY_WARN_DAYS 14

/* Never fails: what cannot be read is not known. */
struct sc_expiry sc_expiry_read(const char *statedir, const char *integration);
int sc_expiry_write(const char *statedir, const char *integration,
    const struct sc_expiry *, struct sc_err *);

/* Whole days that are left; negative when it has expired. */
int64_t sc_expiry_days(int64_t expires_ms, int64_t now_ms);

#endif
