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

#include "sc/log.h"

/* What one log call writes to stderr. */
static char *
logged(enum sc_level level, const char *text, char *out, size_t cap)
{
	int p[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(p), 0);
	(void)dup2(p[1], STDERR_FILENO);
	(void)close(p[1]);
	sc_log(level, "sentinelone", "%s", text);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	n = read(p[0], out, cap - 1);
	(void)close(p[0]);
	out[n > 0 ? n : 0] = '\0';
	return out;
}

static void
a_line_is_as_the_guides_promise(void **state)
{
	char out[512];

	(void)state;
	assert_string_equal(
	    logged(SC_LOG_INFO, "fetched 12 threats", out, sizeof(out)),
	    "[INFO] sentinelone: fetched 12 threats\n");
}

static void
control_bytes_cannot_forge_a_line(void **state)
{
	char out[512];

	(void)state;
	assert_string_equal(
	    logged(SC_LOG_WARN, "bad\n[INFO] all is well\033[2J", out,
		sizeof(out)),
	    "[WARN] sentinelone: bad\\x0a[INFO] all is well\\x1b[2J\n");
	/* U+009B is a terminal's ESC [ in two bytes; U+00A0 is a letter. */
	assert_string_equal(logged(SC_LOG_WARN,
				"\xc2\x9b"
				"2J\xc2\xa0",
				out, sizeof(out)),
	    "[WARN] sentinelone: \\xc2\\x9b"
	    "2J\xc2\xa0\n");
}

static void
debug_is_silent_unless_asked_for(void **state)
{
	char out[512];

	(void)state;
	assert_string_equal(logged(SC_LOG_DEBUG, "x", out, sizeof(out)), "");
	sc_log_verbose(1);
	assert_string_equal(logged(SC_LOG_DEBUG, "x", out, sizeof(out)),
	    "[DEBUG] sentinelone: x\n");
	sc_log_verbose(0);
}

static void
secrets_vanish_in_every_spelling(void **state)
{
	/* base64 of "user:s3cr3t/+token" contains that of the secret only
	 * when both are aligned, as in an Authorization header of its own. */
	static const char *const lines[] = { "s3cr3t/+token",
		"Authorization: ApiToken s3cr3t/+token!",
		"czNjcjN0Lyt0b2tlbg==", "x=s3cr3t%2F%2Btoken&y",
		"x=s3cr3t%2f%2btoken&y" };
	char out[512];

	(void)state;
	sc_log_secret("s3cr3t/+token", strlen("s3cr3t/+token"));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		logged(SC_LOG_ERROR, lines[i], out, sizeof(out));
		assert_null(strstr(out, "s3cr3t"));
		assert_null(strstr(out, "czNjcjN0"));
		assert_non_null(strstr(out, "[REDACTED]"));
	}
	sc_log_forget();
	assert_non_null(
	    strstr(logged(SC_LOG_ERROR, lines[0], out, sizeof(out)), "s3cr3t"));
}

static void
short_secrets_do_not_blank_out_words(void **state)
{
	char out[512];

	(void)state;
	sc_log_secret("an", 2);
	assert_string_equal(logged(SC_LOG_INFO, "banana", out, sizeof(out)),
	    "[INFO] sentinelone: banana\n");
}

static void
json_lines_are_json(void **state)
{
	char out[512];

	(void)state;
	assert_int_equal(sc_log_format("xml"), -1);
	assert_int_equal(sc_log_format("json"), 0);
	sc_log_init("sc-fetch");
	assert_string_equal(logged(SC_LOG_INFO, "say \"hi\"", out, sizeof(out)),
	    "{\"level\":\"INFO\",\"program\":\"sc-fetch\","
	    "\"subject\":\"sentinelone\",\"msg\":\"say \\\"hi\\\"\"}\n");
	assert_int_equal(sc_log_format("text"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_as_the_guides_promise),
		cmocka_unit_test(control_bytes_cannot_forge_a_line),
		cmocka_unit_test(debug_is_silent_unless_asked_for),
		cmocka_unit_test(secrets_vanish_in_every_spelling),
		cmocka_unit_test(short_secrets_do_not_blank_out_words),
		cmocka_unit_test(json_lines_are_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
