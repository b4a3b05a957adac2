#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/file.h"
#include "sc/json.h"
#include "sc/log.h"
#include "sc/mem.h"

#include "sink.h"

/* Standard output and files: both take the artifacts as lines. */
struct to_file {
	struct sink sink;
	struct streams *streams;
	const char *path; /* NULL: standard output */
	int64_t pending;  /* artifacts that are not safe yet */
	struct sc_msg_writer lines;
	struct sc_msg_writer states;
};

/* The writer of messages believes that it writes to standard output. */
static int
name_file(const struct to_file *t, struct sc_err *e)
{
	if (t->path == NULL || e->code != EX_IOERR)
		return -1;
	(void)sc_fail(e, EX_IOERR, "write %s: %s", t->path, strerror(e->sys));
	return sc_remedy(e, SC_CLASS_DESTINATION,
	    "free some space and run it again; nothing is lost");
}

/* The destination's filters belong here. */
static int
put(struct sink *sink, const struct sc_artifact *a, struct sc_err *e)
{
	struct to_file *t = (struct to_file *)sink;

	if (sc_msg_pass(&t->lines, a->artifact, e) == -1)
		return name_file(t, e);
	t->pending++;
	stream_count(streams_find(t->streams, a->stream), true, a->event_ms);
	return 0;
}

static int
make_safe(struct to_file *t, struct sc_err *e)
{
	if (sc_msg_flush(&t->lines, e) == -1)
		return name_file(t, e);
	if (t->path != NULL && fdatasync(t->lines.fd) == -1)
		return sc_fail_sys(e, EX_IOERR, "sync %s", t->path);
	streams_settle(t->streams);
	t->sink.batches += t->pending > 0;
	t->pending = 0;
	return 0;
}

/* Whoever looks at what would go into the store must not move it. */
static int
state(struct sink *sink, const struct sc_msg *m, struct sc_err *e)
{
	struct to_file *t = (struct to_file *)sink;

	if (make_safe(t, e) == -1)
		return -1;
	if (t->path == NULL || sc_json_is(m->dest, "store"))
		return 0;
	return sc_msg_pass(&t->states, m->line, e);
}

static int
finish(struct sink *sink, struct sc_err *e)
{
	struct to_file *t = (struct to_file *)sink;

	if (make_safe(t, e) == -1)
		return -1;
	return sc_msg_flush(&t->states, e);
}

static void
free_sink(struct sink *sink)
{
	struct to_file *t = (struct to_file *)sink;

	if (t->path != NULL && t->lines.fd != -1)
		(void)close(t->lines.fd);
	sc_msg_writer_fini(&t->lines);
	sc_msg_writer_fini(&t->states);
	free(t);
}

static struct to_file *
new_sink(const char *path, struct streams *streams)
{
	struct to_file *t = sc_xcalloc(1, sizeof(*t));

	t->sink = (struct sink){ put, NULL, state, finish, free_sink,
		path == NULL ? &t->lines : &t->states, "wrote", 0 };
	t->streams = streams;
	t->path = path;
	sc_msg_writer_init(&t->lines, path == NULL ? STDOUT_FILENO : -1);
	sc_msg_writer_init(&t->states, STDOUT_FILENO);
	return t;
}

struct sink *
sink_stdout(struct streams *streams)
{
	return &new_sink(NULL, streams)->sink;
}

/* Appends what stands behind the last newline, at most b has room for. */
static int
read_tail(int fd, off_t size, struct sc_buf *b, struct sc_err *e)
{
	off_t from = size > (off_t)b->max ? size - (off_t)b->max : 0;
	size_t want = (size_t)(size - from), got = 0;
	char *to = sc_buf_room(b, want);
	const char *nl;

	while (to != NULL && got < want) {
		ssize_t n = pread(fd, to + got, want - got, from + (off_t)got);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return sc_fail_sys(e, EX_IOERR, "read its end");
		got += (size_t)n;
	}
	b->len = got;
	if (got > 0 && (nl = memrchr(b->p, '\n', got)) != NULL)
		sc_buf_drop(b, (size_t)(nl + 1 - b->p));
	else if (from > 0)
		return sc_fail(
		    e, EX_DATAERR, "its last line is too long for an artifact");
	return 0;
}

/* A whole artifact that lacks but its newline is completed. */
static int
mend(int fd, off_t size, const struct sc_buf *tail, const char *path,
    struct sc_err *e)
{
	struct sc_err broken;

	if (sc_json_scan(tail->p, tail->len, NULL, 0, NULL, &broken) == 0)
		return sc_write_all(fd, "\n", 1) == 0
		    ? 0
		    : sc_fail_sys(e, EX_IOERR, "complete its last line");
	if (ftruncate(fd, size - (off_t)tail->len) == -1)
		return sc_fail_sys(e, EX_IOERR, "cut its torn last line");
	sc_warn("%s: cut %zu bytes of a torn last line off", path, tail->len);
	return 0;
}

static int
mend_end(int fd, const char *path, struct sc_err *e)
{
	struct sc_buf tail;
	struct stat st;
	int rc = 0;

	if (fstat(fd, &st) == -1)
		return sc_fail_sys(e, EX_IOERR, "look at it");
	/* What went into a pipe or a device can be lost: no promise holds. */
	if (!S_ISREG(st.st_mode))
		return sc_fail(e, EX_CANTCREAT, "it is no regular file");
	if (st.st_size == 0)
		return sc_sync_folder(path, e); /* a new name */
	sc_buf_init(&tail, SC_LINE_MAX);
	if (read_tail(fd, st.st_size, &tail, e) == -1 ||
	    (tail.len > 0 && mend(fd, st.st_size, &tail, path, e) == -1))
		rc = -1;
	sc_buf_fini(&tail);
	return rc;
}

static int
open_file(const char *path, struct sc_err *e)
{
	int fd = open(
	    path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);

	if (fd == -1)
		return sc_fail_sys(e, EX_CANTCREAT, "open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK) {
		(void)sc_fail(
		    e, EX_TEMPFAIL, "%s: another run writes to it", path);
		(void)sc_remedy(e, SC_CLASS_LOCKED, "run it again");
	} else if (mend_end(fd, path, e) == 0) {
		return fd;
	} else {
		(void)sc_ctx(e, "%s", path);
		(void)sc_remedy(e, SC_CLASS_DESTINATION,
		    "see what it holds, or choose another file");
	}
	(void)close(fd);
	return -1;
}

struct sink *
sink_file(const char *path, struct streams *streams, struct sc_err *e)
{
	struct to_file *t;
	int fd = open_file(path, e);

	if (fd == -1)
		return NULL;
	t = new_sink(path, streams);
	t->lines.fd = fd;
	return &t->sink;
}
