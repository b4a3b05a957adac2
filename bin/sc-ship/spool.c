#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/file.h"
#include "sc/mem.h"
#include "sc/msg.h"

#include "spool.h"

/* What stands before the bytes of an artifact's texts. */
#define NTEXTS 12
struct head {
	uint32_t n[NTEXTS];
	int64_t event_ms;
};

/* One artifact: its line and what its SCHEMA adds. */
#define ITEM_MAX (SC_LINE_MAX * 2)
#define CHUNK    ((size_t)256 << 10)

static void
texts_of(struct sc_artifact *a, struct sc_slice *out[NTEXTS])
{
	struct sc_slice *const list[NTEXTS] = { &a->stream, &a->id, &a->key,
		&a->rev, &a->rendition, &a->vendor, &a->integration, &a->realm,
		&a->tenant, &a->ctx, &a->artifact, &a->aux };

	memcpy(out, list, sizeof(list));
}

void
spool_init(struct spool *q, const char *dir)
{
	*q = (struct spool){ .dir = dir, .fd = -1 };
	sc_buf_init(&q->b, SPOOL_MEMORY + ITEM_MAX);
}

void
spool_fini(struct spool *q)
{
	if (q->fd != -1)
		(void)close(q->fd);
	q->fd = -1;
	sc_buf_fini(&q->b);
}

/* Not every file system knows O_TMPFILE. */
static int
open_unnamed(const char *dir, struct sc_err *e)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char *path;

	if (fd != -1)
		return fd;
	path = sc_xasprintf("%s/spool.XXXXXX", dir);
	if ((fd = mkostemp(path, O_CLOEXEC)) == -1)
		(void)sc_fail_sys(
		    e, EX_CANTCREAT, "create a temporary file in %s", dir);
	else
		(void)unlink(path);
	free(path);
	return fd;
}

static int
move_to_file(struct spool *q, struct sc_err *e)
{
	if (q->fd == -1 && (q->fd = open_unnamed(q->dir, e)) == -1)
		return -1;
	if (sc_write_all(q->fd, q->b.p, q->b.len) == -1) {
		(void)sc_fail_sys(
		    e, EX_IOERR, "write a temporary file in %s", q->dir);
		return sc_remedy(e, SC_CLASS_DESTINATION,
		    "free some space and run it again; nothing is lost");
	}
	q->filed += (off_t)q->b.len;
	sc_buf_reset(&q->b);
	return 0;
}

int
spool_add(struct spool *q, const struct sc_artifact *a, struct sc_err *e)
{
	struct sc_artifact copy = *a;
	struct sc_slice *texts[NTEXTS];
	struct head h = { .event_ms = a->event_ms };

	texts_of(&copy, texts);
	for (int i = 0; i < NTEXTS; i++)
		h.n[i] = (uint32_t)texts[i]->n;
	(void)sc_buf_add(&q->b, &h, sizeof(h));
	for (int i = 0; i < NTEXTS; i++)
		(void)sc_buf_add(&q->b, texts[i]->p, texts[i]->n);
	if (q->b.full)
		return sc_fail(e, EX_DATAERR, "an artifact is too large");
	q->n++;
	return q->b.len >= SPOOL_MEMORY ? move_to_file(q, e) : 0;
}

/* Length of the whole item at p, 0 if n bytes do not tell it. */
static size_t
item_size(const char *p, size_t n, struct head *h)
{
	size_t size = sizeof(*h);

	if (n < size)
		return 0;
	memcpy(h, p, sizeof(*h));
	for (int i = 0; i < NTEXTS; i++)
		size += h->n[i];
	return size;
}

struct taker {
	int (*each)(void *arg, const struct sc_artifact *, struct sc_err *);
	void *arg;
};

static int
hand_out(const struct taker *t, const char *p, const struct head *h,
    struct sc_err *e)
{
	struct sc_artifact a = { .event_ms = h->event_ms };
	struct sc_slice *texts[NTEXTS];

	texts_of(&a, texts);
	p += sizeof(*h);
	for (int i = 0; i < NTEXTS; i++) {
		*texts[i] = (struct sc_slice){ p, h->n[i] };
		p += h->n[i];
	}
	return t->each(t->arg, &a, e);
}

/* Hands out what is whole in p[0..n); *used: how much that was. */
static int
hand_out_all(const struct taker *t, const char *p, size_t n, size_t *used,
    struct sc_err *e)
{
	struct head h;
	size_t size;

	*used = 0;
	while ((size = item_size(p + *used, n - *used, &h)) > 0 &&
	    size <= n - *used) {
		if (hand_out(t, p + *used, &h, e) == -1)
			return -1;
		*used += size;
	}
	return 0;
}

static int
read_back(const struct spool *q, const struct taker *t, struct sc_err *e)
{
	struct sc_buf in;
	size_t used;
	int rc = -1;
	char *to;

	sc_buf_init(&in, ITEM_MAX + CHUNK);
	for (off_t at = 0; at < q->filed;) {
		ssize_t n = -1;

		if ((to = sc_buf_room(&in, CHUNK)) != NULL)
			n = pread(q->fd, to, CHUNK, at);
		if (n == -1 && to != NULL && errno == EINTR)
			continue;
		if (n <= 0) {
			(void)sc_fail_sys(e, EX_IOERR,
			    "read back a temporary file in %s", q->dir);
			goto out;
		}
		at += n;
		in.len += (size_t)n;
		if (hand_out_all(t, in.p, in.len, &used, e) == -1)
			goto out;
		sc_buf_drop(&in, used);
	}
	rc = 0;
out:
	sc_buf_fini(&in);
	return rc;
}

int
spool_each(struct spool *q,
    int (*each)(void *arg, const struct sc_artifact *, struct sc_err *),
    void *arg, struct sc_err *e)
{
	const struct taker t = { each, arg };
	size_t used;

	if (q->filed > 0 && read_back(q, &t, e) == -1)
		return -1;
	return hand_out_all(&t, q->b.p, q->b.len, &used, e);
}

void
spool_clear(struct spool *q)
{
	sc_buf_reset(&q->b);
	if (q->fd != -1)
		(void)close(q->fd);
	q->fd = -1;
	q->filed = 0;
	q->n = 0;
}
