#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mocksrv/drill_impl.h"
#include "sc/jsonw.h"
#include "sc/timefmt.h"

#define TELL_MAX ((size_t)1 << 20)

/* "2026-11-22 13:05" */
static const char *
minute(int64_t ms, char buf[SC_TIME_BUF])
{
	(void)sc_time_format(ms * 1000, 0, buf);
	buf[10] = ' ';
	buf[16] = '\0';
	return buf;
}

static void
print_line(struct sc_buf *b)
{
	(void)sc_buf_addc(b, '\n');
	(void)fwrite(b->p, 1, b->len, stdout);
	(void)fflush(stdout);
	sc_buf_fini(b);
}

static void
tell_text(const struct drill_event *ev, struct sc_buf *b)
{
	char time[SC_TIME_BUF];

	(void)sc_buf_addf(b, "%s  %-9s  %s: ", minute(ev->at_ms, time),
	    ev->kind, ev->subject);
	if (ev->class != NULL)
		(void)sc_buf_addf(b, "%s: ", ev->class);
	(void)sc_buf_adds(b, ev->text);
	if (ev->remedy != NULL && ev->remedy[0] != '\0')
		(void)sc_buf_addf(b, "\n%27s  -> %s", "", ev->remedy);
}

static void
tell_json(const struct drill_event *ev, struct sc_buf *b)
{
	struct sc_jw w;

	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kvms(&w, "time", ev->at_ms);
	sc_jw_kv(&w, "event", ev->kind);
	sc_jw_kv(&w, "subject", ev->subject);
	sc_jw_kv(&w, "class", ev->class);
	sc_jw_kv(&w, "text", ev->text);
	sc_jw_kv(&w, "remedy", ev->remedy);
	sc_jw_end(&w, '}');
}

void
drill_tell(const struct drill *d, const struct drill_event *ev)
{
	struct sc_buf b;

	sc_buf_init(&b, TELL_MAX);
	if (d->o->json)
		tell_json(ev, &b);
	else
		tell_text(ev, &b);
	print_line(&b);
}

static void
put_tally(struct sc_jw *w, const struct drill_tally *t)
{
	sc_jw_kvi(w, "shown", t->shown);
	sc_jw_kvi(w, "stored", t->stored);
	sc_jw_kvi(w, "owed", t->owed);
	sc_jw_kvi(w, "lost", t->lost);
	sc_jw_kvi(w, "doubled", t->doubled);
	sc_jw_kvi(w, "strange", t->strange);
	sc_jw_kvi(w, "early", t->early);
	sc_jw_kvi(w, "unseen", t->unseen);
}

static void
put_duration(struct sc_jw *w, const char *key, int64_t ms)
{
	sc_jw_key(w, key);
	if (ms < 0)
		sc_jw_null(w);
	else
		sc_jw_int(w, ms);
}

static void
result_json(const struct drill *d, const struct drill_tally *sum)
{
	struct sc_buf b;
	struct sc_jw w;

	for (size_t i = 0; i < d->nstreams; i++) {
		const struct drill_stream *s = &d->streams[i];

		sc_buf_init(&b, TELL_MAX);
		sc_jw_init(&w, &b);
		sc_jw_obj(&w);
		sc_jw_kv(&w, "event", "stream");
		sc_jw_kv(&w, "stream", s->name);
		put_tally(&w, &s->tally);
		sc_jw_kvi(&w, "failures", s->failures);
		sc_jw_kvms(&w, "first_failure", s->first_failure_ms);
		put_duration(&w, "detected_after_ms", s->detected_ms);
		put_duration(&w, "recovered_after_ms", s->recovered_ms);
		sc_jw_kv(&w, "state", s->state);
		sc_jw_end(&w, '}');
		print_line(&b);
	}
	sc_buf_init(&b, TELL_MAX);
	sc_jw_init(&w, &b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "event", "end");
	put_tally(&w, sum);
	sc_jw_end(&w, '}');
	print_line(&b);
}

/* "4m"; "-" when it never came to that. */
static const char *
took(int64_t ms, char buf[SC_TIME_BUF])
{
	if (ms < 0)
		return "-";
	return ms < 1000 ? "0s" : sc_duration_format(ms, buf);
}

static void
print_stream(const struct drill_stream *s, int width)
{
	char first[SC_TIME_BUF], detected[SC_TIME_BUF], recovered[SC_TIME_BUF];
	const struct drill_tally *t = &s->tally;

	(void)printf("%-*s  %8" PRId64 "  %8" PRId64 "  %6" PRId64 "  %6" PRId64
		     "  %7" PRId64 "  %-16s  %-8s  %s\n",
	    width, s->name, t->shown, t->stored, t->owed, t->lost, t->doubled,
	    s->first_failure_ms > 0 ? minute(s->first_failure_ms, first) : "-",
	    took(s->detected_ms, detected),
	    s->problem ? "not yet" : took(s->recovered_ms, recovered));
}

static void
print_note(int64_t n, const char *what)
{
	if (n > 0)
		(void)printf("%" PRId64 " %s\n", n, what);
}

static void
result_text(const struct drill *d, const struct drill_tally *sum)
{
	int width = (int)strlen("STREAM");

	for (size_t i = 0; i < d->nstreams; i++) {
		int n = (int)strlen(d->streams[i].name);

		width = n > width ? n : width;
	}
	(void)printf("\n%-*s  %8s  %8s  %6s  %6s  %7s  %-16s  %-8s  %s\n",
	    width, "STREAM", "SHOWN", "STORED", "OWED", "LOST", "DOUBLED",
	    "FIRST FAILURE", "DETECTED", "RECOVERED");
	for (size_t i = 0; i < d->nstreams; i++)
		print_stream(&d->streams[i], width);
	print_note(sum->owed, "came only when all faults were over");
	print_note(sum->strange, "stored that the vendor never showed so");
	print_note(
	    sum->early, "older than a first run looks back: not counted");
	print_note(sum->unseen, "that no run could see: not counted");
	if (d->o->keep)
		(void)printf("kept: %s\n", d->dir);
}

void
drill_result(const struct drill *d, const struct drill_tally *sum)
{
	if (d->o->json)
		result_json(d, sum);
	else
		result_text(d, sum);
}
