#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mocksrv/darktrace/dt_sign.h"

#define PUBLIC  "0011223344556677889900112233445566778899"
#define PRIVATE "ffeeddccbbaa99887766554433221100ffeeddcc"
#define DATE    "20231114T221820"
#define WINDOW  "/modelbreaches?from=2023-11-14"
#define CODED   WINDOW "%2022%3A13%3A20&to=2023-11-14%2022%3A18%3A20"
#define PLUS    WINDOW "+22:13:20&to=2023-11-14+22:18:20"

/*
 * Worked by hand with
 * printf '%b' 'TARGET\nPUBLIC\nDATE' | openssl dgst -sha1 -hmac PRIVATE
 */
static const struct vector {
	const char *target, *body, *public, *private, *date, *signature;
	enum dt_reading reading;
} vectors[] = {
	{ "/status", "", PUBLIC, PRIVATE, DATE,
	    "f5b29ea60664f39fc28e27779932e1e1dafc2faf", DT_BOTH },
	{ "/modelbreaches?endtime=1700000300000&expandenums=true"
	  "&historicmodelonly=true&includeacknowledged=true"
	  "&includebreachurl=true&starttime=1700000000000",
	    "", PUBLIC, PRIVATE, DATE,
	    "4ebbff7f3daf33ef14d12be867f49e0a9cdc978d", DT_BOTH },
	{ "/aianalyst/incidentevents?endtime=1700000300000"
	  "&includeacknowledged=true&includeincidenteventurl=true"
	  "&starttime=1699913900000",
	    "", PUBLIC, PRIVATE, DATE,
	    "473913d62914f4c6bbb100c8ad765a48be3589cb", DT_BOTH },
	{ CODED, "", PUBLIC, PRIVATE, DATE,
	    "1a5fab58d1c49fdfaa709248d47e6080c644d633", DT_RAW },
	{ CODED, "", PUBLIC, PRIVATE, DATE,
	    "5ab5e1bb534d4a6d984908f635df79eb64548fb0", DT_DECODED },
	{ PLUS, "", PUBLIC, PRIVATE, DATE,
	    "5ab5e1bb534d4a6d984908f635df79eb64548fb0", DT_DECODED },
	{ "/status", "", PUBLIC, PRIVATE, "2023-11-14 22:18:20",
	    "a56473d82bf45015f9f0bad5972050f4ed88108c", DT_BOTH },
	{ "/status", "", PUBLIC, PRIVATE, "2023-11-14T22:18:20",
	    "2bf28212853c0264eecc81a7ee0b555e446637d4", DT_BOTH },
	{ "/status", "", PUBLIC, PRIVATE, "2023-11-14T22:18:20.000000+00:00",
	    "c623b0ef59eafcbe935b8176ad88dec208447587", DT_BOTH },
	{ "/devices", "", "test_public_token", "test_private_token",
	    "2025-01-15 12:30:00", "e3c82b28eb735735b9d288d6d2d63b14cba2e008",
	    DT_BOTH },
	{ "/devices?aparam=aval&mparam=mval&zparam=zval", "",
	    "test_public_token", "test_private_token", "2025-06-01 00:00:00",
	    "2f247e5248b933fccf527bebc479248613c320a4", DT_BOTH },
	{ "/modelbreaches/101/comments",
	    "{\"message\":\"Test Comment\",\"priority\":\"high\"}",
	    "test_public_token", "test_private_token", "2023-12-25 23:59:59",
	    "b309669f63f10c0de47230144c623b6869ebfac3", DT_BOTH },
};

#define NVECTORS (sizeof(vectors) / sizeof(vectors[0]))

static struct dt_signed
request(const struct vector *v)
{
	return (struct dt_signed){ .target = sc_slice_of(v->target),
		.body = sc_slice_of(v->body),
		.token = sc_slice_of(v->public),
		.date = sc_slice_of(v->date),
		.signature = sc_slice_of(v->signature) };
}

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < NVECTORS; i++) {
		struct dt_signed s = request(&vectors[i]);

		assert_int_equal(
		    dt_sign_check(&s, vectors[i].private), vectors[i].reading);
	}
}

/* Flips each bit of one part of the request and counts what still passes. */
static unsigned
count_passing(struct dt_signed *s, struct sc_slice *part, const char *private)
{
	char copy[512];
	unsigned passing = 0;
	struct sc_slice whole = *part;

	assert_true(whole.n < sizeof(copy));
	memcpy(copy, whole.p, whole.n);
	part->p = copy;
	for (size_t bit = 0; bit < 8 * whole.n; bit++) {
		copy[bit / 8] ^= (char)(1 << bit % 8);
		passing += dt_sign_check(s, private) != DT_NONE;
		copy[bit / 8] ^= (char)(1 << bit % 8);
	}
	*part = whole;
	return passing;
}

static unsigned
count_passing_keys(const struct dt_signed *s, const char *private)
{
	char copy[64];
	unsigned passing = 0;

	(void)strlcpy(copy, private, sizeof(copy));
	for (size_t bit = 0; bit < 8 * strlen(private); bit++) {
		copy[bit / 8] ^= (char)(1 << bit % 8);
		passing += dt_sign_check(s, copy) != DT_NONE;
		copy[bit / 8] ^= (char)(1 << bit % 8);
	}
	return passing;
}

static void
test_one_bit(void **state)
{
	(void)state;
	for (size_t i = 0; i < NVECTORS; i++) {
		const char *private = vectors[i].private;
		struct dt_signed s = request(&vectors[i]);
		unsigned target = count_passing(&s, &s.target, private);

		/*
		 * The decoded reading cannot tell %3A from %3a (four in the
		 * encoded vector), and nothing else changes nothing.
		 */
		if (strcmp(vectors[i].target, CODED) == 0 &&
		    vectors[i].reading == DT_DECODED)
			assert_int_equal(target, 4);
		else
			assert_int_equal(target, 0);
		assert_int_equal(count_passing(&s, &s.body, private), 0);
		assert_int_equal(count_passing(&s, &s.token, private), 0);
		assert_int_equal(count_passing(&s, &s.date, private), 0);
		assert_int_equal(count_passing(&s, &s.signature, private), 0);
		assert_int_equal(count_passing_keys(&s, private), 0);
	}
}

/* What clients have been seen to get wrong. */
static void
test_mistakes(void **state)
{
	struct dt_signed s = request(&vectors[0]);

	(void)state;
	/* A '?' signed that is not sent, and the other way round. */
	s.target = sc_slice_of("/status?");
	assert_int_equal(dt_sign_check(&s, PRIVATE), DT_NONE);
	/* Upper-case digits; some digits too few or too many; none. */
	s = request(&vectors[0]);
	s.signature = sc_slice_of("F5B29EA60664F39FC28E27779932E1E1DAFC2FAF");
	assert_int_equal(dt_sign_check(&s, PRIVATE), DT_NONE);
	s.signature = sc_slice_of("f5b29ea60664f39fc28e27779932e1e1dafc2fa");
	assert_int_equal(dt_sign_check(&s, PRIVATE), DT_NONE);
	s.signature = sc_slice_of("f5b29ea60664f39fc28e27779932e1e1dafc2faf0");
	assert_int_equal(dt_sign_check(&s, PRIVATE), DT_NONE);
	s.signature = sc_slice_of("");
	assert_int_equal(dt_sign_check(&s, PRIVATE), DT_NONE);
	/* An escape that is broken can only be meant as it is. */
	s = request(&vectors[0]);
	s.target = sc_slice_of("/status?a=%4");
	s.signature = sc_slice_of("0000000000000000000000000000000000000000");
	assert_int_equal(dt_sign_check(&s, PRIVATE), DT_NONE);
	s.target = sc_slice_of("");
	assert_int_equal(dt_sign_check(&s, PRIVATE), DT_NONE);
}

static void
test_dates(void **state)
{
	static const char *const good[] = { "20231114T221820",
		"2023-11-14 22:18:20", "2023-11-14T22:18:20",
		"2023-11-14T22:18:20.000000",
		"2023-11-14T22:18:20.000000+00:00",
		"2023-11-14T22:18:20+00:00" };
	static const char *const bad[] = { "", "1700000300", "1700000300000",
		"20231114221820", "20231114 221820", "20231114T221820Z",
		"20231114T2218", "20231314T221820", "20231114T256161",
		"2023-11-14", "2023-11-14 22:18", "2023-11-14T22:18:20Z",
		"2023-11-14 22:18:20.000000", "2023-11-14T22:18:20.000",
		"2023-11-14T22:18:20,000000", "2023-11-14 22:18:20+00:00",
		"2023-11-14T22:18:20.000000+01:00", "14.11.2023 22:18:20",
		"Tue, 14 Nov 2023 22:18:20 GMT", "xxxxxxxxTxxxxxx",
		"2023-11-14T22:18:20.00000x" };
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ms = 0;
		assert_int_equal(dt_date_parse(sc_slice_of(good[i]), &ms), 0);
		assert_int_equal(ms, INT64_C(1700000300000));
	}
	assert_int_equal(
	    dt_date_parse(sc_slice_of("2023-11-14T22:18:20.999999"), &ms), 0);
	assert_int_equal(ms, INT64_C(1700000300999));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (dt_date_parse(sc_slice_of(bad[i]), &ms) != -1)
			fail_msg("taken for a date: %s", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_one_bit),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
