#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bin/sc-fetch/scrub.h"

#define SECRET "k3y/+\\\"&% <9"

static struct scrub *
ready(void)
{
	struct scrub *s = scrub_new();

	scrub_secret(s, sc_slice_of(SECRET));
	scrub_name(s, "Acme.example.com");
	scrub_member(s, "licenseKey");
	return s;
}

static void
becomes(const char *text, const char *want)
{
	struct scrub *s = ready();
	struct sc_buf b;

	sc_buf_init(&b, 4096);
	assert_int_equal(scrub_text(s, sc_slice_of(text), &b), 0);
	assert_string_equal(sc_buf_str(&b), want);
	assert_true(scrub_is_clean(s, (struct sc_slice){ b.p, b.len }));
	sc_buf_fini(&b);
	scrub_free(s);
}

static void
takes_out_secrets(void **state)
{
	(void)state;
	becomes("", "");
	becomes("a " SECRET " b", "a REDACTED b");
	becomes(SECRET SECRET, "REDACTEDREDACTED");
	/* JSON, a form, a query, each byte as it likes. */
	becomes("\"k3y/+\\\\\\\"&% <9\"", "\"REDACTED\"");
	becomes("k3y\\/+\\\\\\\"\\u0026% \\u003c9", "REDACTED");
	becomes("k3y%2F%2B%5C%22%26%25%20%3C9", "REDACTED");
	becomes("k3y%2f%2b%5c%22%26%25+%3c9.", "REDACTED.");
	becomes("\\u006b3y%2F+\\\\%22&%25 <9", "REDACTED");
	/* What only begins like one stays. */
	becomes("k3y/+\\\"&% <", "k3y/+\\\"&% <");
	becomes("k3y%2", "k3y%2");
	/* In base64 behind 0, 1 and 2 bytes, at the end and not. */
	becomes("azN5LytcIiYlIDw5", "REDACTED");
	becomes("\"eGszeS8rXCImJSA8OSE=\"", "\"eGREDACTEDSE=\"");
	becomes("eHlrM3kvK1wiJiUgPDk", "eHlREDACTEDk");
}

static void
takes_out_names_and_members(void **state)
{
	(void)state;
	becomes("https://ACME.Example.com/x", "https://REDACTED/x");
	becomes("{\"licenseKey\":\"a\\\"b\",\"x\":1}",
	    "{\"licenseKey\":\"REDACTED\",\"x\":1}");
	becomes("{\"licenseKey\" : 5 ,\"x\":1}",
	    "{\"licenseKey\" : \"REDACTED\" ,\"x\":1}");
	becomes("[{\"licenseKey\":{\"a\":[\"}\"]}},2]",
	    "[{\"licenseKey\":\"REDACTED\"},2]");
	becomes("{\"licenseKey\":null}", "{\"licenseKey\":null}");
	becomes("{\"myLicenseKey\":1,\"a\":\"licenseKey\"}",
	    "{\"myLicenseKey\":1,\"a\":\"licenseKey\"}");
	/* Cut off. */
	becomes("{\"licenseKey\":\"abc", "{\"licenseKey\":\"REDACTED\"");
	becomes("{\"licenseKey\":", "{\"licenseKey\":");
	becomes("{\"licenseKey\":[1,{\"a\"", "{\"licenseKey\":\"REDACTED\"");
	becomes(":", ":");
	becomes("\":1", "\":1");
}

static void
takes_out_what_looks_like_one(void **state)
{
	(void)state;
	becomes("{\"apiKey\":\"live0123\",\"b\":\"Bearer abcdef0123456789\"}",
	    "{\"apiKey\":\"REDACTED\",\"b\":\"Bearer REDACTED\"}");
}

static bool
is_clean(const char *text)
{
	struct scrub *s = ready();
	bool clean = scrub_is_clean(s, sc_slice_of(text));

	scrub_free(s);
	return clean;
}

static void
sees_what_is_left(void **state)
{
	(void)state;
	assert_true(is_clean(""));
	assert_true(is_clean("k3y/+\\\"&%% <9 %zz \\u00 &#;"));
	assert_false(is_clean(SECRET));
	assert_false(is_clean("azN5LytcIiYlIDw5"));
	assert_false(is_clean("k3y/+\\\\\\\"&% <9"));
	/* Hexadecimal, HTML, twice and three times percent. */
	assert_false(is_clean("x6b33792f2b5c22262520 3c39"
			      "6b33792F2B5C222625203C39"));
	assert_false(is_clean("k3y/+&#92;&quot;&amp;% &lt;9"));
	assert_false(is_clean("k3y/+&#x5c;&#34;&amp;% &lt;9"));
	assert_false(is_clean("k3y%252F%252B%255C%2522%2526%2525%2520%253C9"));
	assert_false(is_clean("k3y%25252F%25252B%25255C%252522%252526%252525"
			      "%252520%25253C9"));
}

static void
short_ones_are_words(void **state)
{
	struct scrub *s = scrub_new();
	struct sc_buf b;

	(void)state;
	scrub_secret(s, sc_slice_of("the"));
	scrub_secret(s, sc_slice_of(""));
	scrub_name(s, "");
	sc_buf_init(&b, 8);
	assert_int_equal(scrub_text(s, sc_slice_of("the end"), &b), 0);
	assert_string_equal(sc_buf_str(&b), "the end");
	assert_int_equal(scrub_text(s, sc_slice_of("more"), &b), -1);
	sc_buf_fini(&b);
	scrub_free(s);
	scrub_free(NULL);
}

static void
many_secrets_keep_the_latest(void **state)
{
	struct scrub *s = scrub_new();
	char text[32];

	(void)state;
	for (int i = 0; i < 300; i++) {
		(void)snprintf(text, sizeof(text), "secret-%03d.", i);
		scrub_secret(s, sc_slice_of(text));
		assert_false(scrub_is_clean(s, sc_slice_of(text)));
	}
	assert_false(scrub_is_clean(s, sc_slice_of("secret-250.")));
	assert_true(scrub_is_clean(s, sc_slice_of("secret-000.")));
	scrub_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_out_secrets),
		cmocka_unit_test(takes_out_names_and_members),
		cmocka_unit_test(takes_out_what_looks_like_one),
		cmocka_unit_test(sees_what_is_left),
		cmocka_unit_test(short_ones_are_words),
		cmocka_unit_test(many_secrets_keep_the_latest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
