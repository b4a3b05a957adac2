#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mocksrv/deepinstinct/di.h"
#include "mocksrv/deepinstinct/di_generate.h"
#include "mocksrv/vendor.h"

#define RECORDS 400

static struct mock_table *
open_events(void)
{
	static const struct mock_line line = { .file = "s", .number = 1 };
	static const struct mock_source src = {
		.path = "s", .seed = 3, .now_ms = INT64_C(1795305600000)
	};
	struct sc_err e = { 0 };
	struct mock_dataset *d = mock_dataset_open(
	    "generate:400,seed=3", &mock_di_generators[0], &line, &src, &e);

	assert_non_null(d);
	return mock_table_new(di_event_columns, d, &e);
}

static int
parse(struct di_filter *f, const char *body)
{
	return di_filter_parse(f, sc_slice_of(body));
}

/* How many records have `text` in them; the filter must find the same. */
static size_t
check(struct mock_table *t, const char *body, const char *text)
{
	struct di_filter f;
	size_t n = 0;

	assert_int_equal(parse(&f, body), 0);
	for (size_t row = 0; row < t->data->nrecords; row++) {
		struct sc_slice r = t->data->records[row];
		bool want = memmem(r.p, r.n, text, strlen(text)) != NULL;

		if (di_filter_matches(&f, t, row) != want)
			fail_msg("%s: %.*s", body, (int)r.n, r.p);
		n += want;
	}
	return n;
}

static void
test_matches(void **state)
{
	struct mock_table *t = open_events();
	size_t n, some;

	(void)state;
	assert_int_equal(check(t, "{}", "\"id\""), RECORDS);
	n = check(t, "{\"status\":\"OPEN\"}", "\"status\":\"OPEN\"");
	some = check(t, "{\"status\":[\"CLOSED\"]}", "\"status\":\"CLOSED\"");
	assert_int_equal(n + some, RECORDS);
	assert_in_range(n, 100, 300);
	some = check(t, " { \"msp_id\" : [ 7 , 4 ] } ", "\"msp_id\":4,");
	assert_in_range(some, 50, 350);
	/* Neither null nor a missing member equals a text. */
	assert_int_equal(check(t, "{\"comment\":\"null\"}", "\1"), 0);
	assert_in_range(
	    check(t, "{\"comment\":\"\"}", "\"comment\":\"\""), 1, RECORDS / 3);
	/* However either side escapes it. */
	n = check(t,
	    "{\"certificate_vendor_name\":\"Beispiel Software GmbH, "
	    "\\\"München\\\"\"}",
	    "\\\"München\\\"");
	assert_in_range(n, 1, RECORDS);
	assert_int_equal(n,
	    check(t,
		"{\"certificate_vendor_name\":\"Beispiel\\u0020Software "
		"GmbH, \\u0022M\\u00fcnchen\\u0022\"}",
		"\\\"München\\\""));
	/* All must hold, and no record is both. */
	assert_int_equal(
	    check(t, "{\"file_type\":\"DOC\",\"trigger\":\"BRAIN\"}", "\1"), 0);
	mock_table_free(t);
}

static size_t
count(struct mock_table *t, const char *body)
{
	struct di_filter f;
	size_t n = 0;

	assert_int_equal(parse(&f, body), 0);
	for (size_t row = 0; row < t->data->nrecords; row++)
		n += di_filter_matches(&f, t, row);
	return n;
}

static void
test_times(void **state)
{
	struct mock_table *t = open_events();
	size_t before, after;

	(void)state;
	/* The plan's day ends with 2026-11-22. */
	assert_int_equal(count(t,
			     "{\"insertion_timestamp\":{\"from\":"
			     "\"2026-11-21T00:00:00.000Z\"}}"),
	    RECORDS);
	before = count(t,
	    "{\"insertion_timestamp\":{\"to\":\"2026-11-21T12:00:00.000Z\"}}");
	after = count(t,
	    "{\"insertion_timestamp\":{\"from\":\"2026-11-21T12:00:00.000Z\"}"
	    "}");
	assert_int_equal(before, RECORDS / 2);
	assert_int_equal(after, RECORDS / 2);
	assert_int_equal(
	    count(t,
		"{\"insertion_timestamp\":{\"from\":"
		"\"2026-11-21T12:00:00Z\",\"to\":\"2026-11-21\"}}"),
	    0);
	/* An event that is open has no such time, in any range. */
	assert_int_equal(
	    count(t, "{\"close_timestamp\":{\"from\":\"1970-01-01\"}}"),
	    count(t, "{\"status\":\"CLOSED\"}"));
	mock_table_free(t);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *why;
	} all[] = {
		{ "", 400, "The body is not a JSON object." },
		{ "null", 400, "The body is not a JSON object." },
		{ "{\"status\":\"OPEN\"}x", 400,
		    "The body is not a JSON object." },
		{ "{\"status\":\"OPEN\",\"st\\u0061tus\":\"OPEN\"}", 400,
		    "The body is not a JSON object." },
		{ "{\"status\":\"\xff\"}", 400,
		    "The body is not a JSON object." },
		{ "{\"\":1}", 422, ": Unknown field." },
		{ "{\"device_id\":1}", 422, "device_id: Unknown field." },
		{ "{\"last_reoccurrence\":{}}", 422,
		    "last_reoccurrence: Unknown field." },
		{ "{\"msp_id\":\"1\"}", 422, "msp_id: Not a valid integer." },
		{ "{\"msp_id\":1e0}", 422, "msp_id: Not a valid integer." },
		{ "{\"msp_id\":99999999999999999999}", 422,
		    "msp_id: Not a valid integer." },
		{ "{\"msp_id\":[1,[2]]}", 422, "msp_id: Not a valid integer." },
		{ "{\"path\":[\"a\",null]}", 422, "path: Not a valid string." },
		{ "{\"path\":{\"from\":\"a\"}}", 422,
		    "path: Not a valid string." },
		{ "{\"path\":[]}", 422, "path: Shorter than length 1." },
		{ "{\"timestamp\":[\"2026-11-21\"]}", 422,
		    "timestamp: Expected from and to." },
		{ "{\"timestamp\":{\"from\":null}}", 422,
		    "timestamp: Not a valid datetime." },
	};
	struct di_filter f;
	struct sc_buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(parse(&f, all[i].body), all[i].status);
		assert_string_equal(f.why, all[i].why);
	}
	/* A name too long to repeat. */
	sc_buf_init(&b, 4096);
	(void)sc_buf_adds(&b, "{\"");
	for (int i = 0; i < 500; i++)
		(void)sc_buf_adds(&b, "ab");
	(void)sc_buf_adds(&b, "\":1}");
	assert_int_equal(parse(&f, sc_buf_str(&b)), 422);
	assert_string_equal(f.why, ": Unknown field.");
	sc_buf_fini(&b);
}

/* Every column at once fits. */
static void
test_all_columns(void **state)
{
	struct mock_table *t = open_events();
	struct di_filter f;
	struct sc_buf b;
	size_t n = 0;

	(void)state;
	sc_buf_init(&b, 8192);
	for (const struct mock_column *c = di_event_columns + DI_COLUMN_MSP;
	     c->name != NULL; c++, n++)
		(void)sc_buf_addf(&b, "%c\"%s\":%s", n == 0 ? '{' : ',',
		    c->name,
		    c->kind == MOCK_TIME       ? "{\"from\":\"1970-01-01\"}"
			: c->kind == MOCK_TEXT ? "[\"x\",\"y\"]"
					       : "[1,2,3]");
	(void)sc_buf_addc(&b, '}');
	assert_int_equal(parse(&f, sc_buf_str(&b)), 0);
	assert_int_equal(f.n, n);
	assert_int_equal(n, 27);
	assert_false(di_filter_matches(&f, t, 0));
	sc_buf_fini(&b);
	mock_table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_all_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
