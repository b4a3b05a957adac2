#include <getopt.h>
#include <stdlib.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/file.h"
#include "sc/prog.h"
#include "sc/status.h"

#include "table.h"

#define OUTPUT_MAX ((size_t)16 << 20)

static const char usage[] = "[--json] [INTEGRATION] [-CSvhV]";
static const char help[] =
    "Shows how every stream fares: its state, the last run, the newest "
    "record,\n"
    "the number of artifacts and when it runs next; below, each problem with\n"
    "what to do about it.\n"
    "\n"
    "  --json   the same for programs, one JSON object\n"
    "\n"
    "Exit code: 0 when nothing needs attention, 69 when a stream is failing,\n"
    "78 when an integration file is wrong or there is no configuration.\n";

static int
verdict(const struct sc_status *s, size_t broken)
{
	if (broken > 0)
		return EX_CONFIG;
	for (size_t i = 0; i < s->n; i++) {
		if (s->streams[i].state == SC_STATE_FAILING)
			return EX_UNAVAILABLE;
	}
	return EX_OK;
}

static int
run(const struct sc_prog *p, bool json, const char *name, struct sc_err *e)
{
	struct sc_store *store = sc_store_open(p->statedir, SC_STORE_READ, e);
	struct sc_status s;
	struct sc_buf b;
	size_t broken;
	int rc = -1;

	if (store == NULL)
		return -1;
	sc_buf_init(&b, OUTPUT_MAX);
	if (sc_status_load(p, store, name, &s, &broken, e) == -1)
		goto out;
	sc_status_expiry(&s, p->statedir);
	if (json)
		sc_status_json(&s, &b);
	else
		table_print(&s, sc_clock_ms(), &b);
	rc = fwrite(b.p, 1, b.len, stdout) == b.len
	    ? verdict(&s, broken)
	    : sc_fail_sys(e, EX_IOERR, "write to stdout");
out:
	sc_status_fini(&s);
	sc_buf_fini(&b);
	sc_store_close(store);
	return rc;
}

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = { SC_PROG_LONG,
		{ "json", no_argument, NULL, 'j' }, { 0 } };
	struct sc_err e = { 0 };
	struct sc_prog prog;
	bool json = false;
	int c, rc, end;

	sc_prog_init(&prog, "sc-status", usage, help);
	while ((c = getopt_long(
		    argc, argv, SC_PROG_SHORT "j", longopts, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else
			sc_prog_opt(&prog, c);
	}
	if (argc - optind > 1)
		sc_prog_usage(&prog);
	rc = sc_prog_become(&prog, &e);
	if (rc == 0)
		rc = run(&prog, json, argv[optind], &e);
	end = sc_prog_end(&prog, rc == -1 ? -1 : 0, &e);
	return end != EX_OK ? end : rc;
}
