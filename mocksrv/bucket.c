#include <stdlib.h>
#include <string.h>

#include "mocksrv/bucket.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

/* With these no sum of a level can overflow before the year 9999. */
#define RATE_MAX    10000
#define RATE_MS_MAX ((int64_t)31 * 24 * 3600 * 1000)

/* From here on new keys share the last bucket. */
#define KEYS_MAX 1024

/*
 * A level is counted in parts of a token, rate.ms of which make one, so that
 * every millisecond adds rate.n parts and nothing is ever rounded.
 */
struct mock_bucket {
	uint64_t key;
	int64_t level;
	int64_t at_ms;
};

int
mock_rate_parse(struct mock_rate *r, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	const char *slash = strchr(w->value, '/'), *bad = NULL;
	char *n = sc_xstrndup(w->value, strcspn(w->value, "/"));

	r->n = strtonum(n, 1, RATE_MAX, &bad);
	free(n);
	if (slash == NULL || bad != NULL ||
	    sc_duration_parse(slash + 1, strlen(slash + 1), &r->ms) == -1 ||
	    r->ms < 1 || r->ms > RATE_MS_MAX)
		return mock_line_fail(l, e,
		    "%s=%s: expected 1 to %d in a time of at most 31d, such "
		    "as 60/1m",
		    w->key, w->value, RATE_MAX);
	return 0;
}

/* FNV-1a over the headers that carry credentials; 0 stands for everybody. */
static uint64_t
key_of(const struct mock_http *h)
{
	static const char *const names[] = { "authorization", "x-api-key",
		"dtapi-token" };
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sc_slice v = mock_http_header(h, names[i]);

		for (size_t k = 0; k < v.n; k++) {
			hash ^= (unsigned char)v.p[k];
			hash *= UINT64_C(0x100000001b3);
		}
	}
	return hash;
}

static int64_t
capacity(const struct mock_limit *l)
{
	return (l->burst > 0 ? l->burst : l->rate.n) * l->rate.ms;
}

static struct mock_bucket *
find_bucket(struct mock_limit *l, uint64_t key)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->buckets[i].key == key)
			return &l->buckets[i];
	}
	if (l->n == KEYS_MAX)
		return &l->buckets[KEYS_MAX - 1];
	l->buckets =
	    sc_xreallocarray(l->buckets, l->n + 1, sizeof(*l->buckets));
	l->buckets[l->n] =
	    (struct mock_bucket){ key, capacity(l), l->start_ms };
	return &l->buckets[l->n++];
}

/* How many tokens the others have asked for since the start. */
static int64_t
phantoms(const struct mock_limit *l, int64_t now_ms)
{
	int64_t age = now_ms - l->start_ms;

	return age > 0 ? age * l->phantom.n / l->phantom.ms : 0;
}

static void
refill(const struct mock_limit *l, struct mock_bucket *b, int64_t now_ms)
{
	int64_t full = capacity(l), eaten = 0;

	if (now_ms > b->at_ms) {
		b->level += (now_ms - b->at_ms) * l->rate.n;
		if (l->phantom.n > 0)
			eaten = phantoms(l, now_ms) - phantoms(l, b->at_ms);
		if (eaten > b->level / l->rate.ms)
			eaten = b->level / l->rate.ms;
		b->level -= eaten * l->rate.ms;
		if (b->level > full)
			b->level = full;
	}
	b->at_ms = now_ms; /* also when the clock steps back */
}

static int64_t
up(int64_t parts, int64_t each)
{
	return (parts + each - 1) / each;
}

bool
mock_limit_spend(struct mock_limit *l, const struct mock_http *h,
    int64_t now_ms, struct mock_quota *q)
{
	struct mock_bucket *b = find_bucket(l, l->per_key ? key_of(h) : 0);
	bool got;

	refill(l, b, now_ms);
	got = b->level >= l->rate.ms;
	if (got)
		b->level -= l->rate.ms;
	q->limit = capacity(l) / l->rate.ms;
	q->left = b->level / l->rate.ms;
	q->next_ms = q->left > 0 ? 0 : up(l->rate.ms - b->level, l->rate.n);
	q->full_ms = up(capacity(l) - b->level, l->rate.n);
	return got;
}

void
mock_limit_fini(struct mock_limit *l)
{
	free(l->buckets);
}
