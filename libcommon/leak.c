#include <math.h>
#include <string.h>
#include <strings.h>

#include "sc/leak.h"

#define NAME_MAX_LEN 64
#define VALUE_MIN    6 /* of a member named like a secret */
#define PARAM_MIN    8 /* of a parameter: more often a word than a secret */
#define RANDOM_MIN   32
#define RANDOM_BITS  3.0 /* in a digit; words have fewer */

#define DIGITS "0123456789"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define URL64  UPPER LOWER DIGITS "-_"
#define TOKEN  URL64 "+/.~="

static bool
in_set(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* How many bytes from p on are of the set. */
static size_t
run(const char *p, const char *end, const char *set)
{
	const char *q = p;

	while (q < end && in_set(*q, set))
		q++;
	return (size_t)(q - p);
}

static bool
contains(struct sc_slice s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++) {
		if (strncasecmp(s.p + i, word, n) == 0)
			return true;
	}
	return false;
}

/* Empty, "example-...", "xxxx". */
static bool
is_harmless(struct sc_slice v)
{
	size_t same = 1;

	while (same < v.n && v.p[same] == v.p[0])
		same++;
	return v.n <= same || contains(v, "test") || contains(v, "example") ||
	    contains(v, "redacted");
}

/* Both a digit and a letter: no word of prose. */
static bool
is_mixed(struct sc_slice s)
{
	bool digit = false, letter = false;

	for (size_t i = 0; i < s.n; i++) {
		digit |= in_set(s.p[i], DIGITS);
		letter |= in_set(s.p[i], UPPER LOWER);
	}
	return digit && letter;
}

bool
sc_leak_live(struct sc_slice v)
{
	return v.n >= PARAM_MIN && is_mixed(v) && !is_harmless(v);
}

bool
sc_leak_name(struct sc_slice name)
{
	static const char *const ends[] = { "password", "passwd", "passphrase",
		"secret", "token", "apikey", "licensekey", "privatekey",
		"accesskey", "secretkey", "authorization" };
	static const char *const pages[] = { "next", "page", "cursor",
		"continuation" };
	char word[NAME_MAX_LEN + 1];
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < NAME_MAX_LEN; i++) {
		if (name.p[i] != '_' && name.p[i] != '-')
			word[n++] = name.p[i];
	}
	word[n] = '\0';
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strcasestr(word, pages[i]) != NULL)
			return false;
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t len = strlen(ends[i]);

		if (n >= len && strcasecmp(word + n - len, ends[i]) == 0)
			return true;
	}
	return false;
}

bool
sc_leak_header(struct sc_slice name)
{
	static const char *const names[] = { "Authorization",
		"Proxy-Authorization", "Cookie", "Set-Cookie", "Set-Cookie2" };
	static const char darktrace[] = "DTAPI-";
	size_t n = sizeof(darktrace) - 1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (name.n == strlen(names[i]) &&
		    strncasecmp(name.p, names[i], name.n) == 0)
			return true;
	}
	return sc_leak_name(name) ||
	    (name.n >= n && strncasecmp(name.p, darktrace, n) == 0);
}

/* Shannon's entropy of the digits, in bits. */
static double
entropy(const char *p, size_t n)
{
	size_t count[256] = { 0 };
	double bits = 0;

	for (size_t i = 0; i < n; i++)
		count[(unsigned char)p[i]]++;
	for (size_t i = 0; i < 256; i++) {
		double share = (double)count[i] / (double)n;

		if (count[i] > 0)
			bits -= share * log2(share);
	}
	return bits;
}

bool
sc_leak_random(struct sc_slice text)
{
	const char *p = text.p, *end = text.p + text.n;

	while (p < end) {
		size_t n = run(p, end, URL64 "+/");
		struct sc_slice word = { p, n };

		if (n >= RANDOM_MIN && is_mixed(word) &&
		    entropy(p, n) >= RANDOM_BITS && !is_harmless(word))
			return true;
		p += n > 0 ? n : 1;
	}
	return false;
}

/* What known secrets begin with. */
static const struct start {
	const char *text;
	const char *digits; /* of what follows */
	size_t least;       /* so many of them */
	bool behind;        /* the beginning is not a part of the secret */
	const char *what;
} starts[] = {
	{ "AKIA", UPPER DIGITS, 16, false, "an AWS access key" },
	{ "ASIA", UPPER DIGITS, 16, false, "an AWS access key" },
	{ "ghp_", URL64, 30, false, "a GitHub token" },
	{ "gho_", URL64, 30, false, "a GitHub token" },
	{ "ghs_", URL64, 30, false, "a GitHub token" },
	{ "github_pat_", URL64, 30, false, "a GitHub token" },
	{ "xoxb-", URL64, 20, false, "a Slack token" },
	{ "xoxp-", URL64, 20, false, "a Slack token" },
	{ "Bearer ", TOKEN, 16, true, "a bearer token" },
	{ "bearer ", TOKEN, 16, true, "a bearer token" },
	{ "ApiToken ", TOKEN, 16, true, "an API token" },
	{ "Basic ", TOKEN, 16, true, "a password in base64" },
};

static bool
find_start(struct sc_slice t, size_t at, struct sc_leak *out)
{
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		const struct start *s = &starts[i];
		size_t n = strlen(s->text), more;

		if (t.p[at] != *s->text || t.n - at < n + s->least ||
		    memcmp(t.p + at, s->text, n) != 0)
			continue;
		more = run(t.p + at + n, t.p + t.n, s->digits);
		if (more < s->least)
			continue;
		out->at = s->behind ? at + n : at;
		out->n = s->behind ? more : n + more;
		out->what = s->what;
		return is_mixed((struct sc_slice){ t.p + at + n, more });
	}
	return false;
}

/* eyJ... . ... . ...: header, claims and signature of a JSON Web Token. */
static bool
find_jwt(struct sc_slice t, size_t at, struct sc_leak *out)
{
	const char *p = t.p + at, *end = t.p + t.n;
	size_t n;

	if (t.n - at < 3 || memcmp(p, "eyJ", 3) != 0)
		return false;
	for (int part = 0; part < 3; part++) {
		n = run(p, end, URL64);
		p += n;
		if (n < 10 || (part < 2 && (p == end || *p++ != '.')))
			return false;
	}
	*out =
	    (struct sc_leak){ at, (size_t)(p - t.p) - at, "a JSON Web Token" };
	return true;
}

/* All of it, so that it can be taken out; a cut-off one is one as well. */
static bool
find_private_key(struct sc_slice t, size_t at, struct sc_leak *out)
{
	static const char begin[] = "-----BEGIN ", mid[] = "PRIVATE KEY-----";
	const char *p = t.p + at, *end = t.p + t.n, *key;
	size_t left = t.n - at;

	if (left < sizeof(begin) || memcmp(p, begin, sizeof(begin) - 1) != 0)
		return false;
	key = memmem(p, left < 64 ? left : 64, mid, sizeof(mid) - 1);
	if (key == NULL)
		return false;
	key += sizeof(mid) - 1;
	/* Line ends may be escaped. */
	*out = (struct sc_leak){ (size_t)(key - t.p),
		run(key, end, UPPER LOWER DIGITS "+/=\\ \r\n"),
		"a private key" };
	return !is_harmless((struct sc_slice){ key, out->n });
}

/* The name that ends in front of p. */
static struct sc_slice
name_before(const char *begin, const char *p)
{
	const char *q = p;

	while (q > begin && p - q < NAME_MAX_LEN && in_set(q[-1], URL64))
		q--;
	return (struct sc_slice){ q, (size_t)(p - q) };
}

static const char *
skip_blanks(const char *p, const char *end)
{
	return p + run(p, end, " \t\r\n");
}

/*
 * "NAME": "VALUE" with the colon at `at`; also \"NAME\":\"VALUE\", as in JSON
 * inside of a string.
 */
static bool
find_member(struct sc_slice t, size_t at, struct sc_leak *out)
{
	const char *p = t.p + at, *end = t.p + t.n, *from;
	bool inner;

	while (p > t.p && in_set(p[-1], " \t\r\n"))
		p--;
	if (p == t.p || *--p != '"')
		return false;
	inner = p > t.p && p[-1] == '\\';
	if (!sc_leak_name(name_before(t.p, inner ? p - 1 : p)))
		return false;
	p = skip_blanks(t.p + at + 1, end);
	p += inner && p < end && *p == '\\';
	if (p == end || *p != '"')
		return false;
	for (from = ++p; p < end && *p != '"'; p++) {
		if (*p == '\\' && (inner || ++p == end))
			break;
	}
	*out = (struct sc_leak){ (size_t)(from - t.p), (size_t)(p - from),
		"the value of a member that is named like a secret" };
	return out->n >= VALUE_MIN && memchr(from, ' ', out->n) == NULL &&
	    !is_harmless((struct sc_slice){ from, out->n });
}

/* NAME=VALUE with the sign at `at`, as in queries, forms and settings. */
static bool
find_parameter(struct sc_slice t, size_t at, struct sc_leak *out)
{
	struct sc_slice name = name_before(t.p, t.p + at);
	struct sc_slice value = { t.p + at + 1, 0 };

	if (!sc_leak_name(name))
		return false;
	value.n = run(value.p, t.p + t.n, TOKEN "%!$*:@^");
	*out = (struct sc_leak){ at + 1, value.n,
		"the value of a parameter that is named like a secret" };
	return sc_leak_live(value);
}

static bool
find_at(struct sc_slice t, size_t at, struct sc_leak *out)
{
	switch (t.p[at]) {
	case ':':
		return find_member(t, at, out);
	case '=':
		return find_parameter(t, at, out);
	case '-':
		return find_private_key(t, at, out);
	case 'e':
		return find_jwt(t, at, out);
	case 'A':
	case 'B':
	case 'b':
	case 'g':
	case 'x':
		return find_start(t, at, out) &&
		    !is_harmless((struct sc_slice){ t.p + out->at, out->n });
	default:
		return false;
	}
}

bool
sc_leak_find(struct sc_slice text, size_t from, struct sc_leak *out)
{
	for (size_t i = from; i < text.n; i++) {
		if (find_at(text, i, out) && out->at >= from)
			return true;
	}
	return false;
}
