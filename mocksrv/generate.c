#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/generate.h"
#include "sc/file.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define BLOCK     ((size_t)256 * 1024)
#define BLOCK_MAX ((size_t)16 * 1024 * 1024)
#define DAY_US    ((int64_t)86400 * 1000000)
/* Vendors' ids count from 2017, and 63 bits last until 2051. */
#define TIME_MIN_US (INT64_C(1483228800) * 1000000)
#define TIME_MAX_US (INT64_C(2524608000) * 1000000)

static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

struct mock_rng
mock_rng_key(uint64_t seed, uint64_t purpose, uint64_t i)
{
	uint64_t z = mix(seed + UINT64_C(0x9e3779b97f4a7c15));

	z = mix(z ^ (purpose * UINT64_C(0xd1b54a32d192ed03)));
	return (struct mock_rng){ mix(z ^ (i * UINT64_C(0x8cb92ba72f3d8dd7))) };
}

uint64_t
mock_rng_next(struct mock_rng *r)
{
	r->state += UINT64_C(0x9e3779b97f4a7c15);
	return mix(r->state);
}

uint64_t
mock_rng_below(struct mock_rng *r, uint64_t n)
{
	/* The bias is far below anything that could be noticed here. */
	return mock_rng_next(r) % n;
}

bool
mock_rng_percent(struct mock_rng *r, unsigned percent)
{
	return mock_rng_below(r, 100) < percent;
}

int
mock_plan_check(const struct mock_plan *p, struct sc_err *e)
{
	if (p->start_us < TIME_MIN_US || p->start_us > TIME_MAX_US ||
	    p->span_us > TIME_MAX_US - p->start_us)
		return sc_fail(
		    e, EX_USAGE, "times must lie between 2017 and 2050");
	/* Two microseconds each keep ids in the order of their times. */
	if (p->span_us / 2 < (int64_t)p->n)
		return sc_fail(e, EX_USAGE,
		    "the span is too short for %llu records",
		    (unsigned long long)p->n);
	return 0;
}

static int
parse_option(struct mock_plan *p, const char *word, int64_t now_ms,
    bool *started, struct sc_err *e)
{
	const char *value = strchr(word, '=');
	const char *bad = NULL;
	int64_t ms;

	if (value == NULL)
		return sc_fail(e, EX_USAGE, "\"%s\": no value", word);
	value++;
	if (strncmp(word, "seed=", 5) == 0) {
		p->seed = (uint64_t)strtonum(value, 0, INT64_MAX, &bad);
		if (bad == NULL)
			return 0;
	} else if (strncmp(word, "span=", 5) == 0) {
		if (sc_duration_parse(value, strlen(value), &ms) == 0) {
			p->span_us = ms * 1000;
			return 0;
		}
	} else if (strncmp(word, "start=", 6) == 0) {
		*started = true;
		if (sc_time_parse_user(value, now_ms, &ms) == 0) {
			p->start_us = ms * 1000;
			return 0;
		}
	}
	return sc_fail(e, EX_USAGE,
	    "\"%s\": expected seed=NUMBER, span=24h or start=TIME", word);
}

int
mock_plan_parse(struct mock_plan *p, const char *text, uint64_t seed,
    int64_t now_ms, struct sc_err *e)
{
	char *copy = sc_xstrdup(text), *rest = copy, *word;
	const char *bad = NULL;
	bool started = false;
	int rc = -1;

	*p = (struct mock_plan){ .seed = seed, .span_us = DAY_US };
	p->n = (uint64_t)strtonum(strsep(&rest, ","), 1, MOCK_PLAN_MAX, &bad);
	if (bad != NULL) {
		(void)sc_fail(e, EX_USAGE,
		    "generate:%s: number of records is %s", text, bad);
		goto out;
	}
	while ((word = strsep(&rest, ",")) != NULL) {
		if (parse_option(p, word, now_ms, &started, e) == -1)
			goto out;
	}
	if (!started)
		p->start_us = now_ms * 1000 - p->span_us;
	rc = mock_plan_check(p, e);
out:
	free(copy);
	return rc;
}

int
mock_generate(const struct mock_generator *g, const struct mock_plan *p, int fd,
    struct sc_err *e)
{
	struct sc_buf b;
	int rc = 0;

	sc_buf_init(&b, BLOCK_MAX);
	for (uint64_t i = 0; i < p->n && rc == 0; i++) {
		g->record(p, i, &b);
		(void)sc_buf_addc(&b, '\n');
		if (b.len < BLOCK && i + 1 < p->n)
			continue;
		if ((rc = sc_write_all(fd, b.p, b.len)) == -1)
			(void)sc_fail_sys(e, EX_IOERR, "writing records");
		sc_buf_reset(&b);
	}
	sc_buf_fini(&b);
	return rc;
}
