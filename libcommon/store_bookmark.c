#include <stdlib.h>
#include <sysexits.h>

#include "sc/json.h"
#include "sc/timefmt.h"
#include "store_impl.h"

/* The members of a bookmark that every stream has. */
enum member { M_TOP, M_V, M_HIGH, M_AFTER, NMEMBERS };
static const char *const paths[NMEMBERS] = { "", "v", "high", "after" };

static int
scan(struct sc_slice value, struct sc_json_val m[NMEMBERS])
{
	struct sc_err e;
	struct sc_json_plan *plan = sc_json_plan_new(paths, NMEMBERS, &e);
	int rc = -1;

	if (plan != NULL)
		rc = sc_json_scan(value.p, value.n, plan,
		    SC_JSON_UTF8 | SC_JSON_NODUP, m, &e);
	sc_json_plan_free(plan);
	return rc;
}

const char *
sc_bookmark_fault(struct sc_slice value)
{
	struct sc_json_val m[NMEMBERS];
	int64_t v;

	if (value.n == 0)
		return "is empty";
	if (value.n > SC_BOOKMARK_MAX)
		return "is larger than 1 MiB";
	if (scan(value, m) == -1 || m[M_TOP].type != SC_JSON_OBJECT)
		return "is not a JSON object";
	if (sc_json_int(m[M_V], &v) == -1 || v < 1)
		return "has no version \"v\"";
	if (v > SC_BOOKMARK_VERSION)
		return "is from a newer version";
	return NULL;
}

/* 1: found, 0: none; the value's bytes live until the statement is used. */
static int
lookup(struct sc_store *s, struct sc_slice stream, sqlite3_stmt **st,
    int64_t *gen, struct sc_err *e)
{
	int rc;

	*gen = 0;
	if ((*st = store_stmt(s, SQL_BOOKMARK, e)) == NULL)
		return -1;
	store_bind(*st, 1, stream);
	if ((rc = store_step(s, *st, e)) == 1)
		*gen = sqlite3_column_int64(*st, 0);
	return rc;
}

static int
fail_unreadable(struct sc_slice stream, const char *why, struct sc_err *e)
{
	(void)sc_fail(e, EX_NOINPUT, "the bookmark of %.*s %s", (int)stream.n,
	    stream.p, why);
	return sc_remedy(e, SC_CLASS_DESTINATION,
	    "see it with: sc-store bookmark; the stream stands still until "
	    "it is put right");
}

int
sc_store_bookmark(struct sc_store *s, const char *stream, int64_t *gen,
    struct sc_buf *value, struct sc_err *e)
{
	struct sc_slice name = sc_slice_of(stream), text;
	sqlite3_stmt *st;
	const char *why;
	int rc = lookup(s, name, &st, gen, e);

	if (rc != 1)
		return rc;
	text = store_column(st, 1);
	why = *gen < 1 ? "has no generation" : sc_bookmark_fault(text);
	if (why != NULL)
		rc = fail_unreadable(name, why, e);
	else if (sc_buf_add(value, text.p, text.n) == -1)
		rc = sc_fail(e, EX_SOFTWARE, "no room for a bookmark");
	(void)sqlite3_reset(st);
	return rc;
}

int
sc_store_bookmarks(struct sc_store *s,
    int (*each)(void *arg, const struct sc_bookmark *, struct sc_err *),
    void *arg, struct sc_err *e)
{
	sqlite3_stmt *st = store_prepare(s,
	    "SELECT stream, gen, value, moved_ms FROM bookmark ORDER BY stream",
	    e);
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = store_step(s, st, e)) == 1) {
		struct sc_bookmark b = {
			.stream = store_column(st, 0),
			.gen = sqlite3_column_int64(st, 1),
			.value = store_column(st, 2),
			.moved_ms = sqlite3_column_int64(st, 3),
		};

		if ((rc = each(arg, &b, e)) == -1)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}

/* The form that is stored: compact, without the generation. */
static int
strip(struct sc_slice value, struct sc_buf *out)
{
	struct sc_json_val m[NMEMBERS] = { 0 }, key, elem;
	struct sc_json_iter it;
	char separator = '{';

	(void)scan(value, m);
	it = sc_json_iter(m[M_TOP]);
	while (sc_json_next(&it, &key, &elem)) {
		if (sc_json_is(key, "gen"))
			continue;
		(void)sc_buf_addc(out, separator);
		(void)sc_buf_add(out, key.raw.p, key.raw.n);
		(void)sc_buf_addc(out, ':');
		(void)sc_json_compact(elem.raw, out);
		separator = ',';
	}
	(void)sc_buf_addc(out, '}');
	return out->full ? -1 : 0;
}

static int
high_of(struct sc_slice value, int64_t *us)
{
	struct sc_json_val m[NMEMBERS];
	char *text;
	int rc = -1;

	if (scan(value, m) == -1 || (text = sc_json_dup(m[M_HIGH])) == NULL)
		return -1;
	rc = sc_time_parse_us(text, strlen(text), us);
	free(text);
	return rc;
}

static int
after_of(struct sc_slice value, int64_t *id)
{
	struct sc_json_val m[NMEMBERS];

	return scan(value, m) == -1 ? -1 : sc_json_int(m[M_AFTER], id);
}

/* A position that lacks its place would erase the one that is there. */
static bool
goes_back(struct sc_slice old, struct sc_slice new)
{
	int64_t from, to;

	if (high_of(old, &from) == 0 && (high_of(new, &to) == -1 || to < from))
		return true;
	return after_of(old, &from) == 0 &&
	    (after_of(new, &to) == -1 || to < from);
}

static int
refuse(struct sc_slice stream, const char *why, struct sc_err *e)
{
	(void)sc_fail(e, EX_DATAERR, "the new bookmark of %.*s %s",
	    (int)stream.n, stream.p, why);
	return sc_remedy(e, SC_CLASS_INPUT, "nothing of this batch was stored");
}

/* 1: the same as before, 0: it may be put in its place, -1: it may not. */
static int
compare(struct sc_slice old, struct sc_slice new, struct sc_slice stream,
    struct sc_err *e)
{
	const char *why = sc_bookmark_fault(old);

	if (why != NULL)
		return fail_unreadable(stream, why, e);
	if (old.n == new.n && memcmp(old.p, new.p, new.n) == 0)
		return 1;
	if (goes_back(old, new))
		return refuse(stream, "would go backwards", e);
	return 0;
}

static int
replace(struct sc_store *s, struct sc_slice stream, int64_t gen,
    struct sc_slice value, struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, SQL_BOOKMARK_MOVE, e);

	if (st == NULL)
		return -1;
	store_bind(st, 1, stream);
	(void)sqlite3_bind_int64(st, 2, gen);
	store_bind(st, 3, value);
	(void)sqlite3_bind_int64(st, 4, s->now_ms);
	return store_step(s, st, e);
}

/* What sc_store_move() does once the new value is known to be sound. */
static int
move(struct sc_store *s, struct sc_slice stream, int64_t gen,
    struct sc_slice value, int64_t *now, struct sc_err *e)
{
	sqlite3_stmt *st;
	int rc = lookup(s, stream, &st, now, e);

	if (rc == -1)
		return -1;
	if (*now != gen) {
		(void)sqlite3_reset(st);
		return 0;
	}
	if (rc == 1) {
		rc = compare(store_column(st, 1), value, stream, e);
		(void)sqlite3_reset(st);
		if (rc != 0)
			return rc;
	}
	*now = gen + 1;
	return replace(s, stream, *now, value, e) == -1 ? -1 : 1;
}

int
sc_store_move(struct sc_store *s, struct sc_slice stream, int64_t gen,
    struct sc_slice value, int64_t *now, struct sc_err *e)
{
	const char *why = sc_bookmark_fault(value);
	struct sc_buf b;
	int rc;

	if (why != NULL)
		return refuse(stream, why, e);
	sc_buf_init(&b, SC_BOOKMARK_MAX);
	if (strip(value, &b) == -1)
		rc = refuse(stream, "is too large", e);
	else
		rc = move(
		    s, stream, gen, (struct sc_slice){ b.p, b.len }, now, e);
	sc_buf_fini(&b);
	return rc;
}
