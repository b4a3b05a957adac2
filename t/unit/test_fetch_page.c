#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "bin/sc-fetch/page.h"
#include "sc/clock.h"
#include "sc/ident.h"
#include "sc/mem.h"

static char vendor_name[] = "acme", stream_name[] = "threats",
	    integration[] = "a", realm[] = "r.example", tenant[] = "ten",
	    items[] = "data", next[] = "paging.next", id[] = "id",
	    time_path[] = "i.t", revision[] = "i.t";

static struct sc_vendor vendor = { .name = vendor_name };
static struct sc_integration in = { .name = integration,
	.vendor = &vendor,
	.realm = realm,
	.tenant = tenant };

/* A pager that writes to a file, and what it wrote. */
struct desk {
	struct sc_stream def;
	struct sc_outcome outcome;
	struct sc_msg_writer out;
	struct pager p;
	struct sc_buf next;
	size_t items;
	struct sc_err e;
	FILE *file;
};

static int
set_up(void **state)
{
	struct desk *d = sc_xcalloc(1, sizeof(*d));

	d->def = (struct sc_stream){ .name = stream_name,
		.items = items,
		.next = next,
		.id = id,
		.time = time_path,
		.revision = revision };
	d->file = tmpfile();
	sc_msg_writer_init(&d->out, fileno(d->file));
	sc_buf_init(&d->next, 256);
	d->p = (struct pager){ .in = &in,
		.def = &d->def,
		.stream = "a.threats",
		.out = &d->out,
		.outcome = &d->outcome,
		.most = INT64_MAX };
	*state = d;
	(void)sc_clock_set("@2026-11-22T13:00:00Z", &d->e);
	return pager_init(&d->p, &d->e);
}

static int
tear_down(void **state)
{
	struct desk *d = *state;

	pager_fini(&d->p);
	sc_buf_fini(&d->next);
	sc_msg_writer_fini(&d->out);
	(void)fclose(d->file);
	free(d);
	return 0;
}

static int
read_bytes(struct desk *d, const char *body, size_t n, const char *type)
{
	struct sc_http_resp r = { .status = 200 };
	int rc;

	(void)strlcpy(r.type, type, sizeof(r.type));
	sc_buf_init(&r.body, (size_t)64 << 20);
	assert_int_equal(sc_buf_add(&r.body, body, n), 0);
	rc = pager_read(&d->p, &r, &d->items, &d->next, &d->e);
	sc_http_resp_fini(&r);
	return rc;
}

static int
read_page(struct desk *d, const char *body)
{
	return read_bytes(d, body, strlen(body), "application/json");
}

/* All that was written so far; the caller's. */
static char *
written(struct desk *d)
{
	char *text = sc_xcalloc(1, (size_t)1 << 20);

	assert_int_equal(sc_msg_flush(&d->out, &d->e), 0);
	assert_true(
	    pread(fileno(d->file), text, ((size_t)1 << 20) - 1, 0) >= 0);
	return text;
}

static void
expect_written(struct desk *d, const char *text)
{
	char *got = written(d);

	assert_string_equal(got, text);
	free(got);
}

static void
a_schema_tells_the_source(void **state)
{
	struct desk *d = *state;
	char nested[] = "info.id";

	assert_int_equal(pager_schema(&d->p, &d->e), 0);
	d->def.id = nested;
	in.tenant = NULL;
	assert_int_equal(pager_schema(&d->p, &d->e), 0);
	in.tenant = tenant;
	expect_written(d,
	    "{\"type\":\"SCHEMA\",\"stream\":\"a.threats\","
	    "\"key_properties\":[\"id\"],\"schema\":{\"type\":\"object\"},"
	    "\"source\":{\"vendor\":\"acme\",\"integration\":\"a\","
	    "\"stream\":\"threats\",\"realm\":\"r.example\",\"tenant\":\"ten\""
	    "}}\n"
	    "{\"type\":\"SCHEMA\",\"stream\":\"a.threats\","
	    "\"key_properties\":[],\"schema\":{\"type\":\"object\"},"
	    "\"source\":{\"vendor\":\"acme\",\"integration\":\"a\","
	    "\"stream\":\"threats\",\"realm\":\"r.example\"}}\n");
}

static void
a_record_keeps_its_bytes_but_for_white_space(void **state)
{
	struct desk *d = *state;
	const struct sc_ident ident = { .vendor = vendor_name,
		.realm = realm,
		.stream = stream_name,
		.key = sc_slice_of("7"),
		.rev = sc_slice_of("2026-11-22T12:00:00.1Z") };
	char uuid[SC_ID_BUF], text[1024];

	assert_int_equal(
	    read_page(d,
		"{ \"data\" : [ { \"id\" : \"7\" ,\n \"n\": "
		"9007199254740993.10e+1 , \"s\": \" \\u00e4 \" , \"i\": "
		"{\"t\": \"2026-11-22T12:00:00.1Z\"} } ] }"),
	    0);
	(void)snprintf(text, sizeof(text),
	    "{\"type\":\"RECORD\",\"stream\":\"a.threats\","
	    "\"time_extracted\":\"2026-11-22T13:00:00Z\",\"id\":\"%s\","
	    "\"key\":\"7\",\"rev\":\"2026-11-22T12:00:00.1Z\",\"record\":"
	    "{\"id\":\"7\",\"n\":9007199254740993.10e+1,\"s\":\" \\u00e4 \","
	    "\"i\":{\"t\":\"2026-11-22T12:00:00.1Z\"}}}\n",
	    sc_ident_id(&ident, uuid));
	expect_written(d, text);
	assert_int_equal(d->items, 1);
	assert_int_equal(d->outcome.counts[SC_N_NEW], 1);
	assert_int_equal(d->outcome.counts[SC_N_RECORDS], 1);
	assert_int_equal(d->outcome.counts[SC_N_BAD], 0);
	assert_string_equal(d->p.tide.high.text, "2026-11-22T12:00:00.1Z");
}

static void
a_page_token_is_decoded_once(void **state)
{
	struct desk *d = *state;
	static const struct {
		const char *page, *token;
	} rows[] = {
		{ "{\"data\":[],\"paging\":{\"next\":\"fQ%3D%3D\"}}", "fQ==" },
		{ "{\"data\":[],\"paging\":{\"next\":\"fQ\\u003d%253D\"}}",
		    "fQ=%3D" },
		{ "{\"data\":[],\"paging\":{\"next\":\"\"}}", "" },
		{ "{\"data\":[],\"paging\":{\"next\":null}}", "" },
		{ "{\"data\":[],\"paging\":{}}", "" },
		{ "{\"data\":[]}", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_page(d, rows[i].page), 0);
		assert_string_equal(sc_buf_str(&d->next), rows[i].token);
	}
	assert_int_equal(d->outcome.counts[SC_N_PAGES], 6);
	expect_written(d, "");
}

static void
a_page_that_the_contract_does_not_allow_is_refused_whole(void **state)
{
	struct desk *d = *state;
	static const char *const bad[] = { "", "<html>", "{}", "[]",
		"{\"data\":null}", "{\"data\":{}}",
		"{\"data\":[{\"id\":\"1\"}],\"paging\":{\"next\":7}}" };
	char *page;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_page(d, bad[i]), -1);
		assert_int_equal(d->e.code, EX_PROTOCOL);
		assert_int_equal(sc_err_class(&d->e), SC_CLASS_PROTOCOL);
	}
	assert_int_equal(read_bytes(d, "{\"data\":[]}", 11, "text/html"), -1);
	assert_non_null(strstr(d->e.msg, "an HTML page"));
	/* A token beyond what the caller has room for. */
	page =
	    sc_xasprintf("{\"data\":[],\"paging\":{\"next\":\"%0300d\"}}", 1);
	assert_int_equal(read_page(d, page), -1);
	assert_non_null(strstr(d->e.msg, "too long"));
	free(page);
	expect_written(d, "");
	assert_int_equal(d->outcome.counts[SC_N_PAGES], 0);
}

static void
what_has_no_name_is_named_by_its_content(void **state)
{
	struct desk *d = *state;
	char sha[SC_SHA256_BUF], *got;
	static const char element[] = "{\"x\":[1]}";

	assert_int_equal(
	    read_page(d,
		"{\"data\":[{\"x\":[1]},{\"id\":12,\"i\":{\"t\":7}},"
		"{\"id\":\"\"},{\"id\":{}},null]}"),
	    0);
	got = written(d);
	(void)sc_sha256_hex(element, strlen(element), sha);
	assert_non_null(strstr(got, sha));
	assert_non_null(strstr(got, "\"key\":\"12\",\"rev\":\"7\","));
	assert_non_null(strstr(got, "\"record\":null}\n"));
	free(got);
	assert_int_equal(d->items, 5);
	assert_int_equal(d->outcome.counts[SC_N_RECORDS], 5);
	assert_int_equal(d->outcome.counts[SC_N_BAD], 4);
	assert_string_equal(d->p.tide.high.text, "");
}

static void
an_element_that_is_not_utf8_does_not_stop_its_page(void **state)
{
	struct desk *d = *state;
	char *got;

	assert_int_equal(
	    read_page(d,
		"{\"data\":[{\"id\":\"1\",\"s\":\"\xff\",\"i\":{\"t\":"
		"\"2026-11-22T12:00:00Z\"}},{\"id\":\"2\"}]}"),
	    0);
	got = written(d);
	assert_non_null(strstr(got,
	    "\"key\":\"1\",\"rev\":\"2026-11-22T12:00:00Z\",\"bad\":{\"reason\""
	    ":\"utf8\",\"bytes\":51,\"sha256\":\""));
	assert_non_null(strstr(got, "\"raw_base64\":\"eyJpZCI6IjEiLCJzIjoi/"));
	assert_non_null(strstr(got, "\"key\":\"2\""));
	free(got);
	assert_int_equal(d->outcome.counts[SC_N_BAD], 1);
	assert_int_equal(d->outcome.counts[SC_N_RECORDS], 2);
	assert_string_equal(d->p.tide.high.text, "2026-11-22T12:00:00Z");
}

static void
an_element_that_is_too_large_is_shown_in_part(void **state)
{
	struct desk *d = *state;
	struct sc_buf b;
	char want[160], *got, *text;

	sc_buf_init(&b, (size_t)16 << 20);
	(void)sc_buf_adds(&b, "{\"data\":[{\"id\":\"1\",\"s\":\"xy");
	for (size_t i = 0; i < SC_RECORD_MAX / 2; i++)
		(void)sc_buf_adds(&b, "\xc3\xa4");
	(void)sc_buf_adds(&b, "\"}]}");
	assert_int_equal(read_bytes(d, b.p, b.len, "application/json"), 0);
	got = written(d);
	assert_non_null(strstr(got, "\"key\":\"1\""));
	(void)snprintf(want, sizeof(want),
	    "\"bad\":{\"reason\":\"oversize\",\"bytes\":%zu,", b.len - 11);
	assert_non_null(strstr(got, want));
	text = strstr(got, "\"text\":\"{\\\"id\\\":\\\"1\\\",\\\"s\\\":\\\"x");
	assert_non_null(text);
	/* 65536 bytes end inside a letter; seven quotes were escaped. */
	assert_int_equal(strlen(text), strlen("\"text\":\"\"}}\n") + 65535 + 7);
	free(got);
	sc_buf_fini(&b);
	assert_int_equal(d->outcome.counts[SC_N_BAD], 1);
}

/* Levels of an element; those of the page and of the message come on top. */
static void
an_element_that_is_too_deep_does_not_stop_its_page(void **state)
{
	static const struct {
		size_t depth;
		bool good;
	} rows[] = { { 127, true }, { 128, false }, { 129, false },
		{ 10000, false }, { 300000, false } };
	struct desk *d = *state;
	struct sc_buf b;
	char want[160], *got;

	sc_buf_init(&b, (size_t)1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sc_buf_reset(&b);
		(void)sc_buf_adds(&b, "{\"data\":[{\"id\":\"before\"},");
		(void)sc_buf_addf(&b, "{\"id\":\"%zu\",\"x\":", rows[i].depth);
		for (size_t n = 1; n < rows[i].depth; n++)
			(void)sc_buf_addc(&b, '[');
		for (size_t n = 1; n < rows[i].depth; n++)
			(void)sc_buf_addc(&b, ']');
		(void)sc_buf_adds(&b,
		    ",\"i\":{\"t\":\"2026-11-22T12:00:00Z\"}},{\"id\":1}]}");
		d->outcome.counts[SC_N_BAD] = 0;
		assert_int_equal(
		    read_bytes(d, b.p, b.len, "application/json"), 0);
		assert_int_equal(d->items, 3);
		assert_int_equal(
		    d->outcome.counts[SC_N_BAD], rows[i].good ? 0 : 1);
		got = written(d);
		(void)snprintf(want, sizeof(want),
		    "\"key\":\"%zu\",\"rev\":\"2026-11-22T12:00:00Z\",%s",
		    rows[i].depth,
		    rows[i].good ? "\"record\":{"
				 : "\"bad\":{\"reason\":\"deep\"");
		assert_non_null(strstr(got, want));
		free(got);
	}
	sc_buf_fini(&b);
}

static void
a_walk_takes_the_first_record_of_a_key(void **state)
{
	struct desk *d = *state;
	char content[] = SC_REVISION_CONTENT, *got;
	const int64_t *n = d->outcome.counts;

	d->def.paging = SC_PAGING_WALK;
	d->def.revision = content;
	d->def.by_content = true;
	assert_int_equal(read_page(d,
			     "{\"data\":[{\"id\":1,\"x\":1},{\"id\":2},"
			     "{\"id\":1,\"x\":2},{\"x\":1,\"id\":1}]}"),
	    0);
	assert_int_equal(d->items, 4);
	assert_int_equal(
	    read_page(d, "{\"data\":[{\"id\":\"1\",\"x\":3}]}"), 0);
	got = written(d);
	assert_null(strstr(got, "\"x\":2"));
	assert_null(strstr(got, "\"x\":3"));
	free(got);
	assert_int_equal(n[SC_N_RECORDS], 2);
	assert_int_equal(n[SC_N_SEEN], 1);
	assert_int_equal(n[SC_N_BAD], 2);
	/* Another reading of the list knows nothing of it. */
	pager_begin_anew(&d->p);
	assert_int_equal(read_page(d, "{\"data\":[{\"id\":1,\"x\":2}]}"), 0);
	assert_int_equal(n[SC_N_RECORDS], 3);
}

static void
windows_show_a_key_as_often_as_it_comes(void **state)
{
	struct desk *d = *state;

	assert_int_equal(
	    read_page(d,
		"{\"data\":[{\"id\":1,\"i\":{\"t\":1}},"
		"{\"id\":1,\"i\":{\"t\":2}},{\"id\":1,\"i\":{\"t\":1}}]}"),
	    0);
	assert_int_equal(d->outcome.counts[SC_N_RECORDS], 3);
	assert_int_equal(d->outcome.counts[SC_N_BAD], 0);
}

static void
no_more_than_wanted_is_written(void **state)
{
	struct desk *d = *state;

	d->p.most = 2;
	assert_int_equal(
	    read_page(
		d, "{\"data\":[{\"id\":1},{\"id\":2},{\"id\":3},{\"id\":4}]}"),
	    0);
	assert_int_equal(d->outcome.counts[SC_N_RECORDS], 2);
	assert_int_equal(d->p.most, 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_schema_tells_the_source),
		TEST(a_record_keeps_its_bytes_but_for_white_space),
		TEST(a_page_token_is_decoded_once),
		TEST(a_page_that_the_contract_does_not_allow_is_refused_whole),
		TEST(what_has_no_name_is_named_by_its_content),
		TEST(an_element_that_is_not_utf8_does_not_stop_its_page),
		TEST(an_element_that_is_too_large_is_shown_in_part),
		TEST(an_element_that_is_too_deep_does_not_stop_its_page),
		TEST(a_walk_takes_the_first_record_of_a_key),
		TEST(windows_show_a_key_as_often_as_it_comes),
		TEST(no_more_than_wanted_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
