#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/json.h"
#include "sc/msg.h"
#include "sc/timefmt.h"

#include "cmd.h"
#include "table.h"

/* For commands without options of their own: reads the common ones. */
static void
no_options(struct sc_prog *p, int argc, char *argv[])
{
	static const struct option longopts[] = { SC_PROG_LONG, { 0 } };
	int c;

	while (
	    (c = getopt_long(argc, argv, SC_PROG_SHORT, longopts, NULL)) != -1)
		sc_prog_opt(p, c);
	if (optind != argc)
		sc_prog_usage(p);
}

int
cmd_init(struct sc_prog *p, int argc, char *argv[], struct sc_err *e)
{
	bool fresh;

	no_options(p, argc, argv);
	if (sc_prog_become(p, e) == -1 ||
	    sc_store_init(p->statedir, &fresh, e) == -1)
		return -1;
	(void)printf("%s %s/store.db\n", fresh ? "created" : "there is already",
	    p->statedir);
	return 0;
}

static void
print_problem(const char *text)
{
	(void)printf("problem: %s\n", text);
}

int
cmd_check(struct sc_prog *p, int argc, char *argv[], struct sc_err *e)
{
	struct sc_store_counts n;
	struct sc_store *store;
	int rc;

	no_options(p, argc, argv);
	if ((store = open_store(p, SC_STORE_READ, e)) == NULL)
		return -1;
	rc = sc_store_check(store, &n, print_problem, e);
	sc_store_close(store);
	if (rc == -1)
		return -1;
	if (n.problems > 0) {
		(void)sc_fail(e, EX_IOERR, "%s/store.db: %" PRId64 " problems",
		    p->statedir, n.problems);
		return sc_remedy(e, SC_CLASS_DESTINATION,
		    "restore a backup; what sqlite3 can save: .recover");
	}
	(void)printf("ok: %" PRId64 " artifacts, %" PRId64 " objects, %" PRId64
		     " bookmarks, %" PRId64 " consumers\n",
	    n.artifacts, n.objects, n.bookmarks, n.consumers);
	return 0;
}

/* A value that cannot be read is shown as the text that it is. */
static void
put_value(struct sc_jw *w, struct sc_slice value)
{
	struct sc_err e;

	sc_jw_key(w, "value");
	if (sc_json_scan(value.p, value.n, NULL, SC_JSON_UTF8, NULL, &e) == 0)
		sc_jw_raw(w, value);
	else
		sc_jw_strn(w, value.p, sc_utf8_valid(value.p, value.n));
}

static void
put_json(const struct sc_bookmark *m, const char *moved, struct sc_buf *b)
{
	struct sc_jw w;

	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kvn(&w, "stream", m->stream);
	sc_jw_kvi(&w, "gen", m->gen);
	sc_jw_kv(&w, "moved", moved);
	put_value(&w, m->value);
	sc_jw_end(&w, '}');
}

static void
put_line(const struct sc_bookmark *m, const char *moved, struct sc_buf *b)
{
	table_cell(b, m->stream, 28);
	(void)sc_buf_addf(b, "  %6" PRId64 "  %.19sZ  ", m->gen, moved);
	table_cell(b, m->value, m->value.n < 200 ? m->value.n : 200);
}

struct listing {
	bool table;
	struct sc_msg_writer w;
};

static int
list_one(void *arg, const struct sc_bookmark *m, struct sc_err *e)
{
	struct listing *l = arg;
	char moved[SC_TIME_BUF];

	(void)sc_time_format(m->moved_ms * 1000, 3, moved);
	if (l->table)
		put_line(m, moved, &l->w.b);
	else
		put_json(m, moved, &l->w.b);
	return sc_msg_end(&l->w, e);
}

static int
list(struct sc_store *store, struct listing *l, struct sc_err *e)
{
	if (l->table)
		(void)sc_buf_addf(&l->w.b, "%-28s  %6s  %-20s  %s\n", "STREAM",
		    "GEN", "MOVED", "VALUE");
	if (sc_store_bookmarks(store, list_one, l, e) == -1)
		return -1;
	return sc_msg_flush(&l->w, e);
}

int
cmd_bookmark(struct sc_prog *p, int argc, char *argv[], struct sc_err *e)
{
	struct listing l = { .table = isatty(STDOUT_FILENO) == 1 };
	struct sc_store *store;
	int rc;

	no_options(p, argc, argv);
	if ((store = open_store(p, SC_STORE_READ, e)) == NULL)
		return -1;
	sc_msg_writer_init(&l.w, STDOUT_FILENO);
	rc = list(store, &l, e);
	sc_msg_writer_fini(&l.w);
	sc_store_close(store);
	return rc;
}
