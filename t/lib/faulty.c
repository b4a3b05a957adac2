/*
 * LD_PRELOAD library: makes chosen system calls of one program fail.
 *
 *	FAULTY=CALL:KIND:N[+][:PATH]
 *	FAULTY_LOG=FILE	      "SEEN INJECTED": how many calls fitted, how many
 *			      of them were disturbed
 *
 * CALL: read, write, pread, pwrite, send, recv, fsync, fdatasync, ftruncate,
 * rename.  KIND: enospc, eio, eintr, short (half of the bytes, at least one,
 * are really transferred), torn (the same, then SIGKILL), or count, which
 * disturbs nothing.  N: the number of the call, counted from 1; with + all
 * from that one on, of which eintr takes every second one, because a caller
 * that tries again must succeed.  PATH: only files whose name holds this text.
 * Children of the program are left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { NONE, SHORT, TORN, FAIL };

static struct {
	char call[16];
	enum kind kind;
	int err;
	unsigned nth;
	bool onward;
	char path[256];
	const char *log;
	unsigned seen;
	unsigned injected;
} fault;

/* The parts of a description, separated by colons. */
static const char *
part(const char *text, char *out, size_t size)
{
	size_t n = strcspn(text, ":");

	(void)snprintf(out, size, "%.*s", (int)n, text);
	return text[n] == ':' ? text + n + 1 : text + n;
}

static void
parse(const char *text)
{
	char kind[16], nth[16], *end;

	text = part(text, fault.call, sizeof(fault.call));
	text = part(text, kind, sizeof(kind));
	text = part(text, nth, sizeof(nth));
	(void)part(text, fault.path, sizeof(fault.path));
	fault.nth = (unsigned)strtoul(nth, &end, 10);
	fault.onward = *end == '+';
	fault.kind = FAIL;
	if (strcmp(kind, "enospc") == 0)
		fault.err = ENOSPC;
	else if (strcmp(kind, "eio") == 0)
		fault.err = EIO;
	else if (strcmp(kind, "eintr") == 0)
		fault.err = EINTR;
	else if (strcmp(kind, "torn") == 0)
		fault.kind = TORN;
	else
		fault.kind = strcmp(kind, "short") == 0 ? SHORT : NONE;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *text = getenv("FAULTY");

	if (text != NULL)
		parse(text);
	fault.log = getenv("FAULTY_LOG");
	(void)unsetenv("LD_PRELOAD");
}

/* Before each call returns, because no end of a process is certain. */
static void
record(void)
{
	char text[32];
	int n, fd;

	if (fault.log == NULL)
		return;
	fd = open(fault.log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	n = snprintf(text, sizeof(text), "%u %u\n", fault.seen, fault.injected);
	(void)syscall(SYS_write, fd, text, (size_t)n);
	(void)close(fd);
}

static bool
is_meant(const char *call, int fd, const char *path)
{
	char link[64], target[4096];
	ssize_t n;

	if (strcmp(call, fault.call) != 0)
		return false;
	if (fault.path[0] == '\0')
		return true;
	if (path != NULL)
		return strstr(path, fault.path) != NULL;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if ((n = readlink(link, target, sizeof(target) - 1)) == -1)
		return false;
	target[n] = '\0';
	return strstr(target, fault.path) != NULL;
}

/* What happens to this call: FAIL has set errno. */
static enum kind
judge(const char *call, int fd, const char *path)
{
	enum kind kind = NONE;
	int saved = errno;

	if (!is_meant(call, fd, path)) {
		errno = saved;
		return NONE;
	}
	fault.seen++;
	if (fault.seen == fault.nth ||
	    (fault.onward && fault.seen > fault.nth &&
		(fault.err != EINTR || (fault.seen - fault.nth) % 2 == 0)))
		kind = fault.kind;
	fault.injected += kind != NONE;
	record();
	errno = kind == FAIL ? fault.err : saved;
	return kind;
}

static size_t
half(enum kind kind, size_t n)
{
	return (kind == SHORT || kind == TORN) && n > 1 ? n / 2 : n;
}

/* What a write that was allowed has moved. */
static ssize_t
done(enum kind kind, ssize_t n)
{
	if (kind == TORN)
		(void)raise(SIGKILL);
	return n;
}

ssize_t
read(int fd, void *p, size_t n)
{
	enum kind kind = judge("read", fd, NULL);

	return kind == FAIL ? -1 : syscall(SYS_read, fd, p, half(kind, n));
}

ssize_t
write(int fd, const void *p, size_t n)
{
	enum kind kind = judge("write", fd, NULL);

	if (kind == FAIL)
		return -1;
	return done(kind, syscall(SYS_write, fd, p, half(kind, n)));
}

ssize_t
recv(int fd, void *p, size_t n, int flags)
{
	enum kind kind = judge("recv", fd, NULL);

	return kind == FAIL
	    ? -1
	    : syscall(SYS_recvfrom, fd, p, half(kind, n), flags, NULL, NULL);
}

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	enum kind kind = judge("send", fd, NULL);

	return kind == FAIL
	    ? -1
	    : syscall(SYS_sendto, fd, p, half(kind, n), flags, NULL, 0);
}

ssize_t
pread64(int fd, void *p, size_t n, off64_t at)
{
	enum kind kind = judge("pread", fd, NULL);

	return kind == FAIL ? -1
			    : syscall(SYS_pread64, fd, p, half(kind, n), at);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	enum kind kind = judge("pwrite", fd, NULL);

	if (kind == FAIL)
		return -1;
	return done(kind, syscall(SYS_pwrite64, fd, p, half(kind, n), at));
}

ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
	return pread64(fd, p, n, at);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite64(fd, p, n, at);
}

int
fsync(int fd)
{
	return judge("fsync", fd, NULL) == FAIL ? -1
						: (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return judge("fdatasync", fd, NULL) == FAIL
	    ? -1
	    : (int)syscall(SYS_fdatasync, fd);
}

int
ftruncate64(int fd, off64_t size)
{
	return judge("ftruncate", fd, NULL) == FAIL
	    ? -1
	    : (int)syscall(SYS_ftruncate, fd, size);
}

int
ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

int
rename(const char *from, const char *to)
{
	return judge("rename", -1, to) == FAIL
	    ? -1
	    : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
