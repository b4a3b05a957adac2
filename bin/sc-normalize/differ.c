#include <stdlib.h>
#include <string.h>

#include "differ.h"

/* Of longer values only what is around the first difference is shown. */
#define SHOWN  ((size_t)200)
#define BEFORE ((size_t)60)

static bool
same_bytes(struct sc_slice a, struct sc_slice b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static bool
same_text(struct sc_json_val a, struct sc_json_val b)
{
	struct sc_buf ta, tb;
	bool same;

	/* No text is longer than what it is written as. */
	sc_buf_init(&ta, a.raw.n + 1);
	sc_buf_init(&tb, b.raw.n + 1);
	same = sc_json_str(a, &ta) == 0 && sc_json_str(b, &tb) == 0 &&
	    same_bytes((struct sc_slice){ sc_buf_str(&ta), ta.len },
		(struct sc_slice){ sc_buf_str(&tb), tb.len });
	sc_buf_fini(&ta);
	sc_buf_fini(&tb);
	return same;
}

static bool
same_elements(struct sc_json_val a, struct sc_json_val b)
{
	struct sc_json_iter ia = sc_json_iter(a), ib = sc_json_iter(b);
	struct sc_json_val va, vb;

	while (sc_json_next(&ia, NULL, &va)) {
		if (!sc_json_next(&ib, NULL, &vb) || !differ_same(va, vb))
			return false;
	}
	return !sc_json_next(&ib, NULL, &vb);
}

static struct sc_json_val
member(struct sc_json_val object, struct sc_json_val key)
{
	struct sc_json_iter it = sc_json_iter(object);
	struct sc_json_val k, v;

	while (sc_json_next(&it, &k, &v)) {
		if (same_bytes(k.raw, key.raw) || same_text(k, key))
			return v;
	}
	return (struct sc_json_val){ 0 };
}

/* Neither of them repeats a name. */
static bool
same_members(struct sc_json_val a, struct sc_json_val b)
{
	struct sc_json_iter it = sc_json_iter(a);
	struct sc_json_val key, v;
	size_t n = 0, m = 0;

	for (; sc_json_next(&it, &key, &v); n++) {
		if (!differ_same(v, member(b, key)))
			return false;
	}
	for (it = sc_json_iter(b); sc_json_next(&it, &key, &v);)
		m++;
	return n == m;
}

bool
differ_same(struct sc_json_val a, struct sc_json_val b)
{
	if (a.type != b.type)
		return false;
	if (a.type == SC_JSON_NONE || same_bytes(a.raw, b.raw))
		return true;
	if (a.type == SC_JSON_STRING)
		return same_text(a, b);
	if (a.type == SC_JSON_ARRAY)
		return same_elements(a, b);
	return a.type == SC_JSON_OBJECT && same_members(a, b);
}

/* How many bytes two values begin with in common, at most where one ends. */
static size_t
common(struct sc_slice a, struct sc_slice b)
{
	size_t i = 0;

	while (i < a.n && i < b.n && a.p[i] == b.p[i])
		i++;
	return i;
}

/* The begin of the character that the byte belongs to. */
static size_t
whole(struct sc_slice s, size_t at)
{
	while (at > 0 && at < s.n && ((unsigned char)s.p[at] & 0xc0u) == 0x80u)
		at--;
	return at;
}

static void
put_value(
    const char *label, struct sc_json_val v, size_t from, struct sc_buf *out)
{
	size_t end = v.raw.n;

	(void)sc_buf_addf(out, "#     %s  ", label);
	if (v.type == SC_JSON_NONE) {
		(void)sc_buf_adds(out, "nothing\n");
		return;
	}
	from =
	    v.raw.n > SHOWN && from > BEFORE ? whole(v.raw, from - BEFORE) : 0;
	if (end - from > SHOWN)
		end = whole(v.raw, from + SHOWN);
	(void)sc_buf_addf(out, "%s%.*s%s\n", from > 0 ? "... " : "",
	    (int)(end - from), v.raw.p + from, end < v.raw.n ? " ..." : "");
}

static void
put_field(const struct map *map, struct sc_json_val key,
    struct sc_json_val expected, struct sc_json_val got, struct sc_buf *out)
{
	char *name = sc_json_dup(key);
	const struct map_line *l = name != NULL ? map_field(map, name) : NULL;
	size_t from = 0;

	(void)sc_buf_addf(out, "#   %.*s", (int)key.raw.n - 2, key.raw.p + 1);
	if (l != NULL)
		(void)sc_buf_addf(out, "  (%s:%u)", l->file, l->lineno);
	(void)sc_buf_addc(out, '\n');
	if (expected.type != SC_JSON_NONE && got.type != SC_JSON_NONE)
		from = common(expected.raw, got.raw);
	put_value("expected", expected, from, out);
	put_value("got     ", got, from, out);
	free(name);
}

size_t
differ_fields(const struct map *map, struct sc_json_val expected,
    struct sc_json_val got, struct sc_buf *out)
{
	struct sc_json_iter it = sc_json_iter(expected);
	struct sc_json_val key, v, other;
	size_t n = 0;

	while (sc_json_next(&it, &key, &v)) {
		other = member(got, key);
		if (sc_json_is(key, "message") || differ_same(v, other))
			continue;
		put_field(map, key, v, other, out);
		n++;
	}
	for (it = sc_json_iter(got); sc_json_next(&it, &key, &v);) {
		other = member(expected, key);
		if (sc_json_is(key, "message") || other.type != SC_JSON_NONE)
			continue;
		put_field(map, key, other, v, out);
		n++;
	}
	return n;
}

void
differ_put(struct sc_json_val artifact, struct sc_buf *out)
{
	struct sc_json_iter it = sc_json_iter(artifact);
	struct sc_json_val key, v;
	const char *between = "";

	(void)sc_buf_addc(out, '{');
	while (sc_json_next(&it, &key, &v)) {
		if (sc_json_is(key, "message"))
			continue;
		(void)sc_buf_adds(out, between);
		(void)sc_buf_add(out, key.raw.p, key.raw.n);
		(void)sc_buf_addc(out, ':');
		(void)sc_buf_add(out, v.raw.p, v.raw.n);
		between = ",";
	}
	(void)sc_buf_addc(out, '}');
}
