#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/conf.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/prog.h"
#include "sc/report.h"
#include "sc/vendor.h"

#include "explain.h"
#include "maptest.h"
#include "normalize.h"

static const char usage[] =
    "[--explain] [FILE...] | --print-jq VENDOR.STREAM | "
    "--test DIR [--update] [-CSvhV]";
static const char help[] =
    "Reads messages, turns the vendor's records in them into artifacts and\n"
    "writes messages.  How is said by the map files of the vendors, "
    "sc-map(5).\n"
    "\n"
    "  --print-jq  the jq program that VENDOR.STREAM or INTEGRATION.STREAM\n"
    "              stands for, with the origin of each line\n"
    "  --test DIR  what the maps make of the records in DIR, against the\n"
    "              artifacts there; TAP\n"
    "  --update    write those artifacts that differ\n"
    "  --explain   no messages, but a table of what each line of the maps did\n"
    "  FILE        saved messages instead of standard input\n";

enum mode { MODE_FILTER, MODE_PRINT, MODE_EXPLAIN, MODE_TEST };

enum { MAX_REPORTED = 16 };

/* Calls each() for every file, or for standard input if there is none. */
static int
each_input(char *files[],
    int (*each)(void *, int, const char *, struct sc_err *), void *arg,
    struct sc_err *e)
{
	int fd, rc = 0;

	if (files[0] == NULL)
		return each(arg, STDIN_FILENO, "stdin", e);
	for (; *files != NULL && rc == 0; files++) {
		if ((fd = open(*files, O_RDONLY | O_CLOEXEC)) == -1)
			return sc_fail_sys(e, EX_NOINPUT, "%s", *files);
		rc = each(arg, fd, *files, e);
		(void)close(fd);
	}
	return rc;
}

static int
filter_one(void *n, int fd, const char *name, struct sc_err *e)
{
	return normalize_input(n, fd, name, e);
}

static int
explain_one(void *x, int fd, const char *name, struct sc_err *e)
{
	return explain_input(x, fd, name, e);
}

static void
add_counts(struct sc_outcome *o, const struct stream *st)
{
	o->counts[SC_N_RECORDS] += st->records;
	o->counts[SC_N_BAD] += st->bad;
}

/* The outcome line and the summary for people. */
static void
report(const struct streams *s, int64_t ms, const struct sc_err *e)
{
	struct sc_outcome sum = { .err = *e }, one[MAX_REPORTED] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct stream *st = &s->v[i];

		add_counts(&sum, st);
		if (st->mapping == NULL || n == MAX_REPORTED)
			continue;
		if (st->source.integration != NULL)
			(void)strlcpy(sum.stream, st->source.integration,
			    sizeof(sum.stream));
		(void)snprintf(one[n].stream, sizeof(one[n].stream), "%.*s",
		    (int)strlen(st->name) - 2, st->name + 1);
		add_counts(&one[n++], st);
	}
	sc_report_write("sc-normalize", &sum, one, n);
	if (e->code == SC_EX_PIPE)
		return;
	sc_info("normalized %" PRId64 " records bad=%" PRId64 " ms=%" PRId64,
	    sum.counts[SC_N_RECORDS], sum.counts[SC_N_BAD], ms);
}

static int
filter(const struct sc_prog *p, char *files[], struct sc_err *e)
{
	int64_t start = sc_clock_mono();
	struct normalize n;
	int rc;

	/* The stages behind sc-fetch run to the end of their input. */
	sc_prog_signals();
	normalize_init(&n, p->confdir, STDOUT_FILENO);
	rc = each_input(files, filter_one, &n, e);
	report(&n.streams, sc_clock_mono() - start, e);
	normalize_fini(&n);
	return rc;
}

static int
print(struct sc_buf *b, struct sc_err *e)
{
	if (fwrite(b->p, 1, b->len, stdout) != b->len)
		return sc_fail_sys(e, EX_IOERR, "write to stdout");
	return 0;
}

static int
explain(const struct sc_prog *p, char *files[], struct sc_err *e)
{
	struct explain x;
	struct sc_buf b;
	int rc;

	explain_init(&x, p->confdir);
	sc_buf_init(&b, PROGRAM_MAX);
	rc = each_input(files, explain_one, &x, e);
	if (rc == 0) {
		explain_print(&x, &b);
		rc = print(&b, e);
	}
	sc_buf_fini(&b);
	explain_fini(&x);
	return rc;
}

/* Neither a vendor nor an integration: which of them it might have been. */
static void
unknown_name(const char *confdir, const char *name, struct sc_err *e)
{
	char **names = NULL, **more = NULL;
	size_t n = 0, nmore = 0;
	const char *near;

	if (sc_vendor_list(confdir, &names, &n, e) == 0 &&
	    sc_integration_list(confdir, &more, &nmore, e) == 0) {
		for (size_t i = 0; i < nmore; i++)
			sc_names_add(&names, &n, sc_xstrdup(more[i]));
		near = sc_nearest(name, (const char *const *)names, n);
		(void)sc_fail(e, EX_CONFIG,
		    "there is no vendor or integration \"%.64s\"%s%s%s", name,
		    near != NULL ? "; did you mean \"" : "",
		    near != NULL ? near : "", near != NULL ? "\"?" : "");
	}
	sc_names_free(more, nmore);
	sc_names_free(names, n);
}

/* A vendor, but not its stream: which one it might have been. */
static void
unknown_stream(const struct sc_vendor *v, const char *stream, struct sc_err *e)
{
	const char **names = sc_xcalloc(v->nstreams, sizeof(*names)), *near;

	for (size_t i = 0; i < v->nstreams; i++)
		names[i] = v->streams[i].name;
	near = sc_nearest(stream, names, v->nstreams);
	(void)sc_fail(e, EX_CONFIG, "%s has no %.64s.map%s%s%s", v->name,
	    stream, near != NULL ? "; did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
	free(names);
}

/* There is neither such a map nor such an integration. */
static struct mapping *
no_mapping(
    const char *confdir, const char *name, const char *stream, struct sc_err *e)
{
	char *file = sc_vendor_file(confdir, name, "vendor.yaml", false);
	struct sc_vendor *v = NULL;

	if (file == NULL)
		unknown_name(confdir, name, e);
	else if ((v = sc_vendor_load(confdir, name, e)) != NULL)
		unknown_stream(v, stream, e);
	sc_vendor_free(v);
	free(file);
	return NULL;
}

/*
 * The mapping of VENDOR.STREAM or, where an integration has that name and no
 * vendor has the map, of INTEGRATION.STREAM.
 */
static struct mapping *
mapping_for(const char *confdir, const char *target, struct sc_err *e)
{
	size_t n = strcspn(target, ".");
	char *name = sc_xstrndup(target, n);
	const char *stream = target[n] == '.' ? target + n + 1 : "";
	char *file = sc_xasprintf("%s.map", stream);
	char *map = sc_vendor_file(confdir, name, file, false);
	char *conf = sc_integration_path(confdir, name);
	const struct sc_stream_conf *sc = NULL;
	struct sc_integration *in = NULL;
	struct mapping *m = NULL;

	if (!sc_name_valid(name) || !sc_name_valid(stream))
		(void)sc_fail(e, EX_USAGE,
		    "\"%.80s\" is not VENDOR.STREAM or INTEGRATION.STREAM",
		    target);
	else if (map != NULL)
		m = mapping_new(confdir, name, stream, e);
	else if (access(conf, F_OK) == -1)
		m = no_mapping(confdir, name, stream, e);
	else if ((in = sc_target_load(confdir, target, &sc, e)) != NULL)
		m = mapping_new(confdir, in->vendor->name, sc->def->name, e);
	sc_integration_free(in);
	free(conf);
	free(map);
	free(file);
	free(name);
	return m;
}

static int
print_jq(const struct sc_prog *p, const char *target, struct sc_err *e)
{
	struct mapping *m = mapping_for(p->confdir, target, e);
	struct sc_buf b;
	int rc;

	if (m == NULL)
		return -1;
	sc_buf_init(&b, PROGRAM_MAX);
	/* What is printed is sure to compile. */
	rc = mapping_start(m, PROGRAM_RUN, e);
	if (rc == 0) {
		program_text(m->map, PROGRAM_PRINT, &b);
		rc = print(&b, e);
	}
	sc_buf_fini(&b);
	mapping_free(m);
	return rc;
}

struct opts {
	struct sc_prog prog;
	enum mode mode;
	const char *test; /* the folder */
	bool update;
};

static void
parse(struct opts *o, int argc, char *argv[])
{
	enum { PRINT = SC_OPT_OWN, EXPLAIN, TEST, UPDATE };
	static const struct option longopts[] = { SC_PROG_LONG,
		{ "print-jq", no_argument, NULL, PRINT },
		{ "explain", no_argument, NULL, EXPLAIN },
		{ "test", required_argument, NULL, TEST },
		{ "update", no_argument, NULL, UPDATE }, { 0 } };
	int c;

	sc_prog_init(&o->prog, "sc-normalize", usage, help);
	while ((c = getopt_long(argc, argv, SC_PROG_SHORT, longopts, NULL)) !=
	    -1) {
		if (c == PRINT) {
			o->mode = MODE_PRINT;
		} else if (c == EXPLAIN) {
			o->mode = MODE_EXPLAIN;
		} else if (c == TEST) {
			o->mode = MODE_TEST;
			o->test = optarg;
		} else if (c == UPDATE) {
			o->update = true;
		} else {
			sc_prog_opt(&o->prog, c);
		}
	}
	argc -= optind;
	if ((o->mode == MODE_PRINT && argc != 1) ||
	    (o->mode == MODE_TEST && argc != 0) ||
	    (o->update && o->mode != MODE_TEST))
		sc_prog_usage(&o->prog);
}

int
main(int argc, char *argv[])
{
	struct opts o = { .mode = MODE_FILTER };
	struct sc_err e = { 0 };
	int rc;

	parse(&o, argc, argv);
	argv += optind;
	if (o.mode == MODE_PRINT)
		rc = print_jq(&o.prog, argv[0], &e);
	else if (o.mode == MODE_EXPLAIN)
		rc = explain(&o.prog, argv, &e);
	else if (o.mode == MODE_TEST)
		rc = maptest_run(o.prog.confdir, o.test, o.update, &e);
	else
		rc = filter(&o.prog, argv, &e);
	return sc_prog_end(&o.prog, rc, &e);
}
