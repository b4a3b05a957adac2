#ifndef SC_TIMEFMT_H
#define SC_TIMEFMT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Times are epoch microseconds (int64_t, suffix _us) where a vendor's
 * resolution matters and milliseconds (_ms) elsewhere.  No time zone means
 * UTC.  All parsers take n bytes and must use all of them; -1 on anything
 * else, without touching *out.
 */

/*
 * ISO 8601 / RFC 3339: date, "T" or blank, time with 0..9 fraction digits
 * (cut to microseconds), then nothing, "Z" or +hh:mm.  A date alone is its
 * midnight.  Years 1970..9999.
 */
int sc_time_parse_us(const char *s, size_t n, int64_t *out);

/* An HTTP date (RFC 9110 section 5.6.7, all three forms), epoch ms. */
int sc_time_parse_http(const char *s, size_t n, int64_t *out_ms);

/*
 * What people type: an ISO time as above, an age ("30d", "2h ago") counted
 * back from now_ms, or "now".  Result in epoch ms.
 */
int sc_time_parse_user(const char *s, int64_t now_ms, int64_t *out_ms);

/* "90s", "5m", "2h", "30d", "1w", "250ms", joined ("1h30m"): milliseconds. */
int sc_duration_parse(const char *s, size_t n, int64_t *out_ms);

#define SC_TIME_BUF 40
/* "2026-11-22T13:00:00.000000Z" (digits 0, 3 or 6); returns buf. */
char *sc_time_format(int64_t us, int digits, char buf[SC_TIME_BUF]);
/* "Sun, 22 Nov 2026 13:00:00 GMT"; returns buf. */
char *sc_time_format_http(int64_t ms, char buf[SC_TIME_BUF]);
/* "3m", "2h", "5d": one unit, rounded down, for people; returns buf. */
char *sc_duration_format(int64_t ms, char buf[SC_TIME_BUF]);

#endif
