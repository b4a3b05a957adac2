#ifndef MOCK_LISTENER_H
#define MOCK_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "mocksrv/listen.h"
#include "mocksrv/loop.h"
#include "sc/buf.h"
#include "sc/err.h"

struct mock_server;

/* A port of 127.0.0.1 with a name, and whoever connects to it. */
struct mock_listener {
	struct mock_watch watch; /* first: the loop hands this out */
	STAILQ_ENTRY(mock_listener) link;
	struct mock_server *srv;
	char *name;
	uint16_t port;
	bool refusing; /* the port is held, but nobody listens */
	bool named;    /* by the scenario in force */
};

STAILQ_HEAD(mock_listener_list, mock_listener);

struct mock_listeners {
	struct mock_listener_list list;
	struct mock_timer timer; /* to look whether the conduct changes */
	const char *tls_dir;     /* NULL: no TLS */
	SSL_CTX *tls[MOCK_CERTS];
	uint16_t port; /* of the plain one; 0: any */
	bool paused;   /* no connections are taken for now */
};

/*
 * Opens the listeners that the scenario names, beside "plain" and, with
 * tls_dir, "tls".  Those that it names no longer refuse; ports stay.
 */
int mock_listeners_set(
    struct mock_server *, const struct mock_listens *, struct sc_err *);
/* Starts and stops listening as the scenario says for this moment. */
void mock_listeners_refresh(struct mock_server *);
/* Whether new connections are taken at all. */
void mock_listeners_pause(struct mock_server *, bool pause);
/* "port=N", "tls_port=N", "port.NAME=N", a line each. */
void mock_listeners_announce(const struct mock_server *, struct sc_buf *);
void mock_listeners_close(struct mock_server *);

#endif
