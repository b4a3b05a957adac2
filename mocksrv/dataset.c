#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mocksrv/dataset.h"
#include "mocksrv/vendor.h"
#include "sc/mem.h"

#define COPY_MAX ((off_t)64 * 1024 * 1024)

static int
read_whole(int fd, char *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(fd, p + done, n - done, (off_t)done);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		done += (size_t)got;
	}
	return 0;
}

static int
load(struct mock_dataset *d, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	d->n = (size_t)st.st_size;
	if (st.st_size <= COPY_MAX) {
		d->p = sc_xmalloc(d->n);
		return read_whole(fd, d->p, d->n);
	}
	d->p = mmap(NULL, d->n, PROT_READ, MAP_PRIVATE, fd, 0);
	d->mapped = d->p != MAP_FAILED;
	if (!d->mapped)
		d->p = NULL;
	return d->mapped ? 0 : -1;
}

static void
add_record(
    struct mock_dataset *d, size_t *cap, struct sc_slice s, unsigned line)
{
	if (d->nrecords == *cap) {
		*cap = *cap > 0 ? *cap * 2 : 64;
		d->records =
		    sc_xreallocarray(d->records, *cap, sizeof(*d->records));
		d->lines = sc_xreallocarray(d->lines, *cap, sizeof(*d->lines));
	}
	d->records[d->nrecords] = s;
	d->lines[d->nrecords++] = line;
}

static void
cut_lines(struct mock_dataset *d)
{
	const char *p = d->p, *end = d->p + d->n;
	unsigned line = 0;
	size_t cap = 0;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf != NULL ? lf : end;
		struct sc_slice s = { p, (size_t)(stop - p) };

		line++;
		if (s.n > 0 && s.p[s.n - 1] == '\r')
			s.n--;
		if (s.n > 0)
			add_record(d, &cap, s, line);
		p = stop + 1;
	}
}

/* A file without a name that holds what the generator writes. */
static int
generate(const char *spec, const struct mock_generator *gen,
    const struct mock_source *src, struct sc_err *e)
{
	const char *dir = getenv("TMPDIR");
	struct mock_plan plan;
	char *path;
	int fd;

	if (gen->name == NULL)
		return sc_fail(e, 0, "there is nothing to generate for this");
	if (mock_plan_parse(&plan, spec, src->seed, src->now_ms, e) == -1)
		return -1;
	path = sc_xasprintf(
	    "%s/sc-mock.XXXXXX", dir != NULL && *dir != '\0' ? dir : "/tmp");
	if ((fd = mkostemp(path, O_CLOEXEC)) == -1)
		(void)sc_fail_sys(e, 0, "%s", path);
	else
		(void)unlink(path);
	free(path);
	if (fd == -1)
		return -1;
	if (mock_generate(gen, &plan, fd, e) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

struct mock_dataset *
mock_dataset_open(const char *spec, const struct mock_generator *gen,
    const struct mock_line *l, const struct mock_source *src, struct sc_err *e)
{
	static const char prefix[] = "generate:";
	struct mock_dataset *d = sc_xcalloc(1, sizeof(*d));
	struct sc_err cause = { 0 };
	int fd, rc = -1;

	if (strncmp(spec, prefix, sizeof(prefix) - 1) == 0) {
		d->name = sc_xstrdup(spec);
		fd = generate(spec + sizeof(prefix) - 1, gen, src, &cause);
	} else {
		d->name = mock_path_beside(l->file, spec);
		fd = open(d->name, O_RDONLY | O_CLOEXEC);
		if (fd == -1)
			(void)sc_fail_sys(&cause, 0, "%s", d->name);
	}
	if (fd != -1) {
		if ((rc = load(d, fd)) == -1)
			(void)sc_fail_sys(&cause, 0, "%s", d->name);
		(void)close(fd);
	}
	if (rc == -1) {
		(void)mock_line_fail(l, e, "%s", cause.msg);
		mock_dataset_close(d);
		return NULL;
	}
	cut_lines(d);
	return d;
}

void
mock_dataset_close(struct mock_dataset *d)
{
	if (d == NULL)
		return;
	if (d->mapped)
		(void)munmap(d->p, d->n);
	else
		free(d->p);
	free(d->records);
	free(d->lines);
	free(d->name);
	free(d);
}
