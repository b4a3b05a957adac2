#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mocksrv/delay.h"

#define DRAWN_MAX ((double)24 * 3600 * 1000)
#define SIGMA_MAX 5.0

static int
parse_uniform(struct mock_delay *d, const struct mock_line *l,
    const struct mock_word *w, const char *text, struct sc_err *e)
{
	const char *dash = strchr(text, '-');
	struct sc_slice lo = { text, 0 };

	if (dash == NULL)
		return mock_line_fail(
		    l, e, "%s=%s: expected uniform:100ms-2s", w->key, w->value);
	lo.n = (size_t)(dash - text);
	if (mock_line_duration(l, w, lo, &d->ms, e) == -1 ||
	    mock_line_duration(l, w, sc_slice_of(dash + 1), &d->max_ms, e) ==
		-1)
		return -1;
	if (d->ms <= d->max_ms)
		return 0;
	return mock_line_fail(
	    l, e, "%s=%s: the shorter time comes first", w->key, w->value);
}

static int
parse_lognormal(struct mock_delay *d, const struct mock_line *l,
    const struct mock_word *w, char *text, struct sc_err *e)
{
	char *comma = strchr(text, ','), key[] = "sigma";
	struct mock_word sigma = { .key = key };
	struct sc_slice median = { text, 0 };

	if (comma == NULL)
		return mock_line_fail(l, e,
		    "%s=%s: expected lognormal:MEDIAN,SIGMA, such as "
		    "lognormal:200ms,0.8",
		    w->key, w->value);
	median.n = (size_t)(comma - text);
	if (mock_line_duration(l, w, median, &d->ms, e) == -1)
		return -1;
	sigma.value = comma + 1;
	return mock_line_decimal(l, &sigma, 0, SIGMA_MAX, &d->sigma, e);
}

int
mock_delay_parse(struct mock_delay *d, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	static const char *const kinds[] = { "uniform", "lognormal", NULL };
	char *colon = strchr(w->value, ':');
	char kind[32];

	if (colon == NULL) {
		d->kind = MOCK_DELAY_FIXED;
		return mock_line_duration(
		    l, w, sc_slice_of(w->value), &d->ms, e);
	}
	(void)snprintf(
	    kind, sizeof(kind), "%.*s", (int)(colon - w->value), w->value);
	switch (mock_line_choice(l, w->key, kind, kinds, e)) {
	case 0:
		d->kind = MOCK_DELAY_UNIFORM;
		return parse_uniform(d, l, w, colon + 1, e);
	case 1:
		d->kind = MOCK_DELAY_LOGNORMAL;
		return parse_lognormal(d, l, w, colon + 1, e);
	default:
		return -1;
	}
}

/* In (0, 1]: a logarithm of it can be taken. */
static double
unit(struct mock_rng *rng)
{
	return ldexp((double)((mock_rng_next(rng) >> 11) + 1), -53);
}

/* Box-Muller gives a number of the normal distribution. */
static double
normal(struct mock_rng *rng)
{
	double u = unit(rng), v = unit(rng);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

int64_t
mock_delay_draw(const struct mock_delay *d, struct mock_rng rng)
{
	double ms;

	if (d->kind == MOCK_DELAY_UNIFORM)
		return d->ms +
		    (int64_t)mock_rng_below(
			&rng, (uint64_t)(d->max_ms - d->ms) + 1);
	if (d->kind != MOCK_DELAY_LOGNORMAL)
		return d->ms;
	ms = round((double)d->ms * exp(d->sigma * normal(&rng)));
	return (int64_t)fmin(ms, DRAWN_MAX);
}
