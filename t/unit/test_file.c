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

#include <fcntl.h>
#include <sys/stat.h>

#include "sc/file.h"

static char dir[] = "/tmp/sc-file.XXXXXX";
static char path[64];

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/f", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir); /* fails when a temporary file was left behind */
}

static void
assert_content(const char *want)
{
	struct sc_buf b;
	struct sc_err e;

	sc_buf_init(&b, 1000);
	assert_int_equal(sc_file_read(path, &b, &e), 0);
	assert_string_equal(sc_buf_str(&b), want);
	sc_buf_fini(&b);
}

static void
replaces_the_whole_content_and_the_mode(void **state)
{
	struct sc_err e;
	struct stat st;

	(void)state;
	assert_int_equal(sc_file_replace(path, "first", 5, 0600, &e), 0);
	assert_int_equal(sc_file_replace(path, "2nd", 3, 0640, &e), 0);
	assert_content("2nd");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

/* Killed between two steps, as a test of whole programs does as well. */
static void
what_a_killed_run_has_left_is_removed(void **state)
{
	char left[sizeof(path) + 4];
	struct sc_err e;
	int fd;

	(void)state;
	(void)snprintf(left, sizeof(left), "%s.new", path);
	fd = open(left, O_WRONLY | O_CREAT | O_CLOEXEC, 0400);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, "much longer", 11), 11);
	(void)close(fd);
	assert_int_equal(sc_file_replace(path, "whole", 5, 0600, &e), 0);
	assert_content("whole");
	assert_int_equal(access(left, F_OK), -1);
}

static void
create_never_replaces(void **state)
{
	struct sc_err e;

	(void)state;
	assert_int_equal(sc_file_replace(path, "mine", 4, 0600, &e), 0);
	assert_int_equal(sc_file_create(path, "yours", 5, 0600, &e), -1);
	assert_int_equal(e.code, EX_CANTCREAT);
	assert_content("mine");
}

static void
a_folder_that_is_not_there_is_named(void **state)
{
	struct sc_err e;

	(void)state;
	assert_int_equal(
	    sc_file_replace("/nonexistent/x", "a", 1, 0600, &e), -1);
	assert_int_equal(e.code, EX_CANTCREAT);
	assert_non_null(strstr(e.msg, "/nonexistent/x"));
}

static void
a_file_larger_than_the_bound_is_refused(void **state)
{
	struct sc_buf b;
	struct sc_err e;

	(void)state;
	assert_int_equal(sc_file_replace(path, "12345678", 8, 0600, &e), 0);
	sc_buf_init(&b, 7);
	assert_int_equal(sc_file_read(path, &b, &e), -1);
	assert_int_equal(e.code, EX_DATAERR);
	sc_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_the_whole_content_and_the_mode),
		cmocka_unit_test(what_a_killed_run_has_left_is_removed),
		cmocka_unit_test(create_never_replaces),
		cmocka_unit_test(a_folder_that_is_not_there_is_named),
		cmocka_unit_test(a_file_larger_than_the_bound_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
