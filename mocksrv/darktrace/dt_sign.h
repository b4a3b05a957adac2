#ifndef MOCK_DT_SIGN_H
#define MOCK_DT_SIGN_H

#include <stdint.h>

#include "sc/buf.h"

/*
 * Darktrace's request signature: HMAC-SHA1, in lower-case hexadecimal digits,
 * with the private token as it is typed, over three lines without a last line
 * end: path and query, public token, date.  A body stands behind the query,
 * after "?" or, if there is a query, "&".
 *
 * Clients disagree whether path and query are meant as they are on the wire or
 * before they were percent-encoded, so both readings are tried.
 */
struct dt_signed {
	struct sc_slice target; /* path and query, as sent */
	struct sc_slice body;
	struct sc_slice token;
	struct sc_slice date;
	struct sc_slice signature;
};

/* Bits: a target without escapes reads the same both ways. */
enum dt_reading { DT_NONE = 0, DT_RAW = 1, DT_DECODED = 2, DT_BOTH = 3 };

/* The readings of the target that the signature is right for. */
enum dt_reading dt_sign_check(
    const struct dt_signed *, const char *private_token);

/*
 * DTAPI-Date in one of the forms that clients are known to send:
 * 20231114T221820, 2023-11-14 22:18:20, 2023-11-14T22:18:20, the last with
 * six digits of a second, and with +00:00 behind.  -1 for all others.
 */
int dt_date_parse(struct sc_slice, int64_t *out_ms);

#endif
