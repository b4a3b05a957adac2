#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/msg.h"
#include "sc/timefmt.h"

#include "cmd.h"
#include "format.h"
#include "names.h"
#include "table.h"

enum {
	OPT_INTEGRATION = SC_OPT_OWN,
	OPT_STREAM,
	OPT_VENDOR,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_ID,
	OPT_TEXT,
	OPT_LIMIT,
	OPT_COUNT,
	OPT_FULL
};

static const struct option longopts[] = { SC_PROG_LONG,
	{ "integration", required_argument, NULL, OPT_INTEGRATION },
	{ "stream", required_argument, NULL, OPT_STREAM },
	{ "vendor", required_argument, NULL, OPT_VENDOR },
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "id", required_argument, NULL, OPT_ID },
	{ "text", required_argument, NULL, OPT_TEXT },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "count", no_argument, NULL, OPT_COUNT },
	{ "full", no_argument, NULL, OPT_FULL }, { 0 } };

struct search {
	struct sc_store_query q;
	bool count;
	bool full;
};

static int
parse_time(const char *text, int64_t *ms, struct sc_err *e)
{
	if (sc_time_parse_user(text, sc_clock_ms(), ms) == 0)
		return 0;
	(void)sc_fail(e, EX_USAGE, "%s is not a time", text);
	return sc_remedy(e, SC_CLASS_CONFIG,
	    "write it like 2h, 30d, 2026-11-20 or 2026-11-20T18:00Z");
}

static int
parse_limit(const char *text, int64_t *n, struct sc_err *e)
{
	const char *why = NULL;

	*n = strtonum(text, 1, INT32_MAX, &why);
	return why == NULL
	    ? 0
	    : sc_fail(e, EX_USAGE, "a limit of %s is %s", text, why);
}

/* 1: it was one of ours, 0: not, -1: a bad value. */
static int
take_option(struct search *s, int c, char *value, struct sc_err *e)
{
	switch (c) {
	case OPT_INTEGRATION:
		s->q.integration = value;
		return 1;
	case OPT_STREAM:
		s->q.stream = value;
		return 1;
	case OPT_VENDOR:
		s->q.vendor = value;
		return 1;
	case OPT_SINCE:
		return parse_time(value, &s->q.since_ms, e) == -1 ? -1 : 1;
	case OPT_UNTIL:
		return parse_time(value, &s->q.until_ms, e) == -1 ? -1 : 1;
	case OPT_ID:
		s->q.id = value;
		return 1;
	case OPT_TEXT:
		s->q.text = value;
		return 1;
	case OPT_LIMIT:
		return parse_limit(value, &s->q.limit, e) == -1 ? -1 : 1;
	case OPT_COUNT:
		s->count = true;
		return 1;
	case OPT_FULL:
		s->full = true;
		return 1;
	default:
		return 0;
	}
}

static size_t
terminal_width(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	return 120;
}

/* On a terminal people wait for the first rows: each is shown at once. */
static int
print_row(const struct search *s, struct table *table,
    const struct sc_store_row *row, struct sc_msg_writer *w, struct sc_err *e)
{
	if (table != NULL) {
		table_row(table, row, &w->b);
		return sc_msg_end(w, e) == -1 ? -1 : sc_msg_flush(w, e);
	}
	if (!s->full)
		return sc_msg_pass(w, row->a.artifact, e);
	format_full(&w->b, row);
	return sc_msg_end(w, e);
}

/* *any: there was one. */
static int
print_rows(const struct search *s, struct sc_store_rows *rows,
    struct table *table, bool *any, struct sc_err *e)
{
	struct sc_store_row row;
	struct sc_msg_writer w;
	int rc = 0;

	sc_msg_writer_init(&w, STDOUT_FILENO);
	if (table != NULL) {
		table_head(table, &w.b);
		rc = sc_msg_end(&w, e);
	}
	while (rc == 0 && (rc = sc_store_next(rows, &row, e)) == 1) {
		*any = true;
		rc = print_row(s, table, &row, &w, e);
	}
	if (rc == 0)
		rc = sc_msg_flush(&w, e);
	sc_msg_writer_fini(&w);
	return rc;
}

static int
print_count(struct sc_store *store, const struct search *s, struct sc_err *e)
{
	int64_t n = sc_store_count(store, &s->q, e);

	if (n == -1)
		return -1;
	if (s->q.limit > 0 && n > s->q.limit)
		n = s->q.limit;
	(void)printf("%" PRId64 "\n", n);
	return n == 0 ? names_doubt(store, &s->q, e) : 0;
}

static int
print_found(struct sc_store *store, const struct search *s, struct sc_err *e)
{
	struct sc_store_rows *rows = sc_store_search(store, &s->q, e);
	struct table *table = NULL;
	bool any = false;
	int rc;

	if (rows == NULL)
		return -1;
	if (!s->full && isatty(STDOUT_FILENO))
		table = table_new(terminal_width());
	rc = print_rows(s, rows, table, &any, e);
	table_free(table);
	sc_store_rows_free(rows);
	return rc == 0 && !any ? names_doubt(store, &s->q, e) : rc;
}

int
cmd_search(struct sc_prog *p, int argc, char *argv[], struct sc_err *e)
{
	struct search s = { 0 };
	struct sc_store *store;
	int c, rc;

	while ((c = getopt_long(argc, argv, SC_PROG_SHORT, longopts, NULL)) !=
	    -1) {
		if ((rc = take_option(&s, c, optarg, e)) == -1)
			return -1;
		if (rc == 0)
			sc_prog_opt(p, c);
	}
	if (optind != argc)
		sc_prog_usage(p);
	if ((store = open_store(p, SC_STORE_READ, e)) == NULL)
		return -1;
	rc = s.count ? print_count(store, &s, e) : print_found(store, &s, e);
	sc_store_close(store);
	return rc;
}
