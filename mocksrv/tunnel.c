#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mocksrv/tunnel.h"
#include "sc/mem.h"

/* So often in a row, then it is the other connections' turn. */
#define ROUNDS 32

/* What a step of the work came to. */
enum step { IDLE, MOVED, FAILED };

static void
on_target(struct mock_watch *w, uint32_t events)
{
	struct mock_tunnel *t = (struct mock_tunnel *)w;

	/* Told for ever; what can still be read is found by reading. */
	if (events & (EPOLLERR | EPOLLHUP))
		mock_watch_del(t->loop, w);
	t->ready(t->arg);
}

static int
dial(uint16_t port, bool *dialing)
{
	const struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*dialing = connect(fd, (const void *)&sin, sizeof(sin)) == -1;
	if (!*dialing || errno == EINPROGRESS)
		return fd;
	(void)close(fd);
	return -1;
}

struct mock_tunnel *
mock_tunnel_open(struct mock_loop *l, uint16_t port, void (*ready)(void *),
    void *arg, bool *dialing)
{
	int fd = dial(port, dialing);
	struct mock_tunnel *t;

	if (fd == -1)
		return NULL;
	t = sc_xcalloc(1, sizeof(*t));
	t->watch = (struct mock_watch){ .fd = fd, .ready = on_target };
	t->loop = l;
	t->ready = ready;
	t->arg = arg;
	mock_stream_open(&t->target, fd, NULL);
	if (!*dialing || mock_watch_add(l, &t->watch, EPOLLOUT) == 0)
		return t;
	mock_tunnel_close(t);
	return NULL;
}

void
mock_tunnel_close(struct mock_tunnel *t)
{
	if (t == NULL)
		return;
	mock_watch_del(t->loop, &t->watch);
	mock_stream_close(&t->target);
	free(t->in.p);
	free(t->out.p);
	free(t);
}

bool
mock_tunnel_connected(struct mock_tunnel *t)
{
	socklen_t len = sizeof(int);
	int error = 0;

	mock_watch_del(t->loop, &t->watch);
	return getsockopt(t->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len) ==
	    0 &&
	    error == 0;
}

int
mock_tunnel_begin(struct mock_tunnel *t)
{
	t->in.p = sc_xmalloc(MOCK_LANE_BYTES);
	t->out.p = sc_xmalloc(MOCK_LANE_BYTES);
	return mock_watch_add(t->loop, &t->watch, EPOLLIN);
}

static bool
must_wait(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static enum step
fill(struct mock_lane *l, struct mock_stream *from)
{
	ssize_t n;

	if (l->ended || l->len == MOCK_LANE_BYTES)
		return IDLE;
	if (l->at > 0) {
		memmove(l->p, l->p + l->at, l->len);
		l->at = 0;
	}
	n = from->ops->read(from, l->p + l->len, MOCK_LANE_BYTES - l->len);
	if (n == -1)
		return must_wait() ? IDLE : FAILED;
	l->ended = n == 0;
	l->len += (size_t)n;
	return MOVED;
}

/* At most max bytes. */
static enum step
drain(struct mock_lane *l, struct mock_stream *to, size_t max, size_t *sent)
{
	struct iovec v = { .iov_base = l->p + l->at,
		.iov_len = l->len < max ? l->len : max };
	ssize_t n;

	if (l->len == 0) {
		if (!l->ended || l->closed)
			return IDLE;
		l->closed = true;
		to->ops->finish(to);
		return MOVED;
	}
	n = to->ops->writev(to, &v, 1);
	if (n == -1)
		return must_wait() ? IDLE : FAILED;
	l->at += (size_t)n;
	l->len -= (size_t)n;
	if (l->len == 0)
		l->at = 0;
	*sent += (size_t)n;
	return MOVED;
}

static bool
is_begun(const struct mock_tunnel *t)
{
	return t->first[0].n + t->first[1].n == 0;
}

/* What has to reach the target before the client's further bytes. */
static enum step
send_first(struct mock_tunnel *t)
{
	size_t i = t->first[0].n > 0 ? 0 : 1;
	struct sc_slice *s = &t->first[i];
	ssize_t n = send(t->target.fd, s->p, s->n, MSG_NOSIGNAL);

	if (n == -1)
		return must_wait() ? IDLE : FAILED;
	s->p += n;
	s->n -= (size_t)n;
	return MOVED;
}

/*
 * A target that does not listen to the end may still have said something that
 * the client should get.
 */
static enum step
drain_out(struct mock_tunnel *t)
{
	size_t sent = 0;
	enum step s = is_begun(t) ? drain(&t->out, &t->target, SIZE_MAX, &sent)
				  : send_first(t);

	if (s != FAILED)
		return s;
	t->first[0].n = t->first[1].n = t->out.len = 0;
	t->out.ended = t->out.closed = true;
	return MOVED;
}

static enum step
worst(enum step a, enum step b)
{
	return a > b ? a : b;
}

static enum step
pump_once(struct mock_tunnel *t, struct mock_stream *client)
{
	size_t room = t->max > 0 ? t->max - t->sent : SIZE_MAX;
	enum step s = fill(&t->out, client);

	s = worst(s, drain_out(t));
	s = worst(s, fill(&t->in, &t->target));
	return worst(s, drain(&t->in, client, room, &t->sent));
}

/* What a side is waited for: it reads into one lane and takes from another. */
static uint32_t
events_of(const struct mock_lane *from, bool has_more)
{
	uint32_t events = 0;

	if (!from->ended && from->len < MOCK_LANE_BYTES)
		events |= EPOLLIN;
	return has_more ? events | EPOLLOUT : events;
}

enum mock_tunnel_state
mock_tunnel_pump(struct mock_tunnel *t, struct mock_stream *client)
{
	enum step step = MOVED;

	for (int i = 0; step == MOVED; i++) {
		if (i >= ROUNDS && !client->ops->pending(client))
			break;
		step = pump_once(t, client);
		if (t->max > 0 && t->sent == t->max)
			return MOCK_TUNNEL_FULL;
	}
	if (step == FAILED)
		return MOCK_TUNNEL_LOST;
	if (t->in.closed && t->out.closed)
		return MOCK_TUNNEL_DONE;
	t->client_want = events_of(&t->out, t->in.len > 0);
	mock_watch_set(t->loop, &t->watch,
	    events_of(&t->in, t->out.len > 0 || !is_begun(t)));
	return MOCK_TUNNEL_OPEN;
}
