#ifndef SC_LEAK_H
#define SC_LEAK_H

#include <stdbool.h>
#include <stddef.h>

#include "sc/buf.h"

/*
 * What looks like a live secret in a text that is to be shown or kept: tokens
 * with a known beginning, JSON Web Tokens, private keys, what stands behind
 * "Bearer", and values of members and parameters that are named like secrets
 * ("apiKey":"...", ?access_token=...), also in JSON inside of a string.  Names
 * of page tokens are none of these.  Values that say "test", "example" or
 * "redacted" are not live.
 */
struct sc_leak {
	size_t at, n;     /* where the secret is, without its name */
	const char *what; /* "a private key" */
};

/* The first one that begins at or behind `from`; false when there is none. */
bool sc_leak_find(struct sc_slice text, size_t from, struct sc_leak *out);

/* True for a name that secrets have: apiKey, access_token, password ... */
bool sc_leak_name(struct sc_slice name);
/* True for a header that holds a credential, whatever its value. */
bool sc_leak_header(struct sc_slice name);
/*
 * True when a run of 32 or more hexadecimal or base64 digits in the text looks
 * random.
 */
bool sc_leak_random(struct sc_slice text);
/*
 * True for a value that can be a live secret: 8 bytes or more, digits and
 * letters, and not said to be none.
 */
bool sc_leak_live(struct sc_slice value);

#endif
