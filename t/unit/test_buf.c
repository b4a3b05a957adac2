#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "sc/buf.h"

static void
grows_up_to_its_bound_and_no_further(void **state)
{
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 1000);
	for (int i = 0; i < 100; i++)
		assert_int_equal(sc_buf_add(&b, "0123456789", 10), 0);
	assert_int_equal(b.len, 1000);
	assert_false(b.full);
	assert_int_equal(sc_buf_addc(&b, 'x'), -1);
	assert_true(b.full);
	assert_int_equal(b.len, 1000);
	assert_int_equal(strncmp(b.p + 990, "0123456789", 10), 0);
	sc_buf_fini(&b);
}

static void
full_stays_until_reset(void **state)
{
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 4);
	assert_int_equal(sc_buf_adds(&b, "12345"), -1);
	/* A shorter text would fit, but what came before it is missing. */
	assert_int_equal(sc_buf_adds(&b, "1"), -1);
	sc_buf_reset(&b);
	assert_int_equal(sc_buf_adds(&b, "1234"), 0);
	assert_string_equal(sc_buf_str(&b), "1234");
	sc_buf_fini(&b);
}

static void
drop_keeps_the_rest(void **state)
{
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 100);
	assert_int_equal(sc_buf_addf(&b, "%s-%d", "abc", 42), 0);
	sc_buf_drop(&b, 4);
	assert_string_equal(sc_buf_str(&b), "42");
	sc_buf_drop(&b, 2);
	assert_string_equal(sc_buf_str(&b), "");
	sc_buf_fini(&b);
}

static void
an_empty_buffer_has_an_empty_string(void **state)
{
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 0);
	assert_string_equal(sc_buf_str(&b), "");
	assert_int_equal(sc_buf_addc(&b, 'x'), -1);
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_up_to_its_bound_and_no_further),
		cmocka_unit_test(full_stays_until_reset),
		cmocka_unit_test(drop_keeps_the_rest),
		cmocka_unit_test(an_empty_buffer_has_an_empty_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
