#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/file.h"
#include "sc/mem.h"

int
sc_write_all(int fd, const void *p, size_t n)
{
	const char *from = p;

	while (n > 0) {
		ssize_t w = write(fd, from, n);

		if (w == -1 && errno == EINTR)
			continue;
		if (w == -1)
			return -1;
		from += w;
		n -= (size_t)w;
	}
	return 0;
}

/* The folder that holds path, for syncing and locking it. */
static int
open_folder(const char *path)
{
	char *copy = sc_xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	free(copy);
	return fd;
}

static int
sync_folder(int fd, const char *path, struct sc_err *e)
{
	if (fd == -1 || fsync(fd) == -1)
		return sc_fail_sys(e, EX_IOERR, "sync the folder of %s", path);
	return 0;
}

int
sc_sync_folder(const char *path, struct sc_err *e)
{
	int fd = open_folder(path), rc = sync_folder(fd, path, e);

	if (fd != -1)
		(void)close(fd);
	return rc;
}

/* Fills and syncs the temporary file; it is closed in every case. */
static int
fill(int fd, const char *path, const void *p, size_t n, mode_t mode,
    struct sc_err *e)
{
	int rc = 0;

	if (fchmod(fd, mode) == -1 || sc_write_all(fd, p, n) == -1 ||
	    fsync(fd) == -1)
		rc = sc_fail_sys(e, EX_IOERR, "write %s", path);
	if (close(fd) == -1 && rc == 0)
		rc = sc_fail_sys(e, EX_IOERR, "close %s", path);
	return rc;
}

/* place: how the finished file gets its name, rename(2) or link(2). */
static int
put_file(const char *path, const void *p, size_t n, mode_t mode,
    int (*place)(const char *, const char *), struct sc_err *e)
{
	char *tmp = sc_xasprintf("%s.new", path);
	int folder = open_folder(path), fd, rc = -1;

	/* One at a time, so what has this name is a killed run's. */
	if (folder != -1)
		(void)flock(folder, LOCK_EX);
	(void)unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1) {
		(void)sc_fail_sys(e, EX_CANTCREAT, "create %s", path);
		goto out;
	}
	if (fill(fd, path, p, n, mode, e) == -1)
		goto out;
	if (place(tmp, path) == -1) {
		(void)sc_fail_sys(e, EX_CANTCREAT, "put %s in place", path);
		goto out;
	}
	rc = sync_folder(folder, path, e);
out:
	/* After a rename there is no such name any more. */
	if (fd != -1)
		(void)unlink(tmp);
	if (folder != -1)
		(void)close(folder);
	free(tmp);
	return rc;
}

int
sc_file_replace(
    const char *path, const void *p, size_t n, mode_t mode, struct sc_err *e)
{
	return put_file(path, p, n, mode, rename, e);
}

/* link() fails where the name exists, which rename() would replace. */
int
sc_file_create(
    const char *path, const void *p, size_t n, mode_t mode, struct sc_err *e)
{
	return put_file(path, p, n, mode, link, e);
}

int
sc_file_read(const char *path, struct sc_buf *b, struct sc_err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;
	char chunk[16384];
	ssize_t n;

	if (fd == -1)
		return sc_fail_sys(e, EX_NOINPUT, "open %s", path);
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			(void)sc_fail_sys(e, EX_NOINPUT, "read %s", path);
			goto out;
		}
		if (sc_buf_add(b, chunk, (size_t)n) == -1) {
			(void)sc_fail(e, EX_DATAERR,
			    "%s is larger than %zu bytes", path, b->max);
			goto out;
		}
	}
	rc = 0;
out:
	(void)close(fd);
	return rc;
}

static int
make_folder(const char *path, mode_t mode, struct sc_err *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return sc_fail_sys(e, EX_CANTCREAT, "create folder %s", path);
}

int
sc_mkdir_p(const char *path, mode_t mode, struct sc_err *e)
{
	char *copy = sc_xstrdup(path);
	int rc = 0;

	for (char *p = copy + 1; *p != '\0' && rc == 0; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		rc = make_folder(copy, 0755, e);
		*p = '/';
	}
	if (rc == 0)
		rc = make_folder(copy, mode, e);
	free(copy);
	return rc;
}
