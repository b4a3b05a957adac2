#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/file.h"
#include "sc/lock.h"
#include "sc/mem.h"
#include "sc/prog.h"
#include "sc/timefmt.h"

/* The inherited descriptor, if it is open on exactly this file; else -1. */
static int
inherited(const char *path)
{
	const char *env = getenv("SC_LOCK_FD");
	struct stat want, have;
	const char *bad = NULL;
	int fd;

	if (env == NULL)
		return -1;
	fd = (int)strtonum(env, 3, 65535, &bad);
	if (bad != NULL || stat(path, &want) == -1 || fstat(fd, &have) == -1)
		return -1;
	if (want.st_dev != have.st_dev || want.st_ino != have.st_ino)
		return -1;
	/* What a child leaves running must not hold the lock for ever. */
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* Whose lock it is, for messages only. */
static void
sign(int fd)
{
	char text[128], when[SC_TIME_BUF];
	int n = snprintf(text, sizeof(text), "pid %ld since %s\n",
	    (long)getpid(), sc_time_format(sc_clock_ms() * 1000, 0, when));

	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)n, 0);
}

static int
held(int fd, const char *integration, struct sc_err *e)
{
	char who[128];
	ssize_t n = pread(fd, who, sizeof(who) - 1, 0);

	who[n > 0 ? n : 0] = '\0';
	who[strcspn(who, "\n")] = '\0';
	(void)sc_fail(e, EX_TEMPFAIL, "another run of %s is under way (%s)",
	    integration, who);
	return sc_remedy(e, SC_CLASS_LOCKED, "let it finish, or use --wait");
}

static int
take(const char *path, const char *integration, bool wait, struct sc_err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

	if (fd == -1) {
		(void)sc_fail_sys(e, EX_CANTCREAT, "lock %s", path);
		return sc_remedy(e, SC_CLASS_CONFIG,
		    "run as a member of the group that owns the state folder");
	}
	/* Asked again and again, so that a TERM ends the wait. */
	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK && wait && !sc_stopping()) {
			(void)poll(NULL, 0, 200);
			continue;
		}
		if (errno == EWOULDBLOCK)
			(void)held(fd, integration, e);
		else
			(void)sc_fail_sys(e, EX_OSERR, "lock %s", path);
		(void)close(fd);
		return -1;
	}
	sign(fd);
	return fd;
}

int
sc_lock_take(
    const char *statedir, const char *integration, bool wait, struct sc_err *e)
{
	char *dir = sc_xasprintf("%s/lock", statedir);
	char *path = sc_xasprintf("%s/%s", dir, integration);
	int fd = -1;

	if (sc_mkdir_p(dir, 0770, e) == 0 && (fd = inherited(path)) == -1)
		fd = take(path, integration, wait, e);
	free(path);
	free(dir);
	return fd;
}
