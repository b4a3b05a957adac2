#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/command.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/secret.h"

#include "t/unit/tmpdir.h"

static int
load(const char *ref, struct sc_secret *s, struct sc_err *e)
{
	*e = (struct sc_err){ 0 };
	return sc_secret_load(ref, "api_key", NULL, s, e);
}

static void
assert_loads(const char *ref, const char *want)
{
	struct sc_secret s;
	struct sc_err e;

	assert_int_equal(load(ref, &s, &e), 0);
	assert_string_equal(s.p, want);
	assert_int_equal(s.n, strlen(want));
	sc_secret_fini(&s);
	assert_null(s.p);
}

static void
assert_refused(const char *ref, const char *message)
{
	struct sc_secret s;
	struct sc_err e;

	assert_int_equal(load(ref, &s, &e), -1);
	assert_string_equal(e.msg, message);
	assert_int_equal(e.code, EX_CONFIG);
	assert_int_equal(e.class, SC_CLASS_SECRET);
	assert_null(s.p);
}

/* The reference of a new file with this content. */
static const char *
in_file(const char *content)
{
	static char ref[PATH_MAX + 8];

	(void)snprintf(
	    ref, sizeof(ref), "file:%s", tmpdir_write("key", content, 0600));
	return ref;
}

static void
every_kind_of_reference(void **state)
{
	(void)state;
	assert_loads(in_file("from-a-file"), "from-a-file");
	assert_int_equal(setenv("SC_TEST_KEY", "from-env", 1), 0);
	assert_loads("env:SC_TEST_KEY", "from-env");
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", tmpdir, 1), 0);
	(void)tmpdir_write("acme.key", "from-systemd", 0400);
	assert_loads("cred:acme.key", "from-systemd");
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_loads("exec:echo from-a-command", "from-a-command");
	assert_loads("exec:printf 'first\\nsecond\\n'", "first");
}

static void
what_is_pasted_around_a_key_is_cut(void **state)
{
	(void)state;
	assert_loads(in_file("key\n"), "key");
	assert_loads(in_file("key\r\n"), "key");
	assert_loads(in_file(" \tkey \n\n"), "key");
	assert_loads(in_file("two words"), "two words");
	assert_loads(in_file("it's"), "it's");
}

static void
what_is_no_key_is_refused(void **state)
{
	static const struct {
		const char *content, *message;
	} cases[] = {
		{ "", "is empty" },
		{ " \r\n", "is empty" },
		{ "\"key\"", "is in quotes: leave them out" },
		{ "'key'\n", "is in quotes: leave them out" },
		{ "ApiToken key",
		    "starts like a header: give only the key, without the "
		    "word before it" },
		{ "bearer key",
		    "starts like a header: give only the key, without the "
		    "word before it" },
		{ "Authorization: ApiToken key",
		    "starts like a header: give only the key, without the "
		    "word before it" },
		{ "half\nhalf", "has more than one line" },
		{ "ke\x01y", "holds a control byte: it is no text" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *ref = in_file(cases[i].content);
		char want[PATH_MAX + 100];

		(void)snprintf(want, sizeof(want),
		    "\"api_key\" (%s): the secret %s", ref, cases[i].message);
		assert_refused(ref, want);
	}
}

static void
a_nul_byte_is_refused(void **state)
{
	struct sc_secret s;
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(sc_secret_take("ab\0cd", 5, &s, &e), -1);
	assert_string_equal(
	    e.msg, "the secret holds a control byte: it is no text");
}

static void
missing_ones_are_named(void **state)
{
	struct sc_secret s;
	struct sc_err e;

	(void)state;
	assert_refused("file:/nonexistent/key",
	    "\"api_key\" (file:/nonexistent/key): cannot be read: No such "
	    "file or directory");
	assert_refused("env:SC_TEST_NONE",
	    "\"api_key\" (env:SC_TEST_NONE): the variable is not set");
	assert_int_equal(load("cred:acme", &s, &e), -1);
	assert_string_equal(
	    e.msg, "\"api_key\" (cred:acme): CREDENTIALS_DIRECTORY is not set");
	assert_non_null(strstr(e.remedy, "LoadCredential="));
}

static void
half_a_reference_is_refused(void **state)
{
	(void)state;
	assert_refused("file:credentials/key",
	    "\"api_key\" needs an absolute path: file:/...");
	assert_refused("cred:../key",
	    "\"api_key\" needs the name of a credential: cred:NAME");
	assert_refused(
	    "env:", "\"api_key\" needs the name of a variable: env:NAME");
	assert_refused(
	    "exec:", "\"api_key\" needs a command line: exec:COMMAND");
}

static void
a_file_may_not_be_huge(void **state)
{
	char *text = sc_xcalloc(1, SC_SECRET_MAX + 2);
	struct sc_secret s;
	struct sc_err e;

	(void)state;
	memset(text, 'k', SC_SECRET_MAX + 1);
	assert_int_equal(load(in_file(text), &s, &e), -1);
	assert_non_null(strstr(e.msg, "is longer than 16384 bytes"));
	text[SC_SECRET_MAX] = '\0';
	assert_int_equal(load(in_file(text), &s, &e), 0);
	assert_int_equal(s.n, SC_SECRET_MAX);
	sc_secret_fini(&s);
	sc_log_forget();
	free(text);
}

static void
a_literal_needs_a_private_file(void **state)
{
	const char *conf = tmpdir_write("conf.yaml", "x", 0644);
	const struct group *gr = getgrnam("signal-client");
	struct sc_secret s;
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(
	    sc_secret_load("s3cr3t-value", "api_key", conf, &s, &e), -1);
	assert_string_equal(e.msg,
	    "\"api_key\" holds the secret itself, in a file that others can "
	    "read");
	assert_non_null(strstr(e.remedy, "file:PATH"));
	assert_int_equal(chmod(conf, 0600), 0);
	assert_int_equal(
	    sc_secret_load("s3cr3t-value", "api_key", conf, &s, &e), 0);
	assert_string_equal(s.p, "s3cr3t-value");
	sc_secret_fini(&s);
	/* 0640 is fine for the service's group only. */
	assert_int_equal(chmod(conf, 0640), 0);
	assert_int_equal(sc_secret_check("v", "api_key", conf, &e),
	    gr != NULL && gr->gr_gid == getegid() ? 0 : -1);
	assert_int_equal(
	    sc_secret_check("v", "api_key", "/nonexistent", &e), -1);
	assert_int_equal(sc_secret_check("v", "api_key", NULL, &e), -1);
}

static void
a_loaded_secret_is_known_to_the_logger(void **state)
{
	struct sc_secret s;
	struct sc_err e;
	char out[64];

	(void)state;
	assert_int_equal(load(in_file("hunter22"), &s, &e), 0);
	sc_log_redact("key=hunter22.", out, sizeof(out));
	assert_string_equal(out, "key=[REDACTED].");
	sc_secret_fini(&s);
	sc_log_forget();
}

static void
a_failing_command_tells_its_status_only(void **state)
{
	(void)state;
	assert_refused("exec:echo hunter22; exit 3",
	    "\"api_key\" (exec:echo hunter22; exit 3): the command ended "
	    "with status 3");
	assert_refused("exec:kill -9 $$",
	    "\"api_key\" (exec:kill -9 $$): the command was ended by "
	    "signal 9");
	assert_refused(
	    "exec:true", "\"api_key\" (exec:true): the secret is empty");
	assert_refused("exec:head -c 20000 /dev/zero",
	    "\"api_key\" (exec:head -c 20000 /dev/zero): the command writes "
	    "more than 16385 bytes");
}

static void
a_command_may_not_take_for_ever(void **state)
{
	struct sc_err e = { 0 };
	struct sc_buf b;

	(void)state;
	sc_buf_init(&b, 100);
	assert_int_equal(
	    sc_command_read("echo started; sleep 1000", 50, &b, &e), -1);
	assert_string_equal(e.msg, "the command took too long");
	assert_int_equal(e.code, EX_CONFIG);
	sc_buf_fini(&b);
}

/* As an agent does that a password manager starts. */
static void
a_child_that_stays_does_not_hold_us(void **state)
{
	struct sc_err e = { 0 };
	char *end;
	struct sc_buf b;
	long pid;

	(void)state;
	sc_buf_init(&b, 100);
	assert_int_equal(
	    sc_command_read("sleep 1000 & echo $!", 60000, &b, &e), 0);
	pid = strtol(sc_buf_str(&b), &end, 10);
	assert_string_equal(end, "\n");
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0); /* still there */
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_reference),
		cmocka_unit_test(what_is_pasted_around_a_key_is_cut),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(missing_ones_are_named),
		cmocka_unit_test(half_a_reference_is_refused),
		cmocka_unit_test(a_file_may_not_be_huge),
		cmocka_unit_test(a_literal_needs_a_private_file),
		cmocka_unit_test(a_loaded_secret_is_known_to_the_logger),
		cmocka_unit_test(a_failing_command_tells_its_status_only),
		cmocka_unit_test(a_command_may_not_take_for_ever),
		cmocka_unit_test(a_child_that_stays_does_not_hold_us),
	};

	return cmocka_run_group_tests(tests, tmpdir_make, tmpdir_remove);
}
