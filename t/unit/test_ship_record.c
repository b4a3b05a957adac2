/* sc-ship: SCHEMAs and RECORDs become artifacts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "bin/sc-ship/record.h"
#include "sc/ident.h"

#define ID   "2ac723a1-e368-5f34-b1c1-95f79c7cfe29"
#define OURS "{\"type\":\"SCHEMA\",\"stream\":\"acme.threats\",\"source\":{"
#define REC  "{\"type\":\"RECORD\",\"stream\":\"acme.threats\","

static struct sc_err e;
static struct streams streams;
static struct recorder recorder;
static struct sc_msg_reader reader;

static int
make(void **state)
{
	(void)state;
	recorder_init(&recorder);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	streams_fini(&streams);
	recorder_fini(&recorder);
	sc_msg_reader_fini(&reader);
	return 0;
}

/* The message that a line is; valid until the next one. */
static struct sc_msg
message(const char *line)
{
	struct sc_msg m;
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_true(fputs(line, f) >= 0 && fputc('\n', f) == '\n');
	assert_int_equal(fflush(f), 0);
	assert_int_equal(lseek(fileno(f), 0, SEEK_SET), 0);
	sc_msg_reader_fini(&reader);
	sc_msg_reader_init(&reader, fileno(f), "test");
	assert_int_equal(sc_msg_next(&reader, &m, &e), 1);
	(void)fclose(f);
	return m;
}

static int
announce(const char *line)
{
	struct sc_msg m = message(line);

	return streams_announce(&streams, &m, &e);
}

static int
artifact(const char *line, struct sc_artifact *a)
{
	struct sc_msg m = message(line);
	struct stream *s = streams_find_json(&streams, m.stream);

	assert_non_null(s);
	return recorder_artifact(&recorder, &m, s, a, &e);
}

static void
check(struct sc_slice got, const char *want)
{
	char *text = strndup(got.p, got.n);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

static void
our_record_is_taken_as_it_is(void **state)
{
	struct sc_artifact a;

	(void)state;
	assert_int_equal(
	    announce(OURS "\"vendor\":\"sentinelone\",\"integration\":\"acme\","
			  "\"stream\":\"threats\",\"realm\":\"acme.net\","
			  "\"tenant\":\"t\\u0031\"}}"),
	    0);
	assert_int_equal(
	    artifact(REC
		"\"id\":\"" ID "\",\"key\":\"15\\u00e4\",\"rev\":\"r\\\\\","
		"\"rendition\":\"m1\",\"ctx\":{\"c\": 1},"
		"\"record\":{\"startTimeUTC\":\"2026-11-22T13:00:00.123Z\","
		"\"n\": 9007199254740993}}",
		&a),
	    0);
	check(a.stream, "acme.threats");
	check(a.id, ID);
	check(a.key, "15\u00e4");
	check(a.rev, "r\\");
	check(a.rendition, "m1");
	check(a.vendor, "sentinelone");
	check(a.integration, "acme");
	check(a.realm, "acme.net");
	check(a.tenant, "t1");
	check(a.ctx, "{\"c\": 1}");
	check(a.artifact,
	    "{\"startTimeUTC\":\"2026-11-22T13:00:00.123Z\","
	    "\"n\": 9007199254740993}");
	assert_int_equal(a.event_ms, INT64_C(1795352400123));
}

static void
times_that_are_none_count_as_unknown(void **state)
{
	static const char *const times[] = { "\"soon\"", "7", "null", "\"\"" };
	struct sc_artifact a;
	char line[256];

	(void)state;
	assert_int_equal(announce(OURS "}}"), 0);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		(void)snprintf(line, sizeof(line),
		    REC "\"id\":\"" ID "\",\"record\":{\"startTimeUTC\":%s}}",
		    times[i]);
		assert_int_equal(artifact(line, &a), 0);
		assert_int_equal(a.event_ms, 0);
	}
}

static void
a_foreign_record_gets_an_identity(void **state)
{
	static const char record[] = "{\"uid\":42,\"name\":\"x\"}";
	struct sc_ident ident = { "singer", "", "users", { 0 }, { 0 } };
	char rev[SC_SHA256_BUF], id[SC_ID_BUF];
	struct sc_artifact a;

	(void)state;
	assert_int_equal(announce("{\"type\":\"SCHEMA\",\"stream\":\"users\","
				  "\"schema\":{},\"key_properties\":[\"uid\"]"
				  "}"),
	    0);
	assert_int_equal(artifact("{\"type\":\"RECORD\",\"stream\":\"users\","
				  "\"record\":{\"uid\":42,\"name\":\"x\"}}",
			     &a),
	    0);
	check(a.vendor, "singer");
	check(a.integration, "users");
	check(a.realm, "");
	check(a.key, "42");
	check(a.rev, sc_sha256_hex(record, strlen(record), rev));
	ident.key = sc_slice_of("42");
	ident.rev = sc_slice_of(rev);
	check(a.id, sc_ident_id(&ident, id));
}

/* The key of a foreign record under these key properties. */
static void
foreign_key(const char *keys, const char *record, const char *want)
{
	char line[256];
	struct sc_artifact a;

	(void)snprintf(line, sizeof(line),
	    "{\"type\":\"SCHEMA\",\"stream\":\"db.users\","
	    "\"key_properties\":%s}",
	    keys);
	assert_int_equal(announce(line), 0);
	(void)snprintf(line, sizeof(line),
	    "{\"type\":\"RECORD\",\"stream\":\"db.users\",\"record\":%s}",
	    record);
	assert_int_equal(artifact(line, &a), 0);
	check(a.integration, "db");
	check(a.key, want);
	assert_int_equal(a.id.n, SC_ID_BUF - 1);
}

static void
a_foreign_key_is_made_of_its_properties(void **state)
{
	static const char none[] = "{\"c\":1}";
	char hash[SC_SHA256_BUF];

	(void)state;
	foreign_key("[\"a\"]", "{\"a\":\"x\\ny\"}", "x\ny");
	foreign_key("[\"a\"]", "{\"a\":[1,2]}", "[1,2]");
	foreign_key("[\"a\",\"b\"]", "{\"b\":2,\"a\":\"1,\"}", "\"1,\",2");
	(void)sc_sha256_hex(none, strlen(none), hash);
	foreign_key("[\"a\"]", none, hash);
	foreign_key("[\"c\",\"a\"]", none, hash);
	foreign_key("[]", none, hash);
}

/* The same property many times: the memory for it was made for one. */
static void
a_foreign_key_has_a_bound(void **state)
{
	static char line[70000], big[4096];
	struct sc_artifact a;

	(void)state;
	memset(big, 'k', sizeof(big) - 1);
	assert_int_equal(
	    announce("{\"type\":\"SCHEMA\",\"stream\":\"s\",\"key_properties\":"
		     "[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]}"),
	    0);
	(void)snprintf(line, sizeof(line),
	    "{\"type\":\"RECORD\",\"stream\":\"s\",\"record\":{\"a\":\"%s\"}}",
	    big);
	assert_int_equal(artifact(line, &a), 0);
	assert_int_equal(a.key.n, SC_SHA256_BUF - 1);
}

static void
a_bad_record_does_not_vanish(void **state)
{
	struct sc_artifact a;

	(void)state;
	assert_int_equal(announce(OURS "}}"), 0);
	assert_int_equal(
	    artifact(
		REC "\"id\":\"" ID "\",\"bad\":{\"reason\":\"utf8\"}}", &a),
	    0);
	check(a.artifact, "{\"reason\":\"utf8\"}");
	check(a.key, ID);
	assert_int_equal(
	    artifact(REC "\"bad\":{\"reason\":\"utf8\"}}", &a), -1);
	assert_int_equal(e.code, EX_DATAERR);
}

static void
what_is_no_record_is_refused(void **state)
{
	static const char *const lines[] = { REC "\"record\":[1]}",
		REC "\"record\":null}", REC "\"id\":\"x\",\"record\":{}}",
		REC "\"id\":\"" ID "0\",\"record\":{}}" };
	struct sc_artifact a;

	(void)state;
	assert_int_equal(announce(OURS "}}"), 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(artifact(lines[i], &a), -1);
		assert_int_equal(e.code, EX_DATAERR);
	}
}

static void
a_later_schema_replaces_the_first(void **state)
{
	struct sc_artifact a;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(announce(OURS "\"vendor\":\"one\"}}"), 0);
		assert_int_equal(
		    announce(OURS "\"vendor\":\"two\",\"tenant\":null}}"), 0);
	}
	assert_int_equal(streams.n, 1);
	assert_int_equal(
	    artifact(REC "\"id\":\"" ID "\",\"record\":{}}", &a), 0);
	check(a.vendor, "two");
	check(a.tenant, "");
}

static void
a_bad_schema_is_refused(void **state)
{
	char line[2048], name[200];

	(void)state;
	assert_int_equal(announce(OURS "\"vendor\":7}}"), -1);
	assert_int_equal(e.code, EX_DATAERR);
	assert_int_equal(announce("{\"type\":\"SCHEMA\",\"stream\":\"a\","
				  "\"key_properties\":[1]}"),
	    -1);
	assert_int_equal(announce("{\"type\":\"SCHEMA\",\"stream\":\"\"}"), -1);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(line, sizeof(line),
	    "{\"type\":\"SCHEMA\",\"stream\":\"%s\"}", name);
	assert_int_equal(announce(line), -1);
}

static void
streams_are_found_among_many(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "s%d.x", i * 7919 % 500);
		assert_non_null(streams_get(&streams, sc_slice_of(name), &e));
	}
	assert_int_equal(streams.n, 500);
	for (int i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "s%d.x", i);
		assert_string_equal(
		    streams_find(&streams, sc_slice_of(name))->stream, name);
	}
	assert_null(streams_find(&streams, sc_slice_of("s1")));
	assert_null(streams_find(&streams, sc_slice_of("s1.xx")));
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(our_record_is_taken_as_it_is),
		T(times_that_are_none_count_as_unknown),
		T(a_foreign_record_gets_an_identity),
		T(a_foreign_key_is_made_of_its_properties),
		T(a_foreign_key_has_a_bound),
		T(a_bad_record_does_not_vanish),
		T(what_is_no_record_is_refused),
		T(a_later_schema_replaces_the_first),
		T(a_bad_schema_is_refused),
		T(streams_are_found_among_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
