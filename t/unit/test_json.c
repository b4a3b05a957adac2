#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/json.h"
#include "sc/mem.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Scans a copy of exactly n bytes, so that the sanitizer sees a read behind
 * its end.  The error's text is left in msg.
 */
static char msg[512];

static int
scan(const char *text, size_t n, unsigned flags)
{
	struct sc_err e = { 0 };
	char *copy = sc_xmalloc(n);
	int rc;

	memcpy(copy, text, n);
	rc = sc_json_scan(copy, n, NULL, flags, NULL, &e);
	free(copy);
	assert_int_equal(e.code, rc == 0 ? EX_OK : EX_DATAERR);
	memcpy(msg, e.msg, sizeof(msg));
	return rc;
}

static void
accepts(const char *text, size_t n, unsigned flags)
{
	if (scan(text, n, flags) == -1)
		fail_msg("refused: %.*s: %s", (int)n, text, msg);
}

static void
refuses(const char *text, size_t n, unsigned flags, const char *why)
{
	if (scan(text, n, flags) == 0)
		fail_msg("accepted: %.*s", (int)n, text);
	if (strcmp(msg, why) != 0)
		fail_msg(
		    "%.*s: \"%s\" instead of \"%s\"", (int)n, text, msg, why);
}

static const char *const good[] = {
	"null",
	"true",
	"false",
	"0",
	"-0",
	"7",
	"-12",
	"1234567890123456789012",
	"0.5",
	"-0.0",
	"1e9",
	"1E+9",
	"10e-2",
	"1.5e300",
	"123.456e-789",
	"\"\"",
	"\"a\"",
	"[]",
	"{}",
	"[[]]",
	"[{}]",
	"{\"\":{}}",
	"[1,2]",
	"[1,[2,[3]],4]",
	"{\"a\":1}",
	"{\"a\":1,\"b\":[true,false,null],\"c\":{\"d\":\"e\"}}",
	" [ 1 , 2 ] ",
	"\t{\r\n \"a\" : 1 ,\n\"b\"\t:\n[ ] } \n",
	" 0 ",
	"\"\\\"\"",
	"\"\\\\\"",
	"\"\\/\\b\\f\\n\\r\\t\"",
	"\"\\u0000\\u001f\\uFFFF\\uabCD\"",
	"\"\\ud83d\\ude00\"",
	"\"\\uDBFF\\uDFFF\"",
	"\"a\\\\\\\"b\"",
	"\"C:\\\\Users\\\\x\"",
	"\"\x7f\"",
	"\"'/\"",
	"{\"a\":1,\"a\":2}",
	"\"\xc3\xa9 \xe5\xb1\xb1 \xf0\x9f\x98\x80\"",
	"[\"\\u00e9\",\"\xc3\xa9\"]",
	"{\"a name of more than 16 bytes\":\"a value, also longer\"}",
};

static void
accepts_what_rfc_8259_allows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(good); i++)
		accepts(good[i], strlen(good[i]), SC_JSON_UTF8);
}

static const struct {
	const char *text, *why;
} bad[] = {
	{ "", "byte 0: no value" },
	{ " \n", "byte 2: no value" },
	{ "nul", "byte 3: ends inside a literal" },
	{ "nulL", "byte 3: unexpected 'L' in a literal" },
	{ "trve", "byte 2: unexpected 'v' in a literal" },
	{ "falsy", "byte 4: unexpected 'y' in a literal" },
	{ "True", "byte 0: unexpected 'T'" },
	{ "truefalse", "byte 4: unexpected 'f' after the value" },
	{ "NaN", "byte 0: unexpected 'N'" },
	{ "Infinity", "byte 0: unexpected 'I'" },
	{ "1 2", "byte 2: unexpected '2' after the value" },
	{ "{}{}", "byte 2: unexpected '{' after the value" },
	{ "[]]", "byte 2: unexpected ']' after the value" },
	{ "[],", "byte 2: unexpected ',' after the value" },
	{ "\xef\xbb\xbf{}", "byte 0: unexpected byte 0xef" },
	{ "\x0c[]", "byte 0: unexpected byte 0x0c" },
	{ "[1]\x0b", "byte 3: unexpected byte 0x0b after the value" },
	{ "// c\n1", "byte 0: unexpected '/'" },
	{ "'a'", "byte 0: unexpected '''" },
	{ "a", "byte 0: unexpected 'a'" },
	/* structure */
	{ "[", "byte 1: ends inside an array" },
	{ "[1", "byte 2: ends inside an array" },
	{ "[1,", "byte 3: ends inside an array" },
	{ "[,", "byte 1: unexpected ','" },
	{ "[1,]", "byte 3: unexpected ']'" },
	{ "[1,,2]", "byte 3: unexpected ','" },
	{ "[1 2]", "byte 3: unexpected '2'" },
	{ "[1}", "byte 2: unexpected '}'" },
	{ "[1:2]", "byte 2: unexpected ':'" },
	{ "[\"a\":1]", "byte 4: unexpected ':'" },
	{ "]", "byte 0: unexpected ']'" },
	{ "}", "byte 0: unexpected '}'" },
	{ "{", "byte 1: ends inside an object" },
	{ "{\"a\"", "byte 4: ends inside an object" },
	{ "{\"a\":", "byte 5: ends inside an object" },
	{ "{\"a\":1", "byte 6: ends inside an object" },
	{ "{\"a\":1,", "byte 7: ends inside an object" },
	{ "{,", "byte 1: unexpected ','" },
	{ "{\"a\"}", "byte 4: unexpected '}'" },
	{ "{\"a\":}", "byte 5: unexpected '}'" },
	{ "{\"a\",1}", "byte 4: unexpected ','" },
	{ "{\"a\":1,}", "byte 7: unexpected '}'" },
	{ "{\"a\":1]", "byte 6: unexpected ']'" },
	{ "{\"a\" 1}", "byte 5: unexpected '1'" },
	{ "{\"a\"::1}", "byte 5: unexpected ':'" },
	{ "{a:1}", "byte 1: unexpected 'a'" },
	{ "{1:1}", "byte 1: unexpected '1'" },
	{ "{\"a\":1 \"b\":2}", "byte 7: unexpected '\"'" },
	{ "[{\"a\":[1}]", "byte 8: unexpected '}'" },
	/* numbers */
	{ "-", "byte 1: ends inside a number" },
	{ "1.", "byte 2: ends inside a number" },
	{ "1e", "byte 2: ends inside a number" },
	{ "1e+", "byte 3: ends inside a number" },
	{ "+1", "byte 0: unexpected '+'" },
	{ ".5", "byte 0: unexpected '.'" },
	{ "01", "byte 0: number with a leading zero" },
	{ "-012", "byte 1: number with a leading zero" },
	{ "--1", "byte 1: unexpected '-' in a number" },
	{ "- 1", "byte 1: unexpected byte 0x20 in a number" },
	{ "-a", "byte 1: unexpected 'a' in a number" },
	{ "[1.]", "byte 3: unexpected ']' in a number" },
	{ "[1.e1]", "byte 3: unexpected 'e' in a number" },
	{ "[1e1.5]", "byte 4: unexpected '.'" },
	{ "[1ee1]", "byte 3: unexpected 'e' in a number" },
	{ "0x1", "byte 1: unexpected 'x' after the value" },
	{ "1_000", "byte 1: unexpected '_' after the value" },
	/* strings */
	{ "\"", "byte 1: ends inside a string" },
	{ "\"abc", "byte 4: ends inside a string" },
	{ "\"\\", "byte 2: ends inside a string" },
	{ "\"\\\"", "byte 3: ends inside a string" },
	{ "\"\\u", "byte 3: ends inside a string" },
	{ "\"\\u12", "byte 5: ends inside a string" },
	{ "\"\\ud800", "byte 7: ends inside a string" },
	{ "\"\\ud800\\", "byte 8: ends inside a string" },
	{ "\"\\ud800\\udc0", "byte 12: ends inside a string" },
	{ "\"\xe5\xb1", "byte 3: ends inside a string" },
	{ "{\"ab", "byte 4: ends inside a string" },
	{ "\"\\x41\"", "byte 2: unexpected 'x' after a backslash" },
	{ "\"\\'\"", "byte 2: unexpected ''' after a backslash" },
	{ "\"\\\n\"", "byte 2: unexpected byte 0x0a after a backslash" },
	{ "\"\\U0041\"", "byte 2: unexpected 'U' after a backslash" },
	{ "\"\\u12\"", "byte 5: unexpected '\"' in a \\u escape" },
	{ "\"\\u12g4\"", "byte 5: unexpected 'g' in a \\u escape" },
	{ "\"\\u-123\"", "byte 3: unexpected '-' in a \\u escape" },
	{ "\"\\ud800\"", "byte 1: lone surrogate escape" },
	{ "\"\\ud800x\"", "byte 1: lone surrogate escape" },
	{ "\"\\ud800\\n\"", "byte 1: lone surrogate escape" },
	{ "\"\\ud800\\ud800\"", "byte 1: lone surrogate escape" },
	{ "\"\\ud800\\u0041\"", "byte 1: lone surrogate escape" },
	{ "\"a\\udc00\"", "byte 2: lone surrogate escape" },
	{ "\"a\nb\"", "byte 2: control byte 0x0a in a string" },
	{ "\"\t\"", "byte 1: control byte 0x09 in a string" },
	{ "{\"\x1f\":1}", "byte 2: control byte 0x1f in a string" },
	/* UTF-8 */
	{ "\"\xff\"", "byte 1: not UTF-8" },
	{ "\"a\xc3\"", "byte 2: not UTF-8" },
	{ "\"\xed\xa0\x80\"", "byte 1: not UTF-8" },
	{ "{\"\xc3\xa9\x80\":1}", "byte 4: not UTF-8" },
	{ "[\"\\n\xc0\xaf\"]", "byte 4: not UTF-8" },
	{ "\"\xff\\n\"", "byte 1: not UTF-8" },
	{ "\"0123456789abcdef\xfe\"", "byte 17: not UTF-8" },
};

static void
refuses_everything_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		refuses(
		    bad[i].text, strlen(bad[i].text), SC_JSON_UTF8, bad[i].why);
	refuses("1\0", 2, 0, "byte 1: unexpected byte 0x00 after the value");
	refuses("[\0]", 3, 0, "byte 1: unexpected byte 0x00");
	refuses("\"\0\"", 3, 0, "byte 1: control byte 0x00 in a string");
}

static void
utf8_is_asked_for(void **state)
{
	static const char *const texts[] = { "\"\xff\"", "\"\xed\xa0\x80\"",
		"{\"\xc0\xaf\":1}", "\"\\ud800\"", "\"\\uDFFFx\"",
		"[\"\\ud800\\u0041\"]", "{\"\\ud800\\ud800\":1}",
		"\"\\udc00\\ud800\"" };

	(void)state;
	for (size_t i = 0; i < N(texts); i++) {
		accepts(texts[i], strlen(texts[i]), 0);
		assert_int_equal(
		    scan(texts[i], strlen(texts[i]), SC_JSON_UTF8), -1);
	}
	refuses("\"\\ud800", 7, 0, "byte 7: ends inside a string");
	refuses("\"\\ud800\\", 8, 0, "byte 8: ends inside a string");
	refuses("\"\\ud800\\u12\"", 12, 0,
	    "byte 11: unexpected '\"' in a \\u escape");
}

/* Whether the scanner sees a byte must not depend on where it stands. */
static void
no_byte_of_a_string_escapes_notice(void **state)
{
	static const struct {
		char c;
		const char *why;
	} odd[] = {
		{ '\x01', "control byte 0x01 in a string" },
		{ '\x1f', "control byte 0x1f in a string" },
		{ '\\', "unexpected '.' after a backslash" },
		{ '"', "unexpected '.' after the value" },
		{ '\x80', "not UTF-8" },
		{ '\xff', "not UTF-8" },
	};
	char text[80], why[80];

	(void)state;
	memset(text, '.', sizeof(text));
	text[0] = '"';
	for (size_t len = 3; len < sizeof(text); len++) {
		text[len - 1] = '"';
		accepts(text, len, SC_JSON_UTF8);
		for (size_t at = 1; at < len - 2; at++) {
			for (size_t i = 0; i < N(odd); i++) {
				bool before =
				    odd[i].c == '\\' || odd[i].c == '"';

				text[at] = odd[i].c;
				(void)snprintf(why, sizeof(why), "byte %zu: %s",
				    at + before, odd[i].why);
				refuses(text, len, SC_JSON_UTF8, why);
			}
			text[at] = '.';
		}
		text[len - 1] = '.';
	}
}

static void
a_cut_text_is_told_from_a_bad_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(good); i++) {
		size_t blank = strspn(good[i], " \t");

		if (strchr("[{\"", good[i][blank]) == NULL)
			continue;
		for (size_t n = blank + 1; scan(good[i], n, SC_JSON_UTF8) != 0;
		     n++)
			assert_non_null(strstr(msg, ": ends inside "));
	}
}

static void
depth_is_bounded(void **state)
{
	char text[2 * (SC_JSON_MAX_DEPTH + 1)];
	size_t n = SC_JSON_MAX_DEPTH;

	(void)state;
	memset(text, '[', n + 1);
	memset(text + n, ']', n);
	accepts(text, 2 * n, 0);
	memset(text, '[', n + 1);
	memset(text + n + 1, ']', n + 1);
	refuses(text, 2 * n + 2, 0, "byte 128: nested too deep");
	accepts("[[[[{}],{}],{}],{}]", 19, SC_JSON_NODUP);
}

/* n pairs of an array and an object in each other; half of them is opened. */
static void
pairs(struct sc_buf *b, int n)
{
	sc_buf_reset(b);
	for (int i = 0; i < n; i++)
		(void)sc_buf_adds(b, "[0,{\"k\": ");
	(void)sc_buf_adds(b, "true");
	for (int i = 0; i < n; i++)
		(void)sc_buf_adds(b, " ,\"l\":[]}]");
}

static void
any_depth_is_scanned_on_demand(void **state)
{
	static const int many[] = { 1, 63, 64, 65, 96, 128, 600, 5000, 50000 };
	struct sc_buf b;
	char *middle;

	(void)state;
	sc_buf_init(&b, 8 << 20);
	for (size_t i = 0; i < N(many); i++) {
		pairs(&b, many[i]);
		accepts(b.p, b.len, SC_JSON_DEEP | SC_JSON_UTF8);
		assert_int_equal(scan(b.p, b.len, 0), many[i] > 63 ? -1 : 0);
		assert_int_equal(scan(b.p, b.len, SC_JSON_DEEP | SC_JSON_NODUP),
		    many[i] > 63 ? -1 : 0);
		assert_int_equal(scan(b.p, b.len - 1, SC_JSON_DEEP), -1);
		assert_non_null(strstr(msg, ": ends inside an array"));
		assert_int_equal(scan(b.p, b.len - 2, SC_JSON_DEEP), -1);
		assert_non_null(strstr(msg, ": ends inside an object"));
		middle = memmem(b.p, b.len, "true", 4);
		/* Each bracket fits the one that opened it, the grammar too. */
		for (size_t at = 0; at < 10; at++) {
			char *p = middle + 4 + at, c = *p;

			if (c == ' ' || c == 'l')
				continue;
			*p = c == '}' ? ']' : '}';
			assert_int_equal(scan(b.p, b.len, SC_JSON_DEEP), -1);
			*p = c;
		}
	}
	sc_buf_fini(&b);
}

static void
repeated_keys_are_refused_on_demand(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "{\"a\":1,\"a\":2}", "byte 7: repeated key" },
		{ "{\"a\":1,\"\\u0061\":2}", "byte 7: repeated key" },
		{ "{\"\\u0061\":1,\"a\":2}", "byte 12: repeated key" },
		{ "{\"\":1,\"\":2}", "byte 6: repeated key" },
		{ "[{\"a\":{\"a\":1,\"b\":{},\"a\":3}}]",
		    "byte 20: repeated key" },
		{ "{\"a\":{\"a\":1},\"b\":[{\"a\":1}],\"a\":0}",
		    "byte 27: repeated key" },
	};
	static const char *const fine[] = {
		"{\"a\":{\"a\":{\"a\":1}}}",
		"{\"a\":{\"b\":1},\"b\":{\"a\":1},\"c\":[{\"a\":1},{\"a\":1}]}",
		"{\"a\":1,\"aa\":2,\"A\":3,\"\":4,\"a\\u0000\":5,\"\\\\\":6}",
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		size_t n = strlen(rows[i].text);

		accepts(rows[i].text, n, 0);
		refuses(rows[i].text, n, SC_JSON_NODUP, rows[i].why);
	}
	for (size_t i = 0; i < N(fine); i++)
		accepts(fine[i], strlen(fine[i]), SC_JSON_NODUP);
}

/* An object of n members, key number `at` spelt as number `as`. */
static void
object_of(struct sc_buf *b, int n, int at, const char *as)
{
	sc_buf_reset(b);
	(void)sc_buf_addc(b, '{');
	for (int i = 0; i < n; i++) {
		(void)sc_buf_adds(b, i > 0 ? "," : "");
		if (i == at)
			(void)sc_buf_addf(b, "\"%s\":{\"key0\":0}", as);
		else
			(void)sc_buf_addf(b, "\"key%d\":{\"key0\":0}", i);
	}
	(void)sc_buf_addc(b, '}');
}

static void
repeated_keys_are_found_in_objects_of_any_size(void **state)
{
	static const int sizes[] = { 2, 50, 64, 65, 66, 127, 255, 257, 600 };
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 1 << 20);
	for (size_t i = 0; i < N(sizes); i++) {
		int n = sizes[i];

		object_of(&b, n, n - 1, "k\\u0065y");
		accepts(b.p, b.len, SC_JSON_NODUP);
		for (int at = n - 1; at > 0; at -= 1 + n / 7) {
			char why[64];

			object_of(&b, n, at, "key0");
			(void)snprintf(why, sizeof(why),
			    "byte %td: repeated key",
			    strstr(strstr(sc_buf_str(&b), "},\"key0\""), "\"") -
				b.p);
			refuses(b.p, b.len, SC_JSON_NODUP, why);
			object_of(&b, n, at, "\\u006bey0");
			assert_int_equal(scan(b.p, b.len, SC_JSON_NODUP), -1);
		}
	}
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_rfc_8259_allows),
		cmocka_unit_test(refuses_everything_else),
		cmocka_unit_test(utf8_is_asked_for),
		cmocka_unit_test(no_byte_of_a_string_escapes_notice),
		cmocka_unit_test(a_cut_text_is_told_from_a_bad_one),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(any_depth_is_scanned_on_demand),
		cmocka_unit_test(repeated_keys_are_refused_on_demand),
		cmocka_unit_test(
		    repeated_keys_are_found_in_objects_of_any_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
