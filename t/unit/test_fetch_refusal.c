#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "bin/sc-fetch/refusal.h"
#include "sc/clock.h"

static char name[] = "acme", cursor[] = "Invalid cursor", word[] = "CLOCK",
	    region[] = "REGION", advice[] = "turn it round";

static struct sc_refusal rows[] = {
	{ .status = 400, .body = cursor, .class = word, .remedy = advice },
	{ .status = 401, .class = region, .remedy = advice },
};
static const struct sc_vendor vendor = { .name = name,
	.refusals = rows,
	.nrefusals = 2 };

static struct sc_err
check(int status, const char *body, int64_t retry_after_ms)
{
	struct sc_http_resp r = { .status = status,
		.retry_after_ms = retry_after_ms };
	struct sc_err e = { 0 };

	sc_buf_init(&r.body, 1 << 20);
	(void)sc_buf_adds(&r.body, body);
	assert_int_equal(
	    refusal_check(&vendor, &r, false, &e), status == 200 ? 0 : -1);
	sc_http_resp_fini(&r);
	return e;
}

static void
the_vendors_table_comes_first(void **state)
{
	struct sc_err e = check(400, "{\"x\":\"Invalid cursor value\"}", -1);

	(void)state;
	assert_int_equal(sc_err_class(&e), SC_CLASS_CLOCK);
	assert_int_equal(e.code, EX_PROTOCOL);
	assert_string_equal(e.remedy, advice);
	e = check(401, "", -1);
	assert_int_equal(sc_err_class(&e), SC_CLASS_REGION);
	/* The same status with another body is not in the table. */
	e = check(400, "Invalid limit", -1);
	assert_int_equal(sc_err_class(&e), SC_CLASS_PROTOCOL);
	assert_string_equal(e.remedy, "");
	e = check(200, "", -1);
	assert_int_equal(e.code, EX_OK);
}

static void
a_status_has_a_meaning_of_its_own(void **state)
{
	static const struct {
		int status;
		enum sc_class class;
		int code;
	} table[] = { { 403, SC_CLASS_PERMISSION, EX_NOPERM },
		{ 404, SC_CLASS_PROTOCOL, EX_PROTOCOL },
		{ 407, SC_CLASS_PROXY, EX_UNAVAILABLE },
		{ 408, SC_CLASS_QUOTA, EX_TEMPFAIL },
		{ 425, SC_CLASS_QUOTA, EX_TEMPFAIL },
		{ 429, SC_CLASS_QUOTA, EX_TEMPFAIL },
		{ 500, SC_CLASS_VENDOR, EX_UNAVAILABLE },
		{ 503, SC_CLASS_VENDOR, EX_UNAVAILABLE },
		{ 302, SC_CLASS_PROTOCOL, EX_PROTOCOL },
		{ 204, SC_CLASS_PROTOCOL, EX_PROTOCOL },
		{ 418, SC_CLASS_PROTOCOL, EX_PROTOCOL } };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct sc_err e = check(table[i].status, "<html>", -1);

		assert_int_equal(sc_err_class(&e), table[i].class);
		assert_int_equal(e.code, table[i].code);
		assert_null(strstr(e.msg, "html"));
	}
}

static void
the_vendors_own_words_are_shown(void **state)
{
	struct sc_err e = check(403,
	    "{\"errors\":[{\"code\":4030010,\"detail\":null,"
	    "\"title\":\"Insufficient permissions\"},{\"title\":\"b\"}]}",
	    -1);

	(void)state;
	assert_string_equal(
	    e.msg, "acme answers 403: Insufficient permissions");
	e = check(403,
	    "{\"error\":{\"errors\":[{\"title\":\"T\",\"detail\":\"D\"}]}}",
	    -1);
	assert_string_equal(e.msg, "acme answers 403: T: D");
	e = check(403, "{\"errors\":[]}", -1);
	assert_string_equal(e.msg, "acme answers 403");
	e = check(403, "{\"errors\":[7]}", -1);
	assert_string_equal(e.msg, "acme answers 403");
	e = check(403, "{\"errors\":\"x\"", -1);
	assert_string_equal(e.msg, "acme answers 403");
}

static void
a_long_text_is_cut_between_characters(void **state)
{
	char body[1024] = "{\"errors\":[{\"title\":\"x";
	struct sc_err e;
	size_t n;

	(void)state;
	/* 200 bytes end in the middle of the hundredth letter. */
	while (strlen(body) < 700)
		(void)strlcat(body, "\xc3\xa4", sizeof(body));
	(void)strlcat(body, "\"}]}", sizeof(body));
	e = check(403, body, -1);
	n = strlen(e.msg) - strlen("acme answers 403: ");
	assert_int_equal(n, 199);
}

static void
a_quota_says_until_when(void **state)
{
	struct sc_err e = { 0 };
	int64_t now;

	(void)state;
	assert_int_equal(sc_clock_set("@2026-11-22T12:00:00Z", &e), 0);
	now = sc_clock_ms();
	e = check(429, "", 60000);
	assert_int_equal(e.not_before_ms, now + 60000);
	e = check(429, "", -1);
	assert_int_equal(e.not_before_ms, now + 5000);
	e = check(503, "", 120000);
	assert_int_equal(e.not_before_ms, now + 120000);
	e = check(503, "", -1);
	assert_int_equal(e.not_before_ms, 0);
	/* No row says it, so that nobody stands there without advice. */
	assert_non_null(strstr(e.remedy, "goes on by itself"));
}

static struct sc_err
check_head(int status, const char *type, const char *location)
{
	static char page[] = "<title>Log In", clock[] = "CLOCK";
	static char to_403[] = "/403", denied[] = "PERMISSION";
	static struct sc_refusal table[] = {
		{ .status = 302, .location = to_403, .class = denied },
		{ .status = 302, .class = region },
		{ .status = 200, .body = page, .class = denied },
		{ .status = 400, .class = clock },
	};
	const struct sc_vendor v = {
		.name = name, .refusals = table, .nrefusals = 4
	};
	struct sc_http_resp r = { .status = status, .retry_after_ms = -1 };
	struct sc_err e = { 0 };

	(void)strlcpy(r.type, type, sizeof(r.type));
	(void)strlcpy(r.location, location, sizeof(r.location));
	r.date_ms = INT64_C(1763814600000);
	sc_buf_init(&r.body, 1 << 20);
	(void)sc_buf_adds(&r.body, "{\"any\":1,\"x\":\"<title>Log In\"}");
	(void)refusal_check(&v, &r, false, &e);
	sc_http_resp_fini(&r);
	return e;
}

static void
a_redirection_means_where_it_leads(void **state)
{
	struct sc_err e = check_head(302, "", "https://h/403");

	(void)state;
	assert_int_equal(sc_err_class(&e), SC_CLASS_PERMISSION);
	e = check_head(302, "", "/elsewhere");
	assert_int_equal(sc_err_class(&e), SC_CLASS_REGION);
}

/* A record may hold the same words. */
static void
a_page_is_refused_and_a_record_is_not(void **state)
{
	struct sc_err e = check_head(200, "text/html; charset=utf-8", "");

	(void)state;
	assert_int_equal(sc_err_class(&e), SC_CLASS_PERMISSION);
	e = check_head(200, "application/json", "");
	assert_int_equal(e.code, EX_OK);
}

static void
a_wrong_clock_is_told_with_its_size(void **state)
{
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(sc_clock_set("@2025-11-22T13:15:00Z", &e), 0);
	e = check_head(400, "application/json", "");
	assert_int_equal(sc_err_class(&e), SC_CLASS_CLOCK);
	assert_string_equal(e.msg,
	    "acme answers 400: <title>Log In; its clock is 45m behind this "
	    "machine's");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vendors_table_comes_first),
		cmocka_unit_test(a_status_has_a_meaning_of_its_own),
		cmocka_unit_test(the_vendors_own_words_are_shown),
		cmocka_unit_test(a_long_text_is_cut_between_characters),
		cmocka_unit_test(a_redirection_means_where_it_leads),
		cmocka_unit_test(a_page_is_refused_and_a_record_is_not),
		cmocka_unit_test(a_wrong_clock_is_told_with_its_size),
		cmocka_unit_test(a_quota_says_until_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
