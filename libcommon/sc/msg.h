#ifndef SC_MSG_H
#define SC_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/json.h"
#include "sc/jsonw.h"

/*
 * Messages in the pipes: the Singer specification 0.3.0, one JSON object a
 * line, with our extra members.  docs/messages.md shows each.
 *
 *	SCHEMA	stream, key_properties, schema, source{vendor, integration,
 *		stream, realm, tenant, org_id}
 *	RECORD	stream, time_extracted, id, key, rev, ctx, record
 *		instead of record for what cannot travel as JSON text:
 *		bad{reason "oversize" | "deep" | "utf8", bytes, sha256, and
 *		text (what fits, as a string) or raw_base64}
 *		after sc-normalize also rendition (which mapping made it)
 *		aux: what the store has to remember beside the revision
 *	NOTE	stream, key, aux: to be remembered without a record
 *	STATE	for, value{bookmarks{STREAM: {v, gen, ...}}}
 */
#define SC_RECORD_MAX ((size_t)4 << 20)  /* a raw record */
#define SC_LINE_MAX   ((size_t)16 << 20) /* a line */
#define SC_AUX_MAX    255                /* bytes of aux */

enum sc_msg_type {
	SC_MSG_OTHER,
	SC_MSG_SCHEMA,
	SC_MSG_RECORD,
	SC_MSG_NOTE,
	SC_MSG_STATE
};

/* All slices point into the reader's buffer: valid until the next read. */
struct sc_msg {
	enum sc_msg_type type;
	struct sc_slice line; /* without the newline */
	uint64_t lineno;      /* from 1 */
	/* Members; type SC_JSON_NONE where absent. */
	struct sc_json_val stream;
	struct sc_json_val source;         /* SCHEMA, object */
	struct sc_json_val key_properties; /* SCHEMA, array */
	struct sc_json_val time_extracted;
	struct sc_json_val id;
	struct sc_json_val key;
	struct sc_json_val rev;
	struct sc_json_val ctx;
	struct sc_json_val record;
	struct sc_json_val bad;
	struct sc_json_val rendition;
	struct sc_json_val aux;       /* RECORD, NOTE: string */
	struct sc_json_val dest;      /* STATE "for" */
	struct sc_json_val bookmarks; /* STATE value.bookmarks, object */
	struct sc_json_val value;     /* STATE value */
};

/*
 * Writer: collects whole lines and writes them in large chunks.  A pipe is
 * enlarged to 1 MiB once a run has moved that much.
 */
struct sc_msg_writer {
	int fd;
	struct sc_buf b;
	uint64_t moved; /* bytes written so far */
};
void sc_msg_writer_init(struct sc_msg_writer *, int fd);
void sc_msg_writer_fini(struct sc_msg_writer *); /* does not flush */
/*
 * Starts a line: append one JSON object to w->b (with sc/jsonw.h), then call
 * sc_msg_end(), which adds the newline and flushes when enough has gathered.
 * A line beyond SC_LINE_MAX is EX_DATAERR.  EPIPE is SC_EX_PIPE without text;
 * other failures EX_IOERR.
 */
void sc_msg_begin(struct sc_msg_writer *, struct sc_jw *);
int sc_msg_end(struct sc_msg_writer *, struct sc_err *);
/* A finished line as it is. */
int sc_msg_pass(struct sc_msg_writer *, struct sc_slice line, struct sc_err *);
int sc_msg_flush(struct sc_msg_writer *, struct sc_err *);

/*
 * Reader over a descriptor.  Memory: as large as the longest line so far, at
 * most SC_LINE_MAX.  before_block, if set, is flushed before the reader waits
 * for input, so that a slow producer's messages pass on at once.
 */
struct sc_msg_reader {
	int fd;
	const char *name; /* for messages: "stdin" or a file name */
	struct sc_msg_writer *before_block;
	struct sc_buf b;
	size_t used; /* bytes at the front that were handed out */
	uint64_t lineno;
	struct sc_json_plan *plan;
};
void sc_msg_reader_init(struct sc_msg_reader *, int fd, const char *name);
void sc_msg_reader_fini(struct sc_msg_reader *);
/*
 * 1: *m is the next message; 0: clean end of input; -1: EX_DATAERR naming the
 * line and the reason when a line is not a message (not JSON, no type, a
 * member that its type requires is missing or of the wrong kind);
 * EX_UNAVAILABLE when the input ends in the middle of a line: the producer
 * died, what it had finished before stays valid.  Empty lines are skipped.
 */
int sc_msg_next(struct sc_msg_reader *, struct sc_msg *m, struct sc_err *);

#endif
