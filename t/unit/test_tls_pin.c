#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sc/tls.h"

/* The hash of nothing. */
#define PLAIN "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define COLONS                                             \
	"E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:" \
	"27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55"
#define BASE64 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static const unsigned char hash[SC_TLS_HASH] = { 0xe3, 0xb0, 0xc4, 0x42, 0x98,
	0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
	0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78,
	0x52, 0xb8, 0x55 };

static void
all_ways_to_write_a_pin_mean_the_same(void **state)
{
	static const struct {
		const char *text;
		bool whole;
	} rows[] = {
		{ "sha256//" BASE64, false },
		{ PLAIN, true },
		{ COLONS, true },
		{ "SHA256 Fingerprint=" COLONS, true },
		{ "sha256 fingerprint=" PLAIN, true },
		{ "SHA-256 Fingerprint=" COLONS, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sc_tls_pin pin = { 0 };

		assert_null(sc_tls_pin_parse(rows[i].text, &pin));
		assert_int_equal(pin.whole, rows[i].whole);
		assert_memory_equal(pin.hash, hash, sizeof(hash));
		assert_null(sc_tls_pin_parse(rows[i].text, NULL));
	}
}

static void
what_is_no_pin_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "neither" },
		{ "sha256//", "44 bytes" },
		{ "sha256//47DEQpj8HBSa", "44 bytes" },
		/* Without its "=", with too much, with another alphabet. */
		{ "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
		    "44 bytes" },
		{ "sha256//" BASE64 "=", "44 bytes" },
		{ "sha256//" BASE64 ";sha256//" BASE64, "44 bytes" },
		{ "sha256//47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
		    "44 bytes" },
		{ "sha256//=7DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		    "44 bytes" },
		/* The last two bits are nobody's. */
		{ "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
		    "base64 of 32" },
		{ "SHA256//" BASE64, "neither" },
		{ "sha1//2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "neither" },
		/* SHA-1, a byte less, half a byte more. */
		{ "DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:D8:07:09",
		    "shorter" },
		{ "da39a3ee5e6b4b0d3255bfef95601890afd80709", "shorter" },
		{ PLAIN "5", "longer" },
		{ COLONS ":55", "longer" },
		{ COLONS ":", "longer" },
		{ "E3B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:"
		  "27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55",
		    "colon" },
		{ "g" PLAIN, "neither" },
		{ "Fingerprint=" PLAIN, "neither" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sc_tls_pin pin = { .whole = true };
		const char *why = sc_tls_pin_parse(rows[i].text, &pin);

		assert_non_null(why);
		if (strstr(why, rows[i].why) == NULL)
			fail_msg("\"%s\": %s", rows[i].text, why);
		assert_true(pin.whole && pin.hash[0] == 0);
	}
}

/* No host is called so; what is shown must not end where the trick begins. */
static void
a_name_with_a_zero_byte_is_shown_whole(void **state)
{
	static const char name[] = "good.example\0.evil.example";
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *one = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	X509 *cert = X509_new();
	struct sc_tls_peer peer;

	(void)state;
	assert_int_equal(ASN1_STRING_set(text, name, sizeof(name) - 1), 1);
	GENERAL_NAME_set0_value(one, GEN_DNS, text);
	assert_int_equal(sk_GENERAL_NAME_push(names, one), 1);
	assert_int_equal(
	    X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
	sc_tls_describe(cert, &peer);
	assert_string_equal(peer.names, "good.example?.evil.example");
	GENERAL_NAMES_free(names);
	X509_free(cert);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_ways_to_write_a_pin_mean_the_same),
		cmocka_unit_test(what_is_no_pin_is_refused),
		cmocka_unit_test(a_name_with_a_zero_byte_is_shown_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
