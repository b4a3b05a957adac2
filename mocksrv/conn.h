#ifndef MOCK_CONN_H
#define MOCK_CONN_H

#include "mocksrv/http.h"
#include "mocksrv/progress.h"
#include "mocksrv/reply.h"
#include "mocksrv/server.h"
#include "mocksrv/tunnel.h"
#include "mocksrv/wire.h"

/*
 * A connection, as conn.c, which reads requests, and connsend.c, which gives
 * the answers, have it in common.  Nobody else looks inside.
 */
enum conn_phase {
	CONN_READING, /* a request */
	CONN_SENDING, /* the steps of an answer */
	CONN_WAITING, /* a step that takes time */
	CONN_STALLED, /* until the client goes */
	CONN_DIALING, /* the target of a tunnel */
	CONN_TUNNELLING,
	CONN_LINGERING,
	CONN_DOOMED /* to be reset at the next event */
};

/* How a piece of work ended. */
enum conn_outcome {
	CONN_GO_ON,   /* the next one can be done at once */
	CONN_BLOCKED, /* nothing to do until the socket or a timer says so */
	CONN_GONE     /* the connection has been freed */
};

struct mock_conn {
	struct mock_watch watch;
	struct mock_timer timer;
	LIST_ENTRY(mock_conn) link;
	struct mock_server *srv;
	const struct mock_listener *at;
	uint64_t number;
	struct mock_stream stream;
	enum conn_phase phase;

	struct mock_http http;
	struct sc_buf in; /* bytes behind the request in work */
	size_t in_used;

	struct mock_reply reply;
	struct mock_scenario *scenario; /* what the answer borrows from */
	struct mock_progress progress;
	struct mock_tunnel *tunnel;
	bool mute;    /* 100 Continue is not sent */
	bool interim; /* 100 Continue, not an answer */
	bool recorded;
	uint64_t exchange;
	int64_t time_ms;
};

/* Goes on until nothing can be done. */
void mock_conn_run(struct mock_conn *);

/*
 * Once for each exchange, just before its last bytes go out: whoever has read
 * an answer finds it in the journal.
 */
void mock_conn_record(struct mock_conn *, size_t bytes, const char *outcome);
/* Starts to carry out the steps of the reply. */
void mock_conn_begin(struct mock_conn *);
/* The same when the target of its tunnel is there. */
void mock_conn_dial(struct mock_conn *);
/* The next step; the next bytes through the tunnel. */
enum conn_outcome mock_conn_step(struct mock_conn *);
enum conn_outcome mock_conn_pump(struct mock_conn *);
/* Ends the connection at once. */
enum conn_outcome mock_conn_drop(struct mock_conn *);
enum conn_outcome mock_conn_reset(struct mock_conn *);

#endif
