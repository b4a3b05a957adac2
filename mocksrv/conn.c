#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "mocksrv/http.h"
#include "mocksrv/journal.h"
#include "mocksrv/progress.h"
#include "mocksrv/reply.h"
#include "mocksrv/proxy.h"
#include "mocksrv/server.h"
#include "mocksrv/tunnel.h"
#include "mocksrv/wire.h"
#include "sc/clock.h"
#include "sc/log.h"
#include "sc/mem.h"

/* How long a closed connection waits for the client to close its side. */
#define LINGER_MS 1000

enum phase {
	READING, /* a request */
	SENDING, /* the steps of an answer */
	WAITING, /* a step that takes time */
	STALLED, /* until the client goes */
	DIALING, /* the target of a tunnel */
	TUNNELLING,
	LINGERING,
	DOOMED /* to be reset at the next event */
};

/* How a piece of work ended. */
enum outcome {
	GO_ON,   /* the next one can be done at once */
	BLOCKED, /* nothing to do until the socket or a timer says so */
	GONE     /* the connection has been freed */
};

struct mock_conn {
	struct mock_watch watch;
	struct mock_timer timer;
	LIST_ENTRY(mock_conn) link;
	struct mock_server *srv;
	const struct mock_listener *at;
	uint64_t number;
	struct mock_stream stream;
	enum phase phase;

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

/*
 * Once for each exchange, just before its last bytes go out: whoever has read
 * an answer finds it in the journal.
 */
static void
record(struct mock_conn *c, size_t bytes, const char *outcome)
{
	const struct mock_exchange x = { .n = c->exchange,
		.conn = c->number,
		.on = c->at->name,
		.time_ms = c->time_ms,
		.request = &c->http,
		.reply = &c->reply,
		.bytes = bytes,
		.outcome = outcome };

	if (c->recorded || c->interim)
		return;
	c->recorded = true;
	mock_journal_write(&c->srv->journal, &x);
}

static void on_target(void *);

/* How an answer ends whose last bytes are about to go out. */
static const char *
planned_outcome(const struct mock_reply *r)
{
	if (r->tunnel != 0)
		return "tunnelled";
	switch (r->steps[r->nsteps - 1].op) {
	case MOCK_RST:
		return "reset";
	case MOCK_STALL:
		return "stalled";
	case MOCK_FIN:
		return "closed";
	case MOCK_SEND:
	case MOCK_WAIT:
	case MOCK_PACE:
	default:
		return "sent";
	}
}

/* The answer has been given, or as much of it as there will be. */
static void
end_exchange(struct mock_conn *c, const char *outcome)
{
	record(c, c->progress.sent, outcome);
	if (c->interim) {
		c->interim = false;
		return;
	}
	sc_debug("%llu: %.*s %.*s -> %d line %u bytes=%zu",
	    (unsigned long long)c->exchange, (int)c->http.method.n,
	    c->http.method.n > 0 ? c->http.method.p : "", (int)c->http.target.n,
	    c->http.target.n > 0 ? c->http.target.p : "", c->reply.status,
	    c->reply.line, c->progress.sent);
	mock_tunnel_close(c->tunnel);
	c->tunnel = NULL;
	mock_scenario_unref(c->scenario);
	c->scenario = NULL;
	mock_http_reset(&c->http);
}

static enum outcome
release(struct mock_conn *c)
{
	struct mock_server *srv = c->srv;

	mock_timer_clear(&srv->loop, &c->timer);
	mock_tunnel_close(c->tunnel);
	LIST_REMOVE(c, link);
	mock_http_fini(&c->http);
	mock_reply_fini(&c->reply);
	sc_buf_fini(&c->in);
	free(c);
	srv->open--;
	mock_server_closed(srv);
	return GONE;
}

static enum outcome
drop(struct mock_conn *c)
{
	if (c->phase == SENDING || c->phase == WAITING || c->phase == STALLED ||
	    c->phase == DIALING || c->phase == TUNNELLING)
		end_exchange(c, "client left");
	mock_watch_del(&c->srv->loop, &c->watch);
	mock_stream_close(&c->stream);
	return release(c);
}

static enum outcome
reset(struct mock_conn *c)
{
	if (c->scenario != NULL)
		end_exchange(c, "reset");
	mock_watch_del(&c->srv->loop, &c->watch);
	mock_stream_reset(&c->stream);
	return release(c);
}

/* Closing at once could destroy what the client has not read yet. */
static enum outcome
linger(struct mock_conn *c)
{
	end_exchange(c, "closed");
	if (c->reply.abrupt)
		mock_stream_silence(&c->stream);
	c->stream.ops->finish(&c->stream);
	c->stream.want = EPOLLIN;
	c->phase = LINGERING;
	mock_timer_set(&c->srv->loop, &c->timer, LINGER_MS);
	return GO_ON;
}

static void
begin_reply(struct mock_conn *c)
{
	c->phase = SENDING;
	c->progress = (struct mock_progress){ 0 };
	c->recorded = false;
}

static void
begin_exchange(struct mock_conn *c)
{
	mock_server_signals(c->srv);
	c->exchange = ++c->srv->nrequests;
	c->time_ms = sc_clock_ms();
	mock_reply_reset(&c->reply);
	begin_reply(c);
}

/* Who asks a proxy is answered when it is clear whether its target is there. */
static void
dialed(struct mock_conn *c, bool connected)
{
	const struct mock_terms terms = { .now_ms = c->time_ms,
		.keep_alive = c->http.keep_alive,
		.minor = c->http.minor,
		.unmarked = c->scenario->unmarked };

	begin_reply(c);
	if (connected)
		return;
	mock_tunnel_close(c->tunnel);
	c->tunnel = NULL;
	mock_proxy_unreachable(&c->reply);
	mock_reply_compile(&c->reply, &terms);
}

static void
dial(struct mock_conn *c)
{
	bool dialing;

	c->tunnel = mock_tunnel_open(
	    &c->srv->loop, c->reply.tunnel, on_target, c, &dialing);
	if (c->tunnel != NULL && dialing)
		c->phase = DIALING;
	else
		dialed(c, c->tunnel != NULL);
}

static void
answer(struct mock_conn *c)
{
	struct mock_conduct how;

	begin_exchange(c);
	c->scenario = mock_scenario_ref(c->srv->scenario);
	how = mock_listens_now(
	    mock_scenario_listens(c->scenario), c->at->name, c->time_ms);
	c->http.on = c->at->name;
	c->http.proxy = how.manner == MOCK_PROXY ? how.line : NULL;
	if (c->http.proxy != NULL)
		c->http.path = c->http.target;
	if (!mock_scenario_answer(c->scenario, &c->http, c->time_ms, &c->reply))
		c->srv->unmatched++;
	if (c->reply.tunnel != 0)
		dial(c);
}

static void
answer_bad_request(struct mock_conn *c)
{
	const struct mock_terms terms = { .now_ms = sc_clock_ms(),
		.minor = 1,
		.unmarked = c->srv->scenario->unmarked };

	begin_exchange(c);
	(void)sc_buf_addf(&c->reply.text, "sc-mock: %s\n", c->http.error);
	mock_reply_text(&c->reply, c->http.status, "text/plain");
	mock_reply_compile(&c->reply, &terms);
}

static void
send_continue(struct mock_conn *c)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	c->http.expect_continue = false;
	c->interim = true;
	mock_reply_reset(&c->reply);
	mock_reply_part(&c->reply, text, sizeof(text) - 1);
	begin_reply(c);
}

/* Gives p to the parser; what belongs to the next request is kept. */
static enum outcome
feed(struct mock_conn *c, const char *p, size_t n, size_t *used)
{
	int rc = mock_http_feed(&c->http, p, n, used);

	if (rc == 1)
		answer(c);
	else if (rc == -1)
		answer_bad_request(c);
	else if (!c->mute && mock_http_wants_continue(&c->http))
		send_continue(c);
	return c->phase == READING ? BLOCKED : GO_ON;
}

static enum outcome
feed_kept(struct mock_conn *c)
{
	size_t used;
	enum outcome out =
	    feed(c, c->in.p + c->in_used, c->in.len - c->in_used, &used);

	c->in_used += used;
	if (c->in_used == c->in.len) {
		sc_buf_reset(&c->in);
		c->in_used = 0;
	}
	/* More may be waiting in the socket. */
	return out == BLOCKED ? GO_ON : out;
}

static enum outcome
read_request(struct mock_conn *c)
{
	char *input = c->srv->input;
	size_t used, cap = sizeof(c->srv->input);
	enum outcome out;
	ssize_t n;

	if (c->in.len > 0)
		return feed_kept(c);
	n = c->stream.ops->read(&c->stream, input, cap);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return BLOCKED;
	if (n <= 0)
		return drop(c);
	out = feed(c, input, (size_t)n, &used);
	(void)sc_buf_add(&c->in, input + used, (size_t)n - used);
	if (out == BLOCKED && c->stream.ops->pending(&c->stream))
		return GO_ON;
	return out;
}

static enum outcome
wait_ms(struct mock_conn *c, int64_t ms)
{
	mock_timer_set(&c->srv->loop, &c->timer, ms);
	c->phase = WAITING;
	return BLOCKED;
}

static enum outcome
send_bytes(struct mock_conn *c)
{
	struct mock_progress *p = &c->progress;
	struct mock_batch b;
	ssize_t w = 0;

	mock_progress_gather(p, &c->reply, &b);
	if (b.last)
		record(c, p->sent + b.bytes, planned_outcome(&c->reply));
	if (b.n > 0)
		w = c->stream.ops->writev(&c->stream, b.iov, b.n);
	if (w == -1 && (errno == EAGAIN || errno == EINTR))
		return BLOCKED;
	if (w == -1)
		return drop(c);
	mock_progress_advance(p, &c->reply, (size_t)w);
	if (p->pace == 0 || mock_progress_ended(p, &c->reply))
		return GO_ON;
	return wait_ms(c, (int64_t)((size_t)w * 1000 / p->pace));
}

/* True when there are bytes to read that epoll will not tell about. */
static bool
has_input(const struct mock_conn *c)
{
	return c->in.len > 0 || c->stream.ops->pending(&c->stream);
}

/* The answer ends like this, whatever is left of it. */
static enum outcome
finish(struct mock_conn *c, enum mock_op op)
{
	if (op == MOCK_RST)
		return reset(c);
	if (op == MOCK_FIN)
		return linger(c);
	record(c, c->progress.sent, "stalled");
	mock_tunnel_close(c->tunnel);
	c->tunnel = NULL;
	c->stream.want = EPOLLIN;
	c->phase = STALLED;
	return GO_ON; /* to read, which tells that the client goes */
}

/* What the client has sent behind CONNECT is the target's already. */
static enum outcome
begin_tunnel(struct mock_conn *c)
{
	struct mock_tunnel *t = c->tunnel;

	if (c->reply.raw) {
		t->first[0] =
		    (struct sc_slice){ c->reply.text.p, c->reply.text.len };
		t->first[1] =
		    (struct sc_slice){ c->http.body.p, c->http.body.len };
	} else {
		t->first[0] = (struct sc_slice){ c->in.p + c->in_used,
			c->in.len - c->in_used };
	}
	t->max = c->reply.tunnel_max;
	c->phase = TUNNELLING;
	return mock_tunnel_begin(t) == 0 ? GO_ON : reset(c);
}

static enum outcome
run_step(struct mock_conn *c)
{
	const struct mock_step *s;

	if (c->progress.step == c->reply.nsteps && c->tunnel != NULL)
		return begin_tunnel(c);
	if (c->progress.step == c->reply.nsteps) {
		end_exchange(c, "sent");
		c->phase = READING;
		c->stream.want = EPOLLIN;
		/* What is left in the socket is announced again. */
		return has_input(c) ? GO_ON : BLOCKED;
	}
	s = &c->reply.steps[c->progress.step];
	switch (s->op) {
	case MOCK_WAIT:
		c->progress.step++;
		return wait_ms(c, (int64_t)s->n);
	case MOCK_PACE:
		c->progress.step++;
		c->progress.pace = s->n;
		return GO_ON;
	case MOCK_STALL:
	case MOCK_RST:
	case MOCK_FIN:
		return finish(c, s->op);
	case MOCK_SEND:
	default:
		return send_bytes(c);
	}
}

static enum outcome
run_tunnel(struct mock_conn *c)
{
	switch (mock_tunnel_pump(c->tunnel, &c->stream)) {
	case MOCK_TUNNEL_OPEN:
		c->stream.want = c->tunnel->client_want;
		return BLOCKED;
	case MOCK_TUNNEL_FULL:
		return finish(c, c->reply.tunnel_end);
	case MOCK_TUNNEL_DONE:
		return drop(c);
	case MOCK_TUNNEL_LOST:
	default:
		return reset(c);
	}
}

static enum outcome
discard_input(struct mock_conn *c)
{
	ssize_t n = c->stream.ops->read(
	    &c->stream, c->srv->input, sizeof(c->srv->input));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return BLOCKED;
	return n > 0 ? GO_ON : drop(c);
}

static void
run(struct mock_conn *c)
{
	enum outcome out = GO_ON;

	while (out == GO_ON) {
		if (c->phase == READING)
			out = read_request(c);
		else if (c->phase == SENDING)
			out = run_step(c);
		else if (c->phase == TUNNELLING)
			out = run_tunnel(c);
		else if (c->phase == DIALING)
			out = BLOCKED;
		else
			out = discard_input(c);
	}
	if (out == BLOCKED)
		mock_watch_set(&c->srv->loop, &c->watch,
		    c->phase == WAITING || c->phase == DIALING
			? 0
			: c->stream.want);
}

static void
on_ready(struct mock_watch *w, uint32_t events)
{
	struct mock_conn *c = (struct mock_conn *)w;

	if (c->phase == DOOMED) {
		(void)reset(c);
	} else if (events & (EPOLLERR | EPOLLHUP)) {
		if (c->phase != TUNNELLING) {
			(void)drop(c);
			return;
		}
		/* Told for ever; what it has sent may still go its way. */
		mock_watch_del(&c->srv->loop, w);
		run(c);
	} else if (c->phase != WAITING) {
		run(c);
	}
}

static void
on_target(void *arg)
{
	struct mock_conn *c = arg;

	if (c->phase == DOOMED) {
		(void)reset(c);
		return;
	}
	if (c->phase == DIALING)
		dialed(c, mock_tunnel_connected(c->tunnel));
	run(c);
}

static void
on_timer(struct mock_timer *t)
{
	struct mock_conn *c =
	    (struct mock_conn *)((char *)t - offsetof(struct mock_conn, timer));

	if (c->phase != WAITING) {
		(void)drop(c);
		return;
	}
	c->phase = SENDING;
	run(c);
}

/* A connection that never gets as far as a request goes into the journal. */
static void
note_conduct(struct mock_conn *c, const struct mock_conduct *how)
{
	c->time_ms = sc_clock_ms();
	c->reply.status = 0;
	c->reply.line = how->line->line;
	(void)sc_buf_adds(&c->reply.fault,
	    how->manner == MOCK_SILENT ? "as=silent" : "as=reset");
	record(c, 0, how->manner == MOCK_SILENT ? "silent" : "reset");
}

void
mock_conn_open(struct mock_server *srv, int fd, struct mock_listener *at)
{
	const struct mock_conduct how = mock_listens_now(
	    mock_scenario_listens(srv->scenario), at->name, sc_clock_ms());
	const bool served =
	    how.manner == MOCK_ANSWERED || how.manner == MOCK_PROXY;
	struct mock_conn *c = sc_xcalloc(1, sizeof(*c));

	c->srv = srv;
	c->at = at;
	c->number = ++srv->nconns;
	c->watch = (struct mock_watch){ .fd = fd, .ready = on_ready };
	c->timer.fire = on_timer;
	c->mute = how.line != NULL && how.line->mute;
	mock_http_init(&c->http);
	mock_http_reset(&c->http);
	mock_reply_init(&c->reply);
	sc_buf_init(&c->in, sizeof(srv->input));
	mock_stream_open(&c->stream, fd,
	    how.cert != -1 && served ? srv->listeners.tls[how.cert]
		: NULL);
	LIST_INSERT_HEAD(&srv->conns, c, link);
	srv->open++;
	if (!served) {
		note_conduct(c, &how);
		c->phase = how.manner == MOCK_RESET ? DOOMED : LINGERING;
	}
	if (mock_watch_add(&srv->loop, &c->watch, EPOLLIN) == -1)
		(void)drop(c);
}

void
mock_conn_reset_all(struct mock_server *srv, const struct mock_listener *at)
{
	struct mock_conn *c;

	LIST_FOREACH (c, &srv->conns, link) {
		if (c->at != at)
			continue;
		/* Freed only when the loop comes by: it may hold its event. */
		c->phase = DOOMED;
		mock_timer_clear(&srv->loop, &c->timer);
		(void)shutdown(c->watch.fd, SHUT_RD);
		mock_watch_set(&srv->loop, &c->watch, EPOLLIN);
	}
}

void
mock_conn_close_all(struct mock_server *srv)
{
	struct mock_conn *next;

	for (struct mock_conn *c = LIST_FIRST(&srv->conns); c != NULL;
	     c = next) {
		next = LIST_NEXT(c, link);
		(void)drop(c);
	}
}
