#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/conf.h"
#include "sc/file.h"
#include "sc/mem.h"

#include "testdir.h"

#define RECORDS   ".ndjson"
#define ARTIFACTS ".artifacts.ndjson"

/* The length of the name in front of an ending; 0: it does not end so. */
static size_t
stem(const char *file, const char *ending)
{
	size_t n = strlen(file), m = strlen(ending);

	return n > m && strcmp(file + n - m, ending) == 0 ? n - m : 0;
}

/* Artifacts of which nobody knows the records test nothing. */
static int
check_records(const struct testdir *d, const char *name, struct sc_err *e)
{
	char *records = testdir_records(d, name);
	bool there = access(records, F_OK) == 0;

	free(records);
	if (there)
		return 0;
	return sc_fail(e, EX_DATAERR,
	    "%s/%s" ARTIFACTS ": there is no %s" RECORDS, d->path, name, name);
}

static int
add(struct testdir *d, const char *file, struct sc_err *e)
{
	size_t n = stem(file, ARTIFACTS);
	char *name;
	int rc;

	if (*file == '.')
		return 0;
	if (n > 0) {
		name = sc_xstrndup(file, n);
		rc = check_records(d, name, e);
		free(name);
		return rc;
	}
	if ((n = stem(file, RECORDS)) > 0)
		sc_names_add(&d->names, &d->n, sc_xstrndup(file, n));
	return 0;
}

int
testdir_open(struct testdir *d, const char *path, struct sc_err *e)
{
	DIR *dir = opendir(path);
	const struct dirent *ent;
	int rc = 0;

	*d = (struct testdir){ 0 };
	if (dir == NULL)
		return sc_fail_sys(e, EX_NOINPUT, "%s", path);
	d->path = sc_xstrdup(path);
	while (rc == 0 && (ent = readdir(dir)) != NULL)
		rc = add(d, ent->d_name, e);
	(void)closedir(dir);
	sc_names_sort(d->names, d->n);
	if (rc == 0 && d->n == 0)
		rc = sc_fail(e, EX_NOINPUT, "%s: no file NAME" RECORDS, path);
	return rc;
}

void
testdir_fini(struct testdir *d)
{
	sc_names_free(d->names, d->n);
	free(d->path);
	*d = (struct testdir){ 0 };
}

char *
testdir_records(const struct testdir *d, const char *name)
{
	return sc_xasprintf("%s/%s" RECORDS, d->path, name);
}

char *
testdir_artifacts(const struct testdir *d, const char *name)
{
	return sc_xasprintf("%s/%s" ARTIFACTS, d->path, name);
}

int
testfile_open(struct testfile *f, char *path, struct sc_err *e)
{
	*f = (struct testfile){ .path = path };
	sc_buf_init(&f->text, TESTDIR_FILE_MAX);
	return sc_file_read(path, &f->text, e);
}

void
testfile_fini(struct testfile *f)
{
	free(f->path);
	sc_buf_fini(&f->text);
	*f = (struct testfile){ 0 };
}

static struct sc_slice
next_line(struct testfile *f)
{
	const char *from = f->text.p + f->at, *nl;
	size_t n = f->text.len - f->at;

	if ((nl = memchr(from, '\n', n)) != NULL)
		n = (size_t)(nl - from);
	f->at += n + (nl != NULL);
	f->lineno++;
	if (n > 0 && from[n - 1] == '\r')
		n--;
	return (struct sc_slice){ from, n };
}

int
testfile_next(struct testfile *f, unsigned flags, struct sc_json_val *object,
    struct sc_err *e)
{
	struct sc_json_seen seen = { 0 };
	struct sc_slice s = { 0 };
	int rc;

	while (s.n == 0) {
		if (f->at == f->text.len)
			return 0;
		s = next_line(f);
	}
	if ((rc = sc_json_scan(s.p, s.n, NULL, flags, NULL, e)) == 0) {
		while (*s.p == ' ' || *s.p == '\t') {
			s.p++;
			s.n--;
		}
		sc_json_look(s, NULL, &seen, NULL);
		if (seen.value.type != SC_JSON_OBJECT)
			rc = sc_fail(e, EX_DATAERR, "not an object");
	}
	if (rc == -1)
		return sc_ctx(e, "%s:%ju", f->path, (uintmax_t)f->lineno);
	*object = seen.value;
	return 1;
}
