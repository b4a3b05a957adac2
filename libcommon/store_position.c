#include <sysexits.h>

#include "sc/clock.h"
#include "store_impl.h"

int
sc_store_position(struct sc_store *s, const char *consumer, int64_t *gen,
    int64_t *pos, struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, SQL_POSITION, e);
	int rc;

	*gen = *pos = 0;
	if (st == NULL)
		return -1;
	store_bind(st, 1, sc_slice_of(consumer));
	if ((rc = store_step(s, st, e)) != 1)
		return rc;
	*gen = sqlite3_column_int64(st, 0);
	*pos = sqlite3_column_int64(st, 1);
	(void)sqlite3_reset(st);
	return 1;
}

/* The largest position that was ever given to an artifact. */
static int
last_position(struct sc_store *s, int64_t *pos, struct sc_err *e)
{
	*pos = 0;
	return store_int(s,
	    "SELECT seq FROM sqlite_sequence WHERE name = 'artifact'", pos, e);
}

static int
advance(struct sc_store *s, const char *consumer, int64_t gen, int64_t pos,
    struct sc_err *e)
{
	int64_t now_gen, now, last;
	sqlite3_stmt *st;

	if (sc_store_position(s, consumer, &now_gen, &now, e) == -1 ||
	    last_position(s, &last, e) == -1)
		return -1;
	if (pos < 0 || pos > last)
		return sc_fail(e, EX_DATAERR,
		    "position %lld of %s is not one of this store (last %lld)",
		    (long long)pos, consumer, (long long)last);
	if (gen != now_gen)
		return 0;
	if ((st = store_stmt(s, SQL_ADVANCE, e)) == NULL)
		return -1;
	store_bind(st, 1, sc_slice_of(consumer));
	(void)sqlite3_bind_int64(st, 2, gen);
	(void)sqlite3_bind_int64(st, 3, pos);
	(void)sqlite3_bind_int64(st, 4, s->now_ms);
	return store_step(s, st, e) == -1 ? -1 : 1;
}

int
sc_store_advance(struct sc_store *s, const char *consumer, int64_t gen,
    int64_t pos, struct sc_err *e)
{
	int rc;

	if (sc_store_begin(s, e) == -1)
		return -1;
	rc = advance(s, consumer, gen, pos, e);
	if (rc != -1 && sc_store_commit(s, e) == -1)
		rc = -1;
	sc_store_rollback(s);
	return rc;
}
