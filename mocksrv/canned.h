#ifndef MOCK_CANNED_H
#define MOCK_CANNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/reply.h"
#include "sc/buf.h"
#include "sc/err.h"

/*
 * An answer from a file: a .http file as `curl -i` prints it, or a body alone.
 *
 * A .http head may end its lines with CRLF or LF; of several heads (100,
 * proxy, redirects) the last counts; HTTP/2 becomes HTTP/1.1; framing headers
 * and Date are dropped, because the server sends its own; Content-Encoding is
 * dropped when the body turns out to be plain text (curl has decoded it).
 * A file named *.raw, or whose first line is "#raw", is sent byte for byte.
 */
struct mock_canned {
	struct sc_buf file;
	struct sc_buf headers; /* lines with CRLF */
	struct sc_slice head;  /* the last one in file, behind its first line */
	struct sc_slice body;  /* inside file */
	char *reason;
	int status; /* 0: a body alone */
	bool raw;
};

/* NULL with EX_NOINPUT or EX_CONFIG. */
struct mock_canned *mock_canned_load_http(const char *path, struct sc_err *);
struct mock_canned *mock_canned_load_body(const char *path, struct sc_err *);
void mock_canned_free(struct mock_canned *);

/*
 * "a.http,b.http*2,c.http": the answers of a rule one after the other, the
 * second one twice; the last one stays.
 */
struct mock_sequence {
	struct mock_turn {
		struct mock_canned *answer;
		int64_t times;
		unsigned line; /* of the scenario, if that is a replay line */
	} * turns;
	size_t n; /* 0: none is given */
};

/* Files are looked for beside `base`; -1 as above.  Release it either way. */
int mock_sequence_load(struct mock_sequence *, const char *base,
    const char *text, struct sc_err *);
void mock_sequence_fini(struct mock_sequence *);
/* The same behind those that it has. */
int mock_sequence_add(struct mock_sequence *, const char *base,
    const char *text, struct sc_err *);
/* The answer whose turn it is at the n-th time, counted from 1. */
const struct mock_canned *mock_sequence_at(
    const struct mock_sequence *, int64_t n);

/*
 * Appends the answer, which must not be raw, as a .http file should be: one
 * head with LF line ends, "Name: value" in the order of the file, without the
 * headers about framing that the server replaces; then the body.
 */
void mock_canned_canonical(const struct mock_canned *, struct sc_buf *);

/* Puts status, headers and body into the reply, which borrows them. */
void mock_canned_fill(const struct mock_canned *, struct mock_reply *);

/* The Content-Type that a file's name stands for. */
const char *mock_type_of(const char *path);

#endif
