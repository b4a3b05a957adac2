#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sc/expiry.h"

#include "t/unit/tmpdir.h"

#define DAY INT64_C(86400000)
#define NOW INT64_C(1795352400000)

static void
days_are_counted_whole(void **state)
{
	(void)state;
	assert_int_equal(sc_expiry_days(NOW + 14 * DAY, NOW), 14);
	assert_int_equal(sc_expiry_days(NOW + 14 * DAY - 1, NOW), 13);
	assert_int_equal(sc_expiry_days(NOW + 1, NOW), 0);
	assert_int_equal(sc_expiry_days(NOW, NOW), 0);
	assert_int_equal(sc_expiry_days(NOW - 1, NOW), -1);
	assert_int_equal(sc_expiry_days(NOW - DAY - 1, NOW), -2);
}

static void
what_was_written_is_read(void **state)
{
	struct sc_expiry x = { .asked_ms = NOW, .expires_ms = NOW + DAY };
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(sc_expiry_write(tmpdir_path("s"), "a", &x, &e), 0);
	x = sc_expiry_read(tmpdir_path("s"), "a");
	assert_int_equal(x.asked_ms, NOW);
	assert_int_equal(x.expires_ms, NOW + DAY);
	x.expires_ms = 0;
	assert_int_equal(sc_expiry_write(tmpdir_path("s"), "a", &x, &e), 0);
	x = sc_expiry_read(tmpdir_path("s"), "a");
	assert_int_equal(x.asked_ms, NOW);
	assert_int_equal(x.expires_ms, 0);
}

static void
what_cannot_be_read_is_not_known(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "{\"asked\":7}",
		"{\"expires\":\"soon\"}" };
	struct sc_expiry x = sc_expiry_read(tmpdir_path("none"), "a");

	(void)state;
	assert_int_equal(x.asked_ms, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		(void)tmpdir_write("b/expiry/a", texts[i], 0644);
		x = sc_expiry_read(tmpdir_path("b"), "a");
		assert_int_equal(x.asked_ms, 0);
		assert_int_equal(x.expires_ms, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_counted_whole),
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(what_cannot_be_read_is_not_known),
	};

	return cmocka_run_group_tests(tests, tmpdir_make, tmpdir_remove);
}
