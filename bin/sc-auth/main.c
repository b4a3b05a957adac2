#include <errno.h>
#include <getopt.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/file.h"
#include "sc/log.h"
#include "sc/prog.h"

#include "auth.h"

static const char usage[] = "[-C confdir] [--as VALUE] NAME METHOD TARGET | "
			    "-s NAME | -c NAME";
static const char help[] =
    "Answers which headers a request of integration NAME needs.  It alone\n"
    "reads the vendor's secrets.\n"
    "\n"
    "  sc-auth acme-s1 GET /web/api/v2.1/threats | curl -H @- https://...\n"
    "              prints the header lines (masked on a terminal)\n"
    "  -s, --serve answers requests \"METHOD TARGET\" from stdin, one a line\n"
    "  -c, --check shows where each secret comes from, never the secret\n"
    "  --as VALUE  the header as another value of the setting makes it that\n"
    "              chooses between the vendor's forms\n";

#define OPT_AS SC_OPT_OWN

static const struct option longopts[] = { SC_PROG_LONG,
	{ "serve", no_argument, NULL, 's' },
	{ "check", no_argument, NULL, 'c' },
	{ "as", required_argument, NULL, OPT_AS }, { 0 } };

static int
print_headers(
    struct auth *a, const char *method, const char *target, struct sc_err *e)
{
	struct sc_buf out;
	int rc;

	sc_buf_init(&out, AUTH_ANSWER_MAX);
	(void)sc_buf_room(&out, AUTH_ANSWER_MAX);
	rc = auth_sign(a, method, target, &out, e);
	if (rc == 0 && sc_write_all(STDOUT_FILENO, out.p, out.len) == -1)
		rc = errno == EPIPE ? sc_fail(e, SC_EX_PIPE, "%s", "")
				    : sc_fail_sys(e, EX_IOERR, "stdout");
	if (rc == 0 && a->masked)
		sc_info("masked, because stdout is a terminal; pipe it into "
			"what needs it: sc-auth %s %s '%s' | curl -H @- '%s%s'",
		    a->in->name, method, target, a->in->origin, target);
	sc_secret_wipe(&out);
	return rc;
}

static struct auth *
open_auth(
    const char *confdir, const char *name, const char *as, struct sc_err *e)
{
	struct auth *a = auth_new(confdir, name, e);

	if (a == NULL || as == NULL || auth_choose(a, as, e) == 0)
		return a;
	auth_free(a);
	return NULL;
}

static int
run(const struct sc_prog *prog, int mode, const char *as, char *argv[],
    struct sc_err *e)
{
	struct auth *a = open_auth(prog->confdir, argv[0], as, e);
	int rc;

	if (a == NULL && mode == 's')
		auth_give_up(STDOUT_FILENO, e);
	if (a == NULL)
		return -1;
	a->masked = isatty(STDOUT_FILENO) == 1;
	if (mode == 's') {
		/* Ctrl-C reaches us too, but whoever asks may have to go on. */
		sc_prog_signals();
		rc = auth_serve(a, STDIN_FILENO, STDOUT_FILENO, e);
	} else if (mode == 'c') {
		rc = auth_check(a, e);
	} else {
		rc = print_headers(a, argv[1], argv[2], e);
	}
	auth_free(a);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct sc_prog prog;
	const char *as = NULL;
	struct sc_err e = { 0 };
	int c, mode = 0;

	/* Neither a core file nor a debugger gets to see a secret. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	sc_prog_init(&prog, "sc-auth", usage, help);
	while ((c = getopt_long(
		    argc, argv, SC_PROG_SHORT "sc", longopts, NULL)) != -1) {
		if (c == 's' || c == 'c')
			mode = c;
		else if (c == OPT_AS)
			as = optarg;
		else
			sc_prog_opt(&prog, c);
	}
	if (argc - optind != (mode != 0 ? 1 : 3))
		sc_prog_usage(&prog);
	return sc_prog_end(&prog, run(&prog, mode, as, argv + optind, &e), &e);
}
