#include <stdlib.h>
#include <sysexits.h>

#include "sc/mem.h"
#include "store_impl.h"

#define SQL_MAX ((size_t)8192)

/* The order in which fill_row() expects them. */
#define COLUMNS                                                          \
	"pos, arrival_ms, id, key, rev, rendition, vendor, integration," \
	" stream, realm, tenant, event_ms, ctx, artifact"

struct sc_store_rows {
	struct sc_store *s;
	sqlite3_stmt *st;
	bool done;
};

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
		(void)sc_buf_adds(b,
		    " AND (stream = :integration OR (stream > :integration"
		    " || '.' AND stream < :integration || '/'))");
	if (q->vendor != NULL)
		(void)sc_buf_adds(b, " AND vendor = :vendor");
	if (q->id != NULL)
		(void)sc_buf_adds(b,
		    " AND stream IN (SELECT name FROM"
		    " streams WHERE name IS NOT NULL)");
	if (q->id != NULL)
		(void)sc_buf_adds(
		    b, " AND id >= :id AND id < :id || char(1114111)");
	if (q->since_ms != 0)
		(void)sc_buf_adds(b, " AND time_ms >= :since");
	if (q->until_ms != 0)
		(void)sc_buf_adds(b, " AND time_ms < :until");
	if (q->text != NULL)
		(void)sc_buf_adds(b, " AND artifact LIKE :text ESCAPE '\\'");
}

static void
bind_text(sqlite3_stmt *st, const char *name, const char *text)
{
	int i = sqlite3_bind_parameter_index(st, name);

	if (i > 0 && text != NULL)
		(void)sqlite3_bind_text(st, i, text, -1, SQLITE_TRANSIENT);
}

static void
bind_int(sqlite3_stmt *st, const char *name, int64_t value)
{
	int i = sqlite3_bind_parameter_index(st, name);

	if (i > 0)
		(void)sqlite3_bind_int64(st, i, value);
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
	bind_text(st, ":text", sc_buf_str(&b));
	sc_buf_fini(&b);
}

static void
bind_query(sqlite3_stmt *st, const struct sc_store_query *q)
{
	char *full = NULL;

	if (q->stream != NULL && q->integration != NULL &&
	    !is_full_name(q->stream))
		full = sc_xasprintf("%s.%s", q->integration, q->stream);
	bind_text(st, ":stream", full != NULL ? full : q->stream);
	bind_text(st, ":integration", q->integration);
	bind_text(st, ":vendor", q->vendor);
	bind_text(st, ":id", q->id);
	bind_int(st, ":since", q->since_ms);
	bind_int(st, ":until", q->until_ms);
	bind_int(st, ":limit", q->limit);
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

static struct sc_store_rows *
rows_new(struct sc_store *s, sqlite3_stmt *st)
{
	struct sc_store_rows *r;

	if (st == NULL)
		return NULL;
	r = sc_xcalloc(1, sizeof(*r));
	*r = (struct sc_store_rows){ .s = s, .st = st };
	return r;
}

struct sc_store_rows *
sc_store_search(
    struct sc_store *s, const struct sc_store_query *q, struct sc_err *e)
{
	/* With a limit: which ones, newest first, then those in order. */
	if (q->limit > 0)
		return rows_new(s,
		    prepare(s, q,
			"SELECT " COLUMNS " FROM artifact WHERE pos IN"
			" (SELECT pos FROM artifact",
			" ORDER BY time_ms DESC, pos DESC LIMIT :limit)"
			" ORDER BY time_ms, pos",
			e));
	return rows_new(s,
	    prepare(s, q, "SELECT " COLUMNS " FROM artifact",
		" ORDER BY time_ms, pos", e));
}

struct sc_store_rows *
sc_store_after(struct sc_store *s, int64_t pos, int64_t max, struct sc_err *e)
{
	sqlite3_stmt *st = store_prepare(s,
	    "SELECT " COLUMNS " FROM artifact WHERE pos > ?1"
	    " ORDER BY pos LIMIT ?2",
	    e);

	if (st == NULL)
		return NULL;
	(void)sqlite3_bind_int64(st, 1, pos);
	(void)sqlite3_bind_int64(st, 2, max);
	return rows_new(s, st);
}

static void
fill_row(sqlite3_stmt *st, struct sc_store_row *row)
{
	struct sc_slice *const texts[] = { &row->a.id, &row->a.key, &row->a.rev,
		&row->a.rendition, &row->a.vendor, &row->a.integration,
		&row->a.stream, &row->a.realm, &row->a.tenant };
	int i = 2;

	row->pos = sqlite3_column_int64(st, 0);
	row->arrival_ms = sqlite3_column_int64(st, 1);
	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
		*texts[t] = store_column(st, i++);
	row->a.event_ms = sqlite3_column_int64(st, i++);
	row->a.ctx = store_column(st, i++);
	row->a.artifact = store_column(st, i);
}

int
sc_store_next(
    struct sc_store_rows *r, struct sc_store_row *row, struct sc_err *e)
{
	int rc;

	/* After its end a statement would start again. */
	if (r->done)
		return 0;
	rc = store_step(r->s, r->st, e);
	r->done = rc != 1;
	if (rc == 1)
		fill_row(r->st, row);
	return rc;
}

void
sc_store_rows_free(struct sc_store_rows *r)
{
	if (r == NULL)
		return;
	(void)sqlite3_finalize(r->st);
	free(r);
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
