#include <string.h>

#include "sc/expiry.h"
#include "sc/log.h"
#include "sc/timefmt.h"

#include "table.h"

/* "3m ago", "now", or "-" for never. */
static const char *
ago(int64_t ms, int64_t now_ms, char buf[SC_TIME_BUF])
{
	char d[SC_TIME_BUF];

	if (ms <= 0)
		return "-";
	if (ms > now_ms - 1000)
		return "now";
	(void)snprintf(
	    buf, SC_TIME_BUF, "%.20s ago", sc_duration_format(now_ms - ms, d));
	return buf;
}

/* "in 2m", "now", or "-" for a stream that is switched off. */
static const char *
until(const struct sc_stream_status *s, int64_t now_ms, char buf[SC_TIME_BUF])
{
	char d[SC_TIME_BUF];

	if (s->state == SC_STATE_DISABLED)
		return "-";
	if (s->due_ms <= now_ms)
		return "now";
	(void)snprintf(buf, SC_TIME_BUF, "in %.20s",
	    sc_duration_format(s->due_ms - now_ms, d));
	return buf;
}

static int64_t
last_activity(const struct sc_health *h)
{
	return h->last_run_ms > h->last_commit_ms ? h->last_run_ms
						  : h->last_commit_ms;
}

static void
print_stream(const struct sc_stream_status *s, int width, int64_t now_ms,
    struct sc_buf *b)
{
	char run[SC_TIME_BUF], newest[SC_TIME_BUF], due[SC_TIME_BUF];
	const struct sc_health *h = &s->health;

	(void)sc_buf_addf(b, "%-*s  %-8s  %-8s  %-10s  %9lld  %s\n", width,
	    h->stream, sc_state_name(s->state),
	    ago(last_activity(h), now_ms, run),
	    ago(h->newest_ms, now_ms, newest), (long long)h->artifacts,
	    until(s, now_ms, due));
}

static bool
has_problem(const struct sc_stream_status *s)
{
	return s->state == SC_STATE_FAILING || s->state == SC_STATE_WAITING;
}

static bool
same_cause(const struct sc_stream_status *a, const struct sc_stream_status *b)
{
	return has_problem(b) && strcmp(a->vendor, b->vendor) == 0 &&
	    strcmp(a->health.class, b->health.class) == 0 &&
	    strcmp(a->health.remedy, b->health.remedy) == 0;
}

/* What went wrong; the streams stand below it. */
static const char *
cause(const struct sc_health *h)
{
	size_t n = strlen(h->stream);

	return strncmp(h->text, h->stream, n) == 0 &&
		strncmp(h->text + n, ": ", 2) == 0
	    ? h->text + n + 2
	    : h->text;
}

/* A vendor's words may be in it: a line stays a line. */
static void
add_clean(struct sc_buf *b, const char *text)
{
	for (size_t n; *text != '\0'; text += n > 0 ? n : 1) {
		n = sc_log_control(text);
		(void)sc_buf_addc(b, (char)(n > 0 ? ' ' : *text));
	}
}

/* One vendor outage is one paragraph, however many streams it hits. */
static void
print_problem(const struct sc_status *st, size_t first, struct sc_buf *b)
{
	const struct sc_stream_status *s = &st->streams[first];
	int64_t kept_ms = 0;
	char day[SC_TIME_BUF];

	for (size_t i = 0; i < first; i++) {
		if (same_cause(s, &st->streams[i]))
			return;
	}
	(void)sc_buf_addf(b, "\n%s: ", s->health.class);
	add_clean(b, cause(&s->health));
	(void)sc_buf_adds(b, "\n ");
	for (size_t i = first; i < st->n; i++) {
		const struct sc_stream_status *o = &st->streams[i];

		if (!same_cause(s, o))
			continue;
		(void)sc_buf_addf(b, " %s", o->health.stream);
		if (o->kept_ms > 0 && (kept_ms == 0 || o->kept_ms < kept_ms))
			kept_ms = o->kept_ms;
	}
	(void)sc_buf_addc(b, '\n');
	if (s->health.remedy[0] != '\0') {
		(void)sc_buf_adds(b, "  -> ");
		add_clean(b, s->health.remedy);
		(void)sc_buf_addc(b, '\n');
	}
	if (kept_ms > 0)
		(void)sc_buf_addf(b, "  nothing is lost before %.10s\n",
		    sc_time_format(kept_ms * 1000, 0, day));
}

/* Not a problem as long as runs get on; what they miss is worth a look. */
static void
print_partial(const struct sc_status *st, int64_t now_ms, struct sc_buf *b)
{
	const char *head = "\npartial: the last run did not read all there is; "
			   "the next one goes on\n";
	char buf[SC_TIME_BUF];

	for (size_t i = 0; i < st->n; i++) {
		const struct sc_health *h = &st->streams[i].health;

		if (st->streams[i].state != SC_STATE_PARTIAL)
			continue;
		if (h->last_ok_ms > 0)
			(void)sc_buf_addf(b, "%s  %s (last whole run %s)\n",
			    head, h->stream, ago(h->last_ok_ms, now_ms, buf));
		else
			(void)sc_buf_addf(
			    b, "%s  %s (no whole run yet)\n", head, h->stream);
		head = "";
	}
}

/* An integration has one credential, whatever its streams. */
static void
print_expiry(
    const struct sc_status *st, size_t i, int64_t now_ms, struct sc_buf *b)
{
	const struct sc_stream_status *s = &st->streams[i];
	int64_t days = sc_expiry_days(s->expires_ms, now_ms);

	if (s->expires_ms == 0 || days >= SC_EXPIRY_WARN_DAYS ||
	    (i > 0 && strcmp(s->integration, s[-1].integration) == 0))
		return;
	if (days < 0)
		(void)sc_buf_addf(
		    b, "\n%s: token has expired\n", s->integration);
	else
		(void)sc_buf_addf(b, "\n%s: token expires in %lld days\n",
		    s->integration, (long long)days);
	(void)sc_buf_adds(b,
	    "  -> make a new one at the vendor and put it in its "
	    "place; it works at once\n");
}

void
table_print(const struct sc_status *st, int64_t now_ms, struct sc_buf *b)
{
	int width = (int)strlen("STREAM");

	for (size_t i = 0; i < st->n; i++) {
		int n = (int)strlen(st->streams[i].health.stream);

		width = n > width ? n : width;
	}
	(void)sc_buf_addf(b, "%-*s  %-8s  %-8s  %-10s  %9s  %s\n", width,
	    "STREAM", "STATE", "LAST RUN", "NEWEST", "ARTIFACTS", "NEXT");
	for (size_t i = 0; i < st->n; i++)
		print_stream(&st->streams[i], width, now_ms, b);
	for (size_t i = 0; i < st->n; i++) {
		if (has_problem(&st->streams[i]))
			print_problem(st, i, b);
	}
	print_partial(st, now_ms, b);
	for (size_t i = 0; i < st->n; i++)
		print_expiry(st, i, now_ms, b);
}
