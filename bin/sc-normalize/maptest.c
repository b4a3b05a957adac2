#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/conf.h"
#include "sc/file.h"
#include "sc/json.h"
#include "sc/mem.h"
#include "sc/msg.h"

#include "differ.h"
#include "maptest.h"
#include "streams.h"
#include "testdir.h"

struct totals {
	size_t cases, failed;
};

/* The test of one file of records. */
struct maptest {
	struct totals *totals;
	bool update;
	struct streams streams;
	const char *name; /* of the test: its files without ending */
	struct testfile records;
	struct testfile expected;
	bool missing;           /* there is no file of artifacts yet */
	bool stale;             /* the file of artifacts has to be written */
	size_t cases;           /* of this file */
	struct sc_buf artifact; /* what the record in work became */
	struct sc_buf differences;
	struct sc_buf now; /* the file of artifacts as it should be */
	struct sc_buf scratch;
};

/* One line of TAP and what is to be said about it. */
static void
tell(struct maptest *t, bool good, const struct testfile *f, uint64_t lineno)
{
	t->totals->cases++;
	t->totals->failed += !good;
	(void)printf("%s %zu - %s:%" PRIu64 "\n", good ? "ok" : "not ok",
	    t->totals->cases, f->path, lineno);
	if (t->differences.len > 0)
		(void)fwrite(t->differences.p, 1, t->differences.len, stdout);
	sc_buf_reset(&t->differences);
}

/* What becomes of a record, with all that sc-normalize adds. */
static int
make(struct maptest *t, const struct stream *st, const struct sc_msg *m,
    struct sc_json_val *got, struct sc_err *e)
{
	struct artifact a = { &st->source, st->mapping, m, &t->scratch };
	struct sc_jw jw;

	if (mapping_start(st->mapping, PROGRAM_RUN, e) == -1)
		return -1;
	sc_buf_reset(&t->artifact);
	sc_jw_init(&jw, &t->artifact);
	(void)artifact_make(&a, &jw);
	if (t->artifact.full)
		return sc_fail(e, EX_DATAERR,
		    "its artifact is larger than %zu bytes", SC_LINE_MAX);
	*got = (struct sc_json_val){ SC_JSON_OBJECT,
		{ t->artifact.p, t->artifact.len } };
	return 0;
}

/* Compares it with the next line of the expected ones. */
static int
judge(struct maptest *t, const struct stream *st, struct sc_json_val got,
    uint64_t lineno, struct sc_err *e)
{
	struct sc_json_val want = { 0 };
	unsigned flags = SC_JSON_UTF8 | SC_JSON_NODUP;
	int more = testfile_next(&t->expected, flags, &want, e);
	size_t n = 0;
	bool same;

	if (more == -1)
		return -1;
	if (more == 1)
		n = differ_fields(st->mapping->map, want, got, &t->differences);
	else if (!t->update)
		(void)sc_buf_addf(&t->differences,
		    "#   %s %s; --update writes it\n", t->expected.path,
		    t->missing ? "is missing" : "has no line for it");
	same = more == 1 && n == 0;
	/* A line that says the same stays as it is. */
	if (same)
		(void)sc_buf_add(&t->now, want.raw.p, want.raw.n);
	else
		differ_put(got, &t->now);
	(void)sc_buf_addc(&t->now, '\n');
	t->stale = t->stale || !same;
	tell(t, t->update || same, &t->records, lineno);
	return 0;
}

static int
record(struct maptest *t, const struct stream *st, const struct sc_msg *m,
    struct sc_err *e)
{
	struct sc_json_val got;

	t->cases++;
	if (make(t, st, m, &got, e) == -1)
		return -1;
	return judge(t, st, got, m->lineno, e);
}

static int
message(struct maptest *t, const struct sc_msg *m, struct sc_err *e)
{
	const struct stream *st;

	if (m->type == SC_MSG_SCHEMA)
		return streams_schema(&t->streams, m, e) != NULL ? 0 : -1;
	if (m->type != SC_MSG_RECORD)
		return 0;
	if ((st = streams_find(&t->streams, m, e)) == NULL)
		return -1;
	if (st->mapping == NULL)
		return sc_fail(e, EX_DATAERR,
		    "line %" PRIu64 ": its SCHEMA names no source", m->lineno);
	if (m->rendition.type != SC_JSON_NONE)
		return sc_fail(e, EX_DATAERR,
		    "line %" PRIu64 ": an artifact already", m->lineno);
	return record(t, st, m, e);
}

/* A file that sc-fetch has written. */
static int
read_messages(struct maptest *t, struct sc_err *e)
{
	struct sc_msg_reader r;
	struct sc_msg m;
	int rc, fd = open(t->records.path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return sc_fail_sys(e, EX_NOINPUT, "%s", t->records.path);
	sc_msg_reader_init(&r, fd, t->records.path);
	while ((rc = sc_msg_next(&r, &m, e)) == 1) {
		if (message(t, &m, e) == -1) {
			rc = sc_ctx(e, "%s", t->records.path);
			break;
		}
	}
	sc_msg_reader_fini(&r);
	(void)close(fd);
	return rc;
}

/* Bare records have no SCHEMA; the name of their file says what they are. */
static const struct stream *
stream_of(struct maptest *t, struct sc_err *e)
{
	size_t n = strcspn(t->name, ".");
	const char *rest = t->name + n + (t->name[n] == '.');
	char *vendor = sc_xstrndup(t->name, n);
	char *stream = sc_xstrndup(rest, strcspn(rest, "."));
	char *source = sc_xasprintf(
	    "{\"vendor\":\"%s\",\"stream\":\"%s\"}", vendor, stream);
	const struct sc_msg schema = { .stream = { SC_JSON_STRING,
					   sc_slice_of("\"records\"") },
		.source = { SC_JSON_OBJECT, sc_slice_of(source) } };
	const struct stream *st = NULL;

	if (sc_name_valid(vendor) && sc_name_valid(stream))
		st = streams_schema(&t->streams, &schema, e);
	else
		(void)sc_fail(e, EX_DATAERR,
		    "its name is not VENDOR.STREAM[.NAME].ndjson, and it does "
		    "not begin with a SCHEMA");
	free(source);
	free(stream);
	free(vendor);
	if (st == NULL)
		(void)sc_ctx(e, "%s", t->records.path);
	return st;
}

/* From the first one on, which has been read. */
static int
read_records(struct maptest *t, struct sc_json_val object, struct sc_err *e)
{
	const struct stream *st = stream_of(t, e);
	struct sc_msg m = { .type = SC_MSG_RECORD };
	int rc = 1;

	if (st == NULL)
		return -1;
	while (rc == 1) {
		m.record = object;
		m.lineno = t->records.lineno;
		if (record(t, st, &m, e) == -1)
			return -1;
		rc = testfile_next(&t->records, SC_JSON_UTF8, &object, e);
	}
	return rc;
}

/* Artifacts that no record is left for. */
static int
check_rest(struct maptest *t, struct sc_err *e)
{
	struct sc_json_val artifact;
	int rc;

	while ((rc = testfile_next(&t->expected, 0, &artifact, e)) == 1) {
		t->stale = true;
		if (t->update)
			continue;
		(void)sc_buf_adds(&t->differences,
		    "#   no record is left for it; --update removes it\n");
		tell(t, false, &t->expected, t->expected.lineno);
	}
	return rc;
}

static int
write_artifacts(struct maptest *t, struct sc_err *e)
{
	const char *path = t->expected.path;

	if (!t->update || !t->stale)
		return 0;
	if (t->now.full)
		return sc_fail(e, EX_DATAERR, "%s: larger than %zu bytes", path,
		    t->now.max);
	if (sc_file_replace(path, t->now.p, t->now.len, 0644, e) == -1)
		return -1;
	(void)printf("# wrote %s\n", path);
	return 0;
}

static int
run(struct maptest *t, struct sc_err *e)
{
	struct sc_json_val first = { 0 };
	int rc = testfile_next(&t->records, SC_JSON_UTF8, &first, e);

	if (rc == 1 && sc_json_is(sc_json_member(first, "type"), "SCHEMA") &&
	    sc_json_member(first, "schema").type == SC_JSON_OBJECT)
		rc = read_messages(t, e);
	else if (rc == 1)
		rc = read_records(t, first, e);
	if (rc == 0 && t->cases == 0)
		rc = sc_fail(e, EX_DATAERR, "%s: no records", t->records.path);
	if (rc == 0 && check_rest(t, e) == 0)
		return write_artifacts(t, e);
	return -1;
}

static int
open_files(struct maptest *t, const struct testdir *d, struct sc_err *e)
{
	char *artifacts = testdir_artifacts(d, t->name);

	t->missing = access(artifacts, F_OK) == -1;
	if (t->missing)
		t->expected.path = artifacts;
	else if (testfile_open(&t->expected, artifacts, e) == -1)
		return -1;
	return testfile_open(&t->records, testdir_records(d, t->name), e);
}

static int
run_file(struct maptest *t, const struct testdir *d, struct sc_err *e)
{
	int rc = -1;

	sc_buf_init(&t->artifact, SC_LINE_MAX);
	sc_buf_init(&t->scratch, SC_LINE_MAX);
	sc_buf_init(&t->differences, 2 * SC_LINE_MAX);
	sc_buf_init(&t->now, TESTDIR_FILE_MAX);
	if (open_files(t, d, e) == 0)
		rc = run(t, e);
	streams_fini(&t->streams);
	testfile_fini(&t->records);
	testfile_fini(&t->expected);
	sc_buf_fini(&t->artifact);
	sc_buf_fini(&t->scratch);
	sc_buf_fini(&t->differences);
	sc_buf_fini(&t->now);
	return rc;
}

int
maptest_run(const char *confdir, const char *dir, bool update, struct sc_err *e)
{
	struct totals totals = { 0 };
	struct testdir d;
	int rc = testdir_open(&d, dir, e);

	for (size_t i = 0; i < d.n && rc == 0; i++) {
		struct maptest t = { .totals = &totals,
			.update = update,
			.name = d.names[i],
			.streams = { .confdir = confdir } };

		rc = run_file(&t, &d, e);
	}
	testdir_fini(&d);
	if (rc == -1)
		return -1;
	(void)printf("1..%zu\n", totals.cases);
	if (totals.failed == 0)
		return 0;
	return sc_fail(e, EX_DATAERR, "%zu of %zu cases differ", totals.failed,
	    totals.cases);
}
