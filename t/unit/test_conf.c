#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/conf.h"
#include "sc/mem.h"

#include "t/unit/tmpdir.h"

/* One required setting of each kind and an optional one; see write_vendor(). */
static const char vendor[] =
    "title: Test\n"
    "origin: https://{host}\n"
    "base: /v1\n"
    "auth: { header: X-Key, value: '{key}' }\n"
    "settings:\n"
    "  host: { label: Host, help: Its address, kind: host, required: yes }\n"
    "  key: { label: Key, help: Its key, kind: secret, required: yes }\n"
    "  view: { label: View, help: What to show }\n"
    "  form: { label: Form, help: Of the key, kind: choice,\n"
    "    values: { raw: alone, bearer: behind a word } }\n"
    "  zone: { label: Zone, help: Where, kind: word, values: { a: Here } }\n"
    "streams:\n";

static const char stream[] =
    "{ noun: n, path: /p, paging: token, since: a, until: b, token: c,\n"
    "    items: d, next: e, id: i, time: t, interval: 5m, start: 24h,\n"
    "    overlap: 2m, retention: 30d }\n";

/* With `to` in the place of `from`. */
static void
write_vendor(const char *name, const char *from, const char *to)
{
	const char *at = strstr(vendor, from);
	char *file = sc_xasprintf("v/%s/vendor.yaml", name);
	char *text = sc_xasprintf("%.*s%s%s  alerts: %s  logins: %s",
	    (int)(at - vendor), vendor, to, at + strlen(from), stream, stream);

	(void)tmpdir_write(file, text, 0644);
	free(text);
	free(file);
}

static int
setup(void **state)
{
	if (tmpdir_make(state) == -1)
		return -1;
	write_vendor("test", "", "");
	return setenv("SC_VENDORS", tmpdir_path("v"), 1);
}

static struct sc_integration *
load(const char *text, struct sc_err *e)
{
	*e = (struct sc_err){ 0 };
	(void)tmpdir_write("integrations.d/acme.yaml", text, 0644);
	return sc_integration_load(tmpdir, "acme", e);
}

static struct sc_integration *
must_load(const char *text)
{
	struct sc_err e;
	struct sc_integration *in = load(text, &e);

	assert_string_equal(e.msg, "");
	assert_non_null(in);
	return in;
}

static void
defaults_are_filled_in(void **state)
{
	struct sc_integration *in = must_load("vendor: test\n"
					      "host: ' https://ACME.test./x '\n"
					      "key: env:KEY\n");

	(void)state;
	assert_string_equal(in->name, "acme");
	assert_string_equal(in->path, tmpdir_path("integrations.d/acme.yaml"));
	assert_string_equal(in->vendor->name, "test");
	assert_true(in->enabled);
	assert_string_equal(in->origin, "https://acme.test");
	assert_string_equal(in->realm, "acme.test");
	assert_string_equal(sc_integration_value(in, "host"), "acme.test");
	assert_string_equal(sc_integration_value(in, "key"), "env:KEY");
	assert_null(sc_integration_value(in, "view"));
	assert_null(sc_integration_value(in, "nothing"));
	assert_null(in->tenant);
	assert_null(in->keep);
	assert_false(in->allow_http);
	assert_int_equal(in->nstreams, 2);
	assert_string_equal(in->streams[1].def->name, "logins");
	assert_true(in->streams[1].enabled);
	assert_int_equal(in->streams[1].interval_ms, 300000);
	sc_integration_free(in);
}

static void
all_keys_are_read(void **state)
{
	struct sc_integration *in =
	    must_load("vendor: test\nkey: env:KEY\nview: wide\n"
		      "url: HTTP://127.0.0.1:8080/\nrealm: R\nenabled: no\n"
		      "tenant: t\norg_id: o\nlabel: l\nca_file: /ca\n"
		      "proxy: http://p:3128\nallow_http: yes\n"
		      "keep: .a\ndrop: |\n  .b\n  or .c\n"
		      "interval: 15\nstreams:\n  logins: { interval: 1h, "
		      "enabled: no }\n");

	(void)state;
	assert_string_equal(in->origin, "http://127.0.0.1:8080");
	assert_string_equal(in->realm, "R");
	assert_false(in->enabled);
	assert_string_equal(in->tenant, "t");
	assert_string_equal(in->org_id, "o");
	assert_string_equal(in->label, "l");
	assert_string_equal(in->net.ca_file, "/ca");
	assert_string_equal(in->net.proxy, "http://p:3128");
	assert_true(in->allow_http);
	assert_string_equal(in->keep, ".a");
	assert_string_equal(in->drop, ".b\nor .c\n");
	assert_string_equal(sc_integration_value(in, "view"), "wide");
	assert_int_equal(in->streams[0].interval_ms, 900000);
	assert_int_equal(in->streams[1].interval_ms, 3600000);
	assert_true(in->streams[0].enabled);
	assert_false(in->streams[1].enabled);
	sc_integration_free(in);
}

/* A detour to the vendor does not change whose account it is. */
static void
the_realm_is_the_host_even_behind_a_url(void **state)
{
	struct sc_integration *in;

	(void)state;
	in = must_load("vendor: test\nhost: acme.test\nkey: env:K\n"
		       "url: https://gateway:8443\n");
	assert_string_equal(in->realm, "acme.test");
	assert_string_equal(in->origin, "https://gateway:8443");
	sc_integration_free(in);
	in = must_load("vendor: test\nkey: env:K\nurl: https://gateway:8443\n");
	assert_string_equal(in->realm, "gateway");
	sc_integration_free(in);
}

/* A gateway may stand in front of several hosts of the vendor. */
static void
a_url_may_name_settings(void **state)
{
	struct sc_integration *in;
	struct sc_err e = { 0 };
	char *origin;

	(void)state;
	in = must_load("vendor: test\nhost: acme.test\nkey: env:K\nzone: eu1\n"
		       "url: https://{zone}.gateway:8443\n");
	assert_string_equal(in->origin, "https://eu1.gateway:8443");
	origin = sc_integration_origin(in, "zone", "us", &e);
	assert_string_equal(origin, "https://us.gateway:8443");
	free(origin);
	assert_null(sc_integration_origin(in, "zone", "a/b", &e));
	assert_int_equal(e.code, EX_CONFIG);
	sc_integration_free(in);
	in = must_load("vendor: test\nhost: acme.test\nkey: env:K\n");
	origin = sc_integration_origin(in, "host", "other.test", &e);
	assert_string_equal(origin, "https://other.test");
	free(origin);
	sc_integration_free(in);
}

static const struct {
	const char *text, *message;
} errors[] = {
	{ "host: h\n", ":1:1: \"vendor\" is missing" },
	{ "vendor: tset\n",
	    ":1:9: unknown vendor \"tset\"; did you mean \"test\"?" },
	{ "vendor: test\nhots: h\n",
	    ":2:1: unknown key \"hots\"; did you mean \"host\"?" },
	{ "vendor: test\nkey: env:K\n",
	    ": \"host\" is missing (Host: Its address)" },
	{ "vendor: test\nhost: h\n", ": \"key\" is missing (Key: Its key)" },
	{ "vendor: test\nhost: h\nhost: h\n",
	    ":3:1: duplicate key \"host\", first in line 2" },
	{ "vendor: test\nhost: 'a b'\n",
	    ":2:7: \"host\" has no usable host name" },
	{ "vendor: test\nhost: acme:8443\n",
	    ":2:7: \"host\" names a port; leave it out, or write \"url: "
	    "https://HOST:PORT\"" },
	{ "vendor: test\nhost: h\nkey: s3cr3t\n",
	    ":3:6: \"key\" holds the secret itself, in a file that others "
	    "can read" },
	{ "vendor: test\nhost: h\nkey: file:k\n",
	    ":3:6: \"key\" needs an absolute path: file:/..." },
	{ "vendor: test\nkey: env:K\nurl: http://h\n",
	    ":3:6: \"url\": would send the key without encryption: write "
	    "https://, or add \"allow_http: yes\"" },
	{ "vendor: test\nkey: env:K\nurl: https://h/v1\n",
	    ":3:6: \"url\": must end after the host; the path is the "
	    "vendor's" },
	{ "vendor: test\nkey: env:K\nurl: https://{host}.gateway\n",
	    ": \"host\" is missing (Host: Its address)" },
	{ "vendor: test\nhost: h\nkey: env:K\nurl: https://{key}.gateway\n",
	    ":4:6: \"url\": {key} is a secret and has no place in an address" },
	{ "vendor: test\nhost: h\nkey: env:K\nurl: https://{zone}.gateway\n",
	    ":4:6: \"url\": \"zone\" is not set" },
	{ "vendor: test\nhost: h\nkey: env:K\nform: baerer\n",
	    ":4:7: \"form\" must be one of: raw, bearer" },
	{ "vendor: test\nhost: h\nkey: env:K\nzone: 'eu.x'\n",
	    ":4:7: \"zone\" must be small letters and digits" },
	{ "vendor: test\nhost: h\nkey: env:K\nproxy: http://u:p@h:1\n",
	    ":4:8: \"proxy\" holds the secret itself, in a file that others "
	    "can read" },
	{ "vendor: test\nca_file: ca.pem\n",
	    ":2:10: \"ca_file\" must be an absolute path" },
	{ "vendor: test\nstreams: { alert: { } }\n",
	    ":2:12: unknown key \"alert\"; did you mean \"alerts\"?" },
	{ "vendor: test\nstreams:\n  alerts: { intreval: 5m }\n",
	    ":3:13: unknown key \"intreval\"; did you mean \"interval\"?" },
	{ "vendor: test\ninterval: 1s\n",
	    ":2:11: \"interval\" must be from 10s to 31d, not \"1s\"" },
};

static void
errors_name_file_and_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct sc_err e;
		char want[512];

		assert_null(load(errors[i].text, &e));
		(void)snprintf(want, sizeof(want), "%s%s",
		    tmpdir_path("integrations.d/acme.yaml"), errors[i].message);
		assert_string_equal(e.msg, want);
		assert_int_equal(e.code, EX_CONFIG);
	}
}

static void
a_vendor_cannot_take_a_common_key(void **state)
{
	struct sc_err e;

	(void)state;
	write_vendor("greedy", "view:", "tenant:");
	assert_null(load("vendor: greedy\n", &e));
	assert_non_null(strstr(e.msg, "a setting cannot be called \"tenant\""));
}

static void
a_literal_in_a_private_file_is_fine(void **state)
{
	struct sc_err e = { 0 };
	struct sc_integration *in;

	(void)state;
	(void)tmpdir_write("integrations.d/acme.yaml",
	    "vendor: test\nhost: h\nkey: s3cr3t-value\n", 0600);
	in = sc_integration_load(tmpdir, "acme", &e);
	assert_non_null(in);
	assert_string_equal(sc_integration_value(in, "key"), "s3cr3t-value");
	sc_integration_free(in);
}

static void
hosts_are_cleaned(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "acme.test", "acme.test" },
		{ "ACME.Test", "acme.test" },
		{ " acme.test \r\n", "acme.test" },
		{ "https://acme.test", "acme.test" },
		{ "https://acme.test/", "acme.test" },
		{ "https://acme.test:443/web/api?x#y", "acme.test" },
		{ "http://user:p@ss@acme.test/", "acme.test" },
		{ "acme.test.", "acme.test" },
		{ "127.0.0.1:80", "127.0.0.1" },
		{ "https://[::1]:8443/", "[::1]" },
		{ "[fe80::1]", "[fe80::1]" },
		{ "", NULL },
		{ "https://", NULL },
		{ " https:// ", NULL },
		{ "://", NULL },
		{ "a b", NULL },
		{ "ac\nme", NULL },
		{ "<your-instance>.test", NULL },
		{ "m\xc3\xbcsli.test", NULL },
		{ ".test", NULL },
		{ "::1", NULL },
		{ "[zz]", NULL },
		{ "[]", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *got = sc_host_clean(cases[i].text);

		if (cases[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].want);
		free(got);
	}
}

static void
only_safe_urls_are_taken(void **state)
{
	static const struct {
		const char *url;
		bool allow_http;
		const char *want; /* or how the message starts */
	} cases[] = {
		{ "https://acme.test", false, "https://acme.test" },
		{ "https://Acme.test:443/", false, "https://acme.test" },
		{ "https://acme.test:8443", false, "https://acme.test:8443" },
		{ "http://localhost:1", false, "http://localhost:1" },
		{ "http://127.8.9.1", false, "http://127.8.9.1" },
		{ "http://[::1]:80", false, "http://[::1]" },
		{ "http://acme.test", true, "http://acme.test" },
		{ "http://acme.test", false, "!would send the key" },
		{ "http://10.0.0.1", false, "!would send the key" },
		{ "http://128.0.0.1", false, "!would send the key" },
		{ "http://localhost.evil.test", false, "!would send the key" },
		{ "http://127.0.0.1.evil.test", false, "!would send the key" },
		{ "http://127.0.0.1@evil.test", false,
		    "!must not have a user" },
		{ "ftp://acme.test", false, "!must start with https://" },
		{ "acme.test", false, "!must start with https://" },
		{ "https://", false, "!has no usable host" },
		{ "https://acme.test/x", false, "!must end after the host" },
		{ "https://acme.test?x", false, "!must end after the host" },
		{ "https://acme.test:0", false, "!has a bad port" },
		{ "https://acme.test:65536", false, "!has a bad port" },
		{ "https://acme.test:8x", false, "!has a bad port" },
		{ "https://acme.test:+80", false, "!has a bad port" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sc_err e = { 0 };
		char *got =
		    sc_origin_clean(cases[i].url, cases[i].allow_http, &e);

		if (*cases[i].want != '!') {
			assert_string_equal(e.msg, "");
			assert_string_equal(got, cases[i].want);
		} else {
			assert_null(got);
			assert_memory_equal(e.msg, cases[i].want + 1,
			    strlen(cases[i].want + 1));
		}
		free(got);
	}
}

static void
names_are_checked(void **state)
{
	char longest[SC_NAME_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[SC_NAME_MAX] = '\0';
	assert_true(sc_name_valid(longest));
	longest[SC_NAME_MAX] = 'a';
	longest[SC_NAME_MAX + 1] = '\0';
	assert_false(sc_name_valid(longest));
	assert_true(sc_name_valid("0a-b_c"));
	assert_false(sc_name_valid(""));
	assert_false(sc_name_valid("-a"));
	assert_false(sc_name_valid("A"));
	assert_false(sc_name_valid("a.b"));
	assert_false(sc_name_valid("../a"));
}

static void
only_integration_files_are_listed(void **state)
{
	struct sc_err e = { 0 };
	char **names;
	size_t n;

	(void)state;
	(void)tmpdir_write("l/integrations.d/b.yaml", "", 0644);
	(void)tmpdir_write("l/integrations.d/a.yaml", "", 0644);
	(void)tmpdir_write("l/integrations.d/a.yaml~", "", 0644);
	(void)tmpdir_write("l/integrations.d/.yaml", "", 0644);
	(void)tmpdir_write("l/integrations.d/C.yaml", "", 0644);
	assert_int_equal(
	    sc_integration_list(tmpdir_path("l"), &names, &n, &e), 0);
	assert_int_equal(n, 2);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	sc_names_free(names, n);
	assert_int_equal(
	    sc_integration_list("/nonexistent", &names, &n, &e), 0);
	assert_int_equal(n, 0);
	sc_names_free(names, n);
}

static void
an_unknown_integration_says_what_there_is(void **state)
{
	struct sc_err e = { 0 };

	(void)state;
	(void)tmpdir_write("u/integrations.d/acme-s1.yaml", "", 0644);
	assert_null(sc_integration_load(tmpdir_path("u"), "acme-s2", &e));
	assert_int_equal(e.code, EX_CONFIG);
	assert_string_equal(e.remedy, "did you mean \"acme-s1\"?");
	assert_null(sc_integration_load(tmpdir_path("u"), "other", &e));
	assert_string_equal(e.remedy, "there are: acme-s1");
	assert_null(sc_integration_load("/nonexistent", "other", &e));
	assert_non_null(strstr(e.remedy, "sc-conf add"));
	assert_null(sc_integration_load(tmpdir_path("u"), "../x", &e));
	assert_string_equal(
	    e.msg, "\"../x\" cannot be the name of an integration");
}

static void
targets_name_an_integration_or_a_stream(void **state)
{
	const struct sc_stream_conf *s;
	struct sc_integration *in;
	struct sc_err e = { 0 };

	(void)state;
	sc_integration_free(must_load("vendor: test\nhost: h\nkey: env:K\n"));
	in = sc_target_load(tmpdir, "acme", &s, &e);
	assert_non_null(in);
	assert_null(s);
	sc_integration_free(in);
	in = sc_target_load(tmpdir, "acme.logins", &s, &e);
	assert_non_null(in);
	assert_ptr_equal(s, &in->streams[1]);
	sc_integration_free(in);

	assert_null(sc_target_load(tmpdir, "acme.login", &s, &e));
	assert_string_equal(
	    e.msg, "acme has no stream \"login\"; did you mean \"logins\"?");
	assert_int_equal(e.code, EX_CONFIG);
	assert_null(sc_target_load(tmpdir, "acme.", &s, &e));
	assert_int_equal(e.code, EX_USAGE);
	assert_null(sc_target_load(tmpdir, "acme.a.b", &s, &e));
	assert_int_equal(e.code, EX_USAGE);
	assert_null(sc_target_load(tmpdir, "Acme", &s, &e));
	assert_int_equal(e.code, EX_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_filled_in),
		cmocka_unit_test(all_keys_are_read),
		cmocka_unit_test(the_realm_is_the_host_even_behind_a_url),
		cmocka_unit_test(a_url_may_name_settings),
		cmocka_unit_test(errors_name_file_and_place),
		cmocka_unit_test(a_vendor_cannot_take_a_common_key),
		cmocka_unit_test(a_literal_in_a_private_file_is_fine),
		cmocka_unit_test(hosts_are_cleaned),
		cmocka_unit_test(only_safe_urls_are_taken),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(only_integration_files_are_listed),
		cmocka_unit_test(an_unknown_integration_says_what_there_is),
		cmocka_unit_test(targets_name_an_integration_or_a_stream),
	};

	return cmocka_run_group_tests(tests, setup, tmpdir_remove);
}
