#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "mocksrv/control.h"
#include "mocksrv/drill.h"
#include "mocksrv/expect.h"
#include "mocksrv/generate.h"
#include "mocksrv/lint.h"
#include "mocksrv/place.h"
#include "mocksrv/server.h"
#include "mocksrv/vendor.h"
#include "sc/clock.h"
#include "sc/prog.h"
#include "sc/timefmt.h"

static const char usage[] =
    "[-v] [-p port] [--seed n] [--tls dir] [--clock spec] [--journal file]\n"
    "               [--control socket] [--ready-fd n] [--until-eof] "
    "[--strict]\n"
    "               [--quiet-headers] scenario\n"
    "       sc-mock control socket command [argument]\n"
    "       sc-mock verify journal expectations\n"
    "       sc-mock drill scenario [integration ...] [-C confdir] [--start "
    "time]\n"
    "               [--for duration] [--step duration] [--seed n] [--keep] "
    "[--json]\n"
    "       sc-mock generate vendor.stream -n count [--seed n] "
    "[--start time]\n"
    "               [--span duration]\n"
    "       sc-mock lint [-w] file ...";

static const char help[] =
    "Plays security vendors' APIs on 127.0.0.1, on good days and bad ones.\n"
    "\n"
    "  -p, --port N     listen there (default 0: any free port)\n"
    "  --tls DIR        TLS as well, on a second port; DIR gets ca.pem,\n"
    "                   cert.pem and key.pem if it has none\n"
    "  --clock SPEC     real, x1000, @TIME or file:PATH (default SC_CLOCK,\n"
    "                   else the scenario's)\n"
    "  --journal FILE   append one JSON line for each exchange\n"
    "  --control PATH   take commands from there\n"
    "  --seed N         for everything random (default 1)\n"
    "  --ready-fd N     write the ready lines there instead of stdout\n"
    "  --until-eof      end when stdin ends\n"
    "  --quiet-headers  answers without X-Mock-Rule and X-Mock-Fault\n"
    "  --strict         exit 65 if a request matched no rule\n"
    "\n"
    "When ready it prints port=N, tls_port=N (with --tls) and seed=N.\n"
    "The scenario may be a folder that sc-fetch --capture has written.\n"
    "SIGHUP loads the scenario and its datasets again.\n"
    "\n"
    "A scenario has one rule a line; the first that matches wins:\n"
    "  serve sentinelone token=SECRET threats=threats.ndjson\n"
    "  GET /web/api/v2.1/threats from=3 times=2 status=429 retry-after=5\n"
    "  GET /login file=login.http\n"
    "\n"
    "control sends a command: status, journal, reset, advance 10m or\n"
    "scenario FILE.\n"
    "\n"
    "verify compares a journal with the requests that were expected and\n"
    "prints TAP.\n"
    "\n"
    "drill plays a scenario against a copy of your own configuration, minute\n"
    "by minute on a clock of its own, and tells what a team would see and\n"
    "what was lost:\n"
    "  --start TIME     when it begins (default: the scenario's clock, else\n"
    "                   2026-11-22)\n"
    "  --for TIME       how long (default: an hour beyond the scenario)\n"
    "  --step TIME      how often sc-sched is started (default 1m)\n"
    "  --keep           leave the temporary folder\n"
    "  --json           for programs, an object a line\n"
    "\n"
    "generate writes made-up records as NDJSON to stdout:\n"
    "  -n N             how many\n"
    "  --seed N         the same seed gives the same bytes (default 1)\n"
    "  --start TIME     of the first (default 2026-11-21)\n"
    "  --span TIME      over which they are spread (default 24h)\n"
    "\n"
    "lint checks answers, scenarios and datasets, also all in a folder, and\n"
    "finds what looks like a secret; -w brings answers into their form.\n";

enum {
	OPT_SEED = SC_OPT_OWN,
	OPT_TLS,
	OPT_CLOCK,
	OPT_JOURNAL,
	OPT_CONTROL,
	OPT_READY_FD,
	OPT_UNTIL_EOF,
	OPT_STRICT,
	OPT_QUIET_HEADERS,
	OPT_START,
	OPT_SPAN,
	OPT_FOR,
	OPT_STEP,
	OPT_KEEP,
	OPT_JSON
};

static const struct option longopts[] = { SC_PROG_LONG,
	{ "port", required_argument, NULL, 'p' },
	{ "count", required_argument, NULL, 'n' },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "tls", required_argument, NULL, OPT_TLS },
	{ "clock", required_argument, NULL, OPT_CLOCK },
	{ "journal", required_argument, NULL, OPT_JOURNAL },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "ready-fd", required_argument, NULL, OPT_READY_FD },
	{ "until-eof", no_argument, NULL, OPT_UNTIL_EOF },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "quiet-headers", no_argument, NULL, OPT_QUIET_HEADERS },
	{ "start", required_argument, NULL, OPT_START },
	{ "span", required_argument, NULL, OPT_SPAN },
	{ "for", required_argument, NULL, OPT_FOR },
	{ "step", required_argument, NULL, OPT_STEP },
	{ "keep", no_argument, NULL, OPT_KEEP },
	{ "json", no_argument, NULL, OPT_JSON }, { 0 } };

/* What it is started for; the options that only one or two of them have. */
enum mode { SERVES = 1, GENERATES = 2, LINTS = 4, DRILLS = 8, STARTS = 16 };

struct opts {
	struct sc_prog prog;
	struct mock_options server;
	struct mock_plan plan;
	struct mock_drill_options drill;
	const char *clock;
	unsigned used; /* enum mode: whose own options were given */
};

/* The option's value as a number; a bad one ends the program. */
static int64_t
number(struct opts *o, int64_t lo, int64_t hi)
{
	const char *bad = NULL;
	long long v = strtonum(optarg, lo, hi, &bad);

	if (bad != NULL)
		sc_prog_usage(&o->prog);
	return v;
}

static int64_t
duration(struct opts *o)
{
	int64_t ms;

	if (sc_duration_parse(optarg, strlen(optarg), &ms) == -1 || ms <= 0)
		sc_prog_usage(&o->prog);
	return ms;
}

static void
start_option(struct opts *o)
{
	int64_t ms;

	if (sc_time_parse_user(optarg, sc_clock_ms(), &ms) == -1)
		sc_prog_usage(&o->prog);
	o->plan.start_us = ms * 1000;
	o->drill.start_ms = ms;
	o->used |= STARTS;
}

static bool
generate_option(struct opts *o, int c)
{
	switch (c) {
	case 'n':
		o->plan.n = (uint64_t)number(o, 1, MOCK_PLAN_MAX);
		break;
	case OPT_SPAN:
		o->plan.span_us = duration(o) * 1000;
		break;
	default:
		return false;
	}
	o->used |= GENERATES;
	return true;
}

static bool
drill_option(struct opts *o, int c)
{
	switch (c) {
	case OPT_FOR:
		o->drill.for_ms = duration(o);
		break;
	case OPT_STEP:
		o->drill.step_ms = duration(o);
		break;
	case OPT_KEEP:
		o->drill.keep = true;
		break;
	case OPT_JSON:
		o->drill.json = true;
		break;
	default:
		return false;
	}
	o->used |= DRILLS;
	return true;
}

static bool
serve_option(struct opts *o, int c)
{
	switch (c) {
	case 'p':
		o->server.port = (uint16_t)number(o, 0, UINT16_MAX);
		break;
	case OPT_TLS:
		o->server.tls_dir = optarg;
		break;
	case OPT_CLOCK:
		o->clock = optarg;
		break;
	case OPT_JOURNAL:
		o->server.journal = optarg;
		break;
	case OPT_CONTROL:
		o->server.control = optarg;
		break;
	case OPT_READY_FD:
		o->server.ready_fd = (int)number(o, 0, 1 << 20);
		break;
	case OPT_UNTIL_EOF:
		o->server.until_eof = true;
		break;
	case OPT_STRICT:
		o->server.strict = true;
		break;
	case OPT_QUIET_HEADERS:
		o->server.quiet_headers = true;
		break;
	default:
		return false;
	}
	o->used |= SERVES;
	return true;
}

static void
parse(struct opts *o, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(
		    argc, argv, SC_PROG_SHORT "p:n:w", longopts, NULL)) != -1) {
		if (c == OPT_SEED)
			o->server.seed = o->plan.seed = o->drill.seed =
			    (uint64_t)number(o, 0, INT64_MAX);
		else if (c == 'w')
			o->used |= LINTS;
		else if (c == OPT_START)
			start_option(o);
		else if (!serve_option(o, c) && !generate_option(o, c) &&
		    !drill_option(o, c))
			sc_prog_opt(&o->prog, c);
	}
}

static int
generate(struct opts *o, char *words[], size_t n, struct sc_err *e)
{
	const struct mock_generator *g = mock_generator_find(words[0], e);

	(void)n;
	if (o->plan.n == 0)
		sc_prog_usage(&o->prog);
	if (g == NULL || mock_plan_check(&o->plan, e) == -1)
		return -1;
	return mock_generate(g, &o->plan, STDOUT_FILENO, e);
}

static int
verify(struct opts *o, char *words[], size_t n, struct sc_err *e)
{
	(void)o;
	(void)n;
	return mock_verify(words[0], words[1], STDOUT_FILENO, e);
}

static int
lint(struct opts *o, char *words[], size_t n, struct sc_err *e)
{
	/* Its only option is -w. */
	return mock_lint(words, n, (o->used & LINTS) != 0, STDOUT_FILENO, e);
}

/* The server may have another working directory. */
static int
control(struct opts *o, char *words[], size_t n, struct sc_err *e)
{
	char *file = n == 3 && strcmp(words[1], "scenario") == 0
	    ? realpath(words[2], NULL)
	    : NULL;
	int rc;

	(void)o;
	if (file != NULL)
		words[2] = file;
	rc = mock_control_call(words[0], words + 1, n - 1, STDOUT_FILENO, e);
	free(file);
	return rc;
}

static int
drill(struct opts *o, char *args[], size_t n, struct sc_err *e)
{
	/* A day that was captured is played at its time. */
	if ((o->used & STARTS) == 0)
		(void)mock_place_clock(args[0], &o->drill.start_ms);
	o->drill.scenario = args[0];
	o->drill.names = args + 1;
	o->drill.nnames = n - 1;
	o->drill.confdir = o->prog.confdir;
	o->drill.verbose = o->prog.verbose > 0;
	return mock_drill_run(&o->drill, e);
}

/* The clock that was asked for, else the one of the scenario. */
static int
set_clock(const struct opts *o, struct sc_err *e)
{
	const char *env = getenv("SC_CLOCK");
	char text[SC_TIME_BUF], spec[SC_TIME_BUF + 1];
	int64_t ms;

	if (o->clock != NULL)
		return sc_clock_set(o->clock, e);
	if ((env != NULL && *env != '\0') ||
	    !mock_place_clock(o->server.scenario, &ms))
		return 0;
	(void)snprintf(
	    spec, sizeof(spec), "@%s", sc_time_format(ms * 1000, 3, text));
	return sc_clock_set(spec, e);
}

static int
serve(struct opts *o, char *words[], size_t n, struct sc_err *e)
{
	(void)n;
	o->server.scenario = words[0];
	return set_clock(o, e) == -1 ? -1 : mock_server_run(&o->server, e);
}

static const struct command {
	const char *name; /* NULL: there is no word for it */
	int least, most;  /* words behind the name */
	unsigned options; /* enum mode: whose options are fine */
	int (*run)(struct opts *, char *words[], size_t n, struct sc_err *);
} commands[] = {
	{ "generate", 1, 1, GENERATES | STARTS, generate },
	{ "verify", 2, 2, 0, verify },
	{ "control", 2, 100, 0, control },
	{ "lint", 1, INT_MAX, LINTS, lint },
	{ "drill", 1, INT_MAX, DRILLS | STARTS, drill },
	{ NULL, 1, 1, SERVES, serve },
};

/* A scenario may have any name, such as "lint". */
static int
run(struct opts *o, char *words[], int n, struct sc_err *e)
{
	const struct command *c = commands;
	int named;

	for (;; c++) {
		named = c->name != NULL;
		if (!named ||
		    (n > c->least && n - 1 <= c->most &&
			strcmp(words[0], c->name) == 0))
			break;
	}
	if (n - named < c->least || n - named > c->most ||
	    (o->used & ~c->options) != 0)
		sc_prog_usage(&o->prog);
	return c->run(o, words + named, (size_t)(n - named), e);
}

int
main(int argc, char *argv[])
{
	struct opts o = { .server = { .ready_fd = STDOUT_FILENO, .seed = 1 },
		.plan = { .seed = 1,
		    .start_us = INT64_C(1795219200) * 1000000,
		    .span_us = INT64_C(86400) * 1000000 },
		.drill = {
		    .seed = 1, .start_ms = INT64_C(1795305600) * 1000 } };
	struct sc_err e = { 0 };
	int rc;

	sc_prog_init(&o.prog, "sc-mock", usage, help);
	parse(&o, argc, argv);
	rc = run(&o, argv + optind, argc - optind, &e);
	return sc_prog_end(&o.prog, rc, &e);
}
