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

#include "sc/ident.h"

/* Made with Python's uuid.uuid5(): frozen, for stores hold such ids. */
static void
ids_are_frozen(void **state)
{
	struct sc_ident in = { .vendor = "sentinelone",
		.realm = "acme.sentinelone.net",
		.stream = "threats",
		.key = sc_slice_of("1778148227837931640"),
		.rev = sc_slice_of("2026-11-22T13:00:00.000001Z") };
	struct sc_ident immutable = { .vendor = "v",
		.realm = "r",
		.stream = "s",
		.key = sc_slice_of("k") };
	char id[SC_ID_BUF];

	(void)state;
	assert_string_equal(
	    sc_ident_id(&in, id), "2b6212f3-526c-5df3-b3bc-55985213fbb0");
	assert_string_equal(sc_ident_id(&immutable, id),
	    "126eede1-7004-5ad9-b6f7-06516df3b356");
}

static char *
id_of(const char *key, const char *rev, char id[SC_ID_BUF])
{
	struct sc_ident in = { .vendor = "v",
		.realm = "r",
		.stream = "s",
		.key = sc_slice_of(key),
		.rev = sc_slice_of(rev) };

	return sc_ident_id(&in, id);
}

/*
 * The first one is uuid.uuid5(ns, "\n1:v1:r1:s3:a\nb1:c") in Python; frozen.
 */
static void
line_feeds_make_no_two_ids_one(void **state)
{
	static const char *const parts[][2] = { { "a\nb", "c" },
		{ "a", "b\nc" }, { "a\nb\nc", "" }, { "a", "\nb\nc" },
		{ "\n", "" }, { "", "\n" }, { "\n\n", "" }, { "\n", "\n" },
		{ "", "" }, { "3:a\nb", "c" }, { "3:a\nb1:c", "" } };
	char id[16][SC_ID_BUF];
	size_t n = sizeof(parts) / sizeof(parts[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		(void)id_of(parts[i][0], parts[i][1], id[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(id[i], id[j]);
	}
	assert_string_equal(id[0], "f30611bf-ea8a-5f29-b7d5-aa12ead44962");
}

static void
sha256_of_known_texts(void **state)
{
	char out[SC_SHA256_BUF];

	(void)state;
	assert_string_equal(sc_sha256_hex("abc", 3, out),
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
}

static void
revisions_order_by_time_or_count(void **state)
{
	static const struct {
		const char *a, *b;
		int want;
	} cases[] = {
		{ "2026-11-22T13:00:00Z", "2026-11-22T13:00:00.000001Z", -1 },
		{ "2026-11-22T13:00:00.5Z", "2026-11-22T13:00:00Z", 1 },
		{ "2026-11-22T14:00:00+01:00", "2026-11-22T13:00:00Z", 0 },
		{ "aaaa:9", "bbbb:10", -1 },
		{ "aaaa:10", "bbbb:9", 1 },
		{ "same", "same", 0 },
		{ "", "", 0 },
		{ "zebra", "ant", -1 },
		{ "aaaa:", "bbbb:9", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(sc_rev_cmp(sc_slice_of(cases[i].a),
				     sc_slice_of(cases[i].b)),
		    cases[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_frozen),
		cmocka_unit_test(line_feeds_make_no_two_ids_one),
		cmocka_unit_test(sha256_of_known_texts),
		cmocka_unit_test(revisions_order_by_time_or_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
