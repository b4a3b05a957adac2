#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "sc/prog.h"

#include "sched.h"

#define OPT_ONCE (SC_OPT_OWN + 0)
#define OPT_WAIT (SC_OPT_OWN + 1)
#define OPT_JOBS 'j'

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

static int
run(const struct sc_prog *p, bool once, bool wait, size_t jobs, int argc,
    char *argv[], struct sc_err *e)
{
	if (once && argc == 0)
		return sched_once(p, jobs, e);
	if (!once && argc == 2 && strcmp(argv[0], "run") == 0)
		return sched_run(p, argv[1], wait, e);
	sc_prog_usage(p);
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
	bool once = false, wait = false;
	const char *bad = NULL;
	size_t jobs = 4;
	int c, rc;

	sc_prog_init(&prog, "sc-sched", usage, help);
	while ((c = getopt_long(
		    argc, argv, SC_PROG_SHORT "j:", longopts, NULL)) != -1) {
		switch (c) {
		case OPT_ONCE:
			once = true;
			break;
		case OPT_WAIT:
			wait = true;
			break;
		case OPT_JOBS:
			jobs = (size_t)strtonum(optarg, 1, 64, &bad);
			if (bad != NULL)
				sc_prog_usage(&prog);
			break;
		default:
			sc_prog_opt(&prog, c);
		}
	}
	sc_prog_signals();
	rc = run(&prog, once, wait, jobs, argc - optind, argv + optind, &e);
	/* The stages have told their errors; only the code is passed on. */
	if (rc > 0) {
		(void)sc_prog_end(&prog, 0, &e);
		return rc;
	}
	return sc_prog_end(&prog, rc, &e);
}
