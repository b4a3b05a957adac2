#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mocksrv/auth.h"
#include "mocksrv/sinks/sink_bulk.h"
#include "mocksrv/sinks/sink_fail.h"
#include "mocksrv/sinks/sink_hec.h"
#include "mocksrv/sinks/sink_jwt.h"

static int
parse(struct sink_bulk *b, const char *text, const char *index)
{
	return sink_bulk_parse(b, sc_slice_of(text), index);
}

static void
test_bulk_items(void **state)
{
	struct sink_bulk b;

	(void)state;
	assert_int_equal(
	    parse(&b,
		"{\"create\":{\"_index\":\"i\",\"_id\":\"\\u0061b\"}}\n"
		"{\"n\": 1}\r\n"
		"\n"
		" {\"index\" : "
		"{\"version\":7,\"version_type\":\"external_gte\","
		"\"routing\":\"r\"}}\n"
		"not json\n"
		"{\"delete\":{\"_id\":\"x\"}}\n"
		"{\"update\":{\"_id\":\"y\"}}\n{}\n",
		"usual"),
	    0);
	assert_int_equal(b.n, 4);
	assert_int_equal(b.items[0].action, SINK_CREATE);
	assert_string_equal(b.items[0].index, "i");
	assert_string_equal(b.items[0].id, "ab");
	assert_int_equal(b.items[0].version, -1);
	assert_true(sc_slice_is(b.items[0].source, "{\"n\": 1}"));
	assert_int_equal(b.items[1].action, SINK_INDEX);
	assert_string_equal(b.items[1].index, "usual");
	assert_null(b.items[1].id);
	assert_int_equal(b.items[1].version, 7);
	assert_true(b.items[1].or_equal);
	assert_true(sc_slice_is(b.items[1].source, "not json"));
	assert_int_equal(b.items[2].action, SINK_DELETE);
	assert_int_equal(b.items[2].source.n, 0);
	assert_int_equal(b.items[3].action, SINK_UPDATE);
	assert_true(sc_slice_is(b.items[3].source, "{}"));
	sink_bulk_fini(&b);
}

static void
test_bulk_refusals(void **state)
{
	static const struct {
		const char *body;
		const char *why;
	} cases[] = {
		{ "", "request body is required" },
		{ "{\"create\":{}}\n{}", "terminated by a newline" },
		{ "\n\n", "no requests added" },
		{ "[]\n{}\n", "line [1], expected START_OBJECT" },
		{ "{}\n{}\n", "line [1], expected FIELD_NAME" },
		{ "{\"create\":{}}\n{}\n{\"creat\":{}}\n{}\n",
		    "line [3], expected one of" },
		{ "{\"create\":[]}\n{}\n", "line [1], expected one object" },
		{ "{\"create\":{},\"index\":{}}\n{}\n",
		    "line [1], expected one object" },
		{ "{\"create\":{\"_ix\":1}}\n{}\n", "unknown parameter [_ix]" },
		{ "{\"create\":{\"_id\":1}}\n{}\n", "wrong value of" },
		{ "{\"create\":{\"_id\":\"a\\u0000b\"}}\n{}\n",
		    "wrong value of" },
		{ "{\"index\":{\"version\":0}}\n{}\n", "wrong value of" },
		{ "{\"create\":{\"_id\":\"\"}}\n{}\n", "must not be empty" },
		{ "{\"delete\":{}}\n", "1: id is missing" },
		{ "{\"create\":{}}\n{}\n{\"create\":{}}\n",
		    "no document behind action/metadata line [3]" },
		{ "\xff\n{}\n", "expected START_OBJECT" },
	};
	struct sink_bulk b;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(&b, cases[i].body, "i"), -1);
		assert_non_null(b.error);
		if (strstr(b.why, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].why, b.why);
		sink_bulk_fini(&b);
	}
	assert_int_equal(parse(&b, "{\"create\":{}}\n{}\n", NULL), -1);
	assert_string_equal(b.why, "Validation Failed: 1: index is missing;");
	sink_bulk_fini(&b);
}

static void
test_hec_split(void **state)
{
	struct sc_slice body =
	    sc_slice_of(" {\"event\":\"}\\\"{\"}{\"a\":{\"b\":[{}]}}\r\n\t{} ");
	struct sc_slice event;

	(void)state;
	assert_int_equal(sink_hec_next(&body, &event), 1);
	assert_true(sc_slice_is(event, "{\"event\":\"}\\\"{\"}"));
	assert_int_equal(sink_hec_next(&body, &event), 1);
	assert_true(sc_slice_is(event, "{\"a\":{\"b\":[{}]}}"));
	assert_int_equal(sink_hec_next(&body, &event), 1);
	assert_int_equal(sink_hec_next(&body, &event), 0);
}

static void
test_hec_not_split(void **state)
{
	static const char *const bad[] = { "[]", "x", "{", "{\"a\":\"",
		"{\"a\":\"\\", "{\"a\"}", "{a}", "}", "{\"a\":[}", "{]}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sc_slice body = sc_slice_of(bad[i]), event;

		assert_int_equal(sink_hec_next(&body, &event), -1);
	}
}

static void
test_hec_check(void **state)
{
	static const struct {
		const char *event;
		enum sink_hec_code code;
	} cases[] = {
		{ "{\"event\":\"x\"}", HEC_SUCCESS },
		{ "{\"event\":{}}", HEC_SUCCESS },
		{ "{\"event\":0,\"index\":\"main\"}", HEC_SUCCESS },
		{ "{\"event\":0,\"index\":\"other\"}", HEC_INCORRECT_INDEX },
		{ "{}", HEC_EVENT_REQUIRED },
		{ "{\"event\":null}", HEC_EVENT_BLANK },
		{ "{\"event\":\"\"}", HEC_EVENT_BLANK },
		{ "{\"event\":1,\"fields\":{\"a\":[1,\"b\"],\"c\":null}}",
		    HEC_SUCCESS },
		{ "{\"event\":1,\"fields\":[]}", HEC_INDEXED_FIELDS },
		{ "{\"event\":1,\"fields\":{\"a\":{}}}", HEC_INDEXED_FIELDS },
		{ "{\"event\":1,\"fields\":{\"a\":[[]]}}", HEC_INDEXED_FIELDS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    sink_hec_check(sc_slice_of(cases[i].event), "main"),
		    cases[i].code);
	assert_int_equal(
	    sink_hec_check(
		sc_slice_of("{\"event\":0,\"index\":\"other\"}"), NULL),
	    HEC_SUCCESS);
}

static void
test_acks(void **state)
{
	const struct sink_ack_terms terms = { .polls = 1, .after_ms = 100 };
	struct sink_acks a = { 0 };

	(void)state;
	for (int64_t i = 0; i < 1000; i++) {
		assert_int_equal(sink_acks_add(&a, 1, 0), i);
		assert_int_equal(sink_acks_add(&a, 2, 0), i);
	}
	assert_false(sink_acks_ask(&a, &terms, 1, 500, 1000));
	assert_true(sink_acks_ask(&a, &terms, 1, 500, 1000));
	assert_false(sink_acks_ask(&a, &terms, 1, 500, 1000));
	assert_false(sink_acks_ask(&a, &terms, 2, 500, 0));
	assert_false(sink_acks_ask(&a, &terms, 2, 500, 99));
	assert_true(sink_acks_ask(&a, &terms, 2, 500, 100));
	assert_false(sink_acks_ask(&a, &terms, 1, 1000, 1000));
	assert_false(sink_acks_ask(&a, &terms, 3, 0, 1000));
	assert_int_equal(a.n, 1998);
	assert_int_equal(sink_acks_add(&a, 1, 0), 1000);
	sink_acks_fini(&a);
}

static void
test_map(void **state)
{
	struct sink_map m = { 0 };

	(void)state;
	for (int64_t i = 1; i <= 5000; i++)
		*sink_map_at(&m, (uint64_t)i << 32) = i;
	for (int64_t i = 1; i <= 5000; i++)
		assert_int_equal(*sink_map_at(&m, (uint64_t)i << 32), i);
	assert_int_equal(m.n, 5000);
	assert_int_equal(*sink_map_at(&m, 7), 0);
	sink_map_fini(&m);
	/* Pieces do not run into each other. */
	assert_int_not_equal(
	    sink_hash(sink_hash(SINK_HASH_START, sc_slice_of("ab")),
		sc_slice_of("c")),
	    sink_hash(sink_hash(SINK_HASH_START, sc_slice_of("a")),
		sc_slice_of("bc")));
}

static void
test_fails(void **state)
{
	struct sink_fail list[] = { { .status = 429, .every = 2 },
		{ .status = 400, .every = 3 } };
	struct sink_fails f = { .list = list, .n = 2, .seed = 1 };
	struct sc_slice items[] = { sc_slice_of("a"), sc_slice_of("b"),
		sc_slice_of("c"), sc_slice_of("d"), sc_slice_of("e") };
	/* The second rule is asked about what the first lets through. */
	const int first[] = { 0, 429, 0, 429, 400 };
	const int again[] = { 0, 0, 0, 0, 400 };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(sink_fails_now(&f, items[i]), first[i]);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(sink_fails_now(&f, items[i]), again[i]);
	sink_map_fini(&list[0].known);
	sink_map_fini(&list[1].known);
}

static void
test_jwt(void **state)
{
	int64_t expires;
	struct sc_buf token;
	struct sc_slice t;

	(void)state;
	sc_buf_init(&token, 4096);
	for (size_t n = 1; n < 40; n++) {
		char subject[41] = "";

		memset(subject, 'x', n);
		sc_buf_reset(&token);
		sink_jwt_make(7, subject, 1000, 90000, &token);
		t = (struct sc_slice){ token.p, token.len };
		assert_int_equal(sink_jwt_check(7, subject, t, &expires), 0);
		assert_int_equal(expires, 90000);
		assert_int_equal(sink_jwt_check(8, subject, t, &expires), -1);
		assert_int_equal(sink_jwt_check(7, "y", t, &expires), -1);
		for (size_t i = 0; i <= token.len; i++) {
			t.n = i;
			assert_int_equal(
			    sink_jwt_check(7, subject, t, &expires),
			    i == token.len ? 0 : -1);
		}
	}
	sc_buf_fini(&token);
	t = sc_slice_of("...");
	assert_int_equal(sink_jwt_check(7, "x", t, &expires), -1);
}

static void
test_auth(void **state)
{
	struct sc_slice rest, none = { 0 };

	(void)state;
	assert_true(
	    mock_auth_scheme(sc_slice_of("bearer  x y"), "Bearer", &rest));
	assert_true(sc_slice_is(rest, "x y"));
	assert_false(mock_auth_scheme(none, "Bearer", &rest));
	assert_false(mock_auth_scheme(sc_slice_of("Bearer"), "Bearer", &rest));
	assert_false(mock_auth_scheme(sc_slice_of("Bearerx"), "Bearer", &rest));
	assert_true(
	    mock_auth_basic(sc_slice_of("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
		"Aladdin", "open sesame"));
	assert_false(
	    mock_auth_basic(sc_slice_of("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ="),
		"Aladdin", "open sesame"));
	assert_false(mock_auth_basic(none, "", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bulk_items),
		cmocka_unit_test(test_bulk_refusals),
		cmocka_unit_test(test_hec_split),
		cmocka_unit_test(test_hec_not_split),
		cmocka_unit_test(test_hec_check),
		cmocka_unit_test(test_acks),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_fails),
		cmocka_unit_test(test_jwt),
		cmocka_unit_test(test_auth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
