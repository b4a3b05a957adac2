#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sc/json.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Well-formed by the definition: decode, encode again, compare. */
static bool
is_sequence(const unsigned char *p, size_t n)
{
	static const unsigned first[] = { 0, 0, 0x80, 0x800, 0x10000 };
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned code = p[0] ^ lead[n];

	if ((p[0] & (unsigned char)(0xff << (7 - n))) != lead[n])
		return false;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return false;
		code = code << 6 | (p[i] & 0x3f);
	}
	return code >= first[n] && code <= 0x10ffff &&
	    (code < 0xd800 || code > 0xdfff);
}

/* Whatever the sequence is, it must be taken as a whole or not at all. */
static void
check(const unsigned char s[4])
{
	const char *p = (const char *)s;
	size_t len = 0;

	for (size_t n = 2; n <= 4; n++) {
		if (is_sequence(s, n))
			len = n;
	}
	if (len == 0) {
		assert_int_equal(sc_utf8_valid(p, 4), 0);
		return;
	}
	assert_int_equal(sc_utf8_valid(p, len), len);
	assert_int_equal(sc_utf8_valid(p, len - 1), 0);
}

static void
knows_every_utf8_sequence(void **state)
{
	static const unsigned char edges[] = { 0x00, 0x22, 0x7f, 0x80, 0x8f,
		0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff };
	unsigned char s[4];

	(void)state;
	for (unsigned two = 0x8000; two <= 0xffff; two++) {
		s[0] = (unsigned char)(two >> 8);
		s[1] = (unsigned char)two;
		for (size_t i = 0; i < N(edges) * N(edges); i++) {
			s[2] = edges[i / N(edges)];
			s[3] = edges[i % N(edges)];
			check(s);
		}
	}
}

static void
counts_leading_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t valid;
	} rows[] = {
		{ "", 0 },
		{ "plain text of some length", 25 },
		{ "plain text of\xfflength", 13 },
		{ "0123456\xc3\xa9", 9 },
		{ "01234567\xc3\xa9", 10 },
		{ "012345678\xc3", 9 },
		{ "\xe5\xb1\xb1\xe7\x94\xb0\x80", 6 },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(
		    sc_utf8_valid(rows[i].text, strlen(rows[i].text)),
		    rows[i].valid);
	assert_int_equal(sc_utf8_valid(NULL, 0), 0);
	assert_int_equal(sc_utf8_valid("a\0b", 3), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_utf8_sequence),
		cmocka_unit_test(counts_leading_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
