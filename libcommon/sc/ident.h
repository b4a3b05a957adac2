#ifndef SC_IDENT_H
#define SC_IDENT_H

#include <stdint.h>

#include "sc/buf.h"

/*
 * Who a record is.  id = UUIDv5(namespace, vendor LF realm LF vendor's stream
 * LF key LF rev): the same record state has the same id wherever and whenever
 * it is fetched; the integration's name, the mapping and the clock have no
 * part in it.  Where one of the five holds a line feed itself, the name is LF
 * and then, for each of them, its length in bytes, a colon and the bytes: no
 * two different sets of parts have the same name.
 */
#define SC_ID_BUF 37

struct sc_ident {
	const char *vendor;
	const char *realm;  /* the vendor-side account */
	const char *stream; /* the vendor's stream name, without integration */
	struct sc_slice key;
	struct sc_slice rev; /* may be empty: immutable record */
};
char *sc_ident_id(const struct sc_ident *, char out[SC_ID_BUF]);

#define SC_SHA256_LEN 32
void sc_sha256(const void *p, size_t n, uint8_t out[SC_SHA256_LEN]);

#define SC_SHA256_BUF 65
/* Lower-case hexadecimal SHA-256 of the bytes; returns out. */
char *sc_sha256_hex(const void *p, size_t n, char out[SC_SHA256_BUF]);

/*
 * Order of two revisions of one key: < 0, 0, > 0.  Times compare as times,
 * "HASH:n" by n; of any two others the second counts as newer (< 0).
 */
int sc_rev_cmp(struct sc_slice a, struct sc_slice b);

#endif
