#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/command.h"

/* Descriptors that end a wait. */
enum { OUTPUT, EXIT, LIMIT, NFDS };

static int
spawn(const char *command, int out, pid_t *pid)
{
	char sh[] = "/bin/sh", flag[] = "-c", *copy = strdup(command);
	char *argv[] = { sh, flag, copy, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t set;
	int rc;

	(void)posix_spawn_file_actions_init(&fa);
	(void)posix_spawn_file_actions_addopen(
	    &fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(
	    &fa, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	(void)posix_spawnattr_init(&attr);
	/* Its own group, so that all of it can be killed at once. */
	(void)posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
		POSIX_SPAWN_SETSIGMASK);
	(void)sigemptyset(&set);
	(void)posix_spawnattr_setsigmask(&attr, &set);
	(void)sigaddset(&set, SIGPIPE);
	(void)posix_spawnattr_setsigdefault(&attr, &set);
	rc = copy == NULL ? ENOMEM
			  : posix_spawn(pid, sh, &fa, &attr, argv, environ);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&fa);
	free(copy);
	return rc;
}

static int
start_timer(int64_t ms)
{
	const struct itimerspec at = {
		.it_value = { .tv_sec = (time_t)(ms / 1000),
		    .tv_nsec = (long)(ms % 1000) * 1000000 }
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd != -1)
		(void)timerfd_settime(fd, 0, &at, NULL);
	return fd;
}

/* Takes what is there.  1: more may come, 0: end of output, -1: b is full. */
static int
drain(int fd, struct sc_buf *b)
{
	while (fd != -1) {
		char chunk[4096];
		ssize_t n = read(fd, chunk, sizeof(chunk));
		int rc = n > 0 ? sc_buf_add(b, chunk, (size_t)n) : 0;

		explicit_bzero(chunk, sizeof(chunk));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return 1;
		if (n <= 0 || rc == -1)
			return rc;
	}
	return 0;
}

/*
 * Until the command has ended: a child that it leaves behind may keep the
 * pipe open for ever.
 */
static int
collect(struct pollfd fds[NFDS], struct sc_buf *b, struct sc_err *e)
{
	for (;;) {
		int more;

		if (poll(fds, NFDS, -1) == -1) {
			if (errno == EINTR)
				continue;
			return sc_fail_sys(e, EX_OSERR, "poll");
		}
		more = drain(fds[OUTPUT].fd, b);
		if (more == -1)
			return sc_fail(e, EX_CONFIG,
			    "the command writes more than %zu bytes", b->max);
		if (fds[EXIT].revents != 0)
			return 0;
		if (fds[LIMIT].revents != 0)
			return sc_fail(
			    e, EX_CONFIG, "the command took too long");
		if (more == 0)
			fds[OUTPUT].fd = -1; /* poll passes over it */
	}
}

static int
check_status(int status, struct sc_err *e)
{
	if (WIFSIGNALED(status))
		return sc_fail(e, EX_CONFIG,
		    "the command was ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return sc_fail(e, EX_CONFIG, "the command ended with status %d",
		    WEXITSTATUS(status));
	return 0;
}

/* Reaps the command in every case. */
static int
supervise(
    pid_t pid, int out, int64_t limit_ms, struct sc_buf *b, struct sc_err *e)
{
	struct pollfd fds[NFDS] = {
		[OUTPUT] = { .fd = out, .events = POLLIN },
		[EXIT] = { .fd = pidfd_open(pid, 0), .events = POLLIN },
		[LIMIT] = { .fd = start_timer(limit_ms), .events = POLLIN },
	};
	int rc, status = 0;

	if (fds[EXIT].fd == -1 || fds[LIMIT].fd == -1)
		rc = sc_fail_sys(e, EX_OSERR, "watch the command");
	else
		rc = collect(fds, b, e);
	if (rc == -1)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (fds[EXIT].fd != -1)
		(void)close(fds[EXIT].fd);
	if (fds[LIMIT].fd != -1)
		(void)close(fds[LIMIT].fd);
	return rc == -1 ? -1 : check_status(status, e);
}

int
sc_command_read(
    const char *command, int64_t limit_ms, struct sc_buf *b, struct sc_err *e)
{
	pid_t pid;
	int p[2], rc, err;

	if (pipe2(p, O_CLOEXEC) == -1)
		return sc_fail_sys(e, EX_OSERR, "pipe");
	err = spawn(command, p[1], &pid);
	(void)close(p[1]);
	if (err != 0) {
		errno = err;
		rc = sc_fail_sys(e, EX_OSERR, "start /bin/sh");
	} else {
		(void)fcntl(p[0], F_SETFL, O_NONBLOCK);
		rc = supervise(pid, p[0], limit_ms, b, e);
	}
	(void)close(p[0]);
	return rc;
}
