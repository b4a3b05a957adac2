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

#include "sc/err.h"
#include "sc/prog.h"

static void
context_goes_in_front(void **state)
{
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(sc_fail(&e, EX_DATAERR, "line %d", 3), -1);
	assert_int_equal(sc_ctx(&e, "threats.map"), -1);
	assert_string_equal(e.msg, "threats.map: line 3");
	assert_int_equal(e.code, EX_DATAERR);
}

static void
long_messages_are_cut_not_overrun(void **state)
{
	struct sc_err e = { 0 };
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)sc_fail(&e, EX_CONFIG, "%s", text);
	(void)sc_ctx(&e, "front");
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	assert_int_equal(strncmp(e.msg, "front: xxx", 10), 0);
}

static void
class_follows_from_code_unless_set(void **state)
{
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(sc_err_class(&e), SC_CLASS_OK);
	(void)sc_fail(&e, EX_DATAERR, "x");
	assert_int_equal(sc_err_class(&e), SC_CLASS_INPUT);
	(void)sc_remedy(&e, SC_CLASS_AUTH, "verify the API Token");
	assert_int_equal(sc_err_class(&e), SC_CLASS_AUTH);
	assert_string_equal(e.remedy, "verify the API Token");
}

static void
every_class_has_a_word_that_reads_back(void **state)
{
	(void)state;
	for (int c = SC_CLASS_OK; c <= SC_CLASS_INTERNAL; c++)
		assert_int_equal(
		    sc_class_parse(sc_class_name((enum sc_class)c)), c);
	assert_int_equal(sc_class_parse("NONSENSE"), -1);
}

static void
worst_exit_code_wins(void **state)
{
	static const int order[] = { 0, SC_EX_PIPE, EX_TEMPFAIL, EX_UNAVAILABLE,
		EX_PROTOCOL, EX_DATAERR, EX_IOERR, EX_NOPERM, EX_CONFIG,
		EX_SOFTWARE };
	size_t n = sizeof(order) / sizeof(order[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i; j < n; j++) {
			assert_int_equal(
			    sc_exit_worse(order[i], order[j]), order[j]);
			assert_int_equal(
			    sc_exit_worse(order[j], order[i]), order[j]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(context_goes_in_front),
		cmocka_unit_test(long_messages_are_cut_not_overrun),
		cmocka_unit_test(class_follows_from_code_unless_set),
		cmocka_unit_test(every_class_has_a_word_that_reads_back),
		cmocka_unit_test(worst_exit_code_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
