#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/keymark.h"
#include "sc/lock.h"
#include "sc/log.h"
#include "sc/mem.h"

#include "pipeline.h"

#define REPORT_FD  3
#define LOCK_FD    4
#define FIRST_FREE 10 /* own descriptors stay clear of the stages' numbers */
#define GRACE_MS   30000
#define LINES_MAX  ((size_t)64 << 10)

static const char *const names[NSTAGES] = {
	[FETCH] = "sc-fetch",
	[NORMALIZE] = "sc-normalize",
	[SHIP] = "sc-ship",
};

const char *
stage_name(enum stage s)
{
	return names[s];
}

/* Deadlines guard against a hung stage: they are real time on any clock. */
static int64_t
real_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

/* Moves a descriptor out of the range that the stages use. */
static int
lift(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);

	(void)close(fd);
	return high;
}

static int
make_pipe(int p[2], struct sc_err *e)
{
	if (pipe2(p, O_CLOEXEC) == -1)
		return sc_fail_sys(e, EX_OSERR, "pipe");
	p[0] = lift(p[0]);
	p[1] = lift(p[1]);
	if (p[0] == -1 || p[1] == -1)
		return sc_fail_sys(e, EX_OSERR, "pipe");
	return 0;
}

/* The environment with the two numbers that tell a stage its descriptors. */
static char **
stage_env(void)
{
	static char report[] = "SC_REPORT=3", lock[] = "SC_LOCK_FD=4";
	size_t n = 0;
	char **env;

	while (environ[n] != NULL)
		n++;
	env = sc_xcalloc(n + 3, sizeof(*env));
	env[0] = report;
	env[1] = lock;
	memcpy(env + 2, environ, n * sizeof(*env));
	return env;
}

/* What the stages share while they are being started. */
struct launch {
	const struct sc_prog *prog;
	const char *target;
	int lock;
	int report;
	pid_t group;
	char **env;
};

static void
set_attributes(posix_spawnattr_t *attr, pid_t group)
{
	sigset_t none, defaults;

	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGTERM);
	(void)sigaddset(&defaults, SIGINT);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)posix_spawnattr_setflags(attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
		POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawnattr_setpgroup(attr, group);
	(void)posix_spawnattr_setsigmask(attr, &none);
	(void)posix_spawnattr_setsigdefault(attr, &defaults);
}

/* posix_spawn() wants its strings writable: these are copies. */
static char **
stage_args(const struct launch *l, enum stage s)
{
	char **argv = sc_xcalloc(8, sizeof(*argv));
	size_t n = 0;

	argv[n++] = sc_xstrdup(names[s]);
	argv[n++] = sc_xasprintf("-C%s", l->prog->confdir);
	argv[n++] = sc_xasprintf("-S%s", l->prog->statedir);
	if (l->prog->verbose > 0)
		argv[n++] = sc_xstrdup("-v");
	if (s == FETCH)
		argv[n++] = sc_xstrdup(l->target);
	return argv;
}

static void
free_args(char **argv)
{
	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	free(argv);
}

static int
spawn_stage(const struct launch *l, enum stage s, int in, int out, pid_t *pid,
    struct sc_err *e)
{
	char *path = sc_prog_sibling(names[s]);
	char **argv = stage_args(l, s);
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	int rc;

	(void)posix_spawn_file_actions_init(&fa);
	(void)posix_spawn_file_actions_adddup2(&fa, in, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
	(void)posix_spawn_file_actions_adddup2(&fa, l->report, REPORT_FD);
	(void)posix_spawn_file_actions_adddup2(&fa, l->lock, LOCK_FD);
	(void)posix_spawnattr_init(&attr);
	set_attributes(&attr, l->group);
	rc = posix_spawnp(pid, path, &fa, &attr, argv, l->env);
	(void)posix_spawn_file_actions_destroy(&fa);
	(void)posix_spawnattr_destroy(&attr);
	if (rc != 0) {
		errno = rc;
		(void)sc_fail_sys(e, EX_OSERR, "start %s", path);
	}
	free_args(argv);
	free(path);
	return rc == 0 ? 0 : -1;
}

/* The chain: null -> fetch -> normalize -> ship -> null. */
static int
spawn_all(struct pipeline *p, struct launch *l, struct sc_err *e)
{
	int null = lift(open("/dev/null", O_RDWR | O_CLOEXEC));
	int in = null, next[2] = { -1, -1 }, rc = -1;

	if (null == -1)
		return sc_fail_sys(e, EX_OSERR, "open /dev/null");
	for (int s = FETCH; s < NSTAGES; s++) {
		if (s != SHIP && make_pipe(next, e) == -1)
			goto out;
		if (spawn_stage(l, (enum stage)s, in,
			s == SHIP ? null : next[1], &p->pids[s], e) == -1)
			goto out;
		if (l->group == 0)
			l->group = p->pids[s];
		p->pidfds[s] = pidfd_open(p->pids[s], 0);
		if (p->pidfds[s] == -1) {
			(void)sc_fail_sys(e, EX_OSERR, "watch %s", names[s]);
			goto out;
		}
		close_fd(&next[1]);
		if (in != null)
			close_fd(&in);
		in = next[0];
		next[0] = -1;
	}
	rc = 0;
out:
	if (in != null)
		close_fd(&in);
	close_fd(&next[0]);
	close_fd(&next[1]);
	close_fd(&null);
	return rc;
}

static void
reap(struct pipeline *p, int s, int flags)
{
	int status;

	if (p->pids[s] <= 0 || waitpid(p->pids[s], &status, flags) <= 0)
		return;
	p->exits[s] =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	p->pids[s] = 0;
	close_fd(&p->pidfds[s]);
}

/* A chain that did not come up whole is taken down again. */
static void
abandon(struct pipeline *p)
{
	for (int s = FETCH; s < NSTAGES; s++) {
		if (p->pids[s] > 0)
			(void)kill(p->pids[s], SIGKILL);
		reap(p, s, 0);
	}
}

/* Under the lock, and before anybody reads a secret. */
static void
mark_keys(const struct sc_prog *prog, const char *name)
{
	struct sc_err e = { 0 };
	struct sc_integration *in =
	    sc_integration_load(prog->confdir, name, &e);

	if (in != NULL)
		sc_keymark_write(prog->statedir, in);
	sc_integration_free(in);
}

int
pipeline_start(struct pipeline *p, const struct sc_prog *prog,
    const char *target, bool wait, int64_t limit_ms, struct sc_err *e)
{
	struct launch l = { .prog = prog, .target = target };
	char name[160];
	int ends[2] = { -1, -1 }, rc = -1;

	*p = (struct pipeline){ .pidfds = { -1, -1, -1 }, .report = -1 };
	sc_buf_init(&p->lines, LINES_MAX);
	(void)strlcpy(p->target, target, sizeof(p->target));
	(void)strlcpy(name, target, sizeof(name));
	name[strcspn(name, ".")] = '\0';
	l.lock = sc_lock_take(prog->statedir, name, wait, e);
	if (l.lock == -1)
		return -1;
	mark_keys(prog, name);
	if ((l.lock = lift(l.lock)) == -1 || make_pipe(ends, e) == -1)
		goto out;
	l.report = ends[1];
	l.env = stage_env();
	p->started_ms = sc_clock_ms();
	p->deadline_ms = real_ms() + limit_ms;
	if (spawn_all(p, &l, e) == -1) {
		abandon(p);
		goto out;
	}
	p->report = ends[0];
	ends[0] = -1;
	rc = 0;
out:
	free(l.env);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
	close_fd(&l.lock);
	return rc;
}

/* Takes what is in the outcome pipe; sets report to -1 at its end. */
static void
drain(struct pipeline *p)
{
	char *to = sc_buf_room(&p->lines, 4096);
	ssize_t n = to != NULL ? read(p->report, to, 4096) : 0;

	if (n > 0)
		p->lines.len += (size_t)n;
	else if (n == 0 || errno != EINTR)
		close_fd(&p->report);
}

static bool
ended(const struct pipeline *p)
{
	for (int s = FETCH; s < NSTAGES; s++) {
		if (p->pids[s] > 0)
			return false;
	}
	return true;
}

static void
signal_stage(const struct pipeline *p, enum stage s, int sig)
{
	if (p->pids[s] > 0)
		(void)kill(p->pids[s], sig);
}

/* TERM at the deadline or when we are asked to stop, KILL after a grace. */
static void
enforce(struct pipeline *p)
{
	int64_t now = real_ms();

	if (p->signals == 0 && (sc_stopping() || now >= p->deadline_ms)) {
		if (!sc_stopping())
			sc_warn(
			    "%s takes too long and is asked to end", p->target);
		signal_stage(p, FETCH, SIGTERM);
		p->deadline_ms = now + GRACE_MS;
		p->signals = 1;
	} else if (p->signals == 1 && now >= p->deadline_ms) {
		sc_warn("%s did not end and is killed", p->target);
		for (int s = FETCH; s < NSTAGES; s++)
			signal_stage(p, (enum stage)s, SIGKILL);
		p->signals = 2;
	}
}

/* Poll set of one pipeline: its stages, then its outcome pipe. */
static void
watch(const struct pipeline *p, struct pollfd fds[NSTAGES + 1])
{
	for (int s = FETCH; s < NSTAGES; s++)
		fds[s] =
		    (struct pollfd){ .fd = p->pidfds[s], .events = POLLIN };
	fds[NSTAGES] = (struct pollfd){ .fd = p->report, .events = POLLIN };
}

static void
attend(struct pipeline *p, const struct pollfd fds[NSTAGES + 1])
{
	if (fds[NSTAGES].revents != 0)
		drain(p);
	for (int s = FETCH; s < NSTAGES; s++) {
		if (fds[s].revents != 0)
			reap(p, s, WNOHANG);
	}
	/* A child that kept the pipe open must not keep us waiting. */
	if (ended(p) && p->report != -1) {
		(void)fcntl(p->report, F_SETFL, O_NONBLOCK);
		while (p->report != -1)
			drain(p);
	}
}

/* Index of a pipeline that has ended, n if there is none. */
static size_t
find_ended(struct pipeline **all, size_t n)
{
	size_t i = 0;

	while (i < n && !ended(all[i]))
		i++;
	return i;
}

size_t
pipeline_wait(struct pipeline **all, size_t n)
{
	struct pollfd *fds = sc_xcalloc(n * (NSTAGES + 1), sizeof(*fds));
	size_t done;

	while ((done = find_ended(all, n)) == n) {
		for (size_t i = 0; i < n; i++) {
			enforce(all[i]);
			watch(all[i], fds + i * (NSTAGES + 1));
		}
		/* The second's time-out is for deadlines and late signals. */
		if (poll(fds, n * (NSTAGES + 1), 1000) <= 0)
			continue;
		for (size_t i = 0; i < n; i++)
			attend(all[i], fds + i * (NSTAGES + 1));
	}
	free(fds);
	return done;
}

void
pipeline_fini(struct pipeline *p)
{
	close_fd(&p->report);
	for (int s = FETCH; s < NSTAGES; s++)
		close_fd(&p->pidfds[s]);
	sc_buf_fini(&p->lines);
}
