#ifndef SC_JSONW_H
#define SC_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/buf.h"

/*
 * JSON writer: appends compact JSON to a buffer and sets the commas.  The
 * caller keeps the order right (key, then value, inside objects).  Overflow
 * is seen in buf->full.  Depth at most 32.
 */
struct sc_jw {
	struct sc_buf *b;
	uint32_t filled; /* bit d: level d has an element already */
	unsigned depth;
	bool keyed; /* a key waits for its value */
};

void sc_jw_init(struct sc_jw *, struct sc_buf *);
void sc_jw_obj(struct sc_jw *);
void sc_jw_arr(struct sc_jw *);
void sc_jw_end(struct sc_jw *, char close); /* '}' or ']' */
void sc_jw_key(struct sc_jw *, const char *);
void sc_jw_str(struct sc_jw *, const char *); /* NULL writes null */
void sc_jw_strn(struct sc_jw *, const char *, size_t n);
void sc_jw_int(struct sc_jw *, int64_t);
void sc_jw_bool(struct sc_jw *, bool);
void sc_jw_null(struct sc_jw *);
void sc_jw_raw(struct sc_jw *, struct sc_slice); /* JSON text as it is */

/* "key":"text" pairs in one call; NULL text is left out altogether. */
void sc_jw_kv(struct sc_jw *, const char *key, const char *text);
void sc_jw_kvn(struct sc_jw *, const char *key, struct sc_slice text);
void sc_jw_kvi(struct sc_jw *, const char *key, int64_t);
/* Epoch ms as "2026-11-22T13:00:00.000Z"; null for 0 (unknown, never). */
void sc_jw_kvms(struct sc_jw *, const char *key, int64_t ms);
void sc_jw_kvraw(struct sc_jw *, const char *key, struct sc_slice json);

/*
 * Appends the text as a JSON string with its quotes.  Escapes what JSON
 * demands (and U+007F, as jq does); everything else stays byte for byte.  The
 * text must be UTF-8.
 */
void sc_jsonw_escape(struct sc_buf *, const char *, size_t n);

#endif
