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
#include "sc/report.h"

/* Writes an outcome line through a pipe and returns it. */
static char *
written(const struct sc_outcome *sum, const struct sc_outcome *streams,
    size_t n, char *out, size_t cap)
{
	char fd[16];
	int p[2];
	ssize_t got;

	assert_int_equal(pipe(p), 0);
	(void)snprintf(fd, sizeof(fd), "%d", p[1]);
	(void)setenv("SC_REPORT", fd, 1);
	sc_report_write("sc-fetch", sum, streams, n);
	(void)unsetenv("SC_REPORT");
	(void)close(p[1]);
	got = read(p[0], out, cap - 1);
	(void)close(p[0]);
	out[got > 0 ? got : 0] = '\0';
	return out;
}

static void
what_is_written_reads_back(void **state)
{
	struct sc_outcome sum = { .stream = "acme-s1" }, back;
	struct sc_outcome one = { .stream = "acme-s1.threats",
		.counts = { [SC_N_NEW] = 10, [SC_N_SEEN] = 3 },
		.newest_ms = 1795352400123,
		.has_offset = true,
		.clock_offset_ms = -42,
		.partial = true,
		.expires_ms = 1795352400456 };
	struct sc_outcome streams[4];
	char line[4096], stage[32];
	size_t n = 4;
	struct sc_err e;

	(void)state;
	(void)sc_fail(&one.err, EX_TEMPFAIL, "HTTP 429");
	(void)sc_remedy(&one.err, SC_CLASS_QUOTA, "wait");
	one.err.not_before_ms = 1795352460000;
	sum.err = one.err;
	written(&sum, &one, 1, line, sizeof(line));
	assert_int_equal(
	    sc_report_parse((struct sc_slice){ line, strlen(line) }, stage,
		&back, streams, &n, &e),
	    0);
	assert_string_equal(stage, "sc-fetch");
	assert_int_equal(n, 1);
	assert_string_equal(streams[0].stream, "acme-s1.threats");
	assert_int_equal(streams[0].err.code, EX_TEMPFAIL);
	assert_int_equal(streams[0].err.class, SC_CLASS_QUOTA);
	assert_string_equal(streams[0].err.msg, "HTTP 429");
	assert_string_equal(streams[0].err.remedy, "wait");
	assert_int_equal(streams[0].err.not_before_ms, 1795352460000);
	assert_int_equal(streams[0].counts[SC_N_NEW], 10);
	assert_int_equal(streams[0].counts[SC_N_SEEN], 3);
	assert_int_equal(streams[0].newest_ms, 1795352400123);
	assert_true(streams[0].has_offset);
	assert_int_equal(streams[0].clock_offset_ms, -42);
	assert_true(streams[0].partial);
	assert_int_equal(streams[0].expires_ms, 1795352400456);
	assert_int_equal(back.err.class, SC_CLASS_QUOTA);
}

static void
a_line_always_fits_a_pipe_write(void **state)
{
	struct sc_outcome sum = { .stream = "acme-s1" }, streams[8] = { 0 };
	struct sc_outcome back, got[8];
	char line[8192], stage[32];
	size_t n = 8;
	struct sc_err e;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		memset(streams[i].err.msg, '"', sizeof(streams[i].err.msg) - 1);
		streams[i].err.code = EX_UNAVAILABLE;
	}
	written(&sum, streams, 8, line, sizeof(line));
	assert_true(strlen(line) > 0 && strlen(line) <= 4096);
	assert_int_equal(
	    sc_report_parse((struct sc_slice){ line, strlen(line) }, stage,
		&back, got, &n, &e),
	    0);
	assert_int_equal(n, 8);
}

static void
secrets_do_not_leave_this_way_either(void **state)
{
	struct sc_outcome sum = { .stream = "acme-s1" };
	char line[4096];

	(void)state;
	sc_log_secret("hunter2hunter2", 14);
	(void)sc_fail(&sum.err, EX_NOPERM, "refused hunter2hunter2");
	written(&sum, NULL, 0, line, sizeof(line));
	assert_non_null(strstr(line, "refused [REDACTED]"));
	assert_null(strstr(line, "hunter2"));
	sc_log_forget();
}

static void
other_lines_are_refused(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"stage\":\"x\"}",
		"{\"stage\":1,\"streams\":[]}", "nonsense" };
	struct sc_outcome sum, streams[1];
	char stage[32];
	struct sc_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size_t n = 1;

		assert_int_equal(sc_report_parse(sc_slice_of(bad[i]), stage,
				     &sum, streams, &n, &e),
		    -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(a_line_always_fits_a_pipe_write),
		cmocka_unit_test(secrets_do_not_leave_this_way_either),
		cmocka_unit_test(other_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
