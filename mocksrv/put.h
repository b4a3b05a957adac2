#ifndef MOCK_PUT_H
#define MOCK_PUT_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/generate.h"
#include "sc/jsonw.h"

/* What generated records are written with, beside sc/jsonw.h. */
void mock_put_null(struct sc_jw *, const char *key);
void mock_put_bool(struct sc_jw *, const char *key, bool);
/* Unlike sc_jw_kv(), writes null for NULL. */
void mock_put_text(struct sc_jw *, const char *key, const char *);
/* Microseconds, six digits. */
void mock_put_time(struct sc_jw *, const char *key, int64_t us);
/* An array of those that are not NULL. */
void mock_put_strings(
    struct sc_jw *, const char *key, const char *, const char *);
/* "key":{"a":null,"b":null}; names end with NULL. */
void mock_put_nulls(struct sc_jw *, const char *key, const char *const *names);

/* count hexadecimal digits and a NUL. */
void mock_random_hex(struct mock_rng *, char *out, unsigned count);
#define MOCK_UUID_BUF 37
void mock_random_uuid(struct mock_rng *, char out[MOCK_UUID_BUF]);

#endif
