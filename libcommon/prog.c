#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/prog.h"
#include "sc/report.h"

static volatile sig_atomic_t stopping;

static const char *
from_env(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : fallback;
}

/*
 * A store or a socket that got a closed one's number would be read as input
 * or written to as output.  Opened the wrong way round, so that using it is
 * an error.
 */
static void
occupy_standard_fds(void)
{
	static const int ways[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null", ways[fd]);
	}
}

void
sc_prog_init(
    struct sc_prog *p, const char *name, const char *usage, const char *help)
{
	const struct rlimit none = { 0, 0 };
	struct sc_err e = { 0 };

	occupy_standard_fds();
	*p = (struct sc_prog){ .name = name, .usage = usage, .help = help };
	p->confdir = from_env("SC_CONFIG", "/etc/signal-client");
	p->statedir = from_env("SC_STATE", "/var/lib/signal-client");
	sc_log_init(name);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A core file could hold secrets. */
	(void)setrlimit(RLIMIT_CORE, &none);
	sc_report_own();
	if (sc_clock_init(&e) == -1)
		exit(sc_prog_end(p, -1, &e));
}

void
sc_prog_usage(const struct sc_prog *p)
{
	(void)fprintf(stderr, "usage: %s %s\n       %s -h explains\n", p->name,
	    p->usage, p->name);
	exit(EX_USAGE);
}

static _Noreturn void
print_help(const struct sc_prog *p)
{
	(void)printf("usage: %s %s\n\n%s", p->name, p->usage, p->help);
	(void)printf("\nCommon options:\n"
		     "  -C DIR      configuration (SC_CONFIG, now %s)\n"
		     "  -S DIR      state (SC_STATE, now %s)\n"
		     "  -v          say more\n"
		     "  --log json  log lines as JSON\n"
		     "  -h, -V      this help, the version\n",
	    p->confdir, p->statedir);
	exit(fflush(stdout) == EOF ? EX_IOERR : EX_OK);
}

void
sc_prog_opt(struct sc_prog *p, int c)
{
	switch (c) {
	case 'C':
		p->confdir = optarg;
		break;
	case 'S':
		p->statedir = optarg;
		break;
	case 'v':
		sc_log_verbose(++p->verbose);
		break;
	case 'h':
		print_help(p);
	case 'V':
		(void)printf("%s %s\n", p->name, SC_VERSION);
		exit(fflush(stdout) == EOF ? EX_IOERR : EX_OK);
	case SC_OPT_LOG:
		if (sc_log_format(optarg) == 0)
			break;
		sc_prog_usage(p);
	default:
		sc_prog_usage(p);
	}
}

static void
on_stop(int sig)
{
	if (stopping) {
		(void)signal(sig, SIG_DFL);
		(void)raise(sig);
	}
	stopping = 1;
}

void
sc_prog_signals(void)
{
	struct sigaction sa = { .sa_handler = on_stop, .sa_flags = SA_RESTART };

	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
}

bool
sc_stopping(void)
{
	return stopping != 0;
}

int
sc_prog_become(const struct sc_prog *p, struct sc_err *e)
{
	const struct passwd *pw;
	struct stat st;

	if (geteuid() != 0 || stat(p->statedir, &st) == -1 || st.st_uid == 0)
		return 0;
	if ((pw = getpwuid(st.st_uid)) == NULL)
		return sc_fail(e, EX_NOPERM, "%s belongs to nobody known (%ju)",
		    p->statedir, (uintmax_t)st.st_uid);
	(void)umask(0007);
	if (initgroups(pw->pw_name, st.st_gid) == -1 ||
	    setresgid(st.st_gid, st.st_gid, st.st_gid) == -1 ||
	    setresuid(st.st_uid, st.st_uid, st.st_uid) == -1)
		return sc_fail_sys(e, EX_NOPERM, "become %s, the owner of %s",
		    pw->pw_name, p->statedir);
	return 0;
}

int
sc_prog_end(const struct sc_prog *p, int rc, const struct sc_err *e)
{
	bool lost = fflush(stdout) == EOF || ferror(stdout);
	int code = rc == -1 ? e->code : EX_OK;

	if (rc == -1 && e->msg[0] != '\0') {
		sc_log(SC_LOG_ERROR, p->name, "%s%s%s", e->msg,
		    e->remedy[0] != '\0' ? "; " : "", e->remedy);
	} else if (lost && code == EX_OK) {
		sc_log(SC_LOG_ERROR, p->name, "cannot write to stdout");
		code = EX_IOERR;
	}
	sc_log_forget();
	return code;
}

char *
sc_prog_sibling(const char *name)
{
	char self[PATH_MAX], *slash, *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return sc_xstrdup(name);
	self[n] = '\0';
	if ((slash = strrchr(self, '/')) == NULL)
		return sc_xstrdup(name);
	path = sc_xasprintf("%.*s/%s", (int)(slash - self), self, name);
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return sc_xstrdup(name);
}
