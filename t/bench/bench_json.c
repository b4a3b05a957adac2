#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "sc/json.h"
#include "sc/log.h"

/*
 * bench_json FILE.ndjson [repeat]: what one core scans of SentinelOne threats
 * with the paths that sc-fetch needs, UTF-8 check included, in MB per second
 * of CPU time.
 */
static const char *const paths[] = {
	"id",
	"threatInfo.updatedAt",
	"threatInfo.createdAt",
	"threatInfo.identifiedAt",
	"agentRealtimeInfo.agentComputerName",
	"threatInfo.threatName",
};

#define NPATHS (sizeof(paths) / sizeof(paths[0]))

static double
cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Scans every line of the text; the number of lines, or -1. */
static long
scan_lines(const struct sc_slice text, const struct sc_json_plan *plan,
    unsigned flags, struct sc_err *e)
{
	const char *p = text.p, *end = text.p + text.n;
	struct sc_json_val out[NPATHS];
	long lines = 0;

	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		if (eol == NULL)
			eol = end;
		lines++;
		if (sc_json_scan(
			p, (size_t)(eol - p), plan, flags, out, e) == -1)
			return sc_ctx(e, "line %ld", lines);
		p = eol + 1;
	}
	return lines;
}

static int
run(struct sc_slice text, long repeat, struct sc_err *e)
{
	struct sc_json_plan *plan = sc_json_plan_new(paths, NPATHS, e);
	unsigned flags = SC_JSON_UTF8;
	double start, took;
	long lines = 0;

	if (plan == NULL)
		return -1;
	if (getenv("NODUP"))flags|=SC_JSON_NODUP;
	start = cpu_seconds();
	for (long i = 0; i < repeat && lines != -1; i++)
		lines = scan_lines(text, plan, flags, e);
	took = cpu_seconds() - start;
	sc_json_plan_free(plan);
	if (lines == -1)
		return -1;
	printf("json-scan MB/s=%.0f lines=%ld\n",
	    (double)text.n * (double)repeat / 1e6 / took, lines);
	return 0;
}

int
main(int argc, char **argv)
{
	struct sc_slice text;
	struct sc_err e = { 0 };
	struct stat st;
	int fd;

	if (argc < 2) {
		sc_error("usage: bench_json FILE.ndjson [repeat]");
		return EX_USAGE;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		sc_error("%s: cannot be read", argv[1]);
		return EX_NOINPUT;
	}
	text.n = (size_t)st.st_size;
	text.p = mmap(NULL, text.n, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (run(text, argc > 2 ? strtol(argv[2], NULL, 10) : 1, &e) == -1) {
		sc_error("%s", e.msg);
		return e.code;
	}
	return EX_OK;
}
