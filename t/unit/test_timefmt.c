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

#include "sc/timefmt.h"

#define US 1000000LL

static void
iso_times_that_vendors_send(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2018-02-27T04:49:26.257525Z", 1519706966257525 },
		{ "2018-02-27T04:49:26.25Z", 1519706966250000 },
		{ "2018-02-27T04:49:26.257525999Z", 1519706966257525 },
		{ "2018-02-27 04:49:26.257525", 1519706966257525 },
		{ "2018-02-27T04:49:26+00:00", 1519706966 * US },
		{ "2018-02-27T06:49:26+02:00", 1519706966 * US },
		{ "2018-02-26T23:19:26-0530", 1519706966 * US },
		{ "2018-02-27", 1519689600 * US },
		{ "2018-02-27T04:49Z", 1519706940 * US },
		{ "2024-02-29T00:00:00Z", 1709164800 * US },
		{ "2016-12-31T23:59:60Z", 1483228799 * US },
	};
	static const char *const bad[] = { "", "2018", "2018-02-30",
		"2023-02-29", "2018-13-01", "2018-02-27T24:00:00Z",
		"2018-02-27T04:49:26.Z", "2018-02-27T04:49:26Zx",
		"2018-02-27T04:49:26.1234567890Z", "2018-2-27", "1969-12-31",
		"2018-02-27T04:49:26+2", " 2018-02-27", "yesterday" };
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(
		    sc_time_parse_us(good[i].text, strlen(good[i].text), &us),
		    0);
		assert_int_equal(us, good[i].us);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    sc_time_parse_us(bad[i], strlen(bad[i]), &us), -1);
}

static void
http_dates_in_all_three_forms(void **state)
{
	static const char *const same[] = { "Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994" };
	char text[SC_TIME_BUF];
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
		    sc_time_parse_http(same[i], strlen(same[i]), &ms), 0);
		assert_int_equal(ms, 784111777000);
	}
	assert_string_equal(sc_time_format_http(ms, text), same[0]);
	assert_int_equal(sc_time_parse_http("soon", 4, &ms), -1);
}

static void
what_people_type(void **state)
{
	const int64_t now = 1795352400000; /* 2026-11-22T13:00:00Z */
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "30d", 1795352400000 - 30 * 86400000LL },
		{ "2h ago", 1795352400000 - 7200000 },
		{ "1h30m", 1795352400000 - 5400000 },
		{ "2026-11-20", 1795132800000 },
		{ "2026-11-20T18:00Z", 1795197600000 },
		{ "now", 1795352400000 },
	};
	static const char *const bad[] = { "", "2h  ago", "ago", "-2h", "2x",
		"h", "999999999w", "2026-11-32" };
	int64_t ms;

	(void)state;
	/* Longer than anything that could be added to a time. */
	assert_int_equal(sc_duration_parse("999999999w", 10, &ms), -1);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(sc_time_parse_user(good[i].text, now, &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sc_time_parse_user(bad[i], now, &ms), -1);
}

static void
formats_cut_and_never_round_up(void **state)
{
	char t[SC_TIME_BUF];

	(void)state;
	assert_string_equal(
	    sc_time_format(1519706966999999, 0, t), "2018-02-27T04:49:26Z");
	assert_string_equal(
	    sc_time_format(1519706966999999, 3, t), "2018-02-27T04:49:26.999Z");
	assert_string_equal(sc_time_format(1519706966000001, 6, t),
	    "2018-02-27T04:49:26.000001Z");
	assert_string_equal(sc_duration_format(59999, t), "59s");
	assert_string_equal(sc_duration_format(3 * 3600000 + 1, t), "3h");
	assert_string_equal(sc_duration_format(9 * 86400000LL, t), "9d");
	assert_string_equal(sc_duration_format(12, t), "12ms");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iso_times_that_vendors_send),
		cmocka_unit_test(http_dates_in_all_three_forms),
		cmocka_unit_test(what_people_type),
		cmocka_unit_test(formats_cut_and_never_round_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
