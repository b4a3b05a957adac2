#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/ident.h"
#include "sc/mem.h"

#include "content.h"

#define REDACTED "\"REDACTED\""

/* What is left of the paths on the way down into a record. */
struct trail {
	const char *path[SC_PATHS_MAX];
	size_t n;
};

static struct trail
trail_of(char *const *paths, size_t n)
{
	struct trail t = { .n = n };

	for (size_t i = 0; i < n; i++)
		t.path[i] = paths[i];
	return t;
}

/*
 * Follows the trail to a member: *below is what leads further in.  True when
 * the member itself is where a path ends.
 */
static bool
leads_to(const struct trail *t, struct sc_slice name, struct trail *below)
{
	bool ends = false;

	below->n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const char *path = t->path[i];
		size_t n;

		if (name.n == 0 || *path != *name.p)
			continue;
		n = strcspn(path, ".");
		if (n != name.n || memcmp(path, name.p, n) != 0)
			continue;
		if (path[n] == '\0')
			ends = true;
		else
			below->path[below->n++] = path + n + 1;
	}
	return ends;
}

/* A member's name; *copy is to be freed, and NULL where it is a part of key. */
static struct sc_slice
name_of(struct sc_json_val key, char **copy)
{
	struct sc_slice name = { key.raw.p + 1, key.raw.n - 2 };
	struct sc_buf b;

	*copy = NULL;
	if (name.n == 0 || memchr(name.p, '\\', name.n) == NULL)
		return name;
	sc_buf_init(&b, name.n);
	(void)sc_json_str(key, &b);
	*copy = b.p;
	return (struct sc_slice){ b.p, b.len };
}

/* Copies what stands between *from and the values that have to go. */
static void
cut_out(struct sc_json_val v, const struct trail *t, const char **from,
    struct sc_buf *out)
{
	struct sc_json_iter it = sc_json_iter(v);
	struct sc_json_val key, elem;
	struct trail below;
	char *copy;
	bool hit;

	if (v.type != SC_JSON_OBJECT)
		return;
	while (sc_json_next(&it, &key, &elem)) {
		hit = leads_to(t, name_of(key, &copy), &below);
		free(copy);
		if (!hit && below.n > 0)
			cut_out(elem, &below, from, out);
		if (!hit || elem.type == SC_JSON_NULL)
			continue;
		(void)sc_buf_add(out, *from, (size_t)(elem.raw.p - *from));
		(void)sc_buf_adds(out, REDACTED);
		*from = elem.raw.p + elem.raw.n;
	}
}

int
content_redact(const struct sc_stream *s, struct sc_json_val record,
    struct sc_buf *out, struct sc_err *e)
{
	const struct trail t = trail_of(s->redact, s->nredact);
	const char *from = record.raw.p;

	cut_out(record, &t, &from, out);
	(void)sc_buf_add(
	    out, from, (size_t)(record.raw.p + record.raw.n - from));
	return out->full ? sc_fail(e, EX_PROTOCOL, "a record is too large") : 0;
}

struct member {
	struct sc_slice name;
	char *copy;
	struct sc_json_val key;
	struct sc_json_val value;
};

/* Where the canonical form is put together. */
struct canon {
	struct sc_buf out;
	struct member *member; /* of all objects that are open */
	size_t n;
	size_t cap;
	int depth;
};

static void
push(struct canon *c, struct sc_json_val key, struct sc_json_val value)
{
	struct member m = { .key = key, .value = value };

	if (c->n == c->cap) {
		c->cap = c->cap > 0 ? 2 * c->cap : 256;
		c->member =
		    sc_xreallocarray(c->member, c->cap, sizeof(c->member[0]));
	}
	m.name = name_of(key, &m.copy);
	c->member[c->n++] = m;
}

static int
same_name(const struct member *x, const struct member *y)
{
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
	int order = n > 0 ? memcmp(x->name.p, y->name.p, n) : 0;

	if (order != 0 || x->name.n == y->name.n)
		return order;
	return x->name.n < y->name.n ? -1 : 1;
}

/* By name; equal ones as they stand in the record. */
static int
compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = same_name(x, y);

	if (order != 0)
		return order;
	return x->key.raw.p < y->key.raw.p ? -1 : x->key.raw.p > y->key.raw.p;
}

static void put_value(struct canon *, struct sc_json_val, const struct trail *);

static void
put_object(struct canon *c, struct sc_json_val v, const struct trail *t)
{
	struct sc_json_iter it = sc_json_iter(v);
	struct sc_json_val key, value;
	size_t first = c->n;
	struct trail below;
	char sep = '{';

	while (sc_json_next(&it, &key, &value))
		push(c, key, value);
	if (c->n > first)
		qsort(c->member + first, c->n - first, sizeof(c->member[0]),
		    compare);
	for (size_t i = first; i < c->n; i++) {
		struct member m = c->member[i];

		if (leads_to(t, m.name, &below) ||
		    (i + 1 < c->n && same_name(&m, &c->member[i + 1]) == 0))
			continue;
		(void)sc_buf_addc(&c->out, sep);
		(void)sc_buf_add(&c->out, m.key.raw.p, m.key.raw.n);
		(void)sc_buf_addc(&c->out, ':');
		put_value(c, m.value, &below);
		sep = ',';
	}
	(void)sc_buf_adds(&c->out, sep == '{' ? "{}" : "}");
	while (c->n > first)
		free(c->member[--c->n].copy);
}

static void
put_array(struct canon *c, struct sc_json_val v)
{
	static const struct trail none;
	struct sc_json_iter it = sc_json_iter(v);
	struct sc_json_val elem;
	char sep = '[';

	while (sc_json_next(&it, NULL, &elem)) {
		(void)sc_buf_addc(&c->out, sep);
		put_value(c, elem, &none);
		sep = ',';
	}
	(void)sc_buf_adds(&c->out, sep == '[' ? "[]" : "]");
}

/* What is nested too deep for any path counts byte for byte. */
static void
put_value(struct canon *c, struct sc_json_val v, const struct trail *t)
{
	c->depth++;
	if (v.type == SC_JSON_OBJECT && c->depth <= SC_JSON_MAX_DEPTH)
		put_object(c, v, t);
	else if (v.type == SC_JSON_ARRAY && c->depth <= SC_JSON_MAX_DEPTH)
		put_array(c, v);
	else
		(void)sc_buf_add(&c->out, v.raw.p, v.raw.n);
	c->depth--;
}

/* libcrypto is here for TLS anyway, and is several times as fast as libmd. */
static void
hash_hex(const struct sc_buf *b, char hash[CONTENT_HASH_BUF])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sha256[SC_SHA256_LEN];
	size_t n = (CONTENT_HASH_BUF - 1) / 2;

	(void)EVP_Digest(b->p, b->len, sha256, NULL, EVP_sha256(), NULL);
	for (size_t i = 0; i < n; i++) {
		hash[2 * i] = digits[sha256[i] >> 4];
		hash[2 * i + 1] = digits[sha256[i] & 15];
	}
	hash[2 * n] = '\0';
}

char *
content_hash(const struct sc_stream *s, struct sc_json_val record,
    char hash[CONTENT_HASH_BUF])
{
	const struct trail t = trail_of(s->volatiles, s->nvolatiles);
	struct canon c = { 0 };

	/* No part of it grows on its way into the canonical form. */
	sc_buf_init(&c.out, record.raw.n);
	put_value(&c, record, &t);
	hash_hex(&c.out, hash);
	sc_buf_fini(&c.out);
	free(c.member);
	return hash;
}
