#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/mem.h"
#include "sc/msg.h"

#include "cmd.h"
#include "format.h"

#define ID_LEAST 6

enum { OPT_STREAM = SC_OPT_OWN };

static const struct option longopts[] = { SC_PROG_LONG,
	{ "stream", required_argument, NULL, OPT_STREAM }, { 0 } };

static int
print(const struct sc_store_row *row, struct sc_err *e)
{
	struct sc_msg_writer w;
	struct sc_buf b;
	int rc;

	sc_buf_init(&b, 4 * SC_LINE_MAX);
	sc_msg_writer_init(&w, STDOUT_FILENO);
	format_full(&b, row);
	format_pretty(&w.b, (struct sc_slice){ b.p, b.len });
	rc = w.b.full ? sc_fail(e, EX_DATAERR, "the artifact is too large")
		      : sc_msg_flush(&w, e);
	sc_msg_writer_fini(&w);
	sc_buf_fini(&b);
	return rc;
}

static int
fail_ambiguous(const char *id, const char *one, const struct sc_store_row *two,
    struct sc_err *e)
{
	(void)sc_fail(e, EX_DATAERR,
	    "more than one artifact's id begins with %s: %s, %.*s of %.*s", id,
	    one, (int)two->a.id.n, two->a.id.p, (int)two->a.stream.n,
	    two->a.stream.p);
	return sc_remedy(e, SC_CLASS_INPUT,
	    "give more characters, or the stream with --stream");
}

/* The first is printed only when there is no second. */
static int
show(struct sc_store *store, const struct sc_store_query *q, struct sc_err *e)
{
	struct sc_store_rows *rows = sc_store_search(store, q, e);
	struct sc_store_rows *again = NULL;
	struct sc_store_row row;
	char *first = NULL;
	int rc = -1, found;

	if (rows == NULL || (found = sc_store_next(rows, &row, e)) == -1)
		goto out;
	if (found == 0) {
		(void)sc_fail(e, EX_NOINPUT,
		    "there is no artifact whose id begins with %s", q->id);
		goto out;
	}
	first = sc_xasprintf("%.*s of %.*s", (int)row.a.id.n, row.a.id.p,
	    (int)row.a.stream.n, row.a.stream.p);
	if ((found = sc_store_next(rows, &row, e)) == -1)
		goto out;
	if (found == 1) {
		rc = fail_ambiguous(q->id, first, &row, e);
		goto out;
	}
	if ((again = sc_store_search(store, q, e)) != NULL &&
	    sc_store_next(again, &row, e) == 1)
		rc = print(&row, e);
out:
	free(first);
	sc_store_rows_free(rows);
	sc_store_rows_free(again);
	return rc;
}

int
cmd_show(struct sc_prog *p, int argc, char *argv[], struct sc_err *e)
{
	struct sc_store_query q = { 0 };
	struct sc_store *store;
	int c, rc;

	while ((c = getopt_long(argc, argv, SC_PROG_SHORT, longopts, NULL)) !=
	    -1) {
		if (c == OPT_STREAM)
			q.stream = optarg;
		else
			sc_prog_opt(p, c);
	}
	if (argc - optind != 1)
		sc_prog_usage(p);
	q.id = argv[optind];
	if (strlen(q.id) < ID_LEAST)
		return sc_fail(e, EX_USAGE,
		    "give at least the first %d characters of the id",
		    ID_LEAST);
	if ((store = open_store(p, SC_STORE_READ, e)) == NULL)
		return -1;
	rc = show(store, &q, e);
	sc_store_close(store);
	return rc;
}
