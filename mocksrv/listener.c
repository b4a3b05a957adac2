#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "mocksrv/listener.h"
#include "mocksrv/server.h"
#include "sc/clock.h"
#include "sc/log.h"
#include "sc/mem.h"

#define BACKLOG 1024
/*
 * How often a listener looks whether its time to refuse has come: nobody tells
 * when a clock is moved, and a port without a listener wakes nobody.
 */
#define LOOK_MS 20

static void
on_connection(struct mock_watch *w, uint32_t events)
{
	struct mock_listener *l = (struct mock_listener *)w;
	struct mock_server *srv = l->srv;

	(void)events;
	mock_listeners_refresh(srv);
	while (!l->refusing && srv->open < srv->max_open) {
		int fd =
		    accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd == -1 && errno != EMFILE && errno != ENFILE)
			return;
		if (fd == -1)
			break;
		mock_conn_open(srv, fd, l);
	}
	/*
	 * Full: the others wait in the backlog.  Tunnels take descriptors as
	 * well, which come free with their connections.
	 */
	if (!l->refusing && srv->open > 0)
		mock_listeners_pause(srv, true);
}

void
mock_listeners_pause(struct mock_server *srv, bool pause)
{
	struct mock_listener *l;

	srv->listeners.paused = pause;
	for (l = STAILQ_FIRST(&srv->listeners.list); l != NULL;
	     l = STAILQ_NEXT(l, link)) {
		if (!l->refusing)
			mock_watch_set(
			    &srv->loop, &l->watch, pause ? 0 : EPOLLIN);
	}
}

/* A socket bound to the port, and the port it is bound to; -1 with errno. */
static int
bind_to(uint16_t *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *sa = (struct sockaddr *)(void *)&sin;
	socklen_t len = sizeof(sin);
	const int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	/* Accepted sockets inherit TCP_NODELAY. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, sa, len) == -1 || getsockname(fd, sa, &len) == -1) {
		(void)close(fd);
		return -1;
	}
	*port = ntohs(sin.sin_port);
	return fd;
}

/*
 * A port that the kernel chose is given back when the socket stops listening;
 * one that was asked for by number stays.  So a chosen one is asked for again.
 */
static int
bind_for_good(uint16_t *port)
{
	bool chosen = *port == 0;
	int fd = bind_to(port), again;

	if (fd == -1 || !chosen)
		return fd;
	again = bind_to(port);
	(void)close(fd);
	return again;
}

static struct mock_listener *
find(const struct mock_server *srv, const char *name)
{
	struct mock_listener *l;

	for (l = STAILQ_FIRST(&srv->listeners.list); l != NULL;
	     l = STAILQ_NEXT(l, link)) {
		if (strcmp(l->name, name) == 0)
			return l;
	}
	return NULL;
}

static int
open_one(struct mock_server *srv, const char *name, struct sc_err *e)
{
	struct mock_listener *l = find(srv, name);

	if (l != NULL) {
		l->named = true;
		return 0;
	}
	l = sc_xcalloc(1, sizeof(*l));
	l->srv = srv;
	l->name = sc_xstrdup(name);
	l->named = l->refusing = true;
	l->port = strcmp(name, MOCK_PLAIN) == 0 ? srv->listeners.port : 0;
	l->watch = (struct mock_watch){ .fd = bind_for_good(&l->port),
		.ready = on_connection };
	STAILQ_INSERT_TAIL(&srv->listeners.list, l, link);
	if (l->watch.fd == -1)
		return sc_fail_sys(
		    e, EX_UNAVAILABLE, "port %u on 127.0.0.1", l->port);
	return 0;
}

/* All certificates that some line may ask for, so that none is missing later.
 */
static int
open_tls(struct mock_server *srv, int cert, struct sc_err *e)
{
	struct mock_listeners *all = &srv->listeners;

	if (cert == -1 || all->tls[cert] != NULL)
		return 0;
	if (all->tls_dir == NULL)
		return sc_fail(
		    e, EX_USAGE, "a listener with tls= needs --tls DIR");
	all->tls[cert] = mock_tls_open(all->tls_dir, (enum mock_cert)cert, e);
	return all->tls[cert] != NULL ? 0 : -1;
}

static int
open_named(
    struct mock_server *srv, const struct mock_listens *lines, struct sc_err *e)
{
	const struct mock_listen *n;

	for (n = STAILQ_FIRST(lines); n != NULL; n = STAILQ_NEXT(n, link)) {
		/* One with tls= may also be asked for its good certificate. */
		if ((n->cert != -1 && open_tls(srv, MOCK_CERT_GOOD, e) == -1) ||
		    open_tls(srv, n->cert, e) == -1 ||
		    open_one(srv, n->name, e) == -1)
			return -1;
		if (n->manner == MOCK_REFUSED &&
		    srv->listeners.timer.at_ms == 0)
			mock_timer_set(
			    &srv->loop, &srv->listeners.timer, LOOK_MS);
	}
	return 0;
}

static void
on_look(struct mock_timer *t)
{
	struct mock_listeners *all =
	    (struct mock_listeners *)(void *)((char *)t -
		offsetof(struct mock_listeners, timer));
	struct mock_server *srv = STAILQ_FIRST(&all->list)->srv;

	mock_listeners_refresh(srv);
	mock_timer_set(&srv->loop, t, LOOK_MS);
}

int
mock_listeners_set(
    struct mock_server *srv, const struct mock_listens *lines, struct sc_err *e)
{
	struct mock_listeners *all = &srv->listeners;
	struct mock_listener *l;

	for (l = STAILQ_FIRST(&all->list); l != NULL; l = STAILQ_NEXT(l, link))
		l->named = false;
	all->timer.fire = on_look;
	if (open_one(srv, MOCK_PLAIN, e) == -1)
		return -1;
	if (all->tls_dir != NULL &&
	    (open_tls(srv, MOCK_CERT_GOOD, e) == -1 ||
		open_one(srv, MOCK_TLS, e) == -1))
		return -1;
	if (open_named(srv, lines, e) == -1)
		return -1;
	mock_listeners_refresh(srv);
	return 0;
}

/*
 * A socket that does not listen would wake epoll without end.  Whoever is
 * connected when a service goes away is cut off as well.
 */
static void
set_refusing(struct mock_listener *l, bool refuse)
{
	if (refuse == l->refusing)
		return;
	l->refusing = refuse;
	if (refuse) {
		mock_watch_del(&l->srv->loop, &l->watch);
		(void)shutdown(l->watch.fd, SHUT_RD);
		mock_conn_reset_all(l->srv, l);
	} else if (listen(l->watch.fd, BACKLOG) == -1 ||
	    mock_watch_add(&l->srv->loop, &l->watch, EPOLLIN) == -1) {
		sc_error("port %u: cannot listen", l->port);
	}
}

void
mock_listeners_refresh(struct mock_server *srv)
{
	const struct mock_listens *lines = mock_scenario_listens(srv->scenario);
	int64_t now = sc_clock_ms();
	struct mock_listener *l;

	for (l = STAILQ_FIRST(&srv->listeners.list); l != NULL;
	     l = STAILQ_NEXT(l, link))
		set_refusing(l,
		    !l->named ||
			mock_listens_now(lines, l->name, now).manner ==
			    MOCK_REFUSED);
}

void
mock_listeners_announce(const struct mock_server *srv, struct sc_buf *b)
{
	const struct mock_listener *l;

	for (l = STAILQ_FIRST(&srv->listeners.list); l != NULL;
	     l = STAILQ_NEXT(l, link)) {
		if (strcmp(l->name, MOCK_PLAIN) == 0)
			(void)sc_buf_addf(b, "port=%u\n", l->port);
		else if (strcmp(l->name, MOCK_TLS) == 0)
			(void)sc_buf_addf(b, "tls_port=%u\n", l->port);
		else
			(void)sc_buf_addf(b, "port.%s=%u\n", l->name, l->port);
	}
}

void
mock_listeners_close(struct mock_server *srv)
{
	struct mock_listener *l;

	mock_timer_clear(&srv->loop, &srv->listeners.timer);
	while ((l = STAILQ_FIRST(&srv->listeners.list)) != NULL) {
		STAILQ_REMOVE_HEAD(&srv->listeners.list, link);
		if (l->watch.fd != -1)
			(void)close(l->watch.fd);
		free(l->name);
		free(l);
	}
	for (size_t i = 0; i < MOCK_CERTS; i++)
		SSL_CTX_free(srv->listeners.tls[i]);
}
