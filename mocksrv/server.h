#ifndef MOCK_SERVER_H
#define MOCK_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/journal.h"
#include "mocksrv/listener.h"
#include "mocksrv/loop.h"
#include "mocksrv/scenario.h"
#include "sc/err.h"

struct mock_options {
	const char *scenario;
	const char *tls_dir; /* NULL: plain only */
	const char *journal; /* NULL: none */
	const char *control; /* path of the socket; NULL: none */
	uint64_t seed;
	uint16_t port; /* 0: any */
	int ready_fd;
	bool until_eof;
	bool strict;
	bool quiet_headers; /* no X-Mock-Rule, no X-Mock-Fault */
};

/*
 * Serves the scenario on 127.0.0.1 until SIGTERM, SIGINT or, with until_eof,
 * the end of stdin.  Writes "port=N", "tls_port=N" and "seed=N" to ready_fd
 * once connections are accepted.  -1 and e: it could not start (EX_CONFIG,
 * EX_UNAVAILABLE ...), a reload failed (EX_CONFIG), or strict and a request
 * matched nothing (EX_DATAERR).
 */
int mock_server_run(const struct mock_options *, struct sc_err *e);

struct mock_conn;

/* What the connections share. */
struct mock_server {
	struct mock_loop loop;
	struct mock_scenario *scenario;
	struct mock_journal journal;
	uint64_t nconns;
	uint64_t nrequests;
	uint64_t unmatched;
	struct mock_listeners listeners;
	size_t open, peak; /* connections; the most since there were none */
	size_t max_open;
	LIST_HEAD(mock_conns, mock_conn) conns;
	char input[64 * 1024]; /* what was read last, whoever read it */
};

/*
 * Acts on signals that have arrived.  Called before a request is answered, so
 * that one sent after a SIGHUP sees the new scenario.
 */
void mock_server_signals(struct mock_server *);
/*
 * Puts another scenario in force, or with NULL the same one afresh: counters
 * start at zero.  If it cannot be loaded the old one stays and -1 is returned.
 */
int mock_server_load(struct mock_server *, const char *path, struct sc_err *);
/* The path of the scenario in force. */
const char *mock_server_scenario(const struct mock_server *);
/* Called when a connection has ended. */
void mock_server_closed(struct mock_server *);

/* Takes over an accepted socket. */
void mock_conn_open(struct mock_server *, int fd, struct mock_listener *);
/* Has the connections of a listener reset as soon as the loop gets to it. */
void mock_conn_reset_all(struct mock_server *, const struct mock_listener *);
/* Drops every connection. */
void mock_conn_close_all(struct mock_server *);

#endif
