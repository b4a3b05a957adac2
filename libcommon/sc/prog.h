#ifndef SC_PROG_H
#define SC_PROG_H

#include <stdbool.h>

#include "sc/err.h"

/*
 * What every program does the same way: the common options, signals, the end.
 *
 *	static const struct option longopts[] = { SC_PROG_LONG,
 *		{ "print-jq", no_argument, NULL, 'p' }, { 0 } };
 *	sc_prog_init(&prog, "sc-normalize", usage, help);
 *	while ((c = getopt_long(argc, argv, SC_PROG_SHORT "p", longopts,
 *	    NULL)) != -1) switch (c) { ... default: sc_prog_opt(&prog, c); }
 *	rc = run(...);
 *	return sc_prog_end(&prog, rc, &e);
 */
struct sc_prog {
	const char *name;
	const char *usage;    /* one line, without "usage: " */
	const char *help;     /* text of -h, after the usage line */
	const char *confdir;  /* -C, SC_CONFIG, /etc/signal-client */
	const char *statedir; /* -S, SC_STATE, /var/lib/signal-client */
	int verbose;
};

#define SC_PROG_SHORT "C:S:vhV"
#define SC_OPT_LOG    0x1001
/* Values for a program's own long options without a letter start here. */
#define SC_OPT_OWN 0x2000
#define SC_PROG_LONG                                               \
	{ "config", 1, NULL, 'C' }, { "state-dir", 1, NULL, 'S' }, \
	    { "verbose", 0, NULL, 'v' }, { "help", 0, NULL, 'h' }, \
	    { "version", 0, NULL, 'V' },                           \
	{                                                          \
		"log", 1, NULL, SC_OPT_LOG                         \
	}

/*
 * Sets defaults, logger, clock (SC_CLOCK), SIGPIPE, core-file limit.  A bad
 * SC_CLOCK ends the program with 64.
 */
void sc_prog_init(
    struct sc_prog *, const char *name, const char *usage, const char *help);
/*
 * Handles one common option (reads optarg).  -h prints the help to stdout and
 * ends with 0, -V the version; anything unknown prints the usage line and ends
 * with 64.
 */
void sc_prog_opt(struct sc_prog *, int c);
/* "usage: ..." to stderr, exit 64. */
_Noreturn void sc_prog_usage(const struct sc_prog *);

/*
 * First TERM or INT: sc_stopping() becomes true, system calls restart.  The
 * second one ends the process as the signal does by default.
 */
void sc_prog_signals(void);
bool sc_stopping(void);

/*
 * A program started as root becomes the owner of STATEDIR before it opens
 * anything there, so that the service can use what it leaves.  Nothing happens
 * for others, or while there is no such folder.  EX_NOPERM.
 */
int sc_prog_become(const struct sc_prog *, struct sc_err *);

/*
 * The end of main: flushes stdout and notices when that fails, logs the error
 * with its remedy, wipes known secrets, returns the exit code.  rc -1 means
 * that e is set.  A broken pipe (code SC_EX_PIPE) is silent.
 */
#define SC_EX_PIPE 141
int sc_prog_end(const struct sc_prog *, int rc, const struct sc_err *);

/*
 * The path of another program of this suite: beside the running one, else its
 * bare name for a PATH search.  The result is the caller's.
 */
char *sc_prog_sibling(const char *name);

#endif
