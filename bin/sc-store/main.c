#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/conf.h"
#include "sc/log.h"

#include "cmd.h"

static const struct command {
	const char *name;
	int (*run)(struct sc_prog *, int, char *[], struct sc_err *);
	const char *usage;
	const char *help;
} commands[] = {
	{ "init", cmd_init, "init [-CSvhV]",
	    "Creates the store in the state folder (-S).  An existing one is "
	    "left alone.\n" },
	{ "search", cmd_search,
	    "search [--integration I] [--stream S] [--vendor V] [--since T]\n"
	    "       [--until T] [--id ID] [--text WORD] [--limit N] [--count] "
	    "[--full] [-CSvhV]",
	    "Prints artifacts, the newest last: one JSON object a line, on a "
	    "terminal a table.\n"
	    "\n"
	    "  --integration I  of this integration\n"
	    "  --stream S       of this stream (INTEGRATION.STREAM or STREAM)\n"
	    "  --vendor V       of this vendor\n"
	    "  --since T        not older than T: 2h, 30d, 2026-11-20, "
	    "2026-11-20T18:00Z\n"
	    "  --until T        older than T\n"
	    "  --id ID          whose id begins so\n"
	    "  --text WORD      in which the word occurs\n"
	    "  --limit N        only the newest N\n"
	    "  --count          print only how many\n"
	    "  --full           with id, key, revision, stream ... around "
	    "each\n"
	    "\n"
	    "Examples:\n"
	    "  sc-store search --integration acme-s1 --since 2h\n"
	    "  sc-store search --since 1d | jq -r "
	    "'select(.severityLabel==\"high\").ruleName'\n" },
	{ "show", cmd_show, "show [--stream S] ID [-CSvhV]",
	    "Prints everything that is known of one artifact.  The first 6 "
	    "characters of its\n"
	    "id suffice.\n" },
	{ "read", cmd_read, "read -c NAME [--max N] [-CSvhV]",
	    "Prints what NAME has not committed yet, as messages for sc-ship.\n"
	    "\n"
	    "Example:\n"
	    "  sc-store read -c siem | sc-ship --to file:/var/log/siem.ndjson "
	    "|\n"
	    "      sc-store commit -c siem\n" },
	{ "commit", cmd_commit, "commit -c NAME [-CSvhV]",
	    "Reads the STATEs that sc-ship prints and moves NAME's position "
	    "forward.\n" },
	{ "bookmark", cmd_bookmark, "bookmark [-CSvhV]",
	    "Lists how far each stream has been fetched.\n" },
	{ "check", cmd_check, "check [-CSvhV]",
	    "Verifies the store.  Exit code 74 when something is wrong.\n" },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char usage[] = "COMMAND ... [-CSvhV]";
static const char help[] = "The local store of artifacts.\n"
			   "\n"
			   "  init      create it\n"
			   "  search    find artifacts\n"
			   "  show      everything about one artifact\n"
			   "  read      what a destination has not got yet\n"
			   "  commit    remember what a destination has got\n"
			   "  bookmark  how far each stream has been fetched\n"
			   "  check     verify it\n"
			   "\n"
			   "sc-store COMMAND -h explains each.\n";

static _Noreturn void
unknown(const struct sc_prog *p, const char *name)
{
	const char *names[NCOMMANDS], *near;

	for (size_t i = 0; i < NCOMMANDS; i++)
		names[i] = commands[i].name;
	near = sc_nearest(name, names, NCOMMANDS);
	sc_error("there is no command %s%s%s%s", name,
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
	sc_prog_usage(p);
}

static const struct command *
find_command(const struct sc_prog *p, const char *name)
{
	for (size_t i = 0; i < NCOMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	unknown(p, name);
}

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = { SC_PROG_LONG, { 0 } };
	const struct command *cmd;
	struct sc_err e = { 0 };
	char *program = argv[0];
	struct sc_prog p;
	int c, rc;

	sc_prog_init(&p, "sc-store", usage, help);
	/* "+": what follows the command is the command's. */
	while ((c = getopt_long(
		    argc, argv, "+" SC_PROG_SHORT, longopts, NULL)) != -1)
		sc_prog_opt(&p, c);
	if (optind == argc)
		sc_prog_usage(&p);
	cmd = find_command(&p, argv[optind]);
	p.usage = cmd->usage;
	p.help = cmd->help;
	argc -= optind;
	argv += optind;
	argv[0] = program; /* getopt_long() complains in its name */
	optind = 0;        /* makes getopt_long() begin anew */
	rc = cmd->run(&p, argc, argv, &e);
	return sc_prog_end(&p, rc, &e);
}
