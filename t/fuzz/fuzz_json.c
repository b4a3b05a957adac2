#include <stdlib.h>
#include <string.h>

#include "sc/json.h"

/*
 * What the scanner accepts, its readers must agree on: each property below is
 * checked against a slow and obvious way to get the same answer.
 */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

static const char *const paths[] = { "", "a", "a.b", "b", "a.b.c", "\xc3\xa9" };

#define NPATHS (sizeof(paths) / sizeof(paths[0]))

static bool
same(struct sc_slice a, struct sc_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static struct sc_buf
decoded(struct sc_json_val v)
{
	struct sc_buf b;

	sc_buf_init(&b, v.raw.n);
	CHECK(sc_json_str(v, &b) == 0);
	if (sc_utf8_valid(v.raw.p, v.raw.n) == v.raw.n)
		CHECK(sc_utf8_valid(b.p, b.len) == b.len);
	return b;
}

static bool
same_key(struct sc_json_val x, struct sc_json_val y)
{
	struct sc_buf a = decoded(x), b = decoded(y);
	bool yes = same(
	    (struct sc_slice){ a.p, a.len }, (struct sc_slice){ b.p, b.len });

	sc_buf_fini(&a);
	sc_buf_fini(&b);
	return yes;
}

/* Whether an object in v has a key twice; counts the tokens as well. */
static bool
repeats(struct sc_json_val v, size_t *tokens)
{
	struct sc_json_iter it = sc_json_iter(v), jt;
	struct sc_json_val key, elem, other, unused;
	bool found = false;

	*tokens += v.type == SC_JSON_ARRAY || v.type == SC_JSON_OBJECT ? 2 : 1;
	while (sc_json_next(&it, &key, &elem)) {
		*tokens += it.object;
		found |= repeats(elem, tokens);
		jt = it;
		while (it.object && sc_json_next(&jt, &other, &unused))
			found |= same_key(key, other);
	}
	return found;
}

/* The value at a path, the last of repeated keys. */
static struct sc_json_val
look_up(struct sc_json_val v, const char *path)
{
	while (*path != '\0') {
		struct sc_json_iter it = sc_json_iter(v);
		struct sc_json_val key, elem;
		char name[8] = "";

		v = (struct sc_json_val){ 0 };
		memcpy(name, path, strcspn(path, "."));
		path += strlen(name);
		path += *path == '.';
		while (sc_json_next(&it, &key, &elem)) {
			if (sc_json_is(key, name))
				v = elem;
		}
	}
	return v;
}

/* Returns how many there are. */
static size_t
check_tokens(struct sc_slice text)
{
	struct sc_json_lex lex = { text.p, text.p + text.n };
	struct sc_json_val v;
	size_t tokens = 0;
	int c;

	while ((c = sc_json_token(&lex, &v)) != 0) {
		int64_t i;
		char *copy;

		tokens++;
		if (c != 'k' && c != 'v')
			continue;
		(void)sc_json_int(v, &i);
		if (v.type == SC_JSON_STRING) {
			struct sc_buf b = decoded(v);

			sc_buf_fini(&b);
		}
		copy = sc_json_dup(v);
		CHECK(copy == NULL || sc_json_is(v, copy));
		free(copy);
	}
	return tokens;
}

static void
check_compact(struct sc_slice text, unsigned flags)
{
	struct sc_err e = { 0 };
	struct sc_buf once, twice;

	sc_buf_init(&once, text.n);
	sc_buf_init(&twice, text.n);
	CHECK(sc_json_compact(text, &once) == 0);
	CHECK(sc_json_scan(once.p, once.len, NULL, flags, NULL, &e) == 0);
	text = (struct sc_slice){ once.p, once.len };
	CHECK(sc_json_compact(text, &twice) == 0);
	CHECK(same(text, (struct sc_slice){ twice.p, twice.len }));
	sc_buf_fini(&once);
	sc_buf_fini(&twice);
}

/* A look sees what the scan has found, and how the value travels. */
static void
check_look(struct sc_slice text, const struct sc_json_plan *plan,
    const struct sc_json_val *found, unsigned flags)
{
	size_t blank = (size_t)(found[0].raw.p - text.p);
	struct sc_json_val out[NPATHS];
	struct sc_json_seen seen;
	struct sc_buf b;

	text = (struct sc_slice){ found[0].raw.p, text.n - blank };
	sc_json_look(text, plan, &seen, out);
	CHECK(same(seen.value.raw, found[0].raw));
	CHECK(seen.not_utf8 == (flags == 0));
	for (size_t i = 0; i < NPATHS; i++)
		CHECK(out[i].type == found[i].type &&
		    out[i].raw.p == found[i].raw.p &&
		    out[i].raw.n == found[i].raw.n);
	sc_buf_init(&b, text.n);
	CHECK(sc_json_compact(seen.value.raw, &b) == 0);
	CHECK(seen.blanks == (b.len < seen.value.raw.n));
	sc_buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	static struct sc_json_plan *plan;
	struct sc_slice text = { (const char *)data, n };
	struct sc_json_val out[NPATHS];
	struct sc_err e = { 0 };
	unsigned flags = SC_JSON_UTF8;
	size_t tokens = 0;
	bool twice;

	if (plan == NULL)
		plan = sc_json_plan_new(paths, NPATHS, &e);
	if (sc_json_scan(text.p, n, plan, flags, out, &e) == -1) {
		CHECK(strncmp(e.msg, "byte ", 5) == 0);
		flags = 0;
	}
	CHECK(flags == 0 ||
	    sc_json_scan(text.p, n, NULL, SC_JSON_DEEP, NULL, &e) == 0);
	/* What is right with the flag is right without it. */
	if (sc_json_scan(text.p, n, plan, 0, out, &e) == -1) {
		CHECK(flags == 0);
		return 0;
	}
	twice = repeats(out[0], &tokens);
	CHECK((sc_json_scan(text.p, n, NULL, SC_JSON_NODUP, NULL, &e) == -1) ==
	    twice);
	for (size_t i = 1; i < NPATHS; i++) {
		struct sc_json_val v = look_up(out[0], paths[i]);

		CHECK(v.type == out[i].type && v.raw.p == out[i].raw.p &&
		    v.raw.n == out[i].raw.n);
	}
	CHECK(check_tokens(text) == tokens);
	check_compact(text, flags);
	check_look(text, plan, out, flags);
	return 0;
}
