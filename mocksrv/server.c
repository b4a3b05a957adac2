#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "mocksrv/journal.h"
#include "mocksrv/server.h"
#include "mocksrv/tls.h"
#include "sc/clock.h"
#include "sc/file.h"
#include "sc/log.h"
#include "sc/mem.h"

/* Descriptors that are not connections. */
#define SPARE_FDS ((rlim_t)32)

struct listener {
	struct mock_watch watch;
	struct server *srv;
	SSL_CTX *ctx;
	uint16_t port;
};

struct server {
	struct mock_server shared; /* first: the connections know only this */
	const struct mock_options *opts;
	struct mock_source source;
	struct listener plain, tls;
	struct mock_watch wake, eof;
	size_t max_open;
	bool stop;
	struct sc_err reload_err;
};

/*
 * A signal sets its flag and writes to the eventfd, which ends epoll_wait().
 * The flags are also looked at before each request is answered: a handler has
 * run before recv() hands over bytes that were sent after the signal.
 */
static volatile sig_atomic_t hup, term;
static int wake_fd = -1;

static void
on_signal(int sig)
{
	const uint64_t one = 1;
	int saved = errno;

	if (sig == SIGHUP)
		hup = 1;
	else
		term = 1;
	(void)!write(wake_fd, &one, sizeof(one));
	errno = saved;
}

static int
catch_signals(struct sc_err *e)
{
	struct sigaction sa = { .sa_handler = on_signal,
		.sa_flags = SA_RESTART };

	(void)sigemptyset(&sa.sa_mask);
	wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (wake_fd == -1 || sigaction(SIGHUP, &sa, NULL) == -1 ||
	    sigaction(SIGTERM, &sa, NULL) == -1 ||
	    sigaction(SIGINT, &sa, NULL) == -1)
		return sc_fail_sys(e, EX_OSERR, "signals");
	return 0;
}

static void
reload(struct server *s)
{
	struct sc_err e = { 0 };
	struct mock_scenario *fresh = mock_scenario_load(&s->source, &e);

	if (fresh == NULL) {
		sc_error("%s; the old scenario stays", e.msg);
		s->reload_err = e;
		return;
	}
	mock_scenario_unref(s->shared.scenario);
	s->shared.scenario = fresh;
	sc_debug("%s loaded again", s->opts->scenario);
}

void
mock_server_signals(struct mock_server *shared)
{
	struct server *s = (struct server *)shared;

	if (term)
		s->stop = true;
	if (hup) {
		hup = 0;
		reload(s);
	}
}

static void
on_wake(struct mock_watch *w, uint32_t events)
{
	uint64_t n;

	(void)events;
	(void)!read(w->fd, &n, sizeof(n));
}

static void
on_stdin(struct mock_watch *w, uint32_t events)
{
	struct server *s =
	    (struct server *)(void *)((char *)w - offsetof(struct server, eof));
	char buf[4096];
	ssize_t n = read(w->fd, buf, sizeof(buf));

	(void)events;
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		s->stop = true;
}

static void
listen_events(struct server *s, uint32_t events)
{
	mock_watch_set(&s->shared.loop, &s->plain.watch, events);
	if (s->tls.ctx != NULL)
		mock_watch_set(&s->shared.loop, &s->tls.watch, events);
}

void
mock_server_closed(struct mock_server *shared)
{
	struct server *s = (struct server *)shared;

	if (shared->open + 1 == s->max_open)
		listen_events(s, EPOLLIN);
}

static void
on_connection(struct mock_watch *w, uint32_t events)
{
	struct listener *l = (struct listener *)w;
	struct server *s = l->srv;

	(void)events;
	while (s->shared.open < s->max_open) {
		int fd =
		    accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd == -1)
			return;
		mock_conn_open(&s->shared, fd, l->ctx);
	}
	/* Full: the others wait in the backlog. */
	listen_events(s, 0);
}

static int
listen_on(struct server *s, struct listener *l, uint16_t port, struct sc_err *e)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *sa = (struct sockaddr *)(void *)&sin;
	socklen_t len = sizeof(sin);
	const int one = 1;
	int fd;

	l->srv = s;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	l->watch = (struct mock_watch){ .fd = fd, .ready = on_connection };
	if (fd == -1)
		return sc_fail_sys(e, EX_OSERR, "socket");
	/* Accepted sockets inherit TCP_NODELAY. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, sa, len) == -1 || listen(fd, 1024) == -1 ||
	    getsockname(fd, sa, &len) == -1)
		return sc_fail_sys(
		    e, EX_UNAVAILABLE, "port %u on 127.0.0.1", port);
	l->port = ntohs(sin.sin_port);
	if (mock_watch_add(&s->shared.loop, &l->watch, EPOLLIN) == -1)
		return sc_fail_sys(e, EX_OSERR, "epoll");
	return 0;
}

static int
watch_stdin(struct server *s, struct sc_err *e)
{
	s->eof = (struct mock_watch){ .fd = STDIN_FILENO, .ready = on_stdin };
	if (mock_watch_add(&s->shared.loop, &s->eof, EPOLLIN) == 0)
		return 0;
	return sc_fail(e, EX_USAGE,
	    "--until-eof needs a pipe, a socket or a terminal on stdin");
}

static int
announce(const struct server *s, struct sc_err *e)
{
	struct sc_buf b;
	int rc = 0;

	sc_buf_init(&b, 256);
	(void)sc_buf_addf(&b, "port=%u\n", s->plain.port);
	if (s->tls.ctx != NULL)
		(void)sc_buf_addf(&b, "tls_port=%u\n", s->tls.port);
	(void)sc_buf_addf(&b, "seed=%llu\n", (unsigned long long)s->opts->seed);
	if (sc_write_all(s->opts->ready_fd, b.p, b.len) == -1)
		rc = sc_fail_sys(e, EX_IOERR, "announcing the port");
	sc_buf_fini(&b);
	/* Whoever reads the lines from a pipe of its own sees them end. */
	if (s->opts->ready_fd > STDERR_FILENO)
		(void)close(s->opts->ready_fd);
	return rc;
}

static int
start(struct server *s, struct sc_err *e)
{
	const struct mock_options *o = s->opts;
	struct mock_server *shared = &s->shared;
	struct rlimit lim;

	s->source = (struct mock_source){ .path = o->scenario,
		.seed = o->seed,
		.now_ms = sc_clock_ms(),
		.unmarked = o->quiet_headers };
	if ((shared->scenario = mock_scenario_load(&s->source, e)) == NULL)
		return -1;
	if (o->journal != NULL &&
	    (shared->journal = mock_journal_open(o->journal, e)) == -1)
		return -1;
	if (mock_loop_init(&shared->loop, e) == -1 || catch_signals(e) == -1)
		return -1;
	s->wake = (struct mock_watch){ .fd = wake_fd, .ready = on_wake };
	if (mock_watch_add(&shared->loop, &s->wake, EPOLLIN) == -1)
		return sc_fail_sys(e, EX_OSERR, "epoll");
	(void)getrlimit(RLIMIT_NOFILE, &lim);
	s->max_open = lim.rlim_cur > 2 * SPARE_FDS
	    ? (size_t)lim.rlim_cur - SPARE_FDS
	    : SPARE_FDS;
	if (o->tls_dir != NULL &&
	    (s->tls.ctx = mock_tls_open(o->tls_dir, e)) == NULL)
		return -1;
	if (listen_on(s, &s->plain, o->port, e) == -1 ||
	    (s->tls.ctx != NULL && listen_on(s, &s->tls, 0, e) == -1))
		return -1;
	if (o->until_eof && watch_stdin(s, e) == -1)
		return -1;
	return announce(s, e);
}

static void
stop(struct server *s)
{
	mock_conn_close_all(&s->shared);
	if (s->plain.watch.fd != -1)
		(void)close(s->plain.watch.fd);
	if (s->tls.watch.fd != -1)
		(void)close(s->tls.watch.fd);
	SSL_CTX_free(s->tls.ctx);
	mock_scenario_unref(s->shared.scenario);
	mock_loop_fini(&s->shared.loop);
	if (s->shared.journal != -1)
		(void)close(s->shared.journal);
	if (wake_fd != -1)
		(void)close(wake_fd);
	wake_fd = -1;
}

static int
verdict(const struct server *s, struct sc_err *e)
{
	if (s->reload_err.code != 0) {
		*e = s->reload_err;
		return -1;
	}
	if (s->opts->strict && s->shared.unmatched > 0)
		return sc_fail(e, EX_DATAERR,
		    "%llu of %llu requests matched no rule",
		    (unsigned long long)s->shared.unmatched,
		    (unsigned long long)s->shared.nrequests);
	return 0;
}

int
mock_server_run(const struct mock_options *o, struct sc_err *e)
{
	struct server *s = sc_xcalloc(1, sizeof(*s));
	int rc;

	s->opts = o;
	s->shared.journal = s->shared.loop.epfd = -1;
	s->plain.watch.fd = s->tls.watch.fd = -1;
	LIST_INIT(&s->shared.conns);
	rc = start(s, e);
	while (rc == 0 && !s->stop) {
		rc = mock_loop_round(&s->shared.loop, e);
		mock_server_signals(&s->shared);
	}
	if (rc == 0)
		rc = verdict(s, e);
	stop(s);
	free(s);
	return rc;
}
