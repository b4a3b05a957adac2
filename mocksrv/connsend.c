#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "mocksrv/conn.h"
#include "mocksrv/proxy.h"
#include "sc/log.h"

/* How long a closed connection waits for the client to close its side. */
#define LINGER_MS 1000

void
mock_conn_record(struct mock_conn *c, size_t bytes, const char *outcome)
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

/* How an answer ends whose last bytes are about to go out. */
static const char *
planned_outcome(const struct mock_reply *r)
{
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
		return r->tunnel != 0 ? "tunnelled" : "sent";
	}
}

/* The answer has been given, or as much of it as there will be. */
static void
end_exchange(struct mock_conn *c, const char *outcome)
{
	mock_conn_record(c, c->progress.sent, outcome);
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

static enum conn_outcome
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
	return CONN_GONE;
}

enum conn_outcome
mock_conn_drop(struct mock_conn *c)
{
	if (c->phase == CONN_SENDING || c->phase == CONN_WAITING ||
	    c->phase == CONN_STALLED || c->phase == CONN_DIALING ||
	    c->phase == CONN_TUNNELLING)
		end_exchange(c, "client left");
	mock_watch_del(&c->srv->loop, &c->watch);
	mock_stream_close(&c->stream);
	return release(c);
}

enum conn_outcome
mock_conn_reset(struct mock_conn *c)
{
	if (c->scenario != NULL)
		end_exchange(c, "reset");
	mock_watch_del(&c->srv->loop, &c->watch);
	mock_stream_reset(&c->stream);
	return release(c);
}

/* Closing at once could destroy what the client has not read yet. */
static enum conn_outcome
linger(struct mock_conn *c)
{
	end_exchange(c, "closed");
	if (c->reply.abrupt)
		mock_stream_silence(&c->stream);
	c->stream.ops->finish(&c->stream);
	c->stream.want = EPOLLIN;
	c->phase = CONN_LINGERING;
	mock_timer_set(&c->srv->loop, &c->timer, LINGER_MS);
	return CONN_GO_ON;
}

void
mock_conn_begin(struct mock_conn *c)
{
	c->phase = CONN_SENDING;
	c->progress = (struct mock_progress){ 0 };
	c->recorded = false;
}

/* Who asks a proxy is answered when it is clear whether its target is there. */
static void
dialed(struct mock_conn *c, bool connected)
{
	const struct mock_terms terms = { .now_ms = c->time_ms,
		.keep_alive = c->http.keep_alive,
		.minor = c->http.minor,
		.unmarked = c->scenario->unmarked };

	mock_conn_begin(c);
	if (connected)
		return;
	mock_tunnel_close(c->tunnel);
	c->tunnel = NULL;
	mock_proxy_unreachable(&c->reply);
	mock_reply_compile(&c->reply, &terms);
}

static void
on_target(void *arg)
{
	struct mock_conn *c = arg;

	if (c->phase == CONN_DOOMED) {
		(void)mock_conn_reset(c);
		return;
	}
	if (c->phase == CONN_DIALING)
		dialed(c, mock_tunnel_connected(c->tunnel));
	mock_conn_run(c);
}

void
mock_conn_dial(struct mock_conn *c)
{
	bool dialing;

	c->tunnel = mock_tunnel_open(
	    &c->srv->loop, c->reply.tunnel, on_target, c, &dialing);
	if (c->tunnel != NULL && dialing)
		c->phase = CONN_DIALING;
	else
		dialed(c, c->tunnel != NULL);
}

static enum conn_outcome
wait_ms(struct mock_conn *c, int64_t ms)
{
	mock_timer_set(&c->srv->loop, &c->timer, ms);
	c->phase = CONN_WAITING;
	return CONN_BLOCKED;
}

static enum conn_outcome
send_bytes(struct mock_conn *c)
{
	struct mock_progress *p = &c->progress;
	struct mock_batch b;
	ssize_t w = 0;

	mock_progress_gather(p, &c->reply, &b);
	if (b.last)
		mock_conn_record(
		    c, p->sent + b.bytes, planned_outcome(&c->reply));
	if (b.n > 0)
		w = c->stream.ops->writev(&c->stream, b.iov, b.n);
	if (w == -1 && (errno == EAGAIN || errno == EINTR))
		return CONN_BLOCKED;
	if (w == -1)
		return mock_conn_drop(c);
	mock_progress_advance(p, &c->reply, (size_t)w);
	if (p->pace == 0 || mock_progress_ended(p, &c->reply))
		return CONN_GO_ON;
	return wait_ms(c, (int64_t)((size_t)w * 1000 / p->pace));
}

/* True when there are bytes to read that epoll will not tell about. */
static bool
has_input(const struct mock_conn *c)
{
	return c->in.len > 0 || c->stream.ops->pending(&c->stream);
}

/* The answer ends like this, whatever is left of it. */
static enum conn_outcome
finish(struct mock_conn *c, enum mock_op op)
{
	if (op == MOCK_RST)
		return mock_conn_reset(c);
	if (op == MOCK_FIN)
		return linger(c);
	mock_conn_record(c, c->progress.sent, "stalled");
	mock_tunnel_close(c->tunnel);
	c->tunnel = NULL;
	c->stream.want = EPOLLIN;
	c->phase = CONN_STALLED;
	return CONN_GO_ON; /* to read, which tells that the client goes */
}

/* What the client has sent behind CONNECT is the target's already. */
static enum conn_outcome
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
	c->phase = CONN_TUNNELLING;
	return mock_tunnel_begin(t) == 0 ? CONN_GO_ON : mock_conn_reset(c);
}

enum conn_outcome
mock_conn_step(struct mock_conn *c)
{
	const struct mock_step *s;

	if (c->progress.step == c->reply.nsteps && c->tunnel != NULL)
		return begin_tunnel(c);
	if (c->progress.step == c->reply.nsteps) {
		end_exchange(c, "sent");
		mock_reply_reset(&c->reply);
		c->phase = CONN_READING;
		c->stream.want = EPOLLIN;
		/* What is left in the socket is announced again. */
		return has_input(c) ? CONN_GO_ON : CONN_BLOCKED;
	}
	s = &c->reply.steps[c->progress.step];
	switch (s->op) {
	case MOCK_WAIT:
		c->progress.step++;
		return wait_ms(c, (int64_t)s->n);
	case MOCK_PACE:
		c->progress.step++;
		c->progress.pace = s->n;
		return CONN_GO_ON;
	case MOCK_STALL:
	case MOCK_RST:
	case MOCK_FIN:
		return finish(c, s->op);
	case MOCK_SEND:
	default:
		return send_bytes(c);
	}
}

enum conn_outcome
mock_conn_pump(struct mock_conn *c)
{
	switch (mock_tunnel_pump(c->tunnel, &c->stream)) {
	case MOCK_TUNNEL_OPEN:
		c->stream.want = c->tunnel->client_want;
		return CONN_BLOCKED;
	case MOCK_TUNNEL_FULL:
		return finish(c, c->reply.tunnel_end);
	case MOCK_TUNNEL_DONE:
		return mock_conn_drop(c);
	case MOCK_TUNNEL_LOST:
	default:
		return mock_conn_reset(c);
	}
}
