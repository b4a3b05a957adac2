#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/file.h"
#include "sc/msg.h"
#include "sc/prog.h"

#define CHUNK      ((size_t)64 << 10)
#define PIPE_AFTER ((uint64_t)1 << 20)
#define PIPE_SIZE  (1 << 20)

/* Members by plan index; the order is that of paths[] below. */
enum member {
	M_TYPE,
	M_STREAM,
	M_SOURCE,
	M_KEYPROPS,
	M_EXTRACTED,
	M_ID,
	M_KEY,
	M_REV,
	M_CTX,
	M_RECORD,
	M_BAD,
	M_RENDITION,
	M_AUX,
	M_FOR,
	M_VALUE,
	M_BOOKMARKS,
	NMEMBERS
};

static const char *const paths[NMEMBERS] = {
	[M_TYPE] = "type",
	[M_STREAM] = "stream",
	[M_SOURCE] = "source",
	[M_KEYPROPS] = "key_properties",
	[M_EXTRACTED] = "time_extracted",
	[M_ID] = "id",
	[M_KEY] = "key",
	[M_REV] = "rev",
	[M_CTX] = "ctx",
	[M_RECORD] = "record",
	[M_BAD] = "bad",
	[M_RENDITION] = "rendition",
	[M_AUX] = "aux",
	[M_FOR] = "for",
	[M_VALUE] = "value",
	[M_BOOKMARKS] = "value.bookmarks",
};

void
sc_msg_writer_init(struct sc_msg_writer *w, int fd)
{
	*w = (struct sc_msg_writer){ .fd = fd };
	sc_buf_init(&w->b, CHUNK + SC_LINE_MAX + 1);
}

void
sc_msg_writer_fini(struct sc_msg_writer *w)
{
	sc_buf_fini(&w->b);
}

int
sc_msg_flush(struct sc_msg_writer *w, struct sc_err *e)
{
	uint64_t before = w->moved;

	if (w->b.len == 0)
		return 0;
	if (sc_write_all(w->fd, w->b.p, w->b.len) == -1) {
		sc_buf_reset(&w->b);
		if (errno == EPIPE)
			return sc_fail(e, SC_EX_PIPE, "%s", "");
		return sc_fail_sys(e, EX_IOERR, "write to stdout");
	}
	w->moved += w->b.len;
	sc_buf_reset(&w->b);
	/* Worth its memory only for a run that moves much. */
	if (before < PIPE_AFTER && w->moved >= PIPE_AFTER)
		(void)fcntl(w->fd, F_SETPIPE_SZ, PIPE_SIZE);
	return 0;
}

void
sc_msg_begin(struct sc_msg_writer *w, struct sc_jw *jw)
{
	sc_jw_init(jw, &w->b);
}

int
sc_msg_end(struct sc_msg_writer *w, struct sc_err *e)
{
	(void)sc_buf_addc(&w->b, '\n');
	if (w->b.full)
		return sc_fail(e, EX_DATAERR,
		    "a message would be larger than %zu bytes", SC_LINE_MAX);
	return w->b.len >= CHUNK ? sc_msg_flush(w, e) : 0;
}

int
sc_msg_pass(struct sc_msg_writer *w, struct sc_slice line, struct sc_err *e)
{
	(void)sc_buf_add(&w->b, line.p, line.n);
	return sc_msg_end(w, e);
}

void
sc_msg_reader_init(struct sc_msg_reader *r, int fd, const char *name)
{
	struct sc_err e;

	*r = (struct sc_msg_reader){ .fd = fd, .name = name };
	sc_buf_init(&r->b, SC_LINE_MAX + 1 + CHUNK);
	r->plan = sc_json_plan_new(paths, NMEMBERS, &e);
}

void
sc_msg_reader_fini(struct sc_msg_reader *r)
{
	sc_buf_fini(&r->b);
	sc_json_plan_free(r->plan);
	r->plan = NULL;
}

/* One read(2).  1: bytes came, 0: end of input, -1: error. */
static int
read_more(struct sc_msg_reader *r, struct sc_err *e)
{
	char *to;
	ssize_t n;

	if (r->before_block != NULL && sc_msg_flush(r->before_block, e) == -1)
		return -1;
	sc_buf_drop(&r->b, r->used);
	r->used = 0;
	if ((to = sc_buf_room(&r->b, CHUNK)) == NULL)
		return sc_fail(e, EX_DATAERR,
		    "%s line %ju: longer than %zu bytes", r->name,
		    (uintmax_t)r->lineno + 1, SC_LINE_MAX);
	do {
		n = read(r->fd, to, CHUNK);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return sc_fail_sys(e, EX_IOERR, "read %s", r->name);
	r->b.len += (size_t)n;
	return n > 0;
}

static int
died(const struct sc_msg_reader *r, struct sc_err *e)
{
	(void)sc_fail(e, EX_UNAVAILABLE,
	    "%s line %ju: the input ends in the middle of a line", r->name,
	    (uintmax_t)r->lineno + 1);
	return sc_remedy(e, SC_CLASS_INPUT,
	    "the stage before died; its own message says why");
}

/* 1: *line is the next line, 0: clean end, -1: error. */
static int
next_line(struct sc_msg_reader *r, struct sc_slice *line, struct sc_err *e)
{
	size_t looked = 0;

	for (;;) {
		const char *start = r->b.p + r->used;
		size_t left = r->b.len - r->used;
		const char *nl = NULL;
		int rc;

		if (left > looked)
			nl = memchr(start + looked, '\n', left - looked);
		if (nl != NULL) {
			*line =
			    (struct sc_slice){ start, (size_t)(nl - start) };
			r->used += line->n + 1;
			r->lineno++;
			return 1;
		}
		looked = left;
		if ((rc = read_more(r, e)) == -1)
			return -1;
		if (rc == 0)
			return left > 0 ? died(r, e) : 0;
	}
}

static int
refuse(const struct sc_msg_reader *r, const char *why, struct sc_err *e)
{
	(void)sc_fail(e, EX_DATAERR, "%s line %ju: %s", r->name,
	    (uintmax_t)r->lineno, why);
	return sc_remedy(e, SC_CLASS_INPUT,
	    "expected one Singer message (SCHEMA, RECORD, STATE) a line");
}

static bool
absent_or(struct sc_json_val v, enum sc_json_type type)
{
	return v.type == SC_JSON_NONE || v.type == type;
}

/* NULL when the message is as its type demands, else what is wrong. */
static const char *
complaint(const struct sc_msg *m)
{
	if (!absent_or(m->stream, SC_JSON_STRING) ||
	    !absent_or(m->id, SC_JSON_STRING) ||
	    !absent_or(m->key, SC_JSON_STRING) ||
	    !absent_or(m->rev, SC_JSON_STRING) ||
	    !absent_or(m->rendition, SC_JSON_STRING) ||
	    !absent_or(m->aux, SC_JSON_STRING) ||
	    !absent_or(m->dest, SC_JSON_STRING))
		return "stream, id, key, rev, rendition, aux and for are "
		       "strings";
	if ((m->type == SC_MSG_SCHEMA || m->type == SC_MSG_RECORD) &&
	    m->stream.type == SC_JSON_NONE)
		return "a SCHEMA or RECORD without a stream";
	if (m->type == SC_MSG_RECORD && m->record.type == SC_JSON_NONE &&
	    m->bad.type != SC_JSON_OBJECT)
		return "a RECORD without a record";
	if (m->type == SC_MSG_SCHEMA && !absent_or(m->source, SC_JSON_OBJECT))
		return "the source of a SCHEMA is an object";
	if (m->type == SC_MSG_STATE && m->value.type == SC_JSON_NONE)
		return "a STATE without a value";
	return NULL;
}

/* Whoever else has messages of that name means something else by them. */
static bool
is_note(const struct sc_json_val v[NMEMBERS])
{
	return sc_json_is(v[M_TYPE], "NOTE") &&
	    v[M_STREAM].type == SC_JSON_STRING &&
	    v[M_KEY].type == SC_JSON_STRING && v[M_AUX].type == SC_JSON_STRING;
}

static void
fill(struct sc_msg *m, const struct sc_json_val v[NMEMBERS])
{
	m->type = sc_json_is(v[M_TYPE], "RECORD") ? SC_MSG_RECORD
	    : sc_json_is(v[M_TYPE], "STATE")      ? SC_MSG_STATE
	    : is_note(v)                          ? SC_MSG_NOTE
	    : sc_json_is(v[M_TYPE], "SCHEMA")     ? SC_MSG_SCHEMA
						  : SC_MSG_OTHER;
	m->stream = v[M_STREAM];
	m->source = v[M_SOURCE];
	m->key_properties = v[M_KEYPROPS];
	m->time_extracted = v[M_EXTRACTED];
	m->id = v[M_ID];
	m->key = v[M_KEY];
	m->rev = v[M_REV];
	m->ctx = v[M_CTX];
	m->record = v[M_RECORD];
	m->bad = v[M_BAD];
	m->rendition = v[M_RENDITION];
	m->aux = v[M_AUX];
	m->dest = v[M_FOR];
	m->value = v[M_VALUE];
	m->bookmarks = v[M_BOOKMARKS];
}

int
sc_msg_next(struct sc_msg_reader *r, struct sc_msg *m, struct sc_err *e)
{
	struct sc_json_val v[NMEMBERS];
	const char *why;
	int rc;

	do {
		if ((rc = next_line(r, &m->line, e)) != 1)
			return rc;
	} while (m->line.n == 0);
	m->lineno = r->lineno;
	if (sc_json_scan(m->line.p, m->line.n, r->plan, SC_JSON_UTF8, v, e) ==
	    -1) {
		struct sc_err cause = *e;

		return refuse(r, cause.msg, e);
	}
	if (v[M_TYPE].type != SC_JSON_STRING)
		return refuse(r, "not an object with a type", e);
	fill(m, v);
	if ((why = complaint(m)) != NULL)
		return refuse(r, why, e);
	return 1;
}
