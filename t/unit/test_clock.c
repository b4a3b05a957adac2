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

#include <pthread.h>

#include "sc/clock.h"

static void
a_fixed_clock_moves_only_by_waiting(void **state)
{
	struct sc_err e;
	int64_t t;

	(void)state;
	assert_int_equal(sc_clock_set("@2026-11-22T13:00:00Z", &e), 0);
	t = sc_clock_ms();
	assert_int_equal(t, 1795352400000);
	assert_int_equal(sc_clock_ms(), t);
	assert_int_equal(sc_clock_wait(3600000), 0);
	assert_int_equal(sc_clock_ms(), t + 3600000);
	assert_int_equal(sc_clock_mono(), t + 3600000);
}

static void
a_scaled_clock_runs_faster(void **state)
{
	struct sc_err e;
	int64_t t;

	(void)state;
	assert_int_equal(sc_clock_set("x1000", &e), 0);
	t = sc_clock_ms();
	assert_int_equal(sc_clock_wait(20000), 0);
	assert_true(sc_clock_ms() - t >= 20000);
}

static void *
advance(void *path)
{
	struct sc_err e;

	/* Two steps: the waiter must not leave after the first. */
	(void)sc_clock_advance(path, 59999, &e);
	(void)sc_clock_advance(path, 1, &e);
	return NULL;
}

static void
a_shared_clock_wakes_who_waits_on_it(void **state)
{
	char path[] = "/tmp/sc-clock.XXXXXX", spec[64];
	struct sc_err e;
	pthread_t other;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd != -1);
	(void)close(fd);
	assert_int_equal(sc_clock_share(path, 1000, &e), 0);
	(void)snprintf(spec, sizeof(spec), "file:%s", path);
	assert_int_equal(sc_clock_set(spec, &e), 0);
	assert_int_equal(sc_clock_ms(), 1000);
	assert_int_equal(pthread_create(&other, NULL, advance, path), 0);
	assert_int_equal(sc_clock_wait(60000 - (sc_clock_ms() - 1000)), 0);
	assert_int_equal(sc_clock_ms(), 61000);
	assert_int_equal(pthread_join(other, NULL), 0);
	(void)unlink(path);
}

static void
a_stepping_clock_is_moved_by_who_waits(void **state)
{
	char path[] = "/tmp/sc-clock.XXXXXX", spec[64];
	struct sc_err e;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd != -1);
	(void)close(fd);
	assert_int_equal(sc_clock_share(path, 1000, &e), 0);
	(void)snprintf(spec, sizeof(spec), "step:%s", path);
	assert_int_equal(sc_clock_set(spec, &e), 0);
	assert_int_equal(sc_clock_wait(3600000), 0);
	assert_int_equal(sc_clock_ms(), 3601000);
	/* For others as well, who then wait for somebody else to move it. */
	(void)snprintf(spec, sizeof(spec), "file:%s", path);
	assert_int_equal(sc_clock_set(spec, &e), 0);
	assert_int_equal(sc_clock_ms(), 3601000);
	(void)unlink(path);
}

static void
wrong_settings_are_refused(void **state)
{
	static const char *const bad[] = { "x0", "x-1", "xx", "@soon", "fast",
		"file:/nonexistent/clock", "file:/dev/null", "step:/dev/null",
		"step:" };
	struct sc_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sc_clock_set(bad[i], &e), -1);
		assert_int_equal(e.code, EX_USAGE);
	}
	assert_int_equal(sc_clock_set(NULL, &e), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fixed_clock_moves_only_by_waiting),
		cmocka_unit_test(a_scaled_clock_runs_faster),
		cmocka_unit_test(a_shared_clock_wakes_who_waits_on_it),
		cmocka_unit_test(a_stepping_clock_is_moved_by_who_waits),
		cmocka_unit_test(wrong_settings_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
