#ifndef MOCK_REPLY_H
#define MOCK_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"

/*
 * An answer.  Whoever answers fills in status, headers and body; then
 * mock_reply_compile() turns that into the list of steps that the connection
 * carries out, and every fault is an edit of that list.  Body parts are
 * borrowed: they must outlive the exchange (data of the scenario, static
 * text, or the reply's own `text` once nothing is added to it any more).
 */
#define MOCK_HEADERS_TEXT_MAX ((size_t)64 * 1024)
/* The longest body that can be changed, before or after. */
#define MOCK_BODY_COPY_MAX ((size_t)64 * 1024 * 1024)

enum mock_op {
	MOCK_SEND,  /* n bytes at p */
	MOCK_WAIT,  /* n milliseconds of real time */
	MOCK_PACE,  /* from here on n bytes in a second */
	MOCK_STALL, /* nothing more until the client gives up */
	MOCK_RST,   /* reset the connection */
	MOCK_FIN    /* close it in good order */
};

struct mock_step {
	enum mock_op op;
	const char *p;
	size_t n;
};

/* How the end of the body is told. */
enum mock_frame { MOCK_FRAME_LENGTH = 0, MOCK_FRAME_CHUNKED, MOCK_FRAME_CLOSE };

struct mock_reply {
	int status;
	const char *reason; /* NULL: the usual one */
	const char *type;   /* Content-Type; NULL: none is sent */
	enum mock_frame frame;
	bool raw;           /* the body is all there is on the wire */
	bool bad_chunk;     /* the size of the chunk is no number */
	bool no_last_chunk; /* the connection ends in its place */
	bool abrupt;        /* ... and ends without TLS's close_notify */
	bool gzip;          /* the body is to be compressed */

	/*
	 * A port of 127.0.0.1 that the client is joined to behind the head; 0:
	 * none.  With raw there is no head, and `text` is what the target is
	 * told first.
	 */
	uint16_t tunnel;
	size_t tunnel_max;       /* bytes to the client; 0: no end */
	enum mock_op tunnel_end; /* what comes then */

	struct sc_buf headers; /* more header lines, each with CRLF */
	struct sc_buf text;    /* room for a body made for this answer */
	struct sc_buf changed; /* ... and for what became of it */

	/* steps[0] is kept for the head. */
	struct mock_step *steps;
	size_t nsteps;
	size_t capsteps;
	struct sc_buf head;
	size_t head_len; /* compiled: with the empty line; 0: it has none */

	/* Where it came from, for X-Mock-Rule, -Note and the journal. */
	unsigned line;       /* of the scenario; 0: no rule */
	struct sc_buf fault; /* what was done to it: "delay=200ms" */
	const char *note;    /* what the vendor saw in the request; or NULL */
};

void mock_reply_init(struct mock_reply *);
void mock_reply_fini(struct mock_reply *);
/* Makes ready for the next answer; keeps the memory unless it is much. */
void mock_reply_reset(struct mock_reply *);

void mock_reply_header(struct mock_reply *, const char *name, const char *);
/* Adds a part to the body; borrowed. */
void mock_reply_part(struct mock_reply *, const char *p, size_t n);
/* status, type and the whole of `text` as body. */
void mock_reply_text(struct mock_reply *, int status, const char *type);

/*
 * Before compiling: leaves half of the body; appends the body to a buffer;
 * takes the buffer's content for the body and leaves the buffer empty;
 * announces gzip, with a body that only begins like that.
 */
void mock_reply_halve(struct mock_reply *);
void mock_reply_body(const struct mock_reply *, struct sc_buf *);
void mock_reply_rebody(struct mock_reply *, struct sc_buf *);
void mock_reply_spoil_gzip(struct mock_reply *);

/* True when something that was added did not fit. */
bool mock_reply_overflows(const struct mock_reply *);

/* What compiling has to know about the exchange. */
struct mock_terms {
	int64_t now_ms;  /* for Date */
	bool keep_alive; /* the client would like to go on */
	bool head_only;  /* HEAD request */
	int minor;       /* client's HTTP/1.minor */
	bool unmarked;   /* no X-Mock headers */
};

/* Once, after the body is complete and before any edit. */
void mock_reply_compile(struct mock_reply *, const struct mock_terms *);

/* Edits of a compiled answer. */
void mock_reply_delay(struct mock_reply *, int64_t ms);
void mock_reply_pace(struct mock_reply *, int64_t bytes_per_second);
/* After that many bytes, counted from the status line, comes op and no more. */
void mock_reply_cut(struct mock_reply *, size_t bytes, enum mock_op);
/* Ends in the middle of the last header's line. */
void mock_reply_cut_head(struct mock_reply *);
/* The status line is none. */
void mock_reply_spoil_status(struct mock_reply *);

/* "Not Found" ...; "Unknown" for a number that has no name. */
const char *mock_reason(int status);

#endif
