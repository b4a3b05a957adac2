#ifndef MOCK_S1_PUT_H
#define MOCK_S1_PUT_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/generate.h"
#include "sc/jsonw.h"

/* What generated records are written with, beside sc/jsonw.h. */
void s1_put_null(struct sc_jw *, const char *key);
void s1_put_bool(struct sc_jw *, const char *key, bool);
/* Unlike sc_jw_kv(), writes null for NULL. */
void s1_put_text(struct sc_jw *, const char *key, const char *);
/* Microseconds, six digits. */
void s1_put_time(struct sc_jw *, const char *key, int64_t us);
/* An array of those that are not NULL. */
void s1_put_strings(
    struct sc_jw *, const char *key, const char *, const char *);
/* "key":{"a":null,"b":null}; names end with NULL. */
void s1_put_nulls(struct sc_jw *, const char *key, const char *const *names);

/* count hexadecimal digits and a NUL. */
void s1_random_hex(struct mock_rng *, char *out, unsigned count);
#define S1_UUID_BUF 37
void s1_random_uuid(struct mock_rng *, char out[S1_UUID_BUF]);

#endif
