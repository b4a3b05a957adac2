#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "mocksrv/gzip.h"
#include "sc/mem.h"

static bool
accepts(const char *value)
{
	struct mock_http h = { 0 };

	if (value != NULL) {
		h.headers[0].name = sc_slice_of("accept-encoding");
		h.headers[0].value = sc_slice_of(value);
		h.nheaders = 1;
	}
	return mock_accepts_gzip(&h);
}

static void
test_accepts(void **state)
{
	static const char *const yes[] = { "gzip", "GZip", "deflate,gzip",
		"br , gzip ; q=0.5 , x", "gzip;q=1", "gzip;q=0.001", "gzip;" };
	static const char *const no[] = { "", ",", "deflate", "x-gzip",
		"gzipped", "identity, br", "gzip;q=0", "gzip; Q=0.000",
		"gz ip" };

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(accepts(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(accepts(no[i]));
	assert_false(accepts(NULL));
}

/* The only part of the body, unpacked; must be n bytes long. */
static char *
unpacked(const struct mock_reply *r, size_t n)
{
	const struct mock_step *s = &r->steps[1];
	char *out = sc_xmalloc(n + 1);
	z_stream z = { 0 };
	unsigned char *in = sc_xmalloc(s->n);

	assert_int_equal(r->nsteps, 2);
	memcpy(in, s->p, s->n);
	z.next_in = in;
	z.avail_in = (uInt)s->n;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)(n + 1);
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, n);
	assert_int_equal(z.avail_in, 0);
	assert_int_equal(inflateEnd(&z), Z_OK);
	free(in);
	return out;
}

/* Parts of the scenario and the reply's own text become one part. */
static void
test_body(void **state)
{
	struct mock_reply r;
	char *text;

	(void)state;
	mock_reply_init(&r);
	mock_reply_part(&r, "{\"data\":[", 9);
	mock_reply_part(&r, "", 0);
	mock_reply_part(&r, "1,2", 3);
	(void)sc_buf_adds(&r.text, "]}");
	mock_reply_text(&r, 200, "application/json");
	mock_reply_gzip(&r);
	text = unpacked(&r, 14);
	assert_memory_equal(text, "{\"data\":[1,2]}", 14);
	free(text);
	assert_string_equal(
	    sc_buf_str(&r.headers), "Content-Encoding: gzip\r\n");

	/* The memory serves the next answer. */
	mock_reply_reset(&r);
	(void)sc_buf_adds(&r.text, "again");
	mock_reply_text(&r, 200, "text/plain");
	assert_int_equal(r.steps[1].n, 5);
	mock_reply_fini(&r);
}

/* Many times zlib's window, and what hardly gets smaller. */
static void
test_large(void **state)
{
	const size_t n = 3000017;
	char *body = sc_xmalloc(n), *text;
	struct mock_reply r;
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		body[i] = i < n / 2 ? 'a' : (char)(x >> 24);
	}
	mock_reply_init(&r);
	mock_reply_part(&r, body, n / 3);
	mock_reply_part(&r, body + n / 3, n - n / 3);
	mock_reply_gzip(&r);
	text = unpacked(&r, n);
	assert_memory_equal(text, body, n);
	free(text);
	free(body);
	mock_reply_fini(&r);
}

static void
test_left_alone(void **state)
{
	struct mock_reply r;

	(void)state;
	mock_reply_init(&r);
	mock_reply_gzip(&r);
	assert_int_equal(r.nsteps, 1);
	r.raw = true;
	mock_reply_part(&r, "HTTP", 4);
	mock_reply_gzip(&r);
	assert_int_equal(r.steps[1].n, 4);
	assert_int_equal(r.headers.len, 0);
	mock_reply_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
