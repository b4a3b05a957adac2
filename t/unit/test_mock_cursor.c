#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mocksrv/sentinelone/s1.h"

/* Columns of s1_threats. */
enum { ID, CREATED, UPDATED, SITE };

static const struct mock_key a_key = { .number = INT64_C(1795261510123456),
	.id = INT64_C(1778148227837931640) };

static struct sc_slice
encode(struct sc_buf *b, struct s1_sort sort, const struct mock_key *key,
    bool percent)
{
	sc_buf_reset(b);
	s1_cursor_encode(&s1_streams[0], sort, key, percent, b);
	return (struct sc_slice){ b->p, b->len };
}

static int
decode(const char *text, struct s1_sort sort, struct mock_key *key)
{
	struct sc_buf tmp;
	int rc;

	sc_buf_init(&tmp, 4096);
	rc = s1_cursor_decode(
	    &s1_streams[0], sort, sc_slice_of(text), &tmp, key);
	/* The key's text is compared elsewhere. */
	sc_buf_fini(&tmp);
	key->text = (struct sc_slice){ 0 };
	return rc;
}

/* As captured from a console. */
static void
test_real_form(void **state)
{
	static const char want[] =
	    "eyJpZF9jb2x1bW4iOiJUaHJlYXRWaWV3LmlkIiwiaWRfdmFsdWUiOjE3NzgxNDgyMj"
	    "c4Mzc5MzE2NDAsImlkX3NvcnRfb3JkZXIiOiJhc2MiLCJzb3J0X2J5X2NvbHVtbiI6"
	    "IlRocmVhdFZpZXcuaWQiLCJzb3J0X2J5X3ZhbHVlIjoxNzc4MTQ4MjI3ODM3OTMxNj"
	    "QwLCJzb3J0X29yZGVyIjoiYXNjIn0";
	struct mock_key key = { .id = a_key.id };
	struct sc_slice text;
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 4096);
	text = encode(&b, (struct s1_sort){ ID, false }, &key, true);
	assert_int_equal(text.n, strlen(want) + 3);
	assert_memory_equal(text.p, want, strlen(want));
	assert_memory_equal(text.p + text.n - 3, "%3D", 3);
	text = encode(&b, (struct s1_sort){ ID, false }, &key, false);
	assert_int_equal(text.n, strlen(want) + 1);
	assert_memory_equal(text.p + text.n - 1, "=", 1);
	sc_buf_fini(&b);
}

static void
test_round_trip(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		struct s1_sort sort = { i & 1 ? CREATED : ID, i & 2 };
		struct mock_key back;
		struct sc_buf b;

		sc_buf_init(&b, 4096);
		(void)encode(&b, sort, &a_key, i & 4);
		assert_int_equal(decode(sc_buf_str(&b), sort, &back), 0);
		assert_int_equal(back.id, a_key.id);
		assert_int_equal(
		    back.number, sort.col == ID ? a_key.id : a_key.number);
		sc_buf_fini(&b);
	}
}

static void
test_text_and_absent(void **state)
{
	struct s1_sort by_site = { SITE, false }, by_time = { UPDATED, true };
	/* A text as it stands in the record, escapes and all. */
	struct mock_key key = { .text = sc_slice_of("a\\u00e9\\\\~>?"),
		.id = 5 };
	struct mock_key back;
	struct sc_buf b, tmp;

	(void)state;
	sc_buf_init(&b, 4096);
	sc_buf_init(&tmp, 4096);
	(void)encode(&b, by_site, &key, true);
	assert_int_equal(s1_cursor_decode(&s1_streams[0], by_site,
			     (struct sc_slice){ b.p, b.len }, &tmp, &back),
	    0);
	assert_int_equal(back.text.n, key.text.n);
	assert_memory_equal(back.text.p, key.text.p, key.text.n);

	key = (struct mock_key){ .number = MOCK_ABSENT, .id = 6 };
	(void)encode(&b, by_time, &key, false);
	assert_int_equal(decode(sc_buf_str(&b), by_time, &back), 0);
	assert_true(back.number == MOCK_ABSENT);
	sc_buf_fini(&tmp);
	sc_buf_fini(&b);
}

static void
test_refused(void **state)
{
	static const char *const bad[] = { "x", "=", "====", "AAAA",
		"e30=", "eyJpZF9jb2x1bW4iOiJUaHJlYXRWaWV3LmlkIn0=",
		"YWdlbnRfaWQ6NTgwMjkzODE=", "%", "%3", "%zz", "AAAA AAAA" };
	struct s1_sort sort = { ID, false };
	struct mock_key key;
	struct sc_buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(decode(bad[i], sort, &key), -1);
	sc_buf_init(&b, 4096);
	(void)encode(&b, sort, &a_key, false);
	/* Cut anywhere; a bit of the last digit that decodes to nothing. */
	for (size_t n = b.len - 1; n > 0; n--) {
		b.len = n;
		assert_int_equal(decode(sc_buf_str(&b), sort, &key), -1);
	}
	(void)encode(&b, sort, &a_key, false);
	b.p[b.len - 2]++;
	assert_int_equal(decode(sc_buf_str(&b), sort, &key), -1);
	/* Of another order. */
	(void)encode(&b, sort, &a_key, false);
	sort.desc = true;
	assert_int_equal(decode(sc_buf_str(&b), sort, &key), -1);
	sort = (struct s1_sort){ CREATED, false };
	assert_int_equal(decode(sc_buf_str(&b), sort, &key), -1);
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_form),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_text_and_absent),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
