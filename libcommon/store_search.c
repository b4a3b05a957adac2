#include <stdlib.h>
#include <sysexits.h>

#include "sc/mem.h"
#include "store_impl.h"

#define SQL_MAX ((size_t)8192)

/*
 * All streams, one look-up in the index each: an id is unique per stream, so
 * a search for one without its stream asks every stream.
 */
#define ALL_STREAMS                                                      \
	"WITH RECURSIVE streams(name) AS ("                              \
	"SELECT min(stream) FROM artifact UNION ALL "                    \
	"SELECT (SELECT min(stream) FROM artifact WHERE stream > name) " \
	"FROM streams WHERE name IS NOT NULL) "

static bool
is_full_name(const char *stream)
{
	return strchr(stream, '.') != NULL;
}

/* Conditions on what is asked for; parameters have the members' names. */
static void
add_where(struct sc_buf *b, const struct sc_store_query *q)
{
	const char *stream = q->stream;

	(void)sc_buf_adds(b, " WHERE 1");
	if (stream != NULL && (is_full_name(stream) || q->integration != NULL))
		(void)sc_buf_adds(b, " AND stream = :stream");
	else if (stream != NULL)
		(void)sc_buf_adds(b,
		    " AND substr(stream,"
		    " instr(stream, '.') + 1) = :stream");
	if (q->integration != NULL)
		(void)sc_buf_adds(b, " AND integration = :integration");
	if (q->vendor != NULL)
		(void)sc_buf_adds(b, " AND vendor = :vendor");
	if (q->id != NULL)
		(void)sc_buf_adds(b,
		    " AND stream IN (SELECT name FROM streams WHERE name"
		    " IS NOT NULL) AND id >= :id AND id < :id || "
		    "char(1114111)");
	if (q->since_ms != 0)
		(void)sc_buf_adds(b, " AND time_ms >= :since");
	if (q->until_ms != 0)
		(void)sc_buf_adds(b, " AND time_ms < :until");
	if (q->text != NULL)
		(void)sc_buf_adds(b, " AND artifact LIKE :text ESCAPE '\\'");
}

/* "%word%", where the word's own wildcards mean themselves. */
static void
bind_word(sqlite3_stmt *st, const char *word)
{
	struct sc_buf b;

	sc_buf_init(&b, SQL_MAX);
	(void)sc_buf_addc(&b, '%');
	for (; word != NULL && *word != '\0'; word++) {
		if (*word == '%' || *word == '_' || *word == '\\')
			(void)sc_buf_addc(&b, '\\');
		(void)sc_buf_addc(&b, *word);
	}
	(void)sc_buf_addc(&b, '%');
	store_bind_named(st, ":text", sc_buf_str(&b));
	sc_buf_fini(&b);
}

static void
bind_query(sqlite3_stmt *st, const struct sc_store_query *q)
{
	char *full = NULL;

	if (q->stream != NULL && q->integration != NULL &&
	    !is_full_name(q->stream))
		full = sc_xasprintf("%s.%s", q->integration, q->stream);
	store_bind_named(st, ":stream", full != NULL ? full : q->stream);
	store_bind_named(st, ":integration", q->integration);
	store_bind_named(st, ":vendor", q->vendor);
	store_bind_named(st, ":id", q->id);
	store_bind_named_int(st, ":since", q->since_ms);
	store_bind_named_int(st, ":until", q->until_ms);
	store_bind_named_int(st, ":limit", q->limit);
	bind_word(st, q->text);
	free(full);
}

static sqlite3_stmt *
prepare(struct sc_store *s, const struct sc_store_query *q, const char *before,
    const char *after, struct sc_err *e)
{
	sqlite3_stmt *st = NULL;
	struct sc_buf b;

	sc_buf_init(&b, SQL_MAX);
	if (q->id != NULL)
		(void)sc_buf_adds(&b, ALL_STREAMS);
	(void)sc_buf_adds(&b, before);
	add_where(&b, q);
	(void)sc_buf_adds(&b, after);
	if ((st = store_prepare(s, sc_buf_str(&b), e)) != NULL)
		bind_query(st, q);
	sc_buf_fini(&b);
	return st;
}

/*
 * Where the newest so many begin: the one before the first of them, or the
 * very start when there are fewer.
 */
static int
find_start(struct sc_store *s, const struct sc_store_query *q, int64_t *time_ms,
    int64_t *pos, struct sc_err *e)
{
	sqlite3_stmt *st = prepare(s, q, "SELECT time_ms, pos FROM artifact",
	    " ORDER BY time_ms DESC, pos DESC LIMIT 1 OFFSET :limit", e);
	int rc;

	if (st == NULL)
		return -1;
	if ((rc = store_step(s, st, e)) == 1) {
		*time_ms = sqlite3_column_int64(st, 0);
		*pos = sqlite3_column_int64(st, 1);
	}
	(void)sqlite3_finalize(st);
	return rc == -1 ? -1 : 0;
}

struct sc_store_rows *
sc_store_search(
    struct sc_store *s, const struct sc_store_query *q, struct sc_err *e)
{
	int64_t time_ms = q->since_ms != 0 ? q->since_ms : INT64_MIN, pos = 0;
	sqlite3_stmt *same, *later = NULL;
	struct sc_store_query behind = *q;
	struct sc_store_rows *r;

	if (q->limit > 0 && find_start(s, q, &time_ms, &pos, e) == -1)
		return NULL;
	/* Where to begin says it better than a second condition. */
	behind.since_ms = 0;
	same = prepare(s, &behind, "SELECT " STORE_COLUMNS " FROM artifact",
	    " AND time_ms = :time AND pos > :pos ORDER BY pos LIMIT 1", e);
	if (same != NULL)
		later = prepare(s, &behind,
		    "SELECT " STORE_COLUMNS " FROM artifact",
		    " AND time_ms > :time ORDER BY time_ms, pos LIMIT 1", e);
	r = store_rows_new(s, same, later, q->limit > 0 ? q->limit : INT64_MAX);
	if (r != NULL)
		store_rows_start(r, time_ms, pos);
	return r;
}

int64_t
sc_store_count(
    struct sc_store *s, const struct sc_store_query *q, struct sc_err *e)
{
	sqlite3_stmt *st =
	    prepare(s, q, "SELECT count(*) FROM artifact", "", e);
	int64_t n = -1;

	if (st == NULL)
		return -1;
	if (store_step(s, st, e) == 1)
		n = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return n;
}

int
sc_store_streams(struct sc_store *s,
    int (*each)(void *arg, struct sc_slice stream, struct sc_slice integration,
	struct sc_slice vendor),
    void *arg, struct sc_err *e)
{
	sqlite3_stmt *st = store_prepare(s,
	    ALL_STREAMS
	    "SELECT stream, integration, vendor FROM streams JOIN artifact"
	    " ON pos = (SELECT pos FROM artifact WHERE stream = name LIMIT 1)",
	    e);
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = store_step(s, st, e)) == 1) {
		if ((rc = each(arg, store_column(st, 0), store_column(st, 1),
			 store_column(st, 2))) == -1)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}
