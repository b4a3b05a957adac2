#include <stdio.h>
#include <sysexits.h>

#include "store_impl.h"

/* Who is told about the faults, and how many there were. */
struct finder {
	struct sc_store *s;
	struct sc_store_counts *counts;
	void (*problem)(const char *text);
};

static void
found(struct finder *f, const char *text)
{
	f->counts->problems++;
	f->problem(text);
}

/* The statement answers with one sentence for every fault. */
static int
look(struct finder *f, const char *sql, struct sc_err *e)
{
	sqlite3_stmt *st = store_prepare(f->s, sql, e);
	char text[512];
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = store_step(f->s, st, e)) == 1) {
		store_column_copy(st, 0, text, sizeof(text));
		if (strcmp(text, "ok") != 0)
			found(f, text);
	}
	(void)sqlite3_finalize(st);
	return rc;
}

static const char *const promises[] = {
	"SELECT 'object ' || key || ' of ' || stream || ' remembers artifact '"
	" || id || ' at position ' || pos || ', which is not there'"
	" FROM object o WHERE pos IS NOT NULL AND NOT EXISTS (SELECT 1 FROM"
	" artifact a WHERE a.pos = o.pos AND a.id = o.id AND"
	" a.stream = o.stream) LIMIT 100",
	"SELECT 'position ' || pos || ' of ' || consumer || ' is beyond the"
	" last artifact' FROM position WHERE pos > coalesce((SELECT seq FROM"
	" sqlite_sequence WHERE name = 'artifact'), 0) LIMIT 100",
};

static int
look_at_bookmark(void *arg, const struct sc_bookmark *b, struct sc_err *e)
{
	const char *why =
	    b->gen < 1 ? "has no generation" : sc_bookmark_fault(b->value);
	char text[512];

	(void)e;
	if (why == NULL)
		return 0;
	(void)snprintf(text, sizeof(text), "the bookmark of %.*s %s",
	    (int)b->stream.n, b->stream.p, why);
	found(arg, text);
	return 0;
}

static int
count(struct sc_store *s, struct sc_store_counts *c, struct sc_err *e)
{
	if (store_int(s, "SELECT count(*) FROM artifact", &c->artifacts, e) ==
		-1 ||
	    store_int(s, "SELECT count(*) FROM object", &c->objects, e) == -1 ||
	    store_int(s, "SELECT count(*) FROM bookmark", &c->bookmarks, e) ==
		-1)
		return -1;
	return store_int(s, "SELECT count(*) FROM position", &c->consumers, e);
}

static int
look_everywhere(struct finder *f, struct sc_err *e)
{
	if (look(f, "PRAGMA quick_check(100)", e) == -1)
		return -1;
	/* What a broken database says about its content means nothing. */
	if (f->counts->problems > 0)
		return 0;
	for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
		if (look(f, promises[i], e) == -1)
			return -1;
	}
	if (sc_store_bookmarks(f->s, look_at_bookmark, f, e) == -1)
		return -1;
	return count(f->s, f->counts, e);
}

int
sc_store_check(struct sc_store *s, struct sc_store_counts *counts,
    void (*problem)(const char *text), struct sc_err *e)
{
	struct finder f = { .s = s, .counts = counts, .problem = problem };
	int rc;

	*counts = (struct sc_store_counts){ 0 };
	rc = look_everywhere(&f, e);
	/* Damage that stops the look is a finding as well. */
	if (rc == -1 && e->code == EX_NOINPUT) {
		found(&f, e->msg);
		rc = 0;
	}
	return rc;
}
