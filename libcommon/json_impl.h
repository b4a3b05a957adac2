#ifndef SC_JSON_IMPL_H
#define SC_JSON_IMPL_H

/* What json_*.c share among themselves; everybody else uses sc/json.h. */

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "sc/json.h"

#define JSON_SLOT_BITS 5

/* A member name of a plan.  Nodes refer to each other by index; 0 is none. */
struct json_node {
	char *name;
	size_t n;
	uint64_t ends;  /* the paths that end here, a bit each */
	uint64_t below; /* those, and the paths that lead through here */
	uint64_t sizes; /* bit n % 64: a child's name has n bytes */
	uint16_t next;  /* sibling in the same slot */
	uint16_t slot[1u << JSON_SLOT_BITS]; /* first child by hash of name */
};

struct sc_json_plan {
	struct json_node *node; /* node[0] is the whole text */
	size_t nnodes;
	size_t npaths;
};

/* False when none of the children can have this name: nearly always. */
static inline bool
json_plan_may(const struct json_node *node, size_t n, bool escaped)
{
	return escaped || (node->sizes >> (n % 64) & 1) != 0;
}

/* The child that this member name (raw, inside its quotes) leads to. */
const struct json_node *json_plan_child(const struct sc_json_plan *,
    const struct json_node *, struct sc_slice name, bool escaped);

/*
 * Decodes the inside of a string to `to`, which has room for as many bytes as
 * it has itself; returns the length.
 */
size_t json_decode(const char *p, const char *end, char *to);

/* A key of an open object. */
struct json_key {
	const char *text; /* decoded: a part of the input, or a copy */
	size_t n;
	const char *at; /* where it stands in the input */
};

/* An open object. */
struct json_level {
	size_t first;     /* of its keys */
	uint64_t seen[4]; /* a bit for each hash among them */
};

/* A key that had to be decoded. */
struct json_copy {
	struct json_copy *next;
	char text[];
};

/* The keys of all objects that are open, to find repeated ones. */
struct json_keys {
	struct json_key *key;
	size_t n;
	size_t cap;
	unsigned depth;
	struct json_copy *copies;
	struct json_level level[SC_JSON_MAX_DEPTH];
	struct json_key few[256];
};

void json_keys_init(struct json_keys *);
void json_keys_fini(struct json_keys *);
void json_keys_open(struct json_keys *);
/*
 * Adds a name (raw, inside its quotes) to the innermost object.  True when it
 * is certainly a repeated one; in large objects only close() finds them.
 */
bool json_keys_add(struct json_keys *, struct sc_slice name, bool escaped);
/* Ends the innermost object: where a repeated key stands, or NULL. */
const char *json_keys_close(struct json_keys *);

/*
 * A cheap hash of a name; take the upper bits.  It may be as weak as it likes:
 * nothing gets slower than linear in a small set when all names collide.
 */
static inline uint32_t
json_hash(const char *name, size_t n)
{
	const unsigned char *p = (const unsigned char *)name;
	uint32_t h;

	if (n == 0)
		return 0;
	h = (uint32_t)p[0] | (uint32_t)p[n / 2] << 8 |
	    (uint32_t)p[n - 1 - n / 4] << 16 | (uint32_t)p[n - 1] << 24;
	return (h ^ (uint32_t)n * 0x85ebca6bu) * 0x9e3779b1u;
}

static inline bool
json_is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline const char *
json_skip_blank(const char *p, const char *end)
{
	while (p < end && json_is_blank(*p))
		p++;
	return p;
}

/* The value of a hex digit, or -1. */
static inline int
json_hex(char c)
{
	char low = (char)(c | 0x20);

	if (c >= '0' && c <= '9')
		return c - '0';
	return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* The value of the four hex digits at p, -1 if one of them is none. */
static inline int
json_hex4(const char *p)
{
	int code = 0;

	for (int i = 0; i < 4; i++) {
		int digit = json_hex(p[i]);

		if (digit == -1)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

/* What kind of value begins with this byte, in a text that is accepted. */
static inline enum sc_json_type
json_type(char c)
{
	switch (c) {
	case '"':
		return SC_JSON_STRING;
	case '{':
		return SC_JSON_OBJECT;
	case '[':
		return SC_JSON_ARRAY;
	case 't':
		return SC_JSON_TRUE;
	case 'f':
		return SC_JSON_FALSE;
	case 'n':
		return SC_JSON_NULL;
	default:
		return SC_JSON_NUMBER;
	}
}

static inline struct sc_json_val
json_val(const char *p, const char *end)
{
	return (struct sc_json_val){ .type = json_type(*p),
		.raw = { .p = p, .n = (size_t)(end - p) } };
}

/*
 * The first quote, backslash or control byte in p..end, or end.  Sets
 * bits of *high when bytes above 0x7f stand in front of it.
 */
static inline const char *
json_plain_end(const char *p, const char *end, unsigned *high)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i slash = _mm_set1_epi8('\\');
	const __m128i ctl = _mm_set1_epi8(0x1f);

	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i hit =
		    _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote),
				     _mm_cmpeq_epi8(v, slash)),
			_mm_cmpeq_epi8(_mm_min_epu8(v, ctl), v));
		unsigned stop = (unsigned)_mm_movemask_epi8(hit);
		unsigned top = (unsigned)_mm_movemask_epi8(v);

		if (stop != 0) {
			/* Bytes behind the stop are the neighbour's. */
			*high |= top & (stop ^ (stop - 1));
			return p + __builtin_ctz(stop);
		}
		*high |= top;
	}
#else
	const uint64_t ones = UINT64_MAX / 0xff, tops = ones * 0x80;

	for (; end - p >= 8; p += 8) {
		uint64_t v, quote, slash;

		memcpy(&v, p, sizeof(v));
		quote = v ^ ones * '"';
		slash = v ^ ones * '\\';
		/* Each term sets a top bit when one of its bytes is hit. */
		if ((((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
			((v - ones * 0x20) & ~v)) &
		    tops)
			break;
		*high |= (v & tops) != 0;
	}
#endif
	for (; p < end; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == '"' || c == '\\')
			break;
		*high |= c & 0x80u;
	}
	return p;
}

#endif
