#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/file.h"
#include "store_impl.h"

#define SERVICE_USER  "_sc"
#define SERVICE_GROUP "signal-client"

static int
fail_create(const char *what, struct sc_err *e)
{
	(void)sc_fail_sys(e, EX_CANTCREAT, "cannot create %s", what);
	return sc_remedy(e, SC_CLASS_DESTINATION,
	    "run it as root, or choose a folder of yours with -S");
}

/* Gives a new folder to the service's accounts, if there are any. */
static int
hand_over(const char *path, struct sc_err *e)
{
	const struct group *gr = getgrnam(SERVICE_GROUP);
	const struct passwd *pw = getpwnam(SERVICE_USER);

	if (geteuid() != 0 || gr == NULL)
		return 0;
	if (chown(path, pw != NULL ? pw->pw_uid : 0, gr->gr_gid) == -1 ||
	    chmod(path, 02770) == -1)
		return fail_create(path, e);
	return 0;
}

int
store_make_folder(const char *statedir, struct sc_err *e)
{
	struct stat st;

	if (stat(statedir, &st) == 0)
		return 0;
	if (sc_mkdir_p(statedir, 0700, e) == -1)
		return sc_remedy(e, SC_CLASS_DESTINATION,
		    "run it as root, or choose a folder of yours with -S");
	return hand_over(statedir, e);
}

/* SQLite gives the files beside it the same owner and mode. */
static int
match_folder(int fd, const struct stat *folder)
{
	mode_t mode = (folder->st_mode & S_IWGRP) != 0 ? 0660 : 0600;

	if (geteuid() == 0 && fchown(fd, folder->st_uid, folder->st_gid) == -1)
		return -1;
	return fchmod(fd, mode);
}

int
store_lock_folder(const char *statedir, struct sc_err *e)
{
	int fd = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return fail_create(statedir, e);
	/* Without this lock the worst is that one of two has to try again. */
	(void)flock(fd, LOCK_EX);
	return fd;
}

int
store_make_file(int folder, const char *path, struct sc_err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat st;
	int rc = 0;

	if (fd == -1)
		return errno == EEXIST ? 0 : fail_create(path, e);
	if (fstat(folder, &st) == -1 || match_folder(fd, &st) == -1 ||
	    fsync(folder) == -1)
		rc = fail_create(path, e);
	(void)close(fd);
	return rc;
}
