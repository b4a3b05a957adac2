#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "bin/sc-fetch/answer.h"
#include "bin/sc-fetch/bookmark.h"
#include "bin/sc-fetch/target.h"
#include "sc/clock.h"

static char vendor_name[] = "acme", base[] = "/api", path[] = "/events",
	    stream_name[] = "events", items[] = "events", next[] = "last_id",
	    after[] = "after_id", id[] = "id", time_path[] = "t";

static struct sc_vendor vendor = { .name = vendor_name, .base = base };
static struct sc_integration in = { .name = stream_name,
	.vendor = &vendor,
	.realm = base };
static const struct sc_stream def = { .name = stream_name,
	.path = path,
	.paging = SC_PAGING_AFTER,
	.items = items,
	.next = next,
	.after = after,
	.id = id,
	.time = time_path };

/* A pager that writes to nowhere. */
struct desk {
	struct sc_outcome outcome;
	struct sc_msg_writer out;
	struct pager p;
	struct sc_buf next;
	size_t items;
	struct sc_err e;
	int fd;
};

static int
set_up(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));

	if (d == NULL || sc_clock_set("@2026-11-22T13:00:00Z", &d->e) == -1)
		return -1;
	d->fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	sc_msg_writer_init(&d->out, d->fd);
	sc_buf_init(&d->next, 256);
	d->p = (struct pager){ .in = &in,
		.def = &def,
		.stream = "a.events",
		.out = &d->out,
		.outcome = &d->outcome,
		.most = INT64_MAX };
	*state = d;
	return pager_init(&d->p, &d->e);
}

static int
tear_down(void **state)
{
	struct desk *d = *state;

	pager_fini(&d->p);
	sc_buf_fini(&d->next);
	sc_msg_writer_fini(&d->out); /* does not flush */
	(void)close(d->fd);
	free(d);
	return 0;
}

static int
read_page(struct desk *d, const char *body)
{
	struct sc_http_resp r = { .status = 200 };
	int rc;

	sc_buf_init(&r.body, (size_t)1 << 20);
	assert_int_equal(sc_buf_adds(&r.body, body), 0);
	rc = pager_read(&d->p, &r, &d->items, &d->next, &d->e);
	sc_http_resp_fini(&r);
	return rc;
}

static void
ends_are_pages_without_records(void **state)
{
	static const char *const ends[] = { "{\"last_id\":null,\"events\":[]}",
		"{\"events\":[]}", "{}", " {\n\t} ", "{\"last_id\":null}",
		"{\"events\":null}", "{\"events\":null,\"last_id\":7}" };
	struct desk *d = *state;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		assert_int_equal(read_page(d, ends[i]), 0);
		assert_int_equal(d->items, 0);
		assert_int_equal(d->p.page.last, -1);
	}
}

static void
other_answers_are_no_ends(void **state)
{
	static const char *const bad[] = { "null", "[]", "\"{}\"",
		"{\"statusText\":\"x\"}", "{\"last_id\":7}", "{\"events\":{}}",
		"{\"events\":7,\"last_id\":null}",
		"{\"events\":[],\"last_id\":\"7\"}",
		"{\"events\":[],\"last_id\":7.5}",
		"{\"events\":[],\"last_id\":true}",
		"{\"events\":[],\"last_id\":99999999999999999999}" };
	struct desk *d = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		d->e = (struct sc_err){ 0 };
		assert_int_equal(read_page(d, bad[i]), -1);
		assert_int_equal(sc_err_class(&d->e), SC_CLASS_PROTOCOL);
	}
}

static void
a_page_tells_its_largest_id_and_its_oldest_time(void **state)
{
	struct desk *d = *state;

	assert_int_equal(
	    read_page(d,
		"{\"last_id\":9,\"events\":["
		"{\"id\":5,\"t\":\"1970-01-01T00:00:09Z\"},"
		"{\"id\":4294967301,\"t\":\"1970-01-01T00:00:08Z\"},"
		"{\"id\":6},{\"id\":\"7\"},{\"id\":1e99},{}]}"),
	    0);
	assert_int_equal(d->p.page.last, INT64_C(4294967301));
	assert_int_equal(d->p.page.oldest_us, 8000000);
	assert_string_equal(sc_buf_str(&d->next), "9");
	assert_int_equal(read_page(d, "{\"events\":[{}]}"), 0);
	assert_int_equal(d->p.page.last, -1);
	assert_true(d->p.page.oldest_us == INT64_MAX);
	assert_string_equal(sc_buf_str(&d->next), "");
}

static void
records_of_other_times_are_left_out(void **state)
{
	static const char page[] =
	    "{\"events\":[{\"id\":1,\"t\":\"1970-01-01T00:00:09.999999Z\"},"
	    "{\"id\":2,\"t\":\"1970-01-01T00:00:10Z\"},"
	    "{\"id\":3,\"t\":\"1970-01-01T00:00:19.999999Z\"},"
	    "{\"id\":4,\"t\":\"1970-01-01T00:00:20Z\"},{\"id\":5}]}";
	struct desk *d = *state;

	d->p.since_us = 10000000;
	d->p.until_us = 20000000;
	assert_int_equal(read_page(d, page), 0);
	/* What has no time is kept; ids count whether left out or not. */
	assert_int_equal(d->outcome.counts[SC_N_RECORDS], 3);
	assert_int_equal(d->p.page.last, 5);
	assert_int_equal(d->p.page.oldest_us, 9999999);
	/* Open at both ends. */
	d->p.since_us = d->p.until_us = 0;
	pager_begin_anew(&d->p);
	assert_int_equal(read_page(d, page), 0);
	assert_int_equal(d->outcome.counts[SC_N_RECORDS], 8);
}

static void
the_id_is_asked_for_with_its_parameter(void **state)
{
	const struct window none = { 0 };
	struct sc_err e = { 0 };
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 256);
	assert_int_equal(
	    target_build(&in, &def, &none, sc_slice_of("0"), &b, &e), 0);
	assert_string_equal(sc_buf_str(&b), "/api/events?after_id=0");
	sc_buf_fini(&b);
}

static int
parse(const char *json, struct bookmark *b, struct sc_err *e)
{
	*b = (struct bookmark){ .stream = "a.events", .by_id = true };
	*e = (struct sc_err){ 0 };
	return bookmark_parse(b, sc_slice_of(json), e);
}

static void
a_bookmark_has_a_beginning_and_perhaps_an_id(void **state)
{
	static const char *const bad[] = { "{\"v\":1}",
		"{\"v\":1,\"high\":\"2026-11-22T13:00:00Z\",\"after\":7}",
		"{\"v\":1,\"since\":7}",
		"{\"v\":1,\"since\":\"2026-11-22\",\"after\":\"7\"}",
		"{\"v\":1,\"since\":\"2026-11-22\",\"after\":0}",
		"{\"v\":1,\"since\":\"2026-11-22\",\"after\":-7}",
		"{\"v\":1,\"since\":\"2026-11-22\",\"after\":7.5}",
		"{\"v\":1,\"since\":\"2026-11-22\",\"after\":null}",
		"{\"v\":1,\"since\":\"2026-11-22\",\"looked\":\"soon\"}" };
	struct bookmark b;
	struct sc_err e;

	(void)state;
	assert_int_equal(
	    parse("{\"v\":1,\"since\":\"2026-11-22\"}", &b, &e), 0);
	assert_string_equal(b.high.text, "2026-11-22");
	assert_int_equal(b.after, 0);
	assert_string_equal(b.looked.text, "");
	assert_int_equal(
	    parse("{\"v\":1,\"since\":\"2026-11-21\",\"after\":4294967301,"
		  "\"looked\":\"2026-11-22\"}",
		&b, &e),
	    0);
	assert_int_equal(b.after, INT64_C(4294967301));
	assert_string_equal(b.looked.text, "2026-11-22");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i], &b, &e), -1);
		assert_int_equal(e.code, EX_NOINPUT);
		assert_non_null(strstr(e.msg, "a.events"));
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(ends_are_pages_without_records),
		T(other_answers_are_no_ends),
		T(a_page_tells_its_largest_id_and_its_oldest_time),
		T(records_of_other_times_are_left_out),
		cmocka_unit_test(the_id_is_asked_for_with_its_parameter),
		cmocka_unit_test(a_bookmark_has_a_beginning_and_perhaps_an_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
