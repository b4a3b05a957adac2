#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bin/sc-fetch/content.h"

static char key[] = "licenseKey", nested[] = "org.token", whole[] = "org.all",
	    dotted[] = "a", seen[] = "seen", scan[] = "scan.at",
	    counts[] = "counts";
static char *redact[] = { key, nested, whole, dotted };
static char *volatiles[] = { seen, scan, counts };

static const struct sc_stream stream = { .redact = redact,
	.nredact = 4,
	.volatiles = volatiles,
	.nvolatiles = 3 };

/* A value of a text that outlives it. */
static struct sc_json_val
value(const char *text)
{
	static const char *const paths[] = { "" };
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 1, &e);
	struct sc_json_val v;

	assert_int_equal(sc_json_scan(text, strlen(text), plan, 0, &v, &e), 0);
	sc_json_plan_free(plan);
	return v;
}

static void
only_the_named_values_are_replaced(void **state)
{
	static const char *const rows[][2] = {
		{ "{ \"id\" : 1.0 ,\n\"licenseKey\" : \"s\\\"}\" , \"z\":[ ]}",
		    "{ \"id\" : 1.0 ,\n\"licenseKey\" : \"REDACTED\" , "
		    "\"z\":[ ]}" },
		/* repeated, escaped, of any type but null */
		{ "{\"licenseKey\":1,\"licenseKey\":[{\"x\":2}]}",
		    "{\"licenseKey\":\"REDACTED\",\"licenseKey\":"
		    "\"REDACTED\"}" },
		{ "{\"licens\\u0065Key\":\"s\"}",
		    "{\"licens\\u0065Key\":\"REDACTED\"}" },
		{ "{\"licenseKey\":null}", "{\"licenseKey\":null}" },
		/* further in, and nowhere else */
		{ "{\"org\":{\"token\":\"s\",\"all\":{\"k\":1},\"x\":2}}",
		    "{\"org\":{\"token\":\"REDACTED\",\"all\":\"REDACTED\","
		    "\"x\":2}}" },
		{ "{\"token\":1,\"x\":{\"licenseKey\":1},\"org\":[{\"token\":2}"
		  "],"
		  "\"licenseKey2\":3,\"license\":4,\"A\":5}",
		    "{\"token\":1,\"x\":{\"licenseKey\":1},\"org\":[{\"token\":"
		    "2}],"
		    "\"licenseKey2\":3,\"license\":4,\"A\":5}" },
		{ "[{\"licenseKey\":1}]", "[{\"licenseKey\":1}]" },
		{ "null", "null" },
		{ "{}", "{}" },
		{ "{\"\":1,\"a\":1}", "{\"\":1,\"a\":\"REDACTED\"}" },
		{ "{\"licenseKey\":\"\xff\"}",
		    "{\"licenseKey\":\"REDACTED\"}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sc_err e = { 0 };
		struct sc_buf b;

		sc_buf_init(&b, 1000);
		assert_int_equal(
		    content_redact(&stream, value(rows[i][0]), &b, &e), 0);
		assert_string_equal(sc_buf_str(&b), rows[i][1]);
		sc_buf_fini(&b);
	}
}

static void
a_record_without_room_is_not_shown_with_its_secret(void **state)
{
	struct sc_err e = { 0 };
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 15);
	assert_int_equal(content_redact(&stream,
			     value("{\"licenseKey\":\"0123456789\"}"), &b, &e),
	    -1);
	sc_buf_fini(&b);
}

static bool
same(const char *a, const char *b)
{
	char x[CONTENT_HASH_BUF], y[CONTENT_HASH_BUF];

	return strcmp(content_hash(&stream, value(a), x),
		   content_hash(&stream, value(b), y)) == 0;
}

static void
the_hash_is_of_what_a_record_says(void **state)
{
	char hash[CONTENT_HASH_BUF];

	(void)state;
	/* printf '{"a":[1,{"b":2,"c":null}],"d":"x"}' | sha256sum */
	assert_string_equal(
	    content_hash(&stream,
		value("{ \"d\" : \"x\",\"seen\": 7, \"a\": [1 ,{\"c\":null,"
		      "\"b\":2}] }"),
		hash),
	    "ee8a8fbee80055742ef4fdc479955af9");
	assert_true(same("{\"a\":1,\"b\":2}", " { \"b\" : 2 , \"a\" : 1 } "));
	assert_true(
	    same("{\"a\":1,\"ab\":2,\"\":3}", "{\"\":3,\"ab\":2,\"a\":1}"));
	assert_true(same("[{}, [ ] ]", "[{},[]]"));
	/* the last of repeated names, as it is for everybody who reads it */
	assert_true(same("{\"a\":1,\"b\":0,\"a\":2}", "{\"a\":2,\"b\":0}"));
	assert_true(same("{\"\\u0061\":1,\"a\":2}", "{\"a\":2}"));
	assert_false(same("{\"a\":1,\"a\":2}", "{\"a\":2,\"a\":1}"));
	/* what differs */
	assert_false(same("{\"a\":1}", "{\"a\":1.0}"));
	assert_false(
	    same("{\"a\":9007199254740993}", "{\"a\":9007199254740992}"));
	assert_false(same("[1,2]", "[2,1]"));
	assert_false(same("{\"a\":null}", "{}"));
	assert_false(same("{\"a\":{}}", "{\"a\":[]}"));
	assert_false(same("{\"a\":{\"b\":1}}", "{\"a\":{},\"b\":1}"));
	assert_false(same("\"\\ud800\"", "\"\\udfff\""));
}

/* Far more levels than a stack has room for. */
static void
the_hash_has_no_limit_of_depth(void **state)
{
	enum { DEPTH = 100000 };
	char hash[3][CONTENT_HASH_BUF], *text;
	struct sc_json_val v;

	(void)state;
	text = calloc(1, 2 * DEPTH + 2);
	memset(text, '[', DEPTH);
	text[DEPTH] = '1';
	memset(text + DEPTH + 1, ']', DEPTH);
	v = (struct sc_json_val){ .type = SC_JSON_ARRAY,
		.raw = sc_slice_of(text) };
	(void)content_hash(&stream, v, hash[0]);
	(void)content_hash(&stream, v, hash[1]);
	text[DEPTH] = '2';
	(void)content_hash(&stream, v, hash[2]);
	assert_string_equal(hash[0], hash[1]);
	assert_string_not_equal(hash[0], hash[2]);
	free(text);
}

static void
what_is_volatile_is_left_out(void **state)
{
	(void)state;
	assert_true(same("{\"a\":1,\"seen\":1}", "{\"seen\":2,\"a\":1}"));
	assert_true(same("{\"a\":1}", "{\"a\":1,\"seen\":null}"));
	assert_true(same("{\"a\":1,\"counts\":{\"x\":[1]}}", "{\"a\":1}"));
	assert_true(same("{\"se\\u0065n\":1}", "{}"));
	assert_true(
	    same("{\"scan\":{\"at\":1,\"by\":2}}", "{\"scan\":{\"by\":2}}"));
	assert_false(
	    same("{\"scan\":{\"at\":1,\"by\":2}}", "{\"scan\":{\"by\":3}}"));
	assert_false(same("{\"scan\":1}", "{\"scan\":2}"));
	assert_false(same("{\"x\":{\"seen\":1}}", "{\"x\":{\"seen\":2}}"));
	assert_false(same("[{\"seen\":1}]", "[{\"seen\":2}]"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_named_values_are_replaced),
		cmocka_unit_test(
		    a_record_without_room_is_not_shown_with_its_secret),
		cmocka_unit_test(the_hash_is_of_what_a_record_says),
		cmocka_unit_test(the_hash_has_no_limit_of_depth),
		cmocka_unit_test(what_is_volatile_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
