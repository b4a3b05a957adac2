#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "mocksrv/control.h"
#include "sc/file.h"
#include "sc/mem.h"

#define COMMAND_MAX ((size_t)8 * 1024)
/* A peer that sends or reads slowly does not hold up the server for longer. */
#define PATIENCE_MS 2000

static int
set_address(struct sockaddr_un *sun, const char *path, struct sc_err *e)
{
	*sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlcpy(sun->sun_path, path, sizeof(sun->sun_path)) <
	    sizeof(sun->sun_path))
		return 0;
	return sc_fail(e, EX_USAGE, "%s: too long for a socket, at most %zu",
	    path, sizeof(sun->sun_path) - 1);
}

static int
connect_to(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Up to the end of the stream. */
static int
read_all(int fd, struct sc_buf *b)
{
	char piece[4096];

	for (;;) {
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		if (sc_buf_add(b, piece, (size_t)n) == -1)
			return -1;
	}
}

static int64_t
real_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits for the peer; -1 when its time is up. */
static int
await(int fd, short events, int64_t until_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left = until_ms - real_ms();
	int n;

	if (left <= 0)
		return -1;
	n = poll(&p, 1, (int)left);
	return n > 0 || (n == -1 && errno == EINTR) ? 0 : -1;
}

static bool
may_go_on(ssize_t n)
{
	return n == -1 && (errno == EAGAIN || errno == EINTR);
}

/* Up to the end of the first line. */
static int
read_command(int fd, struct sc_buf *b)
{
	const int64_t until_ms = real_ms() + PATIENCE_MS;
	char piece[4096];

	while (await(fd, POLLIN, until_ms) == 0) {
		ssize_t n = read(fd, piece, sizeof(piece));

		if (may_go_on(n))
			continue;
		if (n <= 0 || sc_buf_add(b, piece, (size_t)n) == -1)
			return -1;
		if (b->p[b->len - 1] == '\n')
			return 0;
	}
	return -1;
}

/* Who asks and does not read has no use for the answer. */
static void
send_answer(int fd, struct sc_slice answer)
{
	const int64_t until_ms = real_ms() + PATIENCE_MS;

	while (answer.n > 0 && await(fd, POLLOUT, until_ms) == 0) {
		ssize_t n = write(fd, answer.p, answer.n);

		if (may_go_on(n))
			continue;
		if (n <= 0)
			return;
		answer.p += n;
		answer.n -= (size_t)n;
	}
}

static void
serve(struct mock_control *c, int fd)
{
	struct sc_buf command, out, answer;
	struct sc_err e = { 0 };

	sc_buf_init(&command, COMMAND_MAX);
	sc_buf_init(&out, MOCK_CONTROL_MAX);
	sc_buf_init(&answer, MOCK_CONTROL_MAX);
	if (read_command(fd, &command) == 0) {
		command.p[command.len - 1] = '\0';
		if (c->run(c->arg, command.p, &out, &e) == 0)
			(void)sc_buf_adds(&answer, "ok\n");
		else
			(void)sc_buf_addf(
			    &answer, "error %d: %s\n", e.code, e.msg);
		(void)sc_buf_add(&answer, out.p, out.len);
		send_answer(fd, (struct sc_slice){ answer.p, answer.len });
	}
	sc_buf_fini(&answer);
	sc_buf_fini(&out);
	sc_buf_fini(&command);
}

static void
on_call(struct mock_watch *w, uint32_t events)
{
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd == -1)
		return;
	serve((struct mock_control *)w, fd);
	(void)close(fd);
}

static int
bind_private(int fd, const struct sockaddr_un *sun)
{
	mode_t old = umask(0077);
	int rc = bind(fd, (const struct sockaddr *)sun, sizeof(*sun));
	int saved = errno;

	(void)umask(old);
	errno = saved;
	return rc;
}

/* -1 when a server answers there. */
static int
make_room(const struct sockaddr_un *sun, struct sc_err *e)
{
	struct stat st;
	int fd;

	if (lstat(sun->sun_path, &st) == -1)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return sc_fail(e, EX_CANTCREAT, "%s is there and is no socket",
		    sun->sun_path);
	if ((fd = connect_to(sun)) != -1) {
		(void)close(fd);
		return sc_fail(e, EX_UNAVAILABLE,
		    "%s: another sc-mock listens there", sun->sun_path);
	}
	(void)unlink(sun->sun_path);
	return 0;
}

int
mock_control_open(struct mock_control *c, struct mock_loop *loop,
    const char *path, struct sc_err *e)
{
	struct sockaddr_un sun;
	int fd;

	c->watch.fd = -1;
	if (set_address(&sun, path, e) == -1 || make_room(&sun, e) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return sc_fail_sys(e, EX_OSERR, "socket");
	c->watch = (struct mock_watch){ .fd = fd, .ready = on_call };
	if (bind_private(fd, &sun) == -1)
		return sc_fail_sys(e, EX_CANTCREAT, "control socket %s", path);
	c->path = path;
	if (listen(fd, 16) == -1 ||
	    mock_watch_add(loop, &c->watch, EPOLLIN) == -1)
		return sc_fail_sys(e, EX_OSERR, "control socket %s", path);
	return 0;
}

void
mock_control_close(struct mock_control *c)
{
	if (c->watch.fd != -1)
		(void)close(c->watch.fd);
	if (c->path != NULL)
		(void)unlink(c->path);
	c->path = NULL;
	c->watch.fd = -1;
}

/* "ok\n..." or "error 78: text\n" */
static int
read_answer(struct sc_buf *b, struct sc_err *e)
{
	const char *text = sc_buf_str(b);
	char *end;
	long code;

	if (strncmp(text, "ok\n", 3) == 0) {
		sc_buf_drop(b, 3);
		return 0;
	}
	if (strncmp(text, "error ", 6) != 0)
		return sc_fail(e, EX_UNAVAILABLE, "the server gave no answer");
	code = strtol(text + 6, &end, 10);
	if (*end == ':')
		end += 2;
	return sc_fail(e, (int)code, "%.*s", (int)strcspn(end, "\n"), end);
}

int
mock_control_ask(const char *path, char *const words[], size_t n,
    struct sc_buf *b, struct sc_err *e)
{
	struct sockaddr_un sun;
	int sock, rc = -1;

	if (set_address(&sun, path, e) == -1)
		return -1;
	if ((sock = connect_to(&sun)) == -1)
		return sc_fail_sys(
		    e, EX_UNAVAILABLE, "no sc-mock listens at %s", path);
	sc_buf_reset(b);
	for (size_t i = 0; i < n; i++)
		(void)sc_buf_addf(b, "%s%s", i > 0 ? " " : "", words[i]);
	(void)sc_buf_addc(b, '\n');
	if (sc_write_all(sock, b->p, b->len) == -1) {
		(void)sc_fail_sys(e, EX_UNAVAILABLE, "%s", path);
		goto out;
	}
	sc_buf_reset(b);
	if (read_all(sock, b) == -1)
		(void)sc_fail_sys(e, EX_UNAVAILABLE, "%s", path);
	else
		rc = read_answer(b, e);
out:
	(void)close(sock);
	return rc;
}

int
mock_control_call(
    const char *path, char *const words[], size_t n, int fd, struct sc_err *e)
{
	struct sc_buf b;
	int rc;

	sc_buf_init(&b, MOCK_CONTROL_MAX);
	rc = mock_control_ask(path, words, n, &b, e);
	if (rc == 0 && sc_write_all(fd, b.p, b.len) == -1)
		rc = sc_fail_sys(e, EX_IOERR, "writing the answer");
	sc_buf_fini(&b);
	return rc;
}
