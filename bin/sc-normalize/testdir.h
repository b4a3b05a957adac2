#ifndef NORMALIZE_TESTDIR_H
#define NORMALIZE_TESTDIR_H

#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"
#include "sc/json.h"

/*
 * A folder with records and the artifacts that are expected of them:
 *
 *	NAME.ndjson            records, one a line, or messages
 *	NAME.artifacts.ndjson  for each of them one line
 */
#define TESTDIR_FILE_MAX ((size_t)256 << 20)

struct testdir {
	char *path;
	char **names; /* without .ndjson, sorted */
	size_t n;
};
/*
 * EX_NOINPUT when the folder cannot be read or has no such file, EX_DATAERR
 * for artifacts without records.
 */
int testdir_open(struct testdir *, const char *path, struct sc_err *e);
void testdir_fini(struct testdir *);
/* The paths of a test's two files; the result is the caller's. */
char *testdir_records(const struct testdir *, const char *name);
char *testdir_artifacts(const struct testdir *, const char *name);

/* A file in memory that is read line by line. */
struct testfile {
	char *path;
	struct sc_buf text;
	size_t at; /* where the next line begins */
	uint64_t lineno;
};
/* Takes over the path. */
int testfile_open(struct testfile *, char *path, struct sc_err *e);
void testfile_fini(struct testfile *);
/*
 * 1: the next line that is not empty, which is an object that a scan with
 * these flags accepts; 0: there is none; -1: EX_DATAERR with FILE:LINE.
 */
int testfile_next(struct testfile *, unsigned flags, struct sc_json_val *object,
    struct sc_err *e);

#endif
