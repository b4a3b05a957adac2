#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

#include "bin/sc-fetch/retry.h"

static struct sc_err failure(enum sc_class class)
{
	return (struct sc_err){ .code = EX_UNAVAILABLE, .class = class };
}

static void
only_what_heals_is_asked_again(void **state)
{
	static const struct {
		enum sc_class class;
		bool again;
	} rows[] = { { SC_CLASS_NETWORK, true }, { SC_CLASS_VENDOR, true },
		{ SC_CLASS_QUOTA, true }, { SC_CLASS_AUTH, false },
		{ SC_CLASS_PERMISSION, false }, { SC_CLASS_TLS, false },
		{ SC_CLASS_CONFIG, false }, { SC_CLASS_SECRET, false },
		{ SC_CLASS_PROXY, false }, { SC_CLASS_PROTOCOL, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sc_err e = failure(rows[i].class);
		struct retry r = { 0 };

		assert_int_equal(
		    retry_wait(&r, &e, 10, -1, 0) >= 0, rows[i].again);
	}
}

/* With what the first answer said about the vendor's time. */
static void
a_wrong_clock_is_asked_once_more(void **state)
{
	struct sc_err e = failure(SC_CLASS_CLOCK);
	struct retry r = { 0 };

	(void)state;
	assert_int_equal(retry_wait(&r, &e, 1, -1, 7), 0);
	assert_int_equal(retry_wait(&r, &e, 1, -1, 7), -1);
}

static void
three_attempts_are_all(void **state)
{
	struct sc_err e = failure(SC_CLASS_NETWORK);
	struct retry r = { 0 };

	(void)state;
	assert_int_equal(retry_wait(&r, &e, 1, -1, 0), 0);
	assert_int_equal(retry_wait(&r, &e, 1, -1, 0), 0);
	assert_int_equal(retry_wait(&r, &e, 1, -1, 0), -1);
	assert_int_equal(r.attempts, RETRY_ATTEMPTS);
}

static void
the_jitter_is_full_and_doubles(void **state)
{
	struct sc_err e = failure(SC_CLASS_VENDOR);
	struct retry r = { 0 };

	(void)state;
	/* The dice are taken modulo 1001 and then modulo 2001. */
	assert_int_equal(retry_wait(&r, &e, 1, -1, 1001 + 1000), 1000);
	assert_int_equal(retry_wait(&r, &e, 1, -1, 2001 + 2000), 2000);
}

static void
a_short_retry_after_is_sat_out_a_long_one_is_not(void **state)
{
	struct sc_err e = failure(SC_CLASS_QUOTA);
	struct retry r = { 0 }, again = { 0 }, silent = { 0 };

	(void)state;
	assert_int_equal(retry_wait(&r, &e, 1, 10000, 7), 10000);
	assert_int_equal(retry_wait(&again, &e, 1, 10001, 7), -1);
	assert_int_equal(retry_wait(&silent, &e, 1, -1, 7), 5000);
}

static void
the_budget_of_a_page_holds_answers_and_waits(void **state)
{
	struct sc_err e = failure(SC_CLASS_QUOTA);
	struct retry slow = { 0 }, waits = { 0 };

	(void)state;
	assert_int_equal(retry_wait(&slow, &e, 29000, 1001, 0), -1);
	assert_int_equal(retry_wait(&waits, &e, 5000, 10000, 0), 10000);
	assert_int_equal(retry_wait(&waits, &e, 5001, 10000, 0), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_heals_is_asked_again),
		cmocka_unit_test(a_wrong_clock_is_asked_once_more),
		cmocka_unit_test(three_attempts_are_all),
		cmocka_unit_test(the_jitter_is_full_and_doubles),
		cmocka_unit_test(
		    a_short_retry_after_is_sat_out_a_long_one_is_not),
		cmocka_unit_test(the_budget_of_a_page_holds_answers_and_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
