#ifndef SC_FILE_H
#define SC_FILE_H

#include <sys/types.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * Durable whole-file replacement: a temporary file beside path ("path.new"),
 * all bytes, fsync, rename, fsync of the folder, each step checked.  After a
 * crash path holds the old or the new content, never a part, and the next
 * call removes what is left of the temporary file.  Calls for files of one
 * folder wait for each other.  EX_CANTCREAT or EX_IOERR.
 */
int sc_file_replace(
    const char *path, const void *p, size_t n, mode_t mode, struct sc_err *e);
/* The same, but refuses when path exists already (EX_CANTCREAT). */
int sc_file_create(
    const char *path, const void *p, size_t n, mode_t mode, struct sc_err *e);

/*
 * Appends the whole file to b.  EX_NOINPUT when it cannot be read,
 * EX_DATAERR when it is larger than b has room for.
 */
int sc_file_read(const char *path, struct sc_buf *b, struct sc_err *e);

/* fsync of the folder that holds path: makes the name itself durable. */
int sc_sync_folder(const char *path, struct sc_err *e);

/* Writes all bytes; -1 with errno set (EPIPE, ENOSPC ...).  EINTR is handled.
 */
int sc_write_all(int fd, const void *p, size_t n);

/* mkdir -p; existing folders are fine.  EX_CANTCREAT. */
int sc_mkdir_p(const char *path, mode_t mode, struct sc_err *e);

#endif
