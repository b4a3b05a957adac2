#ifndef FETCH_SCRUB_H
#define FETCH_SCRUB_H

#include <stdbool.h>
#include <stddef.h>

#include "sc/buf.h"

/*
 * Takes out of a text what must not be kept: secrets by value, each byte of
 * them as it is, percent-encoded or escaped as in JSON, and all of them in
 * base64; names in any case; values of members by the member's name; and what
 * looks like a secret (sc/leak.h).  All of it becomes REDACTED.
 */
#define SCRUB_MARK "REDACTED"

struct scrub;

struct scrub *scrub_new(void);
void scrub_free(struct scrub *); /* wipes the secrets; NULL is fine */

/* Less than 4 bytes are ignored: they would blank out ordinary words. */
void scrub_secret(struct scrub *, struct sc_slice);
void scrub_name(struct scrub *, const char *);
/* Borrowed.  A value null stays. */
void scrub_member(struct scrub *, const char *);

/* Appends the text without all that; -1: out is full. */
int scrub_text(const struct scrub *, struct sc_slice, struct sc_buf *out);
/*
 * False when a secret that it was told is still in the text, in one of the
 * forms above, in hexadecimal, as HTML has it, or encoded several times.
 */
bool scrub_is_clean(const struct scrub *, struct sc_slice);

#endif
