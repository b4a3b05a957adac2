#include <getopt.h>
#include <string.h>
#include <sysexits.h>

#include "cmd.h"

static const char usage[] = "[-C confdir] [-S statedir] COMMAND ...";
static const char help[] =
    "The settings form of every vendor, as a command.\n"
    "\n"
    "  vendors             what there is and which settings it needs\n"
    "  add VENDOR NAME     make an integration, for example\n"
    "      sc-conf add sentinelone acme-s1 --host acme.sentinelone.net \\\n"
    "          --api-key-file token.txt\n"
    "      Each setting of the vendor is an option.  A secret is asked for,\n"
    "      or comes with --SETTING-file FILE (- for stdin) or\n"
    "      --SETTING-ref REF (file:, cred:, env:, exec:).  Also:\n"
    "      --interval 5m --url URL --realm R --tenant T --org-id ID\n"
    "      --label TEXT --ca-file FILE --tls-name NAME --tls-pin PIN\n"
    "      --proxy URL --proxy-password-ref REF --proxy-ca-file FILE\n"
    "      --no-proxy HOSTS --keep JQ --drop JQ --allow-http --disabled\n"
    "  list                all integrations\n"
    "  show NAME           every value of one, and where it comes from\n"
    "  check [NAME...]     are the files right?  (the rest of the way:\n"
    "                      sc-fetch --check NAME)\n"
    "  enable NAME         collect from it\n"
    "  disable NAME        do not\n";

static const struct option longopts[] = { SC_PROG_LONG, { 0 } };

static const struct command {
	const char *name;
	int min, max; /* arguments */
	int (*run)(struct sc_prog *, int, char *[], struct sc_err *);
} commands[] = {
	{ "vendors", 0, 0, cmd_vendors },
	{ "add", 1, 1000, cmd_add },
	{ "list", 0, 0, cmd_list },
	{ "show", 1, 1, cmd_show },
	{ "check", 0, 1000, cmd_check },
	{ "enable", 1, 1, cmd_enable },
	{ "disable", 1, 1, cmd_disable },
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static int
unknown_command(const char *name, struct sc_err *e)
{
	const char *names[NCOMMANDS], *near;

	for (size_t i = 0; i < NCOMMANDS; i++)
		names[i] = commands[i].name;
	near = sc_nearest(name, names, NCOMMANDS);
	if (near != NULL)
		return sc_fail(e, EX_USAGE,
		    "unknown command \"%.40s\"; did you mean \"%s\"?", name,
		    near);
	return sc_fail(e, EX_USAGE,
	    "unknown command \"%.40s\"; sc-conf -h lists them", name);
}

static int
run(struct sc_prog *prog, int argc, char *argv[], struct sc_err *e)
{
	for (size_t i = 0; i < NCOMMANDS; i++) {
		const struct command *c = &commands[i];

		if (strcmp(argv[0], c->name) != 0)
			continue;
		if (argc - 1 < c->min || argc - 1 > c->max)
			sc_prog_usage(prog);
		return c->run(prog, argc, argv, e);
	}
	return unknown_command(argv[0], e);
}

int
main(int argc, char *argv[])
{
	struct sc_prog prog;
	struct sc_err e = { 0 };
	int c;

	sc_prog_init(&prog, "sc-conf", usage, help);
	/* "+": options behind the command are the command's. */
	while ((c = getopt_long(
		    argc, argv, "+" SC_PROG_SHORT, longopts, NULL)) != -1)
		sc_prog_opt(&prog, c);
	if (optind == argc)
		sc_prog_usage(&prog);
	return sc_prog_end(
	    &prog, run(&prog, argc - optind, argv + optind, &e), &e);
}
