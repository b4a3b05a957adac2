#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/conf.h"
#include "sc/prog.h"

#include "sched.h"

#define OPT_ONCE (SC_OPT_OWN + 0)
#define OPT_WAIT (SC_OPT_OWN + 1)
#define OPT_JOBS 'j'
#define JOBS_MAX 64

static const char usage[] =
    "[-j N] --once | [--wait] run INTEGRATION[.STREAM] [-CSvhV]";
static const char help[] =
    "Runs pipelines of sc-fetch, sc-normalize and sc-ship and records how "
    "each\n"
    "stream fares; sc-status shows it.\n"
    "\n"
    "  run acme-s1          fetch all streams of acme-s1 now\n"
    "  run acme-s1.threats  fetch one stream now\n"
    "  --once               run every stream that is due, then end\n"
    "  -j N                 at most N integrations at a time (default 4)\n"
    "  --wait               if the integration is being fetched, wait\n"
    "\n"
    "The exit code is the most severe one of all stages; 75 means: try "
    "later.\n";

struct opts {
	bool once;
	bool wait;
	size_t jobs;
};

static int
run(const struct sc_prog *p, const struct opts *o, int argc, char *argv[],
    struct sc_err *e)
{
	static const char *const known[] = { "run" };

	if (o->once && !o->wait && argc == 0)
		return sched_once(p, o->jobs, e);
	if (argc > 0 && strcmp(argv[0], "run") != 0)
		return sc_fail(e, EX_USAGE, "there is no command %.80s%s",
		    argv[0],
		    sc_nearest(argv[0], known, 1) != NULL
			? "; did you mean run?"
			: "; there is: run INTEGRATION[.STREAM]");
	if (!o->once && argc == 2)
		return sched_run(p, argv[1], o->wait, e);
	sc_prog_usage(p);
}

static int
parse_jobs(const char *text, size_t *jobs, struct sc_err *e)
{
	const char *bad = NULL;

	*jobs = (size_t)strtonum(text, 1, JOBS_MAX, &bad);
	return bad == NULL
	    ? 0
	    : sc_fail(e, EX_USAGE, "-j %.80s: expected a number from 1 to %d",
		  text, JOBS_MAX);
}

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = { SC_PROG_LONG,
		{ "once", no_argument, NULL, OPT_ONCE },
		{ "wait", no_argument, NULL, OPT_WAIT },
		{ "jobs", required_argument, NULL, OPT_JOBS }, { 0 } };
	struct sc_err e = { 0 };
	struct sc_prog prog;
	struct opts o = { .jobs = 4 };
	int c, rc;

	sc_prog_init(&prog, "sc-sched", usage, help);
	while ((c = getopt_long(
		    argc, argv, SC_PROG_SHORT "j:", longopts, NULL)) != -1) {
		switch (c) {
		case OPT_ONCE:
			o.once = true;
			break;
		case OPT_WAIT:
			o.wait = true;
			break;
		case OPT_JOBS:
			if (parse_jobs(optarg, &o.jobs, &e) == -1)
				return sc_prog_end(&prog, -1, &e);
			break;
		default:
			sc_prog_opt(&prog, c);
		}
	}
	sc_prog_signals();
	rc = sc_prog_become(&prog, &e);
	if (rc == 0)
		rc = run(&prog, &o, argc - optind, argv + optind, &e);
	/* The stages have told their errors; only the code is passed on. */
	if (rc > 0) {
		(void)sc_prog_end(&prog, 0, &e);
		return rc;
	}
	return sc_prog_end(&prog, rc, &e);
}
