/* The store: what is remembered beside revisions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sc/clock.h"
#include "sc/store.h"

#include "store_open.h"

#define STREAM "acme.cases"

static int
open_fresh(void **state)
{
	return open_at(state, "@2026-11-22T13:00:00Z");
}

static void
put(const char *key, const char *id, const char *rev, const char *aux)
{
	const struct sc_artifact a = { .stream = sc_slice_of(STREAM),
		.id = sc_slice_of(id),
		.key = sc_slice_of(key),
		.rev = sc_slice_of(rev),
		.vendor = sc_slice_of("v"),
		.integration = sc_slice_of("acme"),
		.artifact = sc_slice_of("{}"),
		.aux = sc_slice_of(aux) };

	assert_int_equal(sc_store_begin(store, &e), 0);
	assert_int_not_equal(sc_store_put(store, &a, &e), -1);
	assert_int_equal(sc_store_commit(store, &e), 0);
}

static void
note(const char *key, const char *aux)
{
	assert_int_equal(sc_store_begin(store, &e), 0);
	assert_int_equal(sc_store_remember(store, sc_slice_of(STREAM),
			     sc_slice_of(key), sc_slice_of(aux), &e),
	    0);
	assert_int_equal(sc_store_commit(store, &e), 0);
}

static struct sc_object
object(const char *key)
{
	struct sc_object o;

	assert_int_equal(sc_store_object(store, sc_slice_of(STREAM),
			     sc_slice_of(key), &o, &e),
	    1);
	return o;
}

static void
it_comes_with_a_revision_and_stays_until_the_next(void **state)
{
	(void)state;
	put("a", "i1", "2026-11-22T13:00:00Z", "OPEN");
	assert_string_equal(object("a").aux, "OPEN");
	put("a", "i2", "2026-11-22T13:00:01Z", "");
	assert_string_equal(object("a").aux, "OPEN");
	put("a", "i3", "2026-11-22T13:00:02Z", "CLOSED");
	assert_string_equal(object("a").aux, "CLOSED");
	/* A late, older one says nothing about now. */
	put("a", "i0", "2026-11-22T12:00:00Z", "NEW");
	assert_string_equal(object("a").aux, "CLOSED");
	assert_int_equal(object("a").n, 4);
}

static void
a_note_needs_no_revision(void **state)
{
	struct sc_store_counts counts;

	(void)state;
	note("parent", "read x");
	assert_string_equal(object("parent").aux, "read x");
	assert_int_equal(object("parent").n, 0);
	note("parent", "read y");
	assert_string_equal(object("parent").aux, "read y");
	/* A revision that comes later is the first one. */
	put("parent", "i1", "1", "");
	assert_int_equal(object("parent").n, 1);
	assert_string_equal(object("parent").id, "i1");
	assert_string_equal(object("parent").aux, "read y");
	assert_int_equal(sc_store_check(store, &counts, NULL, &e), 0);
	assert_int_equal(counts.problems, 0);
}

struct list {
	char text[100];
	int left;
};

static int
collect(void *arg, struct sc_slice key, struct sc_slice aux, struct sc_err *err)
{
	struct list *l = arg;
	size_t n = strlen(l->text);

	(void)err;
	(void)snprintf(l->text + n, sizeof(l->text) - n, "%.*s=%.*s ",
	    (int)key.n, key.p, (int)aux.n, aux.p);
	return --l->left == 0;
}

static void
the_longest_unseen_comes_first(void **state)
{
	struct list all = { .left = 10 }, some = { .left = 2 };

	(void)state;
	note("c", "3");
	assert_int_equal(sc_clock_move(1000, &e), 0);
	put("b", "i1", "1", "2");
	put("none", "i2", "1", "");
	assert_int_equal(sc_clock_move(1000, &e), 0);
	note("a", "1");
	assert_int_equal(
	    sc_store_remembered(store, STREAM, collect, &all, &e), 0);
	assert_string_equal(all.text, "c=3 b=2 a=1 ");
	assert_int_equal(sc_clock_move(1000, &e), 0);
	note("c", "3");
	assert_int_equal(
	    sc_store_remembered(store, STREAM, collect, &some, &e), 1);
	assert_string_equal(some.text, "b=2 a=1 ");
	assert_int_equal(
	    sc_store_remembered(store, "other", collect, &all, &e), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    it_comes_with_a_revision_and_stays_until_the_next,
		    open_fresh, close_all),
		cmocka_unit_test_setup_teardown(
		    a_note_needs_no_revision, open_fresh, close_all),
		cmocka_unit_test_setup_teardown(
		    the_longest_unseen_comes_first, open_fresh, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
