#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/json.h"
#include "sc/prog.h"
#include "sc/timefmt.h"

#include "check.h"
#include "fetch.h"

#define PREVIEW_DEFAULT 5
#define PREVIEW_MAX     100000

enum own_option {
	OPT_PREVIEW = SC_OPT_OWN,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_MAX_PAGES,
	OPT_STATE,
	OPT_WAIT,
	OPT_CAPTURE,
	OPT_CHECK,
	OPT_JSON,
	OPT_FIND,
	OPT_YES
};

static const struct option longopts[] = { SC_PROG_LONG,
	{ "preview", optional_argument, NULL, OPT_PREVIEW },
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "max-pages", required_argument, NULL, OPT_MAX_PAGES },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "wait", no_argument, NULL, OPT_WAIT },
	{ "capture", required_argument, NULL, OPT_CAPTURE },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "find-region", no_argument, NULL, OPT_FIND },
	{ "yes", no_argument, NULL, OPT_YES }, { 0 } };

/* What the command line asks for. */
struct wish {
	struct fetch_opts fetch;
	struct check_opts check;
	bool checks;
};

static const char usage[] =
    "[-v] [-C DIR] [-S DIR] [--preview[=N] | --since T [--until T] | "
    "--state FILE] [--max-pages N] [--capture DIR] [--wait] "
    "NAME[.STREAM] | --check [--json] [--find-region [--yes]] "
    "NAME[.STREAM]";

static const char help[] =
    "Reads what is new at a vendor and writes it to stdout, one message a "
    "line,\nfor sc-normalize.  NAME is an integration.\n\n"
    "  --preview[=N]  show up to N (5) records of the last day; nothing moves\n"
    "  --since T      fetch again from T (30d, 2026-11-20, ...); the live\n"
    "                 position stays\n"
    "  --until T      ... up to T\n"
    "  --state FILE   keep the position in FILE, not in the store\n"
    "  --max-pages N  stop after N pages; the next run goes on\n"
    "  --capture DIR  write what the vendor answers into DIR, without\n"
    "                 secrets, for sc-mock\n"
    "  --wait         wait for another run of NAME to end\n"
    "  --check        from the configuration to the newest record: what "
    "works,\n"
    "                 what does not, and what to do; nothing moves\n"
    "  --json         ... as one JSON object\n"
    "  --find-region  ... only which regional host takes the key; asks first\n"
    "  --yes          ... without asking\n";

static int
parse_time(const char *name, const char *text, int64_t *out, struct sc_err *e)
{
	if (sc_time_parse_user(text, sc_clock_ms(), out) == 0 && *out > 0)
		return 0;
	return sc_fail(e, EX_USAGE,
	    "--%s %s: expected a time like 30d, 2h ago or 2026-11-20T18:00Z",
	    name, text);
}

static int
parse_count(const char *name, const char *text, int64_t most, int64_t *out,
    struct sc_err *e)
{
	const char *why = NULL;

	*out = strtonum(text, 1, most, &why);
	if (why == NULL)
		return 0;
	return sc_fail(e, EX_USAGE, "--%s %s: expected a number from 1 to %lld",
	    name, text, (long long)most);
}

/* The options of a check; false: it is none of them. */
static bool
set_check_option(struct wish *w, int c)
{
	switch (c) {
	case OPT_CHECK:
		w->checks = true;
		return true;
	case OPT_JSON:
		return w->check.json = true;
	case OPT_FIND:
		return w->check.find = true;
	case OPT_YES:
		return w->check.yes = true;
	default:
		return false;
	}
}

static int
set_option(struct wish *w, struct sc_prog *prog, int c, struct sc_err *e)
{
	struct fetch_opts *o = &w->fetch;

	switch (c) {
	case OPT_PREVIEW:
		o->preview = PREVIEW_DEFAULT;
		return optarg == NULL ? 0
				      : parse_count("preview", optarg,
					    PREVIEW_MAX, &o->preview, e);
	case OPT_SINCE:
		return parse_time("since", optarg, &o->since_ms, e);
	case OPT_UNTIL:
		return parse_time("until", optarg, &o->until_ms, e);
	case OPT_MAX_PAGES:
		return parse_count(
		    "max-pages", optarg, FETCH_PAGES_MAX, &o->max_pages, e);
	case OPT_STATE:
		o->state_file = optarg;
		return 0;
	case OPT_WAIT:
		o->wait = true;
		return 0;
	case OPT_CAPTURE:
		o->capture = optarg;
		return 0;
	default:
		if (!set_check_option(w, c))
			sc_prog_opt(prog, c);
		return 0;
	}
}

/* Options that make no sense together. */
static int
check_options(const struct fetch_opts *o, struct sc_err *e)
{
	if (o->until_ms != 0 && o->since_ms == 0)
		return sc_fail(e, EX_USAGE, "--until needs --since");
	if (o->until_ms != 0 && o->until_ms <= o->since_ms)
		return sc_fail(
		    e, EX_USAGE, "--until must be later than --since");
	if (o->since_ms > sc_clock_ms())
		return sc_fail(e, EX_USAGE, "--since is in the future");
	if ((o->preview > 0) + (o->since_ms != 0) + (o->state_file != NULL) > 1)
		return sc_fail(e, EX_USAGE,
		    "--preview, --since and --state exclude each other");
	if (o->state_file != NULL &&
	    sc_utf8_valid(o->state_file, strlen(o->state_file)) !=
		strlen(o->state_file))
		return sc_fail(e, EX_USAGE, "--state: the name is not UTF-8");
	return 0;
}

static int
check_wish(const struct wish *w, struct sc_err *e)
{
	const struct fetch_opts *o = &w->fetch;

	if (!w->checks && (w->check.json || w->check.find || w->check.yes))
		return sc_fail(e, EX_USAGE,
		    "--json, --find-region and --yes need --check");
	if (w->check.yes && !w->check.find)
		return sc_fail(e, EX_USAGE, "--yes needs --find-region");
	if (w->checks &&
	    (o->preview > 0 || o->since_ms != 0 || o->until_ms != 0 ||
		o->state_file != NULL || o->capture != NULL || o->wait ||
		o->max_pages != FETCH_PAGES_MAX))
		return sc_fail(e, EX_USAGE,
		    "--check goes with --json and --find-region only");
	return check_options(o, e);
}

static int
run(const struct sc_prog *prog, struct wish *w, struct sc_err *e)
{
	/* A check also has to see what the service sees. */
	if (sc_prog_become(prog, e) == -1)
		return -1;
	return w->checks ? check_run(prog, &w->check, e)
			 : fetch_run(prog, &w->fetch, e);
}

int
main(int argc, char **argv)
{
	struct wish wish = { .fetch = { .max_pages = FETCH_PAGES_MAX } };
	struct sc_err e = { 0 };
	struct sc_prog prog;
	int c, rc = 0;

	sc_prog_init(&prog, "sc-fetch", usage, help);
	while (rc == 0 &&
	    (c = getopt_long(argc, argv, SC_PROG_SHORT, longopts, NULL)) != -1)
		rc = set_option(&wish, &prog, c, &e);
	if (rc == 0 && argc - optind != 1)
		sc_prog_usage(&prog);
	wish.fetch.target = wish.check.target = argv[optind];
	if (rc == 0)
		rc = check_wish(&wish, &e);
	sc_prog_signals();
	if (rc == 0)
		rc = run(&prog, &wish, &e);
	return sc_prog_end(&prog, rc, &e);
}
