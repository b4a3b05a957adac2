#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bin/sc-auth/auth.h"
#include "sc/clock.h"

#include "t/unit/tmpdir.h"

#define PUBLIC "0011223344556677889900112233445566778899"

static int
setup(void **state)
{
	struct sc_err e = { 0 };
	int rc = tmpdir_make(state);

	(void)tmpdir_write("integrations.d/dt.yaml",
	    "vendor: darktrace\n"
	    "host: darktrace.example.com\n"
	    "public_token: '" PUBLIC "'\n"
	    "private_token: ffeeddccbbaa99887766554433221100ffeeddcc\n",
	    0600);
	assert_int_equal(setenv("SC_VENDORS", "vendors", 1), 0);
	assert_int_equal(sc_clock_set("@2023-11-14T22:18:20Z", &e), 0);
	return rc;
}

static void
expect(
    struct auth *a, const char *target, const char *date, const char *signature)
{
	struct sc_err e = { 0 };
	struct sc_buf out;
	char want[512];

	sc_buf_init(&out, AUTH_ANSWER_MAX);
	assert_int_equal(auth_sign(a, "GET", target, &out, &e), 0);
	(void)snprintf(want, sizeof(want),
	    "DTAPI-Token: " PUBLIC "\nDTAPI-Date: %s\nDTAPI-Signature: %s\n",
	    date, signature);
	assert_string_equal(sc_buf_str(&out), want);
	sc_buf_fini(&out);
}

static struct auth *
load(void)
{
	struct sc_err e = { 0 };
	struct auth *a = auth_new(tmpdir, "dt", &e);

	assert_string_equal(e.msg, "");
	assert_non_null(a);
	return a;
}

/* Made with openssl dgst -sha1 -hmac. */
static void
requests_are_signed_as_openssl_signs_them(void **state)
{
	static const char date[] = "20231114T221820";
	struct auth *a = load();

	(void)state;
	expect(a, "/status", date, "f5b29ea60664f39fc28e27779932e1e1dafc2faf");
	expect(a,
	    "/modelbreaches?endtime=1700000300000&expandenums=true"
	    "&historicmodelonly=true&includeacknowledged=true"
	    "&includebreachurl=true&starttime=1700000000000",
	    date, "4ebbff7f3daf33ef14d12be867f49e0a9cdc978d");
	expect(a,
	    "/aianalyst/incidentevents?endtime=1700000300000"
	    "&includeacknowledged=true&includeincidenteventurl=true"
	    "&starttime=1699913900000",
	    date, "473913d62914f4c6bbb100c8ad765a48be3589cb");
	/* As it is on the wire, escapes and all. */
	expect(a,
	    "/modelbreaches?from=2023-11-14%2022%3A13%3A20"
	    "&to=2023-11-14%2022%3A18%3A20",
	    date, "1a5fab58d1c49fdfaa709248d47e6080c644d633");
	auth_free(a);
}

static void
the_date_is_the_vendors(void **state)
{
	struct sc_err e = { 0 };
	struct auth *a = load();

	(void)state;
	assert_int_equal(sc_clock_set("@2023-11-14T21:33:20Z", &e), 0);
	a->offset_ms = INT64_C(2700000);
	expect(a, "/status", "20231114T221820",
	    "f5b29ea60664f39fc28e27779932e1e1dafc2faf");
	auth_free(a);
}

static void
eyes_see_no_signature(void **state)
{
	struct sc_err e = { 0 };
	struct auth *a = load();

	(void)state;
	assert_int_equal(sc_clock_set("@2023-11-14T22:18:20Z", &e), 0);
	a->masked = true;
	expect(a, "/status", "20231114T221820", AUTH_MASK);
	auth_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_signed_as_openssl_signs_them),
		cmocka_unit_test(the_date_is_the_vendors),
		cmocka_unit_test(eyes_see_no_signature),
	};

	return cmocka_run_group_tests(tests, setup, tmpdir_remove);
}
