#ifndef MOCK_TUNNEL_H
#define MOCK_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/loop.h"
#include "mocksrv/wire.h"
#include "sc/buf.h"

/*
 * Joins a client to a port of 127.0.0.1: bytes go both ways through buffers
 * of a fixed size, and who does not read keeps the other from writing.  An
 * end of one side is passed on once everything before it has gone.
 */
#define MOCK_LANE_BYTES ((size_t)64 * 1024)

/* One direction. */
struct mock_lane {
	char *p;
	size_t at, len; /* what waits in it */
	bool ended;     /* nothing more comes in */
	bool closed;    /* ... and the other side was told */
};

struct mock_tunnel {
	struct mock_watch watch; /* first: the loop hands this out */
	struct mock_loop *loop;
	struct mock_stream target;
	struct mock_lane out; /* to the target */
	struct mock_lane in;  /* to the client */
	/* Sent to the target before anything else; borrowed. */
	struct sc_slice first[2];
	size_t max; /* bytes to the client; 0: no end */
	size_t sent;
	uint32_t client_want; /* what the client's socket is waited for */
	/* Called when the target is connected, or not, or ready for more. */
	void (*ready)(void *arg);
	void *arg;
};

/* NULL with errno: nobody listens. *dialing: `ready` will tell. */
struct mock_tunnel *mock_tunnel_open(struct mock_loop *, uint16_t port,
    void (*ready)(void *), void *arg, bool *dialing);
void mock_tunnel_close(struct mock_tunnel *); /* NULL is fine */
/* False: the connection that was being made has failed. */
bool mock_tunnel_connected(struct mock_tunnel *);
/* From here on the target is listened to; -1 with errno. */
int mock_tunnel_begin(struct mock_tunnel *);

enum mock_tunnel_state {
	MOCK_TUNNEL_OPEN, /* waits for client_want, or for the target */
	MOCK_TUNNEL_DONE, /* both sides have ended */
	MOCK_TUNNEL_FULL, /* max has been reached */
	MOCK_TUNNEL_LOST  /* one side has failed */
};
/* Moves what can be moved. */
enum mock_tunnel_state mock_tunnel_pump(
    struct mock_tunnel *, struct mock_stream *client);

#endif
