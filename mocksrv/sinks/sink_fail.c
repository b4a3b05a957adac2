#include <stdlib.h>
#include <string.h>

#include "mocksrv/generate.h"
#include "mocksrv/match.h"
#include "mocksrv/sinks/sink_fail.h"
#include "mocksrv/vendor.h"
#include "sc/mem.h"

/* What is known of an item. */
enum known { UNKNOWN = 0, FAILS, GOOD };

static int
read_number(int64_t *out, const char *text, int64_t hi)
{
	const char *bad = NULL;

	*out = strtonum(text, 1, hi, &bad);
	return bad == NULL ? 0 : -1;
}

/* every=7, p=10, match=PATTERN */
static int
read_rule(struct sink_fail *f, const char *rule)
{
	if (strncmp(rule, "every=", 6) == 0)
		return read_number(&f->every, rule + 6, INT32_MAX);
	if (strncmp(rule, "p=", 2) == 0)
		return read_number(&f->percent, rule + 2, 100);
	if (strncmp(rule, "match=", 6) != 0 || rule[6] == '\0')
		return -1;
	f->glob = sc_xstrdup(rule + 6);
	return 0;
}

static struct sink_fail *
add(struct sink_fails *fails, int64_t status, const struct mock_source *src)
{
	struct sink_fail *f;

	fails->seed = src->seed;
	fails->list =
	    sc_xreallocarray(fails->list, fails->n + 1, sizeof(*fails->list));
	f = &fails->list[fails->n++];
	*f = (struct sink_fail){ .status = status };
	return f;
}

int
sink_fail_read(void *fails, const struct mock_line *l,
    const struct mock_word *w, const struct mock_source *src, struct sc_err *e)
{
	const char *colon = strchr(w->value, ':'), *bad = NULL;
	char *text = sc_xstrndup(w->value, strcspn(w->value, ":"));
	int64_t status = strtonum(text, 400, 599, &bad);

	free(text);
	if (colon != NULL && bad == NULL &&
	    read_rule(add(fails, status, src), colon + 1) == 0)
		return 0;
	return mock_line_fail(l, e,
	    "%s=%s: expected STATUS:every=N, STATUS:p=PERCENT or "
	    "STATUS:match=PATTERN",
	    w->key, w->value);
}

int
sink_reject_read(void *fails, const struct mock_line *l,
    const struct mock_word *w, const struct mock_source *src, struct sc_err *e)
{
	if (read_rule(add(fails, 400, src), w->value) == 0)
		return 0;
	return mock_line_fail(l, e,
	    "%s=%s: expected every=N, p=PERCENT or match=PATTERN", w->key,
	    w->value);
}

void
sink_fails_fini(struct sink_fails *fails)
{
	for (size_t i = 0; i < fails->n; i++) {
		free(fails->list[i].glob);
		sink_map_fini(&fails->list[i].known);
	}
	free(fails->list);
}

static bool
is_hit(struct sink_fail *f, uint64_t seed, struct sc_slice item, uint64_t hash)
{
	struct mock_rng rng;

	if (f->glob != NULL)
		return mock_glob(f->glob, item);
	if (f->every > 0)
		return ++f->asked % f->every == 0;
	rng = mock_rng_key(seed, (uint64_t)f->status, hash);
	return mock_rng_percent(&rng, (unsigned)f->percent);
}

/* True when the item fails; what was found once holds when it comes again. */
static bool
fails_by(struct sink_fail *f, uint64_t seed, struct sc_slice item)
{
	uint64_t hash = sink_hash(SINK_HASH_START, item);
	int64_t *known = sink_map_at(&f->known, hash);
	bool heals = f->status == 429 || f->status >= 500;

	if (*known == UNKNOWN) {
		*known = GOOD;
		if (!is_hit(f, seed, item, hash))
			return false;
		*known = heals ? GOOD : FAILS;
		return true;
	}
	return *known == FAILS;
}

int
sink_fails_now(struct sink_fails *fails, struct sc_slice item)
{
	for (size_t i = 0; i < fails->n; i++) {
		if (fails_by(&fails->list[i], fails->seed, item))
			return (int)fails->list[i].status;
	}
	return 0;
}
