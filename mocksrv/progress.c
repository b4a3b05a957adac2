#include <stdint.h>

#include "mocksrv/progress.h"

/* A slow answer comes in so many pieces each second. */
#define PIECES 20

/* writev() takes its buffers without const, though it only reads them. */
static void *
unconst(const char *p)
{
	const union {
		const char *in;
		void *out;
	} u = { .in = p };

	return u.out;
}

static bool
is_end(const struct mock_reply *r, size_t step)
{
	if (step == r->nsteps)
		return true;
	return r->steps[step].op == MOCK_FIN || r->steps[step].op == MOCK_RST ||
	    r->steps[step].op == MOCK_STALL;
}

bool
mock_progress_ended(const struct mock_progress *p, const struct mock_reply *r)
{
	return is_end(r, p->step);
}

void
mock_progress_gather(const struct mock_progress *p, const struct mock_reply *r,
    struct mock_batch *b)
{
	size_t skip = p->done, i = p->step;
	size_t room = p->pace > 0 ? p->pace / PIECES + 1 : SIZE_MAX;

	b->n = 0;
	b->bytes = 0;
	for (; i < r->nsteps && b->n < MOCK_IOV_MAX; i++) {
		const struct mock_step *s = &r->steps[i];
		size_t left = s->n - skip;

		if (s->op != MOCK_SEND || (left > 0 && b->bytes == room))
			break;
		if (left > room - b->bytes)
			left = room - b->bytes;
		if (left > 0)
			b->iov[b->n++] =
			    (struct iovec){ .iov_base = unconst(s->p + skip),
				    .iov_len = left };
		b->bytes += left;
		if (skip + left < s->n)
			break;
		skip = 0;
	}
	b->last = is_end(r, i);
}

void
mock_progress_advance(
    struct mock_progress *p, const struct mock_reply *r, size_t n)
{
	p->sent += n;
	n += p->done;
	while (p->step < r->nsteps && r->steps[p->step].op == MOCK_SEND &&
	    n >= r->steps[p->step].n)
		n -= r->steps[p->step++].n;
	p->done = n;
}
