#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sc/leak.h"
#include "sc/mem.h"

#include "escape.h"
#include "scrub.h"

#define SECRETS_MAX 96 /* of several requests: headers may be signed */
#define SECRET_MIN  4
#define WORDS_MAX   40 /* names and members */
#define CORE_MIN    6  /* base64 digits that nothing else decides about */
#define CORES       6  /* three places in a group, two alphabets */
#define ROUNDS      3  /* of decoding, when looking for what is left */

struct secret {
	struct sc_slice raw;
	struct sc_slice core[CORES]; /* inside of base64; n 0: too short */
};

struct scrub {
	struct secret secrets[SECRETS_MAX];
	size_t next; /* the oldest one when there are as many as fit */
	char *names[WORDS_MAX];
	size_t nnames;
	const char *members[WORDS_MAX];
	size_t nmembers;
	/* Which bytes a secret or a name can begin with, in any form. */
	bool starts[256];
};

struct scrub *
scrub_new(void)
{
	struct scrub *s = sc_xcalloc(1, sizeof(*s));

	s->starts['%'] = s->starts['\\'] = true;
	return s;
}

static void
wipe(struct sc_slice *s)
{
	union {
		const char *p;
		char *own;
	} u = { s->p };

	if (s->p != NULL)
		explicit_bzero(u.own, s->n);
	free(u.own);
	*s = (struct sc_slice){ 0 };
}

static void
wipe_secret(struct secret *x)
{
	wipe(&x->raw);
	for (size_t i = 0; i < CORES; i++)
		wipe(&x->core[i]);
}

void
scrub_free(struct scrub *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < SECRETS_MAX; i++)
		wipe_secret(&s->secrets[i]);
	for (size_t i = 0; i < s->nnames; i++)
		free(s->names[i]);
	free(s);
}

/*
 * The digits that the secret has wherever base64 of something longer has it:
 * `before` bytes stand in front of it in its first group of three, and the
 * digits that share bits with other bytes are left out.
 */
static struct sc_slice
base64_core(struct sc_slice raw, size_t before, bool url)
{
	size_t n = before + raw.n, digits = n * 8 / 6;
	size_t first = (before * 8 + 5) / 6;
	unsigned char *in = sc_xcalloc(1, n);
	char *out = sc_xmalloc((n + 2) / 3 * 4 + 1);
	struct sc_slice core = { NULL, 0 };

	memcpy(in + before, raw.p, raw.n);
	(void)EVP_EncodeBlock((unsigned char *)out, in, (int)n);
	for (char *p = out; url && *p != '\0'; p++)
		*p = (char)(*p == '+' ? '-' : *p == '/' ? '_' : *p);
	if (digits >= first + CORE_MIN)
		core =
		    (struct sc_slice){ sc_xstrndup(out + first, digits - first),
			    digits - first };
	explicit_bzero(in, n);
	explicit_bzero(out, strlen(out));
	free(in);
	free(out);
	return core;
}

static bool
same(struct sc_slice a, struct sc_slice b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

void
scrub_secret(struct scrub *s, struct sc_slice raw)
{
	struct secret *x;

	if (raw.n < SECRET_MIN)
		return;
	for (size_t i = 0; i < SECRETS_MAX; i++) {
		if (s->secrets[i].raw.p != NULL && same(s->secrets[i].raw, raw))
			return;
	}
	x = &s->secrets[s->next++ % SECRETS_MAX];
	wipe_secret(x);
	x->raw = (struct sc_slice){ sc_xstrndup(raw.p, raw.n), raw.n };
	s->starts[(unsigned char)*raw.p] = true;
	for (size_t i = 0; i < CORES; i++) {
		x->core[i] = base64_core(raw, i / 2, i % 2 == 1);
		if (x->core[i].n > 0)
			s->starts[(unsigned char)*x->core[i].p] = true;
	}
}

void
scrub_name(struct scrub *s, const char *name)
{
	if (s->nnames == WORDS_MAX || *name == '\0')
		return;
	/* Letters' case is the fifth bit. */
	s->starts[(unsigned char)*name | 0x20] = true;
	s->starts[(unsigned char)*name & 0xdf] = true;
	s->starts[(unsigned char)*name] = true;
	s->names[s->nnames++] = sc_xstrdup(name);
}

void
scrub_member(struct scrub *s, const char *name)
{
	if (s->nmembers < WORDS_MAX)
		s->members[s->nmembers++] = name;
}

/* How many bytes at p spell the secret, some of them as escapes; 0: none. */
static size_t
spelled(struct sc_slice secret, const char *p, size_t n)
{
	size_t at = 0, took;
	char c;

	for (size_t i = 0; i < secret.n; i++) {
		if (at == n)
			return 0;
		took = escape_at(p + at, n - at, &c);
		if (took > 0 && c == secret.p[i])
			at += took;
		else if (p[at] == secret.p[i] ||
		    (p[at] == '+' && secret.p[i] == ' '))
			at++;
		else
			return 0;
	}
	return at;
}

static size_t
begins(struct sc_slice word, const char *p, size_t n)
{
	return word.n > 0 && n >= word.n && memcmp(p, word.p, word.n) == 0
	    ? word.n
	    : 0;
}

static size_t
longer(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* The longest of what has to go that begins at p; 0: nothing does. */
static size_t
hit_at(const struct scrub *s, const char *p, size_t n)
{
	size_t best = 0;

	if (!s->starts[(unsigned char)*p])
		return 0;
	for (size_t i = 0; i < SECRETS_MAX && s->secrets[i].raw.p; i++) {
		const struct secret *x = &s->secrets[i];

		best = longer(best, begins(x->raw, p, n));
		best = longer(best, spelled(x->raw, p, n));
		for (size_t k = 0; k < CORES; k++)
			best = longer(best, begins(x->core[k], p, n));
	}
	for (size_t i = 0; i < s->nnames; i++) {
		size_t len = strlen(s->names[i]);

		if (len <= n && strncasecmp(s->names[i], p, len) == 0)
			best = longer(best, len);
	}
	return best;
}

static void
replace_values(const struct scrub *s, struct sc_slice t, struct sc_buf *out)
{
	const char *from = t.p, *end = t.p + t.n;
	size_t n;

	for (const char *p = from; p < end; p += n) {
		if ((n = hit_at(s, p, (size_t)(end - p))) == 0) {
			n = 1;
			continue;
		}
		(void)sc_buf_add(out, from, (size_t)(p - from));
		(void)sc_buf_adds(out, SCRUB_MARK);
		from = p + n;
	}
	(void)sc_buf_add(out, from, (size_t)(end - from));
}

/* Behind the string, number or container at p, which may be cut off. */
static const char *
skip_value(const char *p, const char *end)
{
	bool quoted = false;
	size_t depth = 0;

	for (; p < end; p++) {
		if (quoted && *p == '\\' && p + 1 < end)
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '{' || *p == '['))
			depth++;
		else if (!quoted && (*p == '}' || *p == ']') && depth > 0)
			depth--;
		else if (quoted || strchr(",}] \t\r\n", *p) == NULL)
			continue;
		else if (depth == 0)
			return p;
		if (!quoted && depth == 0)
			return p + 1;
	}
	return end;
}

static bool
is_member(const struct scrub *s, const char *p, size_t n)
{
	for (size_t i = 0; i < s->nmembers; i++) {
		if (n == strlen(s->members[i]) &&
		    memcmp(p, s->members[i], n) == 0)
			return true;
	}
	return false;
}

/* Where the value begins whose name's colon is at p; NULL: it may stay. */
static const char *
value_at(const struct scrub *s, struct sc_slice t, const char *p)
{
	const char *end = t.p + t.n, *name = p, *open;

	while (name > t.p && strchr(" \t\r\n", name[-1]) != NULL)
		name--;
	if (name == t.p || *--name != '"')
		return NULL;
	open = memrchr(t.p, '"', (size_t)(name - t.p));
	if (open == NULL || !is_member(s, open + 1, (size_t)(name - open - 1)))
		return NULL;
	for (p++; p < end && strchr(" \t\r\n", *p) != NULL; p++)
		;
	return p == end || (end - p >= 4 && memcmp(p, "null", 4) == 0) ? NULL
								       : p;
}

/* Also in a text that is no JSON, such as half of an answer. */
static void
replace_members(const struct scrub *s, struct sc_slice t, struct sc_buf *out)
{
	const char *from = t.p, *end = t.p + t.n, *p = t.p, *value;

	while (s->nmembers > 0 && p < end &&
	    (p = memchr(p, ':', (size_t)(end - p))) != NULL) {
		if ((value = value_at(s, t, p++)) == NULL)
			continue;
		(void)sc_buf_add(out, from, (size_t)(value - from));
		(void)sc_buf_adds(out, "\"" SCRUB_MARK "\"");
		from = p = skip_value(value, end);
	}
	(void)sc_buf_add(out, from, (size_t)(end - from));
}

static void
replace_leaks(struct sc_slice t, struct sc_buf *out)
{
	struct sc_leak leak;
	size_t from = 0;

	while (sc_leak_find(t, from, &leak)) {
		(void)sc_buf_add(out, t.p + from, leak.at - from);
		(void)sc_buf_adds(out, SCRUB_MARK);
		from = leak.at + leak.n;
	}
	(void)sc_buf_add(out, t.p + from, t.n - from);
}

int
scrub_text(const struct scrub *s, struct sc_slice text, struct sc_buf *out)
{
	struct sc_buf a, b;
	bool full;

	if (text.n == 0)
		return 0;
	sc_buf_init(&a, out->max);
	sc_buf_init(&b, out->max);
	replace_members(s, text, &a);
	replace_values(s, (struct sc_slice){ a.p, a.len }, &b);
	replace_leaks((struct sc_slice){ b.p, b.len }, out);
	full = a.full || b.full || out->full;
	sc_buf_fini(&a);
	sc_buf_fini(&b);
	return full ? -1 : 0;
}

static bool
has(struct sc_slice t, struct sc_slice word)
{
	return word.n > 0 && t.n >= word.n &&
	    memmem(t.p, t.n, word.p, word.n) != NULL;
}

static bool
has_hex(struct sc_slice t, struct sc_slice raw)
{
	char first = "0123456789abcdef"[(unsigned char)*raw.p >> 4];
	size_t n = 2 * raw.n, i, k;

	for (i = 0; i + n <= t.n; i++) {
		/* Which makes letters small and leaves digits. */
		if ((t.p[i] | 0x20) != first)
			continue;
		for (k = 0; k < raw.n; k++) {
			if (escape_hex(t.p + i + 2 * k, 2) !=
			    (unsigned char)raw.p[k])
				break;
		}
		if (k == raw.n)
			return true;
	}
	return false;
}

static bool
has_secret(const struct scrub *s, struct sc_slice t)
{
	for (size_t i = 0; i < SECRETS_MAX && s->secrets[i].raw.p; i++) {
		const struct secret *x = &s->secrets[i];

		if (has(t, x->raw) || has_hex(t, x->raw))
			return true;
		for (size_t k = 0; k < CORES; k++) {
			if (has(t, x->core[k]))
				return true;
		}
	}
	return false;
}

/* One layer of escapes less; true when there was one. */
static bool
decode(struct sc_slice t, struct sc_buf *out)
{
	bool changed = false;
	size_t took;
	char c;

	for (size_t i = 0; i < t.n; i += took) {
		took = escape_at(t.p + i, t.n - i, &c);
		if (took == 0)
			took = escape_html(t.p + i, t.n - i, &c);
		changed |= took > 0;
		if (took == 0) {
			c = t.p[i];
			took = 1;
		}
		(void)sc_buf_addc(out, c);
	}
	return changed;
}

bool
scrub_is_clean(const struct scrub *s, struct sc_slice text)
{
	struct sc_buf now, next;
	bool clean = !has_secret(s, text), more = text.n > 0;

	sc_buf_init(&now, text.n);
	sc_buf_init(&next, text.n);
	(void)sc_buf_add(&now, text.p, text.n);
	for (int i = 0; i < ROUNDS && clean && more; i++) {
		struct sc_buf swap = now;

		sc_buf_reset(&next);
		more = decode((struct sc_slice){ now.p, now.len }, &next);
		now = next;
		next = swap;
		clean = !more ||
		    !has_secret(s, (struct sc_slice){ now.p, now.len });
	}
	sc_buf_fini(&now);
	sc_buf_fini(&next);
	return clean;
}
