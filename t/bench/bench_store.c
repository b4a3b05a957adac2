/*
 * How fast the store takes artifacts in and finds them again.
 *
 *	bench_store messages N		prints what sc-normalize would, for
 *					sc-ship: SCHEMA, N RECORDs, a STATE
 *					every 1,000
 *	bench_store put DIR N FROM	stores N artifacts through the library,
 *					the FROM-th and later of the series
 *	bench_store find DIR		times some searches
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "sc/ident.h"
#include "sc/msg.h"
#include "sc/store.h"
#include "sc/timefmt.h"

#define BATCH     1000
#define STREAMS   10
#define PADDING   5200
#define START_MS  INT64_C(1790000000000)
#define EVERY_MS  1000
#define STORE_REV "2026-11-22T13:00:00.000Z"

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
die(const struct sc_err *e)
{
	(void)fprintf(stderr, "%s\n", e->msg);
	return e->code;
}

/* One artifact of about 6 KB, as a mapped threat is. */
struct sample {
	char stream[32];
	char key[24];
	char id[SC_ID_BUF];
	struct sc_buf json;
	int64_t event_ms;
};

static void
sample_fill(struct sample *s, int64_t i)
{
	static char padding[PADDING];
	char time[SC_TIME_BUF];
	struct sc_ident ident;
	struct sc_jw w;

	memset(padding, 'x', sizeof(padding) - 1);
	(void)snprintf(s->stream, sizeof(s->stream), "acme-%" PRId64 ".threats",
	    i / BATCH % STREAMS);
	(void)snprintf(
	    s->key, sizeof(s->key), "%" PRId64, INT64_C(1524831183200260) + i);
	ident = (struct sc_ident){ "bench", "acme", s->stream,
		sc_slice_of(s->key), sc_slice_of(STORE_REV) };
	(void)sc_ident_id(&ident, s->id);
	s->event_ms = START_MS + i * EVERY_MS;
	sc_buf_reset(&s->json);
	sc_jw_init(&w, &s->json);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "id", s->id);
	sc_jw_kv(
	    &w, "startTimeUTC", sc_time_format(s->event_ms * 1000, 3, time));
	sc_jw_kv(&w, "streamName", "sentinelone");
	sc_jw_kv(&w, "messageType", "malicious_software");
	sc_jw_kv(&w, "severityLabel", "high");
	sc_jw_kv(&w, "clientHostname", "WS-0042");
	sc_jw_kv(&w, "userName", "j.doe");
	sc_jw_kv(&w, "fileName", "invoice.exe");
	sc_jw_kv(&w, "vendorCode", s->key);
	for (int m = 0; m < 40; m++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "x_field%d", m);
		sc_jw_kv(&w, name, "a value of some length");
	}
	sc_jw_kv(&w, "message", padding);
	sc_jw_end(&w, '}');
}

static int
put(const char *dir, int64_t n, int64_t from, struct sc_err *e)
{
	struct sample s = { 0 };
	struct sc_store *store;
	double begin = now();
	double bytes = 0;
	bool fresh;

	sc_buf_init(&s.json, SC_RECORD_MAX);
	if (sc_store_init(dir, &fresh, e) == -1 ||
	    (store = sc_store_open(dir, SC_STORE_WRITE, e)) == NULL)
		return -1;
	for (int64_t i = from; i < from + n; i++) {
		struct sc_artifact a = { 0 };

		if ((i % BATCH == 0 || i == from) &&
		    sc_store_begin(store, e) == -1)
			return -1;
		sample_fill(&s, i);
		a.stream = sc_slice_of(s.stream);
		a.id = sc_slice_of(s.id);
		a.key = sc_slice_of(s.key);
		a.rev = sc_slice_of(STORE_REV);
		a.vendor = sc_slice_of("sentinelone");
		a.integration = (struct sc_slice){ s.stream, 6 };
		a.event_ms = s.event_ms;
		a.artifact = (struct sc_slice){ s.json.p, s.json.len };
		bytes += (double)s.json.len;
		if (sc_store_put(store, &a, e) == -1)
			return -1;
		if ((i % BATCH == BATCH - 1 || i == from + n - 1) &&
		    sc_store_commit(store, e) == -1)
			return -1;
	}
	sc_store_close(store);
	sc_buf_fini(&s.json);
	begin = now() - begin;
	(void)printf("put: %" PRId64 " artifacts of %.0f bytes, %.1f s, "
		     "%.0f/s, %.0f MB/s\n",
	    n, bytes / (double)n, begin, (double)n / begin,
	    bytes / begin / 1e6);
	return 0;
}

static int
messages(int64_t n, struct sc_err *e)
{
	struct sc_msg_writer w;
	struct sample s = { 0 };
	int64_t gen = 0;
	struct sc_jw jw;

	sc_buf_init(&s.json, SC_RECORD_MAX);
	sc_msg_writer_init(&w, STDOUT_FILENO);
	for (int64_t i = 0; i < n; i++) {
		sample_fill(&s, i);
		if (i % BATCH == 0)
			(void)sc_buf_addf(&w.b,
			    "{\"type\":\"SCHEMA\",\"stream\":\"%s\",\"key_"
			    "properties\":[\"id\"],\"schema\":{},\"source\":{"
			    "\"vendor\":\"sentinelone\",\"integration\":\"%.6s"
			    "\",\"stream\":\"threats\",\"realm\":\"acme\"}}\n",
			    s.stream, s.stream);
		sc_msg_begin(&w, &jw);
		sc_jw_obj(&jw);
		sc_jw_kv(&jw, "type", "RECORD");
		sc_jw_kv(&jw, "stream", s.stream);
		sc_jw_kv(&jw, "id", s.id);
		sc_jw_kv(&jw, "key", s.key);
		sc_jw_kv(&jw, "rev", STORE_REV);
		sc_jw_kvraw(
		    &jw, "record", (struct sc_slice){ s.json.p, s.json.len });
		sc_jw_end(&jw, '}');
		if (sc_msg_end(&w, e) == -1)
			return -1;
		if (i % BATCH != BATCH - 1 && i != n - 1)
			continue;
		(void)sc_buf_addf(&w.b,
		    "{\"type\":\"STATE\",\"for\":\"store\",\"value\":{"
		    "\"bookmarks\":{\"bench.s\":{\"v\":1,\"gen\":0,"
		    "\"n\":%" PRId64 "}}}}\n",
		    gen++);
	}
	sc_buf_fini(&s.json);
	if (sc_msg_flush(&w, e) == -1)
		return -1;
	sc_msg_writer_fini(&w);
	return 0;
}

static int
time_query(struct sc_store *store, const char *what,
    const struct sc_store_query *q, struct sc_err *e)
{
	double begin = now();
	struct sc_store_rows *rows = sc_store_search(store, q, e);
	struct sc_store_row row;
	int64_t n = 0, all;
	double found;
	int rc;

	if (rows == NULL)
		return -1;
	while ((rc = sc_store_next(rows, &row, e)) == 1)
		n++;
	sc_store_rows_free(rows);
	found = now();
	if (rc == -1 || (all = sc_store_count(store, q, e)) == -1)
		return -1;
	(void)printf("%-36s %6" PRId64 " rows %7.1f ms; count %8" PRId64
		     " %7.1f ms\n",
	    what, n, (found - begin) * 1e3, all, (now() - found) * 1e3);
	return 0;
}

static int
find(const char *dir, struct sc_err *e)
{
	static const struct {
		const char *what;
		struct sc_store_query q;
	} queries[] = {
		{ "newest 100", { .limit = 100 } },
		{ "an hour",
		    { .since_ms = START_MS, .until_ms = START_MS + 3600000 } },
		{ "stream, newest 100",
		    { .stream = "acme-3.threats", .limit = 100 } },
		{ "stream of all, newest 100",
		    { .stream = "threats", .limit = 100 } },
		{ "integration, newest 100",
		    { .integration = "acme-3", .limit = 100 } },
		{ "integration, an hour",
		    { .integration = "acme-0",
			.since_ms = START_MS,
			.until_ms = START_MS + 3600000 } },
		{ "vendor, newest 100",
		    { .vendor = "sentinelone", .limit = 100 } },
		{ "no such vendor, newest 100",
		    { .vendor = "nobody", .limit = 100 } },
		{ "no such integration, newest 100",
		    { .integration = "nobody", .limit = 100 } },
		{ "id, its beginning", { .id = "0a1b2c" } },
		{ "word in an hour",
		    { .text = "INVOICE.exe",
			.since_ms = START_MS,
			.until_ms = START_MS + 3600000 } },
	};
	struct sc_store *store = sc_store_open(dir, SC_STORE_READ, e);
	int rc = store == NULL ? -1 : 0;

	for (size_t i = 0; rc == 0 && i < sizeof(queries) / sizeof(queries[0]);
	     i++)
		rc = time_query(store, queries[i].what, &queries[i].q, e);
	sc_store_close(store);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct sc_err e = { 0 };
	int rc;

	if (argc == 3 && strcmp(argv[1], "messages") == 0)
		rc = messages(strtonum(argv[2], 1, INT32_MAX, NULL), &e);
	else if (argc == 5 && strcmp(argv[1], "put") == 0)
		rc = put(argv[2], strtonum(argv[3], 1, INT32_MAX, NULL),
		    strtonum(argv[4], 0, INT32_MAX, NULL), &e);
	else if (argc == 3 && strcmp(argv[1], "find") == 0)
		rc = find(argv[2], &e);
	else
		return EX_USAGE;
	return rc == -1 ? die(&e) : 0;
}
