#ifndef UNIT_TMPDIR_H
#define UNIT_TMPDIR_H

/* A folder of a test's own, for tests that need files. */

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sc/file.h"

static char tmpdir[] = "/tmp/sc-unit.XXXXXX";

static inline int
tmpdir_make(void **state)
{
	(void)state;
	return mkdtemp(tmpdir) != NULL ? 0 : -1;
}

static inline int
tmpdir_unlink(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* The name becomes a template again: the next test makes its own. */
static inline int
tmpdir_remove(void **state)
{
	int rc = nftw(tmpdir, tmpdir_unlink, 8, FTW_DEPTH | FTW_PHYS);

	(void)state;
	(void)strlcpy(strrchr(tmpdir, '.'), ".XXXXXX", 8);
	return rc;
}

/* The path of a file in there; two calls later it is overwritten. */
static inline const char *
tmpdir_path(const char *name)
{
	static char paths[2][PATH_MAX];
	static int turn;

	turn = !turn;
	(void)snprintf(paths[turn], PATH_MAX, "%s/%s", tmpdir, name);
	return paths[turn];
}

/* Writes a file, and the folders above it, and returns its path. */
static inline const char *
tmpdir_write(const char *name, const char *text, mode_t mode)
{
	const char *path = tmpdir_path(name);
	char folder[PATH_MAX];
	struct sc_err e;

	(void)strlcpy(folder, path, sizeof(folder));
	*strrchr(folder, '/') = '\0';
	if (sc_mkdir_p(folder, 0755, &e) == -1 ||
	    sc_file_replace(path, text, strlen(text), mode, &e) == -1)
		abort();
	return path;
}

#endif
