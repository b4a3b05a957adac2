#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sc/http.h"

static void
all_but_unreserved_bytes_are_encoded(void **state)
{
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 64);
	assert_int_equal(sc_url_encode(&b, "aZ9-._~ /+=%\0\xff", 14), 0);
	assert_string_equal(sc_buf_str(&b), "aZ9-._~%20%2F%2B%3D%25%00%FF");
	sc_buf_fini(&b);
	sc_buf_init(&b, 5);
	assert_int_equal(sc_url_encode(&b, "==", 2), -1);
	sc_buf_fini(&b);
}

static void
percent_codes_are_decoded_once(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = { { "fQ%3D%3D", "fQ==" }, { "fQ%253D", "fQ%3D" },
		{ "%3d%2B+", "=++" }, { "100%", "100%" }, { "%3", "%3" },
		{ "%zz%4", "%zz%4" }, { "", "" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sc_buf b;

		sc_buf_init(&b, 64);
		assert_int_equal(
		    sc_url_decode(&b, rows[i].in, strlen(rows[i].in)), 0);
		assert_string_equal(sc_buf_str(&b), rows[i].out);
		sc_buf_fini(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_but_unreserved_bytes_are_encoded),
		cmocka_unit_test(percent_codes_are_decoded_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
