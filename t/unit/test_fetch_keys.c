#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bin/sc-fetch/keys.h"

static enum keys_found
add(struct keys *k, const char *key, const char *content)
{
	return keys_add(k, sc_slice_of(key), sc_slice_of(content));
}

static void
a_key_keeps_its_first_content(void **state)
{
	struct keys k = { 0 };

	(void)state;
	keys_clear(&k);
	assert_int_equal(add(&k, "a", "1"), KEYS_NEW);
	assert_int_equal(add(&k, "b", "1"), KEYS_NEW);
	assert_int_equal(add(&k, "", ""), KEYS_NEW);
	assert_int_equal(add(&k, "a", "2"), KEYS_OTHER);
	assert_int_equal(add(&k, "a", "1"), KEYS_SAME);
	assert_int_equal(add(&k, "", ""), KEYS_SAME);
	keys_clear(&k);
	assert_int_equal(add(&k, "a", "2"), KEYS_NEW);
	keys_clear(&k);
}

static enum keys_found
add_number(struct keys *k, size_t i, const char *content)
{
	char key[24];

	(void)snprintf(key, sizeof(key), "%zu", i);
	return add(k, key, content);
}

/* Beyond the limit nothing is added, and nothing that is there gets lost. */
static void
the_table_grows_up_to_its_limit(void **state)
{
	const size_t n = 20000;
	struct keys k = { 0 };

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(add_number(&k, i, "x"), KEYS_NEW);
	assert_int_equal(k.n, n);
	assert_true(k.cap * 3 / 4 >= n && k.cap < 3 * n);
	k.n = KEYS_MAX; /* as if it held so many */
	for (int twice = 0; twice < 2; twice++)
		assert_int_equal(add_number(&k, n, "x"), KEYS_NEW);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(add_number(&k, i, i % 2 ? "x" : "y"),
		    i % 2 ? KEYS_SAME : KEYS_OTHER);
	keys_clear(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_keeps_its_first_content),
		cmocka_unit_test(the_table_grows_up_to_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
