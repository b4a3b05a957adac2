#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "mocksrv/conn.h"
#include "sc/clock.h"
#include "sc/mem.h"

static void
begin_exchange(struct mock_conn *c)
{
	mock_server_signals(c->srv);
	c->exchange = ++c->srv->nrequests;
	c->time_ms = sc_clock_ms();
	mock_reply_reset(&c->reply);
	mock_conn_begin(c);
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
		mock_conn_dial(c);
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
	mock_conn_begin(c);
}

/* Gives p to the parser; what belongs to the next request is kept. */
static enum conn_outcome
feed(struct mock_conn *c, const char *p, size_t n, size_t *used)
{
	int rc = mock_http_feed(&c->http, p, n, used);

	if (rc == 1)
		answer(c);
	else if (rc == -1)
		answer_bad_request(c);
	else if (!c->mute && mock_http_wants_continue(&c->http))
		send_continue(c);
	return c->phase == CONN_READING ? CONN_BLOCKED : CONN_GO_ON;
}

static enum conn_outcome
feed_kept(struct mock_conn *c)
{
	size_t used;
	enum conn_outcome out =
	    feed(c, c->in.p + c->in_used, c->in.len - c->in_used, &used);

	c->in_used += used;
	if (c->in_used == c->in.len) {
		sc_buf_reset(&c->in);
		c->in_used = 0;
	}
	/* More may be waiting in the socket. */
	return out == CONN_BLOCKED ? CONN_GO_ON : out;
}

static enum conn_outcome
read_request(struct mock_conn *c)
{
	char *input = c->srv->input;
	size_t used, cap = sizeof(c->srv->input);
	enum conn_outcome out;
	ssize_t n;

	if (c->in.len > 0)
		return feed_kept(c);
	n = c->stream.ops->read(&c->stream, input, cap);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return CONN_BLOCKED;
	if (n <= 0)
		return mock_conn_drop(c);
	out = feed(c, input, (size_t)n, &used);
	(void)sc_buf_add(&c->in, input + used, (size_t)n - used);
	if (out == CONN_BLOCKED && c->stream.ops->pending(&c->stream))
		return CONN_GO_ON;
	return out;
}

static enum conn_outcome
discard_input(struct mock_conn *c)
{
	ssize_t n = c->stream.ops->read(
	    &c->stream, c->srv->input, sizeof(c->srv->input));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return CONN_BLOCKED;
	if (n <= 0)
		return mock_conn_drop(c);
	/* Who never stops sending is not the only one here. */
	return c->stream.ops->pending(&c->stream) ? CONN_GO_ON : CONN_BLOCKED;
}

void
mock_conn_run(struct mock_conn *c)
{
	enum conn_outcome out = CONN_GO_ON;

	while (out == CONN_GO_ON) {
		if (c->phase == CONN_READING)
			out = read_request(c);
		else if (c->phase == CONN_SENDING)
			out = mock_conn_step(c);
		else if (c->phase == CONN_TUNNELLING)
			out = mock_conn_pump(c);
		else if (c->phase == CONN_DIALING)
			out = CONN_BLOCKED;
		else
			out = discard_input(c);
	}
	if (out == CONN_BLOCKED)
		mock_watch_set(&c->srv->loop, &c->watch,
		    c->phase == CONN_WAITING || c->phase == CONN_DIALING
			? 0
			: c->stream.want);
}

static void
on_ready(struct mock_watch *w, uint32_t events)
{
	struct mock_conn *c = (struct mock_conn *)w;

	if (c->phase == CONN_DOOMED) {
		(void)mock_conn_reset(c);
	} else if (events & (EPOLLERR | EPOLLHUP)) {
		if (c->phase != CONN_TUNNELLING) {
			(void)mock_conn_drop(c);
			return;
		}
		/* Told for ever; what it has sent may still go its way. */
		mock_watch_del(&c->srv->loop, w);
		mock_conn_run(c);
	} else if (c->phase != CONN_WAITING) {
		mock_conn_run(c);
	}
}

static void
on_timer(struct mock_timer *t)
{
	struct mock_conn *c =
	    (struct mock_conn *)((char *)t - offsetof(struct mock_conn, timer));

	if (c->phase != CONN_WAITING) {
		(void)mock_conn_drop(c);
		return;
	}
	c->phase = CONN_SENDING;
	mock_conn_run(c);
}

/* A connection that never gets as far as a request goes into the journal. */
static void
note_conduct(struct mock_conn *c, const struct mock_conduct *how)
{
	c->time_ms = sc_clock_ms();
	c->reply.status = 0;
	c->reply.line = how->line != NULL ? how->line->line : 0;
	(void)sc_buf_adds(&c->reply.fault,
	    how->manner == MOCK_SILENT ? "as=silent" : "as=reset");
	mock_conn_record(c, 0, how->manner == MOCK_SILENT ? "silent" : "reset");
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
	    how.cert != -1 && served ? srv->listeners.tls[how.cert] : NULL);
	LIST_INSERT_HEAD(&srv->conns, c, link);
	srv->open++;
	if (srv->open > srv->peak)
		srv->peak = srv->open;
	if (!served) {
		note_conduct(c, &how);
		c->phase =
		    how.manner == MOCK_RESET ? CONN_DOOMED : CONN_LINGERING;
	}
	if (mock_watch_add(&srv->loop, &c->watch, EPOLLIN) == -1)
		(void)mock_conn_drop(c);
}

void
mock_conn_reset_all(struct mock_server *srv, const struct mock_listener *at)
{
	struct mock_conn *c;

	for (c = LIST_FIRST(&srv->conns); c != NULL; c = LIST_NEXT(c, link)) {
		if (c->at != at)
			continue;
		/* Freed only when the loop comes by: it may hold its event. */
		c->phase = CONN_DOOMED;
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
		(void)mock_conn_drop(c);
	}
}
