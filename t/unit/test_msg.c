#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include <fcntl.h>

#include "sc/msg.h"
#include "sc/prog.h"

/* A reader over the given bytes. */
static int
pipe_with(const char *text, size_t n)
{
	int p[2];

	assert_int_equal(pipe(p), 0);
	(void)fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
	assert_int_equal(write(p[1], text, n), (ssize_t)n);
	(void)close(p[1]);
	return p[0];
}

static int
read_one(const char *text, struct sc_err *e, enum sc_msg_type *type)
{
	struct sc_msg_reader r;
	struct sc_msg m;
	int fd = pipe_with(text, strlen(text)), rc;

	sc_msg_reader_init(&r, fd, "stdin");
	rc = sc_msg_next(&r, &m, e);
	*type = rc == 1 ? m.type : SC_MSG_OTHER;
	sc_msg_reader_fini(&r);
	(void)close(fd);
	return rc;
}

static void
messages_come_apart_into_their_members(void **state)
{
	static const char text[] =
	    "{\"type\":\"SCHEMA\",\"stream\":\"a.b\",\"key_properties\":["
	    "\"id\"]"
	    ",\"schema\":{},\"source\":{\"vendor\":\"v\"}}\n"
	    "\n"
	    "{\"type\":\"RECORD\",\"stream\":\"a.b\",\"id\":\"i\",\"key\":"
	    "\"k\","
	    "\"rev\":\"r\",\"record\":{\"n\":12345678901234567890}}\n"
	    "{\"type\":\"STATE\",\"for\":\"store\","
	    "\"value\":{\"bookmarks\":{\"a.b\":{\"v\":1}}}}\n"
	    "{\"type\":\"ACTIVATE_VERSION\",\"stream\":\"x\"}\n";
	struct sc_msg_reader r;
	struct sc_msg m;
	struct sc_err e;
	int fd = pipe_with(text, sizeof(text) - 1);

	(void)state;
	sc_msg_reader_init(&r, fd, "stdin");
	assert_int_equal(sc_msg_next(&r, &m, &e), 1);
	assert_int_equal(m.type, SC_MSG_SCHEMA);
	assert_true(sc_slice_is(m.source.raw, "{\"vendor\":\"v\"}"));
	assert_int_equal(sc_msg_next(&r, &m, &e), 1);
	assert_int_equal(m.type, SC_MSG_RECORD);
	assert_int_equal(m.lineno, 3);
	assert_true(sc_slice_is(m.record.raw, "{\"n\":12345678901234567890}"));
	assert_true(sc_json_is(m.key, "k"));
	assert_int_equal(sc_msg_next(&r, &m, &e), 1);
	assert_int_equal(m.type, SC_MSG_STATE);
	assert_true(sc_json_is(m.dest, "store"));
	assert_true(sc_slice_is(m.bookmarks.raw, "{\"a.b\":{\"v\":1}}"));
	assert_int_equal(sc_msg_next(&r, &m, &e), 1);
	assert_int_equal(m.type, SC_MSG_OTHER);
	assert_int_equal(sc_msg_next(&r, &m, &e), 0);
	sc_msg_reader_fini(&r);
	(void)close(fd);
}

static void
garbage_names_its_line_and_reason(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "hello\n", "stdin line 1: byte" },
		{ "\n\n[1]\n", "stdin line 3: not an object with a type" },
		{ "{\"type\":1}\n", "not an object with a type" },
		{ "{\"type\":\"RECORD\",\"stream\":\"s\"}\n",
		    "a RECORD without a record" },
		{ "{\"type\":\"RECORD\",\"record\":{}}\n",
		    "a SCHEMA or RECORD without a stream" },
		{ "{\"type\":\"STATE\"}\n", "a STATE without a value" },
		{ "{\"type\":\"RECORD\",\"stream\":\"s\",\"id\":7,"
		  "\"record\":{}}\n",
		    "are strings" },
	};
	enum sc_msg_type type;
	struct sc_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_one(cases[i].text, &e, &type), -1);
		assert_int_equal(e.code, EX_DATAERR);
		assert_non_null(strstr(e.msg, cases[i].says));
		assert_string_not_equal(e.remedy, "");
	}
}

static void
an_end_inside_a_line_is_a_died_producer(void **state)
{
	enum sc_msg_type type;
	struct sc_err e;

	(void)state;
	assert_int_equal(
	    read_one("{\"type\":\"STATE\",\"value\":{}}", &e, &type), -1);
	assert_int_equal(e.code, EX_UNAVAILABLE);
	assert_int_equal(read_one("", &e, &type), 0);
}

static void
a_line_beyond_the_limit_is_refused(void **state)
{
	size_t n = SC_LINE_MAX + 2;
	char *text = malloc(n);
	char path[] = "/tmp/sc-msg.XXXXXX";
	int fd = mkstemp(path);
	struct sc_msg_reader r;
	struct sc_msg m;
	struct sc_err e;

	(void)state;
	memset(text, ' ', n);
	text[n - 1] = '\n';
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	sc_msg_reader_init(&r, fd, "stdin");
	assert_int_equal(sc_msg_next(&r, &m, &e), -1);
	assert_int_equal(e.code, EX_DATAERR);
	assert_non_null(strstr(e.msg, "line 1"));
	sc_msg_reader_fini(&r);
	(void)close(fd);
	(void)unlink(path);
	free(text);
}

static void
the_writer_keeps_quiet_about_a_closed_pipe(void **state)
{
	struct sc_msg_writer w;
	struct sc_err e = { 0 };
	struct sc_jw jw;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	(void)close(p[0]);
	sc_msg_writer_init(&w, p[1]);
	sc_msg_begin(&w, &jw);
	sc_jw_obj(&jw);
	sc_jw_kv(&jw, "type", "STATE");
	sc_jw_end(&jw, '}');
	assert_int_equal(sc_msg_end(&w, &e), 0);
	assert_int_equal(sc_msg_flush(&w, &e), -1);
	assert_int_equal(e.code, SC_EX_PIPE);
	assert_string_equal(e.msg, "");
	sc_msg_writer_fini(&w);
	(void)close(p[1]);
}

static void
a_waiting_reader_flushes_the_writer_first(void **state)
{
	static const char line[] = "{\"type\":\"STATE\",\"value\":{}}\n";
	int in = pipe_with(line, sizeof(line) - 1), out[2];
	struct sc_msg_reader r;
	struct sc_msg_writer w;
	struct sc_msg m;
	struct sc_err e;
	char got[100];

	(void)state;
	assert_int_equal(pipe(out), 0);
	sc_msg_writer_init(&w, out[1]);
	sc_msg_reader_init(&r, in, "stdin");
	r.before_block = &w;
	assert_int_equal(sc_msg_next(&r, &m, &e), 1);
	assert_int_equal(sc_msg_pass(&w, m.line, &e), 0);
	assert_int_equal(sc_msg_next(&r, &m, &e), 0);
	assert_int_equal(read(out[0], got, sizeof(got)), sizeof(line) - 1);
	assert_memory_equal(got, line, sizeof(line) - 1);
	sc_msg_reader_fini(&r);
	sc_msg_writer_fini(&w);
	(void)close(in);
	(void)close(out[0]);
	(void)close(out[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_apart_into_their_members),
		cmocka_unit_test(garbage_names_its_line_and_reason),
		cmocka_unit_test(an_end_inside_a_line_is_a_died_producer),
		cmocka_unit_test(a_line_beyond_the_limit_is_refused),
		cmocka_unit_test(the_writer_keeps_quiet_about_a_closed_pipe),
		cmocka_unit_test(a_waiting_reader_flushes_the_writer_first),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
