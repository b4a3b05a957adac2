#include <sha1.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/ident.h"
#include "sc/timefmt.h"

/*
 * libmd and not libcrypto: its start is a third of a short run's cost, and it
 * would double the memory of sc-normalize.
 */

/* Namespace of all ids; frozen: changing it would make every record new. */
static const unsigned char namespace[16] = { 0x2a, 0xc7, 0x23, 0xa1, 0xe3, 0x68,
	0x4f, 0x34, 0xb1, 0xc1, 0x95, 0xf7, 0x9c, 0x7c, 0xfe, 0x29 };

static void
hex(const unsigned char *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
}

static void
add(SHA1_CTX *sha1, struct sc_slice s)
{
	SHA1Update(sha1, (const uint8_t *)s.p, s.n);
}

static bool
has_line_feed(const struct sc_slice *part, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (part[i].n > 0 && memchr(part[i].p, '\n', part[i].n) != NULL)
			return true;
	}
	return false;
}

/* The name that stands for the parts; sc/ident.h says how it is made. */
static void
add_name(SHA1_CTX *sha1, const struct sc_slice *part, size_t n)
{
	bool framed = has_line_feed(part, n);
	char size[24];

	if (framed)
		add(sha1, sc_slice_of("\n"));
	for (size_t i = 0; i < n; i++) {
		if (framed) {
			(void)snprintf(size, sizeof(size), "%zu:", part[i].n);
			add(sha1, sc_slice_of(size));
		} else if (i > 0) {
			add(sha1, sc_slice_of("\n"));
		}
		add(sha1, part[i]);
	}
}

char *
sc_ident_id(const struct sc_ident *in, char out[SC_ID_BUF])
{
	const struct sc_slice parts[] = { sc_slice_of(in->vendor),
		sc_slice_of(in->realm), sc_slice_of(in->stream), in->key,
		in->rev };
	uint8_t d[SHA1_DIGEST_LENGTH];
	SHA1_CTX sha1;
	char text[32];

	SHA1Init(&sha1);
	SHA1Update(&sha1, namespace, sizeof(namespace));
	add_name(&sha1, parts, sizeof(parts) / sizeof(parts[0]));
	SHA1Final(d, &sha1);
	d[6] = (unsigned char)((d[6] & 0x0f) | 0x50); /* version 5 */
	d[8] = (unsigned char)((d[8] & 0x3f) | 0x80); /* RFC 4122 variant */
	hex(d, 16, text);
	(void)snprintf(out, SC_ID_BUF, "%.8s-%.4s-%.4s-%.4s-%.12s", text,
	    text + 8, text + 12, text + 16, text + 20);
	return out;
}

void
sc_sha256(const void *p, size_t n, uint8_t out[SC_SHA256_LEN])
{
	SHA2_CTX sha2;

	SHA256Init(&sha2);
	SHA256Update(&sha2, p, n);
	SHA256Final(out, &sha2);
}

char *
sc_sha256_hex(const void *p, size_t n, char out[SC_SHA256_BUF])
{
	uint8_t d[SC_SHA256_LEN];

	sc_sha256(p, n, d);
	hex(d, sizeof(d), out);
	out[SC_SHA256_BUF - 1] = '\0';
	return out;
}

/* The count behind "HASH:"; false for any other revision. */
static bool
hash_count(struct sc_slice rev, int64_t *n)
{
	const char *colon = memchr(rev.p, ':', rev.n);
	int64_t v = 0;

	if (rev.n == 0 || colon == NULL || colon == rev.p + rev.n - 1)
		return false;
	for (const char *p = colon + 1; p < rev.p + rev.n; p++) {
		if (*p < '0' || *p > '9' || v > INT64_MAX / 100)
			return false;
		v = v * 10 + (*p - '0');
	}
	*n = v;
	return true;
}

int
sc_rev_cmp(struct sc_slice a, struct sc_slice b)
{
	int64_t x, y;

	if (a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0))
		return 0;
	if ((sc_time_parse_us(a.p, a.n, &x) == 0 &&
		sc_time_parse_us(b.p, b.n, &y) == 0) ||
	    (hash_count(a, &x) && hash_count(b, &y)))
		return x < y ? -1 : x > y;
	return -1;
}
