#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sc/timefmt.h"

/* What is still to be read. */
struct text {
	const char *p;
	const char *end;
};

static bool
take(struct text *t, char c)
{
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static bool
is_digit(const struct text *t)
{
	return t->p < t->end && *t->p >= '0' && *t->p <= '9';
}

/* Exactly n digits. */
static bool
number(struct text *t, int n, int *out)
{
	int v = 0;

	for (; n > 0; n--) {
		if (!is_digit(t))
			return false;
		v = v * 10 + (*t->p++ - '0');
	}
	*out = v;
	return true;
}

static bool
valid_date(const struct tm *tm)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int y = tm->tm_year + 1900;
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	if (y < 1970 || tm->tm_mon < 0 || tm->tm_mon > 11 || tm->tm_mday < 1 ||
	    tm->tm_mday > days[tm->tm_mon])
		return false;
	return tm->tm_mon != 1 || tm->tm_mday < 29 || leap;
}

static bool
date(struct text *t, struct tm *tm)
{
	if (!number(t, 4, &tm->tm_year) || !take(t, '-') ||
	    !number(t, 2, &tm->tm_mon) || !take(t, '-') ||
	    !number(t, 2, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return valid_date(tm);
}

/* hh:mm[:ss]; a leap second counts as the second before it. */
static bool
clock_time(struct text *t, struct tm *tm)
{
	if (!number(t, 2, &tm->tm_hour) || !take(t, ':') ||
	    !number(t, 2, &tm->tm_min))
		return false;
	if (take(t, ':') && !number(t, 2, &tm->tm_sec))
		return false;
	if (tm->tm_sec == 60)
		tm->tm_sec = 59;
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
}

static bool
fraction(struct text *t, int64_t *us)
{
	int64_t unit = 100000;
	int digits = 0;

	*us = 0;
	if (!take(t, '.'))
		return true;
	for (; is_digit(t); digits++, unit /= 10)
		*us += (*t->p++ - '0') * unit;
	return digits > 0 && digits <= 9;
}

static bool
zone(struct text *t, int64_t *offset_s)
{
	int h, m, sign;

	*offset_s = 0;
	if (t->p == t->end || take(t, 'Z'))
		return true;
	sign = *t->p == '-' ? -1 : 1;
	if (!take(t, '+') && !take(t, '-'))
		return false;
	if (!number(t, 2, &h) || (take(t, ':'), !number(t, 2, &m)))
		return false;
	*offset_s = sign * ((int64_t)h * 3600 + (int64_t)m * 60);
	return h < 24 && m < 60;
}

int
sc_time_parse_us(const char *s, size_t n, int64_t *out)
{
	struct text t = { .p = s, .end = s + n };
	struct tm tm = { 0 };
	int64_t us = 0, offset = 0;

	if (!date(&t, &tm))
		return -1;
	if (t.p < t.end) {
		if (!take(&t, 'T') && !take(&t, ' '))
			return -1;
		if (!clock_time(&t, &tm) || !fraction(&t, &us) ||
		    !zone(&t, &offset))
			return -1;
	}
	if (t.p != t.end)
		return -1;
	*out = ((int64_t)timegm(&tm) - offset) * 1000000 + us;
	return 0;
}

int
sc_time_parse_http(const char *s, size_t n, int64_t *out_ms)
{
	static const char *const forms[] = { "%a, %d %b %Y %H:%M:%S GMT",
		"%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y" };
	char text[64];

	if (n >= sizeof(text))
		return -1;
	memcpy(text, s, n);
	text[n] = '\0';
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, forms[i], &tm);

		if (end != NULL && *end == '\0' && valid_date(&tm)) {
			*out_ms = (int64_t)timegm(&tm) * 1000;
			return 0;
		}
	}
	return -1;
}

/* 31,000 years: in microseconds, and added to any time, it still fits. */
#define DURATION_MAX INT64_C(1000000000000000)

static const struct unit {
	const char *name;
	int64_t ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
	{ "d", 86400000 }, { "w", 604800000 } };

/* "ms" stands before "m" and "s" in the table, so the longer one wins. */
static const struct unit *
take_unit(struct text *t)
{
	size_t left = (size_t)(t->end - t->p);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].name);

		if (n <= left && memcmp(t->p, units[i].name, n) == 0) {
			t->p += n;
			return &units[i];
		}
	}
	return NULL;
}

int
sc_duration_parse(const char *s, size_t n, int64_t *out_ms)
{
	struct text t = { .p = s, .end = s + n };
	int64_t sum = 0;

	if (n == 0)
		return -1;
	while (t.p < t.end) {
		const struct unit *u;
		int64_t v = 0;
		const char *start = t.p;

		while (is_digit(&t) && t.p - start < 9)
			v = v * 10 + (*t.p++ - '0');
		if (t.p == start || (u = take_unit(&t)) == NULL)
			return -1;
		sum += v * u->ms;
		if (sum > DURATION_MAX)
			return -1;
	}
	*out_ms = sum;
	return 0;
}

int
sc_time_parse_user(const char *s, int64_t now_ms, int64_t *out_ms)
{
	static const char ago[] = " ago";
	size_t n = strlen(s), tail = sizeof(ago) - 1;
	int64_t v;

	if (strcmp(s, "now") == 0) {
		*out_ms = now_ms;
		return 0;
	}
	if (sc_time_parse_us(s, n, &v) == 0) {
		*out_ms = v / 1000;
		return 0;
	}
	if (n > tail && strcmp(s + n - tail, ago) == 0)
		n -= tail;
	if (sc_duration_parse(s, n, &v) == -1 || v > now_ms)
		return -1;
	*out_ms = now_ms - v;
	return 0;
}

char *
sc_time_format(int64_t us, int digits, char buf[SC_TIME_BUF])
{
	time_t s = (time_t)(us / 1000000);
	int64_t frac = us % 1000000;
	struct tm tm;
	size_t n;

	if (frac < 0) {
		frac += 1000000;
		s--;
	}
	(void)gmtime_r(&s, &tm);
	n = strftime(buf, SC_TIME_BUF, "%Y-%m-%dT%H:%M:%S", &tm);
	if (digits == 3)
		(void)snprintf(
		    buf + n, SC_TIME_BUF - n, ".%03dZ", (int)(frac / 1000));
	else if (digits == 6)
		(void)snprintf(buf + n, SC_TIME_BUF - n, ".%06dZ", (int)frac);
	else
		(void)snprintf(buf + n, SC_TIME_BUF - n, "Z");
	return buf;
}

char *
sc_time_format_http(int64_t ms, char buf[SC_TIME_BUF])
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	(void)gmtime_r(&s, &tm);
	(void)strftime(buf, SC_TIME_BUF, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return buf;
}

char *
sc_duration_format(int64_t ms, char buf[SC_TIME_BUF])
{
	size_t i = sizeof(units) / sizeof(units[0]) - 2; /* no weeks */

	if (ms < 1000) {
		(void)snprintf(
		    buf, SC_TIME_BUF, "%dms", (int)(ms < 0 ? 0 : ms));
		return buf;
	}
	while (i > 1 && ms < units[i].ms)
		i--;
	(void)snprintf(buf, SC_TIME_BUF, "%lld%s",
	    (long long)(ms / units[i].ms), units[i].name);
	return buf;
}
