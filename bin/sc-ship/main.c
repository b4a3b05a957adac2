#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/conf.h"
#include "sc/log.h"
#include "sc/prog.h"

#include "ship.h"

static const char usage[] = "[--to stdout | file:PATH] [-CSvhV]";
static const char help[] =
    "Reads messages (SCHEMA, RECORD, STATE) from standard input and writes\n"
    "their artifacts to the store, each once.  A STATE is printed when\n"
    "everything before it is safe.\n"
    "\n"
    "  --to stdout     print artifacts only, touch nothing\n"
    "  --to file:PATH  append artifacts to a file, touch no bookmark\n"
    "\n"
    "Examples:\n"
    "  sc-fetch acme-s1 | sc-normalize | sc-ship\n"
    "  sc-fetch --preview acme-s1 | sc-normalize | sc-ship --to stdout | jq .\n"
    "  sc-store read -c siem | sc-ship --to file:/var/log/siem.ndjson |\n"
    "      sc-store commit -c siem\n";

#define OPT_TO SC_OPT_OWN

static const struct option longopts[] = { SC_PROG_LONG,
	{ "to", required_argument, NULL, OPT_TO }, { 0 } };

static struct sink *
open_sink(const struct sc_prog *p, const char *to, struct streams *streams,
    struct sc_err *e)
{
	if (to == NULL)
		return sink_store(p->statedir, streams, e);
	if (strcmp(to, "stdout") == 0)
		return sink_stdout(streams);
	return sink_file(to + strlen("file:"), streams, e);
}

static void
say(const struct sink *sink, const struct streams *streams, int64_t begin)
{
	struct tally all = streams_total(streams);

	sc_info("%s %" PRId64 " artifacts known=%" PRId64 " batches=%" PRId64
		" ms=%" PRId64,
	    sink->verb, all.stored, all.known, sink->batches,
	    sc_clock_mono() - begin);
}

static int
run(const struct sc_prog *p, const char *to, struct sc_err *e)
{
	struct streams streams = { 0 };
	int64_t begin = sc_clock_mono();
	struct sink *sink = open_sink(p, to, &streams, e);
	int rc = -1;

	if (sink != NULL) {
		rc = ship_run(STDIN_FILENO, &streams, sink, e);
		/* A reader that went away is told nothing. */
		if (rc != -1 || e->code != SC_EX_PIPE)
			say(sink, &streams, begin);
		sink->free(sink);
	}
	streams_report(&streams, e);
	streams_fini(&streams);
	return rc;
}

static int
check_to(const char *to, struct sc_err *e)
{
	static const char *const known[] = { "stdout" };

	if (to == NULL || strcmp(to, "stdout") == 0 ||
	    (strncmp(to, "file:", 5) == 0 && to[5] != '\0'))
		return 0;
	if (sc_nearest(to, known, 1) != NULL)
		return sc_fail(
		    e, EX_USAGE, "--to %.80s: did you mean \"stdout\"?", to);
	return sc_fail(
	    e, EX_USAGE, "--to %.80s: expected stdout or file:PATH", to);
}

int
main(int argc, char *argv[])
{
	const char *to = NULL;
	struct sc_err e = { 0 };
	struct sc_prog p;
	int c, rc;

	sc_prog_init(&p, "sc-ship", usage, help);
	while ((c = getopt_long(argc, argv, SC_PROG_SHORT, longopts, NULL)) !=
	    -1) {
		if (c == OPT_TO)
			to = optarg;
		else
			sc_prog_opt(&p, c);
	}
	if (optind != argc)
		sc_prog_usage(&p);
	/* Once started it runs to the end of its input. */
	sc_prog_signals();
	rc = check_to(to, &e);
	if (rc == 0 && to == NULL)
		rc = sc_prog_become(&p, &e);
	if (rc == 0)
		rc = run(&p, to, &e);
	return sc_prog_end(&p, rc, &e);
}
