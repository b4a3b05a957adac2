#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "mocksrv/command.h"
#include "mocksrv/control.h"
#include "mocksrv/server.h"
#include "sc/clock.h"
#include "sc/file.h"
#include "sc/log.h"
#include "sc/mem.h"

/* Descriptors that are not connections. */
#define SPARE_FDS ((rlim_t)32)
/* So many connections at once are worth tidying up behind. */
#define MANY 8

struct server {
	struct mock_server shared; /* first: the connections know only this */
	const struct mock_options *opts;
	struct mock_source source;
	char *path; /* of a scenario that came later; NULL: the first */
	struct mock_control control;
	struct mock_watch wake, eof;
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

/* Everything that the new scenario needs is there before the old one goes. */
static int
load(struct server *s, const struct mock_source *src, struct sc_err *e)
{
	struct mock_server *shared = &s->shared;
	struct mock_scenario *fresh = mock_scenario_load(src, e);
	struct mock_scenario *old = shared->scenario;
	struct sc_err ignored = { 0 };

	if (fresh == NULL)
		return -1;
	shared->scenario = fresh;
	if (mock_listeners_set(shared, mock_scenario_listens(fresh), e) == 0) {
		mock_scenario_unref(old);
		return 0;
	}
	shared->scenario = old;
	if (old != NULL)
		(void)mock_listeners_set(
		    shared, mock_scenario_listens(old), &ignored);
	mock_scenario_unref(fresh);
	return -1;
}

int
mock_server_load(struct mock_server *shared, const char *path, struct sc_err *e)
{
	struct server *s = (struct server *)shared;
	struct mock_source src = s->source;

	if (path != NULL)
		src.path = path;
	if (load(s, &src, e) == -1)
		return -1;
	if (path != NULL) {
		free(s->path);
		s->source.path = s->path = sc_xstrdup(path);
	}
	return 0;
}

const char *
mock_server_scenario(const struct mock_server *shared)
{
	return ((const struct server *)shared)->source.path;
}

static void
reload(struct server *s)
{
	struct sc_err e = { 0 };

	if (mock_server_load(&s->shared, NULL, &e) == 0) {
		sc_debug("%s loaded again", s->source.path);
		return;
	}
	sc_error("%s; the old scenario stays", e.msg);
	s->reload_err = e;
}

static int
on_command(void *arg, const char *command, struct sc_buf *out, struct sc_err *e)
{
	return mock_command_run(arg, command, out, e);
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

void
mock_server_closed(struct mock_server *shared)
{
	if (shared->listeners.paused)
		mock_listeners_pause(shared, false);
	if (shared->open > 0 || shared->peak < MANY)
		return;
	/* The pieces that a crowd has left all over the heap. */
	shared->peak = 0;
	(void)malloc_trim(0);
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
	mock_listeners_announce(&s->shared, &b);
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
	if (mock_journal_open(
		&shared->journal, o->journal, o->control != NULL, e) == -1)
		return -1;
	if (mock_loop_init(&shared->loop, e) == -1 || catch_signals(e) == -1)
		return -1;
	s->wake = (struct mock_watch){ .fd = wake_fd, .ready = on_wake };
	if (mock_watch_add(&shared->loop, &s->wake, EPOLLIN) == -1)
		return sc_fail_sys(e, EX_OSERR, "epoll");
	(void)getrlimit(RLIMIT_NOFILE, &lim);
	shared->max_open = lim.rlim_cur > 2 * SPARE_FDS
	    ? (size_t)lim.rlim_cur - SPARE_FDS
	    : SPARE_FDS;
	shared->listeners.port = o->port;
	shared->listeners.tls_dir = o->tls_dir;
	if (load(s, &s->source, e) == -1)
		return -1;
	s->control.run = on_command;
	s->control.arg = shared;
	if (o->control != NULL &&
	    mock_control_open(&s->control, &shared->loop, o->control, e) == -1)
		return -1;
	if (o->until_eof && watch_stdin(s, e) == -1)
		return -1;
	return announce(s, e);
}

static void
stop(struct server *s)
{
	mock_conn_close_all(&s->shared);
	mock_control_close(&s->control);
	mock_listeners_close(&s->shared);
	mock_scenario_unref(s->shared.scenario);
	mock_loop_fini(&s->shared.loop);
	mock_journal_close(&s->shared.journal);
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
	s->control.watch.fd = s->shared.journal.fd = s->shared.loop.epfd = -1;
	LIST_INIT(&s->shared.conns);
	STAILQ_INIT(&s->shared.listeners.list);
	rc = start(s, e);
	while (rc == 0 && !s->stop) {
		rc = mock_loop_round(&s->shared.loop, e);
		mock_server_signals(&s->shared);
	}
	if (rc == 0)
		rc = verdict(s, e);
	stop(s);
	free(s->path);
	free(s);
	return rc;
}
