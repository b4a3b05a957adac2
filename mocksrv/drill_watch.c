#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/drill_impl.h"
#include "sc/clock.h"
#include "sc/expiry.h"
#include "sc/json.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define STATUS_MAX ((size_t)16 << 20)

enum {
	STREAM,
	STATE,
	CLASS,
	TEXT,
	REMEDY,
	ARTIFACTS,
	LAST_RUN,
	DUE,
	EXPIRES,
	MEMBERS
};

static const char *const members[MEMBERS] = { "stream", "state", "class",
	"text", "remedy", "artifacts", "last_run", "due", "token_expires" };

/* What the status says of a stream now. */
struct look {
	struct drill_stream *s;
	char *state, *class, *text, *remedy;
	int64_t artifacts, last_run_ms, due_ms, expires_ms;
	bool changed; /* there is something to tell */
};

static int64_t
time_of(struct sc_json_val v)
{
	int64_t us = 0;

	if (v.type == SC_JSON_STRING)
		(void)sc_time_parse_us(v.raw.p + 1, v.raw.n - 2, &us);
	return us / 1000;
}

static char *
text_of(struct sc_json_val v)
{
	char *text = sc_json_dup(v);

	return text != NULL ? text : sc_xstrdup("");
}

static void
read_look(struct look *l, const struct sc_json_val *m)
{
	l->state = text_of(m[STATE]);
	l->class = text_of(m[CLASS]);
	l->text = text_of(m[TEXT]);
	l->remedy = text_of(m[REMEDY]);
	(void)sc_json_int(m[ARTIFACTS], &l->artifacts);
	l->last_run_ms = time_of(m[LAST_RUN]);
	l->due_ms = time_of(m[DUE]);
	l->expires_ms = time_of(m[EXPIRES]);
}

static void
looks_fini(struct look *looks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(looks[i].state);
		free(looks[i].class);
		free(looks[i].text);
		free(looks[i].remedy);
	}
	free(looks);
}

static bool
is_problem(const struct look *l)
{
	return strcmp(l->state, "failing") == 0 ||
	    strcmp(l->state, "waiting") == 0;
}

/* So long after the fault's begin, or end; it may have healed before. */
static int64_t
since(int64_t from_ms, int64_t now_ms)
{
	return from_ms > 0 && from_ms < now_ms ? now_ms - from_ms : 0;
}

static void
longest(int64_t *ms, int64_t now)
{
	if (now > *ms)
		*ms = now;
}

/* Episodes: from the first status that shows a problem to one that does not. */
static void
follow(struct look *l, int64_t now_ms)
{
	struct drill_stream *s = l->s;
	bool ran = l->last_run_ms != s->last_run_ms;

	if (s->first_good_ms == 0 &&
	    (l->artifacts > 0 || (ran && !is_problem(l))))
		s->first_good_ms = now_ms;
	if (is_problem(l)) {
		l->changed = !s->problem || strcmp(l->state, s->state) != 0 ||
		    strcmp(l->class, s->class) != 0 ||
		    strcmp(l->remedy, s->remedy) != 0;
		if (!s->problem) {
			longest(&s->detected_ms, since(s->fault_ms, now_ms));
			s->failures++;
		}
		if (s->first_failure_ms == 0)
			s->first_failure_ms = now_ms;
		s->problem = true;
		return;
	}
	if (!ran)
		return;
	l->changed = s->problem || s->last_run_ms == 0;
	if (s->problem)
		longest(&s->recovered_ms, since(s->last_fault_ms, now_ms));
	else
		s->fault_ms = 0; /* what there was did no harm */
}

static void
keep(const struct look *l)
{
	struct drill_stream *s = l->s;

	(void)strlcpy(s->state, l->state, sizeof(s->state));
	(void)strlcpy(s->class, l->class, sizeof(s->class));
	free(s->remedy);
	s->remedy = sc_xstrdup(l->remedy);
	s->last_run_ms = l->last_run_ms;
	s->due_ms = l->due_ms;
	s->artifacts = l->artifacts;
	if (!is_problem(l) && s->problem) {
		s->problem = false;
		s->fault_ms = 0;
	}
}

/* Streams of one integration to which the same happened. */
static bool
alike(const struct look *a, const struct look *b)
{
	return a->changed && b->changed && a->s->in == b->s->in &&
	    is_problem(a) == is_problem(b) && a->s->problem == b->s->problem &&
	    strcmp(a->class, b->class) == 0 &&
	    strcmp(a->remedy, b->remedy) == 0;
}

/* What went wrong, without the stream that it went wrong with. */
static const char *
cause(const struct look *l)
{
	size_t n = strlen(l->s->name);

	return strncmp(l->text, l->s->name, n) == 0 &&
		strncmp(l->text + n, ": ", 2) == 0
	    ? l->text + n + 2
	    : l->text;
}

/* Tells of the stream, and with it of others to which the same happened. */
static void
tell_look(const struct drill *d, struct look *all, size_t n, size_t first,
    int64_t now_ms)
{
	struct look *l = &all[first];
	struct drill_event ev = { .at_ms = now_ms };
	struct sc_buf names;
	int64_t artifacts = 0;
	char text[64];

	sc_buf_init(&names, STATUS_MAX);
	for (size_t i = first; i < n; i++) {
		if (i != first && !alike(l, &all[i]))
			continue;
		(void)sc_buf_addf(
		    &names, "%s%s", names.len > 0 ? ", " : "", all[i].s->name);
		artifacts += all[i].artifacts;
		all[i].s->told = true;
	}
	ev.subject = sc_buf_str(&names);
	if (is_problem(l)) {
		ev.kind = "problem";
		ev.class = l->class;
		ev.text = cause(l);
		ev.remedy = l->remedy;
	} else {
		ev.kind = l->s->problem ? "recovered" : "good";
		(void)snprintf(
		    text, sizeof(text), "%" PRId64 " artifacts", artifacts);
		ev.text = text;
	}
	drill_tell(d, &ev);
	sc_buf_fini(&names);
}

/* Told once, when it comes near: an integration has one credential. */
static void
tell_expiry(const struct drill *d, const struct look *l, int64_t now_ms)
{
	struct drill_event ev = {
		.kind = "warning", .at_ms = now_ms, .subject = l->s->in->name
	};
	char time[SC_TIME_BUF], text[64];

	if (l->expires_ms == 0 ||
	    sc_expiry_days(l->expires_ms, now_ms) >= SC_EXPIRY_WARN_DAYS)
		return;
	for (size_t i = 0; i < d->nstreams; i++) {
		if (d->streams[i].in == l->s->in && d->streams[i].warned)
			return;
	}
	l->s->warned = true;
	(void)snprintf(text, sizeof(text), "the token expires at %s",
	    sc_time_format(l->expires_ms * 1000, 0, time));
	ev.text = text;
	drill_tell(d, &ev);
}

static struct drill_stream *
find_stream(const struct drill *d, struct sc_json_val name)
{
	for (size_t i = 0; i < d->nstreams; i++) {
		if (sc_json_is(name, d->streams[i].name))
			return &d->streams[i];
	}
	return NULL;
}

/* {"streams":[...]}: what it says of the streams that are drilled. */
static int
read_status(const struct drill *d, const struct sc_buf *b, struct look *looks,
    size_t *n, struct sc_err *e)
{
	static const char *const top[] = { "streams" };
	struct sc_json_plan *list = sc_json_plan_new(top, 1, e);
	struct sc_json_plan *plan = sc_json_plan_new(members, MEMBERS, e);
	struct sc_json_val all, one, m[MEMBERS];
	struct sc_json_iter it;
	int rc = sc_json_scan(b->p, b->len, list, 0, &all, e);

	*n = 0;
	if (rc == 0 && all.type != SC_JSON_ARRAY)
		rc = sc_fail(e, EX_SOFTWARE, "no streams");
	if (rc == 0)
		it = sc_json_iter(all);
	while (rc == 0 && *n < d->nstreams && sc_json_next(&it, NULL, &one)) {
		rc = sc_json_scan(one.raw.p, one.raw.n, plan, 0, m, e);
		if (rc == 0 &&
		    (looks[*n].s = find_stream(d, m[STREAM])) != NULL)
			read_look(&looks[(*n)++], m);
	}
	sc_json_plan_free(plan);
	sc_json_plan_free(list);
	return rc == 0 ? 0 : sc_ctx(e, "what sc-status says");
}

/* sc-status ends with 69 when a stream is failing, as it should. */
static int
ask_status(struct drill *d, struct sc_buf *b, struct sc_err *e)
{
	char *argv[] = { sc_xstrdup("sc-status"), sc_xstrdup("--json"), NULL };
	int code = drill_program(d, argv, b, e);

	free(argv[0]);
	free(argv[1]);
	if (code == -1 || code == EX_OK || code == EX_UNAVAILABLE)
		return code == -1 ? -1 : 0;
	return sc_fail(e, EX_SOFTWARE, "sc-status ended with %d", code);
}

int
drill_watch_look(struct drill *d, struct sc_err *e)
{
	struct look *looks = sc_xcalloc(d->nstreams, sizeof(*looks));
	int64_t now_ms = sc_clock_ms();
	struct sc_buf b;
	size_t n = 0;
	int rc = -1;

	sc_buf_init(&b, STATUS_MAX);
	if (ask_status(d, &b, e) == -1 ||
	    read_status(d, &b, looks, &n, e) == -1)
		goto out;
	for (size_t i = 0; i < n; i++) {
		looks[i].s->told = false;
		follow(&looks[i], now_ms);
	}
	for (size_t i = 0; i < n; i++) {
		if (looks[i].changed && !looks[i].s->told)
			tell_look(d, looks, n, i, now_ms);
	}
	for (size_t i = 0; i < n; i++) {
		tell_expiry(d, &looks[i], now_ms);
		keep(&looks[i]);
	}
	rc = 0;
out:
	looks_fini(looks, n);
	sc_buf_fini(&b);
	return rc;
}

bool
drill_watch_due(const struct drill *d, int64_t now_ms)
{
	for (size_t i = 0; i < d->nstreams; i++) {
		if (d->streams[i].due_ms <= now_ms)
			return true;
	}
	return false;
}
