/* The store: searches, readers' positions, the check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/clock.h"
#include "store_impl.h"

#include "store_open.h"

static void
put(const char *stream, const char *id, int64_t event_ms, const char *json)
{
	const struct sc_artifact a = {
		.stream = sc_slice_of(stream),
		.id = sc_slice_of(id),
		.key = sc_slice_of(id),
		.vendor = sc_slice_of(stream[0] == 'd' ? "darktrace" : "s1"),
		.integration = { stream, strcspn(stream, ".") },
		.event_ms = event_ms,
		.artifact = sc_slice_of(json),
	};

	assert_int_equal(sc_store_begin(store, &e), 0);
	assert_int_equal(sc_store_put(store, &a, &e), 1);
	assert_int_equal(sc_store_commit(store, &e), 0);
}

/* Arrival is 5,000 for all; f has no other time. */
static int
open_filled(void **state)
{
	if (open_at(state, "@1970-01-01T00:00:05Z") == -1)
		return -1;
	put("acme.threats", "a1", 3000, "{\"x\":\"Alpha 50% a_b\"}");
	put("acme.agents", "a2", 1000, "{\"x\":\"beta\"}");
	put("acme-2.threats", "b1", 2000, "{\"x\":\"alpha\"}");
	put("dt.breaches", "c1", 2000, "{\"x\":\"gamma \\\\\"}");
	put("dt.breaches", "c2", 9000, "{\"x\":\"delta\"}");
	put("singer", "f1", 0, "{\"x\":\"plain\"}");
	return 0;
}

static void
sql(const char *text)
{
	assert_int_equal(store_exec(store, text, &e), 0);
}

/* The ids that rows hand out, joined by blanks. */
static void
expect_rows(struct sc_store_rows *rows, const char *ids)
{
	struct sc_store_row row;
	struct sc_buf b;
	int rc;

	assert_non_null(rows);
	sc_buf_init(&b, 4096);
	while ((rc = sc_store_next(rows, &row, &e)) == 1)
		(void)sc_buf_addf(&b, "%s%.*s", b.len > 0 ? " " : "",
		    (int)row.a.id.n, row.a.id.p);
	assert_int_equal(rc, 0);
	assert_string_equal(sc_buf_str(&b), ids);
	/* The end stays the end. */
	assert_int_equal(sc_store_next(rows, &row, &e), 0);
	sc_store_rows_free(rows);
	sc_buf_fini(&b);
}

static void
expect(struct sc_store_query q, int64_t count, const char *ids)
{
	expect_rows(sc_store_search(store, &q, &e), ids);
	assert_int_equal(sc_store_count(store, &q, &e), count);
}

#define Q(...) ((struct sc_store_query){ __VA_ARGS__ })

static void
a_search_is_in_order_of_time(void **state)
{
	(void)state;
	expect(Q(.limit = 0), 6, "a2 b1 c1 a1 f1 c2");
	expect(Q(.limit = 6), 6, "a2 b1 c1 a1 f1 c2");
	expect(Q(.limit = 5), 6, "b1 c1 a1 f1 c2");
	expect(Q(.limit = 4), 6, "c1 a1 f1 c2");
	expect(Q(.limit = 1), 6, "c2");
	expect(Q(.limit = 99), 6, "a2 b1 c1 a1 f1 c2");
}

static void
a_search_selects(void **state)
{
	(void)state;
	expect(Q(.integration = "acme"), 2, "a2 a1");
	expect(Q(.integration = "acme-2"), 1, "b1");
	expect(Q(.integration = "singer"), 1, "f1");
	expect(Q(.integration = "acm"), 0, "");
	expect(Q(.stream = "acme.threats"), 1, "a1");
	expect(Q(.stream = "threats"), 2, "b1 a1");
	expect(Q(.stream = "threats", .limit = 1), 2, "a1");
	expect(Q(.stream = "threats", .integration = "acme"), 1, "a1");
	expect(Q(.stream = "singer"), 1, "f1");
	expect(Q(.vendor = "darktrace"), 2, "c1 c2");
	expect(Q(.vendor = "darktrace", .integration = "acme"), 0, "");
}

static void
a_search_knows_times(void **state)
{
	(void)state;
	expect(Q(.since_ms = 2000), 5, "b1 c1 a1 f1 c2");
	expect(Q(.since_ms = 2001), 3, "a1 f1 c2");
	expect(Q(.until_ms = 2000), 1, "a2");
	expect(Q(.since_ms = 2000, .until_ms = 3000), 2, "b1 c1");
	expect(Q(.since_ms = 2000, .until_ms = 9000, .limit = 2), 4, "a1 f1");
	expect(Q(.stream = "dt.breaches", .since_ms = 2001), 1, "c2");
}

static void
a_search_finds_words(void **state)
{
	(void)state;
	expect(Q(.text = "ALPHA"), 2, "b1 a1");
	expect(Q(.text = "50% a_b"), 1, "a1");
	expect(Q(.text = "5%"), 0, "");
	expect(Q(.text = "a_p"), 0, "");
	expect(Q(.text = "\\"), 1, "c1");
	expect(Q(.text = "alpha", .integration = "acme-2"), 1, "b1");
}

static void
a_search_finds_ids(void **state)
{
	(void)state;
	expect(Q(.id = "c"), 2, "c1 c2");
	expect(Q(.id = "c1"), 1, "c1");
	expect(Q(.id = "c12"), 0, "");
	expect(Q(.id = "c", .stream = "acme.threats"), 0, "");
	expect(Q(.id = "a", .stream = "threats"), 1, "a1");
	put("acme-2.threats", "c1", 4000, "{}");
	expect(Q(.id = "c1"), 2, "c1 c1");
	expect(Q(.id = "c1", .integration = "dt"), 1, "c1");
}

static void
quotes_are_only_characters(void **state)
{
	(void)state;
	expect(Q(.integration = "a' OR '1'='1"), 0, "");
	expect(Q(.text = "' OR 1 --"), 0, "");
}

/* Rows with one time: each once, and not slower the more there are. */
static void
many_rows_of_one_moment(void **state)
{
	struct sc_store_query q = { .since_ms = 100000, .limit = 15000 };
	struct sc_store_rows *rows;
	struct sc_store_row row;
	int64_t n = 0, last = 0;

	(void)state;
	sql("INSERT INTO artifact(id, key, rev, vendor, integration, stream,"
	    " event_ms, arrival_ms, artifact) WITH RECURSIVE c(n) AS (SELECT 1"
	    " UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT n, n, '',"
	    " 'v', 'i', 'i.' || (n % 3), 100000, 5, '{}' FROM c");
	rows = sc_store_search(store, &q, &e);
	while (sc_store_next(rows, &row, &e) == 1) {
		assert_true(row.pos > last);
		last = row.pos;
		n++;
	}
	sc_store_rows_free(rows);
	assert_int_equal(n, 15000);
	assert_int_equal(last, 20006);
}

static void
a_paused_search_holds_nothing(void **state)
{
	struct sc_store_query q = { 0 };
	struct sc_store_rows *rows = sc_store_search(store, &q, &e);
	struct sc_store_row row;

	(void)state;
	assert_int_equal(sc_store_next(rows, &row, &e), 1);
	assert_non_null(sqlite3_next_stmt(store->db, NULL));
	for (sqlite3_stmt *st = NULL;
	     (st = sqlite3_next_stmt(store->db, st)) != NULL;)
		assert_false(sqlite3_stmt_busy(st));
	assert_int_equal(row.a.artifact.n, strlen("{\"x\":\"beta\"}"));
	sc_store_rows_free(rows);
}

static void
a_row_has_all_columns(void **state)
{
	struct sc_store_query q = { .id = "full" };
	struct sc_store_rows *rows;
	struct sc_store_row row;
	const struct sc_artifact a = {
		.stream = sc_slice_of("i.s"),
		.id = sc_slice_of("full"),
		.key = sc_slice_of("key"),
		.rev = sc_slice_of("rev"),
		.rendition = sc_slice_of("rendition"),
		.vendor = sc_slice_of("vendor"),
		.integration = sc_slice_of("i"),
		.realm = sc_slice_of("realm"),
		.tenant = sc_slice_of("tenant"),
		.event_ms = 42,
		.ctx = sc_slice_of("{\"c\":1}"),
		.artifact = sc_slice_of("{\"a\":1}"),
	};

	(void)state;
	assert_int_equal(sc_store_begin(store, &e), 0);
	assert_int_equal(sc_store_put(store, &a, &e), 1);
	assert_int_equal(sc_store_commit(store, &e), 0);
	rows = sc_store_search(store, &q, &e);
	assert_int_equal(sc_store_next(rows, &row, &e), 1);
	assert_int_equal(row.pos, 7);
	assert_int_equal(row.arrival_ms, 5000);
	assert_int_equal(row.a.event_ms, 42);
	assert_true(sc_slice_is(row.a.stream, "i.s"));
	assert_true(sc_slice_is(row.a.id, "full"));
	assert_true(sc_slice_is(row.a.key, "key"));
	assert_true(sc_slice_is(row.a.rev, "rev"));
	assert_true(sc_slice_is(row.a.rendition, "rendition"));
	assert_true(sc_slice_is(row.a.vendor, "vendor"));
	assert_true(sc_slice_is(row.a.integration, "i"));
	assert_true(sc_slice_is(row.a.realm, "realm"));
	assert_true(sc_slice_is(row.a.tenant, "tenant"));
	assert_true(sc_slice_is(row.a.ctx, "{\"c\":1}"));
	assert_true(sc_slice_is(row.a.artifact, "{\"a\":1}"));
	sc_store_rows_free(rows);
}

static void
readers_go_by_position(void **state)
{
	(void)state;
	expect_rows(sc_store_after(store, 0, 100, &e), "a1 a2 b1 c1 c2 f1");
	expect_rows(sc_store_after(store, 4, 100, &e), "c2 f1");
	expect_rows(sc_store_after(store, 1, 2, &e), "a2 b1");
	expect_rows(sc_store_after(store, 6, 100, &e), "");
}

static int64_t
position(void)
{
	int64_t gen, pos;

	assert_int_not_equal(
	    sc_store_position(store, "siem", &gen, &pos, &e), -1);
	return pos;
}

static void
a_position_moves_forward_only(void **state)
{
	int64_t gen, pos;

	(void)state;
	assert_int_equal(sc_store_position(store, "siem", &gen, &pos, &e), 0);
	assert_int_equal(gen, 0);
	assert_int_equal(pos, 0);
	assert_int_equal(sc_store_advance(store, "siem", 0, 4, &e), 1);
	assert_int_equal(position(), 4);
	assert_int_equal(sc_store_advance(store, "siem", 0, 3, &e), 1);
	assert_int_equal(position(), 4);
	assert_int_equal(sc_store_advance(store, "siem", 0, 6, &e), 1);
	assert_int_equal(position(), 6);
	assert_int_equal(sc_store_advance(store, "siem", 0, 7, &e), -1);
	assert_int_equal(e.code, EX_DATAERR);
	assert_int_equal(position(), 6);
}

static void
a_position_that_was_set_back_stays_there(void **state)
{
	(void)state;
	assert_int_equal(sc_store_advance(store, "siem", 0, 6, &e), 1);
	sql("UPDATE position SET gen = 1, pos = 2");
	assert_int_equal(sc_store_advance(store, "siem", 0, 6, &e), 0);
	assert_int_equal(position(), 2);
	assert_int_equal(sc_store_advance(store, "siem", 1, 6, &e), 1);
	assert_int_equal(position(), 6);
}

static char told[4096];

static void
tell(const char *text)
{
	(void)strlcat(told, text, sizeof(told));
	(void)strlcat(told, "\n", sizeof(told));
}

static int64_t
problems(void)
{
	struct sc_store_counts n;

	told[0] = '\0';
	assert_int_equal(sc_store_check(store, &n, tell, &e), 0);
	return n.problems;
}

static void
a_sound_store_has_no_problems(void **state)
{
	struct sc_store_counts n;

	(void)state;
	assert_int_equal(sc_store_advance(store, "siem", 0, 6, &e), 1);
	assert_int_equal(sc_store_check(store, &n, tell, &e), 0);
	assert_int_equal(n.problems, 0);
	assert_int_equal(n.artifacts, 6);
	assert_int_equal(n.objects, 6);
	assert_int_equal(n.bookmarks, 0);
	assert_int_equal(n.consumers, 1);
	/* Pruned: the memory says so. */
	sql("DELETE FROM artifact; UPDATE object SET pos = NULL");
	assert_int_equal(problems(), 0);
}

static void
the_check_finds_broken_promises(void **state)
{
	(void)state;
	sql("DELETE FROM artifact WHERE id = 'c1'");
	assert_int_equal(problems(), 1);
	assert_non_null(strstr(told, "artifact c1"));
	sql("UPDATE object SET pos = NULL WHERE id = 'c1'");
	sql("INSERT INTO position VALUES('siem', 0, 7, 0)");
	assert_int_equal(problems(), 1);
	assert_non_null(strstr(told, "position 7 of siem"));
	sql("UPDATE position SET pos = 6");
	sql("INSERT INTO bookmark VALUES('a.b', 1, '{', 0)");
	assert_int_equal(problems(), 1);
	assert_non_null(strstr(told, "bookmark of a.b"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_filled, close_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_search_is_in_order_of_time),
		T(a_search_selects),
		T(a_search_knows_times),
		T(a_search_finds_words),
		T(a_search_finds_ids),
		T(quotes_are_only_characters),
		T(many_rows_of_one_moment),
		T(a_paused_search_holds_nothing),
		T(a_row_has_all_columns),
		T(readers_go_by_position),
		T(a_position_moves_forward_only),
		T(a_position_that_was_set_back_stays_there),
		T(a_sound_store_has_no_problems),
		T(the_check_finds_broken_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
