#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/status.h"

#define MIN INT64_C(60000)
#define RUN (INT64_C(1000000) * MIN)

/* How long after its last run a stream is due again. */
static int64_t
pause_after(const char *class, int64_t failures, int64_t interval_ms)
{
	struct sc_health h = { .stream = "acme-s1.threats",
		.last_run_ms = RUN,
		.failures = failures,
		.code = failures > 0 ? EX_UNAVAILABLE : EX_OK };

	(void)strlcpy(h.class, class, sizeof(h.class));
	return sc_status_due(&h, interval_ms) - RUN;
}

static void
a_good_run_waits_for_the_interval(void **state)
{
	struct sc_health h = { .not_before_ms = 0 };

	(void)state;
	assert_int_equal(pause_after("OK", 0, 5 * MIN), 5 * MIN);
	assert_int_equal(sc_status_due(&h, 5 * MIN), 0);
	/* What is wrong here, and not at the vendor, costs nothing to try. */
	assert_int_equal(pause_after("SECRET", 9, 5 * MIN), 5 * MIN);
}

static void
a_refused_key_is_probed_rarely(void **state)
{
	static const char *const classes[] = { "AUTH", "PERMISSION" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pause_after(classes[i], 1, 5 * MIN), 15 * MIN);
		assert_int_equal(pause_after(classes[i], 2, 5 * MIN), 30 * MIN);
		assert_int_equal(
		    pause_after(classes[i], 5, 5 * MIN), 240 * MIN);
		assert_int_equal(
		    pause_after(classes[i], 6, 5 * MIN), 360 * MIN);
		assert_int_equal(
		    pause_after(classes[i], INT64_MAX, 5 * MIN), 360 * MIN);
		assert_int_equal(
		    pause_after(classes[i], 1, 1000 * MIN), 1000 * MIN);
	}
}

static void
other_failures_back_off_at_random(void **state)
{
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	assert_int_equal(pause_after("VENDOR", 1, 5 * MIN), 5 * MIN);
	for (int64_t i = 0; i < 200; i++) {
		struct sc_health h = { .last_run_ms = RUN + i,
			.failures = 99,
			.code = EX_UNAVAILABLE,
			.class = "NETWORK" };
		int64_t pause = sc_status_due(&h, 5 * MIN) - h.last_run_ms;

		assert_in_range(pause, 5 * MIN, 60 * MIN);
		assert_int_equal(
		    pause, sc_status_due(&h, 5 * MIN) - h.last_run_ms);
		least = pause < least ? pause : least;
		most = pause > most ? pause : most;
	}
	assert_in_range(least, 5 * MIN, 6 * MIN);
	assert_in_range(most, 55 * MIN, 60 * MIN);
}

static void
nothing_is_due_before_the_vendor_wants_it(void **state)
{
	struct sc_health h = { .last_run_ms = RUN,
		.not_before_ms = RUN + 900 * MIN,
		.failures = 1,
		.code = EX_NOPERM,
		.class = "AUTH" };

	(void)state;
	assert_int_equal(sc_status_due(&h, 5 * MIN), RUN + 900 * MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_run_waits_for_the_interval),
		cmocka_unit_test(a_refused_key_is_probed_rarely),
		cmocka_unit_test(other_failures_back_off_at_random),
		cmocka_unit_test(nothing_is_due_before_the_vendor_wants_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
