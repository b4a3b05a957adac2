#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <cmocka.h>

#include "libcommon/conf_impl.h"
#include "sc/mem.h"

#include "t/unit/tmpdir.h"

#define PIN "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static const char vendor[] =
    "title: Test\norigin: https://{host}\nbase: /v1\n"
    "auth: { header: X-Key, value: '{key}' }\n"
    "settings:\n"
    "  host: { label: Host, help: Its address, kind: host, required: yes }\n"
    "  key: { label: Key, help: Its key, kind: secret, required: yes }\n"
    "streams:\n"
    "  alerts: { noun: n, path: /p, paging: token, since: a, until: b,\n"
    "    token: c, items: d, next: e, id: i, time: t, interval: 5m,\n"
    "    start: 24h, overlap: 2m, retention: 30d }\n";

static int
setup(void **state)
{
	if (tmpdir_make(state) == -1)
		return -1;
	(void)tmpdir_write("v/test/vendor.yaml", vendor, 0644);
	return setenv("SC_VENDORS", tmpdir_path("v"), 1);
}

/* site NULL: there is no such file. */
static struct sc_integration *
load(const char *site, const char *own, mode_t mode, struct sc_err *e)
{
	char *text = sc_xasprintf(
	    "vendor: test\nkey: env:K\nhost: a.vendor.test\n%s", own);
	struct sc_integration *in;

	*e = (struct sc_err){ 0 };
	if (site != NULL)
		(void)tmpdir_write("signal-client.yaml", site, mode);
	else
		(void)remove(tmpdir_path("signal-client.yaml"));
	(void)chmod(tmpdir_path("signal-client.yaml"), mode);
	(void)tmpdir_write("integrations.d/acme.yaml", text, mode);
	(void)chmod(tmpdir_path("integrations.d/acme.yaml"), mode);
	in = sc_integration_load(tmpdir, "acme", e);
	free(text);
	return in;
}

static void
the_way_is_found(void **state)
{
	static const char env[] = "http://env:1";
	static const struct {
		const char *site, *own, *env, *no, *proxy;
	} rows[] = {
		{ NULL, "", env, NULL, NULL },
		{ "proxy: http://all:1\n", "", env, NULL, "http://all:1" },
		/* An integration's own word counts, whatever it is. */
		{ "proxy: http://all:1\n", "proxy: https://OWN/\n", env, NULL,
		    "https://own" },
		{ "proxy: http://all:1\n", "proxy: none\n", env, NULL, NULL },
		{ "proxy: http://all:1\n", "proxy: env\n", env, NULL, env },
		{ "proxy: none\n", "proxy: http://own:1\n", env, NULL,
		    "http://own:1" },
		/* The environment counts only where it is asked for. */
		{ "proxy: env\n", "", env, NULL, env },
		{ "proxy: env\n", "", "env:1", NULL, env },
		{ "proxy: env\n", "", NULL, NULL, NULL },
		{ "proxy: env\n", "", "", NULL, NULL },
		{ "proxy: env\n", "proxy: none\n", env, NULL, NULL },
		{ "proxy: env\n", "", env, "x,vendor.test", NULL },
		{ "proxy: env\n", "", env, "x", env },
		{ "proxy: http://all:1\n", "", env, "*", "http://all:1" },
		{ "proxy: env\nno_proxy: vendor.test\n", "", env, NULL, NULL },
		/* Exceptions, of the file that they stand in. */
		{ "proxy: http://all:1\nno_proxy: [x, .vendor.test]\n", "", env,
		    NULL, NULL },
		{ "proxy: http://all:1\nno_proxy: [x, y]\n", "", env, NULL,
		    "http://all:1" },
		{ "proxy: http://all:1\nno_proxy: 'x, .vendor.test'\n", "", env,
		    NULL, NULL },
		{ "proxy: http://all:1\nno_proxy: vendor.test\n",
		    "proxy: http://own:1\n", env, NULL, "http://own:1" },
		{ "proxy: http://all:1\nno_proxy: vendor.test\n",
		    "no_proxy: x\n", env, NULL, "http://all:1" },
		{ "proxy: http://all:1\n", "no_proxy: vendor.test\n", env, NULL,
		    NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sc_err e;
		struct sc_integration *in;

		(void)unsetenv("HTTPS_PROXY");
		(void)unsetenv("NO_PROXY");
		if (rows[i].env != NULL)
			(void)setenv("HTTPS_PROXY", rows[i].env, 1);
		if (rows[i].no != NULL)
			(void)setenv("NO_PROXY", rows[i].no, 1);
		in = load(rows[i].site, rows[i].own, 0644, &e);
		assert_string_equal(e.msg, "");
		assert_non_null(in);
		if (rows[i].proxy == NULL)
			assert_null(in->net.proxy);
		else
			assert_string_equal(in->net.proxy, rows[i].proxy);
		sc_integration_free(in);
	}
	(void)unsetenv("HTTPS_PROXY");
	(void)unsetenv("NO_PROXY");
}

static void
credentials_are_no_part_of_the_address(void **state)
{
	struct sc_integration *in;
	struct sc_err e;

	(void)state;
	in = load("proxy: http://u%40x:p%3aw@p:1\n", "", 0600, &e);
	assert_non_null(in);
	assert_string_equal(in->net.proxy, "http://p:1");
	assert_string_equal(in->net.proxy_user, "u@x");
	assert_string_equal(in->net.proxy_password, "p:w");
	assert_null(in->net.proxy_secret);
	sc_integration_free(in);
	in = load("proxy: http://u@p:1\nproxy_password: file:/pw\n"
		  "proxy_ca_file: /ca\n",
	    "", 0644, &e);
	assert_non_null(in);
	assert_string_equal(in->net.proxy_user, "u");
	assert_null(in->net.proxy_password);
	assert_string_equal(in->net.proxy_secret, "file:/pw");
	assert_string_equal(
	    in->net.proxy_path, tmpdir_path("signal-client.yaml"));
	assert_string_equal(in->net.proxy_ca_file, "/ca");
	sc_integration_free(in);
}

static void
mistakes_are_found_in_both_files(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "prxy: http://p:1\n",
		    ":1:1: unknown key \"prxy\"; did you mean \"proxy\"?" },
		{ "proxy: p:1\n",
		    ":1:8: \"proxy\" must start with http:// or https://" },
		{ "proxy: http://p\n",
		    ":1:8: \"proxy\" needs the proxy's port: "
		    "http://HOST:PORT" },
		{ "proxy: http://p:0\n",
		    ":1:8: \"proxy\" has a bad port number" },
		{ "proxy: http://p:1/x\n",
		    ":1:8: \"proxy\" must end after the port" },
		{ "proxy: http://@p:1\n",
		    ":1:8: \"proxy\" has no usable user before its \"@\"" },
		{ "proxy: http://u:p%0a@p:1\n",
		    ":1:8: \"proxy\" has no usable password before its "
		    "\"@\"" },
		{ "proxy: http://u:tops3cret@p:1\n",
		    ":1:8: \"proxy\" holds the secret itself, in a file that "
		    "others can read" },
		{ "proxy: http://p:1\nproxy_password: file:/x\n",
		    ":2:17: \"proxy_password\" needs \"proxy: "
		    "http://USER@HOST:PORT\" beside it" },
		{ "proxy_password: file:/x\n",
		    ":1:17: \"proxy_password\" needs \"proxy: "
		    "http://USER@HOST:PORT\" beside it" },
		{ "proxy: http://u:p@p:1\nproxy_password: file:/x\n",
		    ":2:17: \"proxy_password\" stands beside a password in "
		    "\"proxy\": leave one out" },
		{ "proxy: http://u@p:1\nproxy_password: tops3cret\n",
		    ":2:17: \"proxy_password\" holds the secret itself, in a "
		    "file that others can read" },
		{ "proxy: env\nproxy_ca_file: /ca\n",
		    ":2:16: \"proxy_ca_file\" needs the address of a proxy "
		    "beside it" },
		{ "no_proxy: [a, 'http://b']\n",
		    ":1:15: \"no_proxy\" must hold hosts, not URLs, and "
		    "networks such as 10.0.0.0/8" },
		{ "no_proxy: 10.0.0.0/33\n",
		    ":1:11: \"no_proxy\" must hold hosts, not URLs, and "
		    "networks such as 10.0.0.0/8" },
		{ "no_proxy: a:80\n",
		    ":1:11: \"no_proxy\" must hold hosts without ports" },
		{ "no_proxy: '*.a'\n",
		    ":1:11: \"no_proxy\" takes no \"*\" in a name: "
		    "\".example.net\" stands for all below it" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sc_err e;
		char want[512];

		assert_null(load(rows[i].text, "", 0644, &e));
		(void)snprintf(want, sizeof(want), "%s%s",
		    tmpdir_path("signal-client.yaml"), rows[i].message);
		assert_string_equal(e.msg, want);
		assert_int_equal(e.code, EX_CONFIG);
		assert_null(strstr(e.remedy, "tops3cret"));
		/* And in the integration's own file. */
		assert_null(load(NULL, rows[i].text, 0644, &e));
		assert_non_null(strstr(e.msg, strstr(rows[i].message, ": ")));
		assert_non_null(strstr(e.msg, "acme.yaml:"));
	}
}

static void
servers_are_recognized_as_the_file_says(void **state)
{
	struct sc_integration *in;
	struct sc_err e;

	(void)state;
	in = load(NULL, "tls_pin: " PIN "\ntls_name: Box.test\n", 0644, &e);
	assert_non_null(in);
	assert_int_equal(in->net.ntls_pins, 1);
	assert_string_equal(in->net.tls_pins[0], PIN);
	assert_string_equal(in->net.tls_name, "Box.test");
	sc_integration_free(in);
	in = load(NULL, "tls_pin: [" PIN ", " PIN "]\n", 0644, &e);
	assert_non_null(in);
	assert_int_equal(in->net.ntls_pins, 2);
	sc_integration_free(in);
	assert_null(load(NULL, "tls_pin: sha256//abc\n", 0644, &e));
	assert_non_null(strstr(e.msg, "acme.yaml:4:10: \"tls_pin\" is not "));
	assert_null(load(NULL, "tls_name: https://x\n", 0644, &e));
	assert_non_null(strstr(e.msg, "\"tls_name\" must be a host name"));
	assert_null(load(NULL, "tls_pin: " PIN "\nca_file: /ca\n", 0644, &e));
	assert_non_null(strstr(e.msg, "acme.yaml:5:10: \"ca_file\" has no"));
}

static void
exceptions_are_hosts_domains_and_networks(void **state)
{
	static const struct {
		const char *list, *host;
		bool yes;
	} rows[] = {
		{ "*", "a.test", true },
		{ "*", "[::1]", true },
		{ "", "a.test", false },
		{ " , ,", "a.test", false },
		{ "a.test", "a.test", true },
		{ "A.Test.", "a.test", true },
		{ ".a.test", "a.test", true },
		{ "a.test", "b.a.test", true },
		{ ".a.test", "b.a.test", true },
		{ "a.test", "ba.test", false },
		{ "b.a.test", "a.test", false },
		{ ".", "a.test", false },
		{ "x, y,a.test", "a.test", true },
		{ "10.1.2.3", "10.1.2.3", true },
		{ "10.1.2.3", "10.1.2.33", false },
		{ "2.3", "10.1.2.3", false },
		{ "10.0.0.0/8", "10.255.2.3", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.0.0.0/9", "10.128.0.0", false },
		{ "10.0.0.0/15", "10.1.0.0", true },
		{ "10.0.0.0/0", "192.0.2.1", true },
		{ "10.0.0.1/32", "10.0.0.2", false },
		{ "10.0.0.0/33", "10.0.0.0", false },
		{ "10.0.0.0/", "10.0.0.0", false },
		{ "10.0.0.0/8", "ten.test", false },
		{ "::1", "[::1]", true },
		{ "[::1]", "[::1]", true },
		{ "2001:db8::/32", "[2001:db8:1::2]", true },
		{ "2001:db8::/32", "[2001:db9::]", false },
		{ "::/0", "10.0.0.1", false },
		{ "0.0.0.0/0", "[::1]", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (conf_except_matches(rows[i].list, rows[i].host) !=
		    rows[i].yes)
			fail_msg("\"%s\" and %s", rows[i].list, rows[i].host);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_is_found),
		cmocka_unit_test(credentials_are_no_part_of_the_address),
		cmocka_unit_test(mistakes_are_found_in_both_files),
		cmocka_unit_test(servers_are_recognized_as_the_file_says),
		cmocka_unit_test(exceptions_are_hosts_domains_and_networks),
	};

	return cmocka_run_group_tests(tests, setup, tmpdir_remove);
}
