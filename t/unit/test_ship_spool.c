/* sc-ship: the queue of a batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

#include "bin/sc-ship/spool.h"

#include "tmpdir.h"

static struct sc_err e;
static struct spool q;

static int
make(void **state)
{
	if (tmpdir_make(state) == -1)
		return -1;
	spool_init(&q, tmpdir);
	return 0;
}

static int
clean(void **state)
{
	spool_fini(&q);
	return tmpdir_remove(state);
}

/* An artifact whose number is its id, with n bytes of content. */
static int
add(int number, size_t n)
{
	static char content[3 << 20];
	char id[16];
	struct sc_artifact a = { 0 };

	(void)snprintf(id, sizeof(id), "%d", number);
	memset(content, 'a' + number % 26, n);
	a.stream = sc_slice_of("i.s");
	a.id = sc_slice_of(id);
	a.event_ms = number;
	a.artifact = (struct sc_slice){ content, n };
	return spool_add(&q, &a, &e);
}

struct expected {
	int next;
	size_t n;
	int stop; /* refuse this one */
};

static int
check(void *arg, const struct sc_artifact *a, struct sc_err *err)
{
	struct expected *x = arg;
	char id[16];

	if (x->next == x->stop)
		return sc_fail(err, EX_IOERR, "stop");
	(void)snprintf(id, sizeof(id), "%d", x->next);
	assert_true(sc_slice_is(a->id, id));
	assert_true(sc_slice_is(a->stream, "i.s"));
	assert_int_equal(a->event_ms, x->next);
	assert_int_equal(a->key.n, 0);
	assert_int_equal(a->artifact.n, x->n);
	for (size_t i = 0; i < x->n; i++) {
		if (a->artifact.p[i] != 'a' + x->next % 26)
			fail();
	}
	x->next++;
	return 0;
}

static int
drain(size_t n)
{
	struct expected x = { .n = n, .stop = -1 };

	assert_int_equal(spool_each(&q, check, &x, &e), 0);
	return x.next;
}

static void
a_small_batch_stays_in_memory(void **state)
{
	(void)state;
	assert_int_equal(drain(0), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(add(i, 1000), 0);
	assert_int_equal(q.fd, -1);
	assert_int_equal(q.n, 100);
	assert_int_equal(drain(1000), 100);
	/* They stay until they are forgotten. */
	assert_int_equal(drain(1000), 100);
	spool_clear(&q);
	assert_int_equal(drain(1000), 0);
	assert_int_equal(q.n, 0);
}

static void
a_large_batch_goes_to_a_nameless_file(void **state)
{
	(void)state;
	for (int i = 0; i < 700; i++) {
		assert_int_equal(add(i, 9973), 0);
		assert_true(q.b.len < SPOOL_MEMORY);
	}
	assert_true(q.filed > 5 * (off_t)SPOOL_MEMORY);
	assert_int_equal(drain(9973), 700);
	/* An empty folder can be removed and made again. */
	assert_int_equal(rmdir(tmpdir), 0);
	assert_int_equal(mkdir(tmpdir, 0700), 0);
	spool_clear(&q);
	assert_int_equal(q.fd, -1);
	assert_int_equal(add(0, 10), 0);
	assert_int_equal(drain(10), 1);
}

static void
an_item_may_be_larger_than_the_memory(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(add(i, 3 << 20), 0);
	assert_int_equal(drain(3 << 20), 4);
}

static void
the_first_failure_ends_it(void **state)
{
	struct expected x = { .n = 9973, .stop = 3 };

	(void)state;
	for (int i = 0; i < 300; i++)
		assert_int_equal(add(i, 9973), 0);
	assert_int_equal(spool_each(&q, check, &x, &e), -1);
	assert_int_equal(e.code, EX_IOERR);
	assert_int_equal(x.next, 3);
}

static void
no_place_for_the_file(void **state)
{
	(void)state;
	assert_int_equal(rmdir(tmpdir), 0);
	assert_int_equal(add(0, 2 << 20), -1);
	assert_int_equal(e.code, EX_CANTCREAT);
	assert_int_equal(mkdir(tmpdir, 0700), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_small_batch_stays_in_memory),
		T(a_large_batch_goes_to_a_nameless_file),
		T(an_item_may_be_larger_than_the_memory),
		T(the_first_failure_ends_it),
		T(no_place_for_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
