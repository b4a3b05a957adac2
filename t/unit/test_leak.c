#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sc/leak.h"

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"

/* The text has this secret and no other; NULL: none. */
static void
finds(const char *text, const char *secret)
{
	struct sc_slice t = sc_slice_of(text);
	struct sc_leak leak = { 0 };
	bool found = sc_leak_find(t, 0, &leak);

	assert_int_equal(found, secret != NULL);
	if (!found)
		return;
	assert_int_equal(leak.n, strlen(secret));
	assert_memory_equal(text + leak.at, secret, leak.n);
	assert_false(sc_leak_find(t, leak.at + leak.n, &leak));
	/* Also when the text ends somewhere in it. */
	for (size_t n = 0; n <= t.n; n++)
		(void)sc_leak_find((struct sc_slice){ text, n }, 0, &leak);
}

static void
known_beginnings(void **state)
{
	(void)state;
	finds("x AKIAIOSFODNN7ABCDEFG y", "AKIAIOSFODNN7ABCDEFG");
	finds("AKIAIOSFODNN7ABCDEF", NULL);
	finds("\"Bearer abcdef0123456789\"", "abcdef0123456789");
	finds("Bearer authentication-failed-here", NULL);
	finds("ApiToken test-token-0123456789", NULL);
	finds("<" JWT ">", JWT);
	finds("eyJpZF9jb2x1bW4iOiJBY3Rpdml0eS5pZCJ9", NULL);
	finds("-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----",
	    "\nMIIE+/=\n");
	finds("-----BEGIN RSA PRIVATE KEY-----\\nMIIE\"", "\\nMIIE");
	finds("-----BEGIN CERTIFICATE-----\nMIIE", NULL);
}

static void
members(void **state)
{
	(void)state;
	finds("{\"apiKey\":\"hunter\"}", "hunter");
	finds("{\"API_KEY\" :\n \"hunter\"}", "hunter");
	finds("{\"password\":\"hunter\\\"x\"}", "hunter\\\"x");
	finds("{\\\"client_secret\\\":\\\"hunter\\\"}", "hunter");
	finds("{\"access-token\":\"hunter", "hunter");
	finds("{\"password\":\"short\"}", NULL);
	finds("{\"password\":\"it has expired\"}", NULL);
	finds("{\"password\":12345678}", NULL);
	finds("{\"password\":\"REDACTED\"}", NULL);
	finds("{\"password\":\"********\"}", NULL);
	finds("{\"token\":\"example-token\"}", NULL);
	finds("{\"nextPageToken\":\"abcdef123\",\"x\":\"password\"}", NULL);
	finds("{\"tokenType\":\"abcdef123\"}", NULL);
	finds(":\"\"", NULL);
}

static void
parameters(void **state)
{
	(void)state;
	finds("https://x/?a=1&api_key=abcd1234&b=2", "abcd1234");
	finds("net use /user:x password=hunter22", "hunter22");
	finds("password=something", NULL);
	finds("page_token=abcd12345", NULL);
	finds("=abcd12345", NULL);
}

static void
headers(void **state)
{
	(void)state;
	assert_true(sc_leak_header(sc_slice_of("AUTHORIZATION")));
	assert_true(sc_leak_header(sc_slice_of("Set-Cookie")));
	assert_true(sc_leak_header(sc_slice_of("dtapi-token")));
	assert_true(sc_leak_header(sc_slice_of("X-Api-Key")));
	assert_true(sc_leak_header(sc_slice_of("X-Auth-Token")));
	assert_false(sc_leak_header(sc_slice_of("Content-Type")));
	assert_false(sc_leak_header(sc_slice_of("")));
}

static void
randomness(void **state)
{
	(void)state;
	assert_true(sc_leak_random(
	    sc_slice_of("x 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b")));
	assert_false(
	    sc_leak_random(sc_slice_of("9f86d081884c7d659a2feaa0c55ad01")));
	assert_false(sc_leak_random(
	    sc_slice_of("aaaaaaaaaaaaaaaa1aaaaaaaaaaaaaaaaaaaaaaa")));
	assert_false(sc_leak_random(
	    sc_slice_of("Sun, 22 Nov 2026 13:00:00 GMT; charset=utf-8")));
	assert_false(sc_leak_random(sc_slice_of("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_beginnings),
		cmocka_unit_test(members),
		cmocka_unit_test(parameters),
		cmocka_unit_test(headers),
		cmocka_unit_test(randomness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
