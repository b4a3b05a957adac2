#ifndef MOCK_CONTROL_H
#define MOCK_CONTROL_H

#include "mocksrv/loop.h"
#include "sc/buf.h"
#include "sc/err.h"

/*
 * A Unix socket by which a test or a person talks to a server that runs.  One
 * connection carries one command, a line, and its answer: "ok" or "error
 * CODE: TEXT", then, after "ok", what the command prints.
 */
struct mock_control {
	struct mock_watch watch; /* first: the loop hands this out */
	const char *path;
	/* Carries out a command; appends what it prints.  -1 with an error. */
	int (*run)(void *arg, const char *command, struct sc_buf *out,
	    struct sc_err *);
	void *arg;
};

/*
 * Listens on path (borrowed; only its owner may connect).  A socket that a
 * dead server left behind is replaced.  -1 with EX_UNAVAILABLE or
 * EX_CANTCREAT.
 */
int mock_control_open(struct mock_control *, struct mock_loop *,
    const char *path, struct sc_err *);
/* Removes the socket. */
void mock_control_close(struct mock_control *);

#define MOCK_CONTROL_MAX ((size_t)16 * 1024 * 1024)

/*
 * The other end: sends the words as one command and puts what comes back into
 * b, or writes it to fd.  -1 with the server's error, or EX_UNAVAILABLE when
 * there is none.
 */
int mock_control_ask(const char *path, char *const words[], size_t n,
    struct sc_buf *b, struct sc_err *);
int mock_control_call(
    const char *path, char *const words[], size_t n, int fd, struct sc_err *);

#endif
