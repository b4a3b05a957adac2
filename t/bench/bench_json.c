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
scan_lines(
    struct sc_slice text, const struct sc_json_plan *plan, struct sc_err *e)
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
			p, (size_t)(eol - p), plan, SC_JSON_UTF8, out, e) == -1)
			return sc_ctx(e, "line %ld", lines);
		p = eol + 1;
	}
	return lines;
}

static int
run(struct sc_slice text, long repeat, struct sc_err *e)
{
	struct sc_json_plan *plan = sc_json_plan_new(paths, NPATHS, e);
	double start = cpu_seconds(), took;
	long lines = 0;

	if (plan == NULL)
		return -1;
	for (long i = 0; i < repeat && lines != -1; i++)
		lines = scan_lines(text, plan, e);
	took = cpu_seconds() - start;
	sc_json_plan_free(plan);
	if (lines == -1)
		return -1;
	printf("json-scan MB/s=%.0f lines=%ld\n",
	    (double)text.n * (double)repeat / 1e6 / took, lines);
	return 0;
}

static int
map_file(const char *path, struct sc_slice *text, struct sc_err *e)
{
	struct stat st;
	void *p = MAP_FAILED;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd != -1 && fstat(fd, &st) == 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ,
		    MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return sc_fail_sys(e, EX_NOINPUT, "%s", path);
	(void)close(fd);
	*text = (struct sc_slice){ p, (size_t)st.st_size };
	return 0;
}

int
main(int argc, char **argv)
{
	const char *wrong = NULL;
	struct sc_slice text = { 0 };
	struct sc_err e = { 0 };
	long repeat = 1;

	sc_log_init("bench_json");
	if (argc == 3)
		repeat = (long)strtonum(argv[2], 1, 1000, &wrong);
	if (argc < 2 || argc > 3 || wrong != NULL) {
		sc_error("usage: bench_json FILE.ndjson [repeat]");
		return EX_USAGE;
	}
	if (map_file(argv[1], &text, &e) == -1 || run(text, repeat, &e) == -1) {
		sc_error("%s", e.msg);
		return e.code;
	}
	return EX_OK;
}
