#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sc/json.h"
#include "sc/jsonw.h"

/* What was written must be what was meant, and JSON. */
static void
reads_as(struct sc_buf *b, const char *expected)
{
	struct sc_err e = { 0 };

	assert_false(b->full);
	assert_string_equal(sc_buf_str(b), expected);
	if (sc_json_scan(b->p, b->len, NULL, SC_JSON_UTF8, NULL, &e) == -1)
		fail_msg("%s: %s", b->p, e.msg);
	sc_buf_fini(b);
}

static void
writes_values(void **state)
{
	struct sc_buf b;
	struct sc_jw w;

	(void)state;
	sc_buf_init(&b, 1000);
	sc_jw_init(&w, &b);
	sc_jw_arr(&w);
	sc_jw_str(&w, "text");
	sc_jw_str(&w, "");
	sc_jw_str(&w, NULL);
	sc_jw_strn(&w, "cut here", 3);
	sc_jw_int(&w, 0);
	sc_jw_int(&w, INT64_MIN);
	sc_jw_int(&w, INT64_MAX);
	sc_jw_bool(&w, true);
	sc_jw_bool(&w, false);
	sc_jw_null(&w);
	sc_jw_raw(&w, sc_slice_of("1.50"));
	sc_jw_end(&w, ']');
	reads_as(&b,
	    "[\"text\",\"\",null,\"cut\",0,-9223372036854775808,"
	    "9223372036854775807,true,false,null,1.50]");
}

static void
sets_commas_on_every_level(void **state)
{
	struct sc_buf b;
	struct sc_jw w;

	(void)state;
	sc_buf_init(&b, 1000);
	sc_jw_init(&w, &b);
	sc_jw_obj(&w);
	sc_jw_key(&w, "a");
	sc_jw_obj(&w);
	sc_jw_end(&w, '}');
	sc_jw_key(&w, "b");
	sc_jw_arr(&w);
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "c", 1);
	sc_jw_kvi(&w, "d", -2);
	sc_jw_end(&w, '}');
	sc_jw_arr(&w);
	sc_jw_end(&w, ']');
	sc_jw_arr(&w);
	sc_jw_int(&w, 3);
	sc_jw_end(&w, ']');
	sc_jw_end(&w, ']');
	sc_jw_key(&w, "e");
	sc_jw_bool(&w, true);
	sc_jw_end(&w, '}');
	reads_as(&b, "{\"a\":{},\"b\":[{\"c\":1,\"d\":-2},[],[3]],\"e\":true}");
}

static void
leaves_out_what_is_null(void **state)
{
	struct sc_buf b;
	struct sc_jw w;

	(void)state;
	sc_buf_init(&b, 1000);
	sc_jw_init(&w, &b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "a", NULL);
	sc_jw_kv(&w, "b", "");
	sc_jw_kvn(&w, "c", (struct sc_slice){ 0 });
	sc_jw_kvn(&w, "d", (struct sc_slice){ "xyz", 2 });
	sc_jw_kvraw(&w, "e", sc_slice_of("{}"));
	sc_jw_end(&w, '}');
	reads_as(&b, "{\"b\":\"\",\"d\":\"xy\",\"e\":{}}");
}

static void
nests_to_its_bound(void **state)
{
	struct sc_buf b;
	struct sc_jw w;

	(void)state;
	sc_buf_init(&b, 1000);
	sc_jw_init(&w, &b);
	for (int i = 0; i < 31; i++)
		sc_jw_arr(&w);
	sc_jw_int(&w, 1);
	sc_jw_int(&w, 2);
	for (int i = 0; i < 31; i++)
		sc_jw_end(&w, ']');
	reads_as(&b,
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1,2"
	    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
}

static void
escapes_what_must_be(void **state)
{
	static const char *const rows[][2] = {
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "say \"hi\"", "\"say \\\"hi\\\"\"" },
		{ "C:\\Temp\\", "\"C:\\\\Temp\\\\\"" },
		{ "\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\"" },
		{ "\x01\x0b\x1f\x7f", "\"\\u0001\\u000b\\u001f\\u007f\"" },
		{ "a/b", "\"a/b\"" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
	};
	struct sc_buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sc_buf_init(&b, 100);
		sc_jsonw_escape(&b, rows[i][0], strlen(rows[i][0]));
		reads_as(&b, rows[i][1]);
	}
	sc_buf_init(&b, 100);
	sc_jsonw_escape(&b, "a\0b", 3);
	reads_as(&b, "\"a\\u0000b\"");
}

/* Every ASCII byte, at every place of strings of many lengths. */
static void
what_is_escaped_decodes_to_itself(void **state)
{
	char text[70];
	struct sc_buf b, back;

	(void)state;
	memset(text, '.', sizeof(text));
	sc_buf_init(&b, 1000);
	sc_buf_init(&back, 1000);
	for (size_t at = 0; at < sizeof(text); at++) {
		for (char c = 0; c >= 0 && c < 0x7f; c++) {
			struct sc_json_val v = { .type = SC_JSON_STRING };
			struct sc_err e = { 0 };

			text[at] = c;
			sc_buf_reset(&b);
			sc_buf_reset(&back);
			sc_jsonw_escape(&b, text, sizeof(text));
			assert_int_equal(
			    sc_json_scan(b.p, b.len, NULL, 0, NULL, &e), 0);
			v.raw = (struct sc_slice){ b.p, b.len };
			assert_int_equal(sc_json_str(v, &back), 0);
			assert_int_equal(back.len, sizeof(text));
			assert_memory_equal(back.p, text, sizeof(text));
		}
		text[at] = '.';
	}
	sc_buf_fini(&b);
	sc_buf_fini(&back);
}

static void
overflow_is_seen_at_the_end(void **state)
{
	struct sc_buf b;
	struct sc_jw w;

	(void)state;
	sc_buf_init(&b, 12);
	sc_jw_init(&w, &b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "key", "value");
	sc_jw_end(&w, '}');
	assert_true(b.full);
	assert_true(b.len <= 12);
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_values),
		cmocka_unit_test(sets_commas_on_every_level),
		cmocka_unit_test(leaves_out_what_is_null),
		cmocka_unit_test(nests_to_its_bound),
		cmocka_unit_test(escapes_what_must_be),
		cmocka_unit_test(what_is_escaped_decodes_to_itself),
		cmocka_unit_test(overflow_is_seen_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
