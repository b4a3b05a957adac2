#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/drill_impl.h"
#include "mocksrv/match.h"
#include "mocksrv/place.h"
#include "sc/clock.h"
#include "sc/file.h"
#include "sc/json.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

/* What a scenario says of times beyond that is not waited for. */
#define LATEST_MS (31 * INT64_C(86400000))

enum { TIME, RULE, TARGET, STATUS, OUTCOME, FAULT, MEMBERS };

static const char *const members[MEMBERS] = { "time", "rule", "target",
	"status", "outcome", "fault" };

/* Of the line with that number; without a comment. */
static char *
line_text(const char *text, unsigned number)
{
	size_t n;

	while (--number > 0)
		text += strcspn(text, "\n") + 1;
	n = strcspn(text, "\n");
	for (size_t i = 1; i < n; i++) {
		if (text[i] == '#' &&
		    (text[i - 1] == ' ' || text[i - 1] == '\t'))
			n = i;
	}
	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	return sc_xstrndup(text, n);
}

static void
add_line(struct drill *d, const char *text, unsigned number,
    const struct mock_window *window, const char *path)
{
	d->lines = sc_xreallocarray(d->lines, d->nlines + 1, sizeof(*d->lines));
	d->lines[d->nlines++] = (struct drill_line){ .number = number,
		.text = line_text(text, number),
		.window = window,
		.path = path };
}

static const struct mock_window *
real_window(const struct mock_window *w)
{
	return w->after_ms == INT64_MIN && w->until_ms == INT64_MAX ? NULL : w;
}

int
drill_play_load(struct drill *d, struct sc_err *e)
{
	const struct mock_scenario *s = d->scenario;
	const struct mock_listen *l;
	const struct mock_rule *r;
	const char *text;
	struct sc_buf b;
	char *path;
	int rc;

	sc_buf_init(&b, MOCK_SCENARIO_MAX_BYTES);
	path = mock_place_scenario(d->o->scenario);
	rc = sc_file_read(path, &b, e);
	free(path);
	if (rc == -1) {
		sc_buf_fini(&b);
		return -1;
	}
	text = sc_buf_str(&b);
	for (r = STAILQ_FIRST(&s->rules); r != NULL; r = STAILQ_NEXT(r, link)) {
		/* What was captured is the vendor, and not a fault of his. */
		add_line(d, text, r->line, real_window(&r->window),
		    r->request == NULL ? r->path : NULL);
		d->mutates |= mock_mutation_of_records(&r->mutation);
	}
	for (l = STAILQ_FIRST(&s->listens); l != NULL;
	     l = STAILQ_NEXT(l, link)) {
		add_line(d, text, l->line, real_window(&l->window), NULL);
		d->lines[d->nlines - 1].listens = true;
	}
	/* Vendors refuse things by themselves. */
	for (size_t i = 0; i < s->nserves; i++)
		add_line(d, text, s->serves[i].line, NULL, NULL);
	sc_buf_fini(&b);
	return 0;
}

static void
take_later(int64_t *end, int64_t ms, int64_t start_ms)
{
	if (ms > *end && ms < start_ms + LATEST_MS)
		*end = ms;
}

/* Where serve and at lines name times: the end of a token, other records. */
static void
later_settings(const struct drill *d, int64_t *end)
{
	const struct mock_scenario *sc = d->scenario;

	for (size_t i = 0; i < sc->nserves; i++) {
		const struct mock_serve *serve = &sc->serves[i];
		const struct mock_setting *s = serve->vendor->settings;

		for (; s->word != NULL; s++) {
			const struct mock_feed *f;

			if (s->kind == MOCK_SET_TIME)
				take_later(end,
				    mock_setting_time(s, serve->state),
				    d->o->start_ms);
			if (s->kind != MOCK_SET_FEED)
				continue;
			f = mock_setting_feed(s, serve->state);
			for (size_t v = 1; v < f->n; v++)
				take_later(end, f->versions[v].when.at_ms,
				    d->o->start_ms);
		}
	}
}

int64_t
drill_play_end(const struct drill *d)
{
	int64_t end = d->o->start_ms;

	for (size_t i = 0; i < d->nlines; i++) {
		const struct mock_window *w = d->lines[i].window;

		if (w == NULL)
			continue;
		take_later(&end, w->after_ms, d->o->start_ms);
		take_later(&end, w->until_ms, d->o->start_ms);
		/* Without an end: some rounds will do. */
		if (w->every_ms > 0 && w->until_ms == INT64_MAX)
			take_later(&end, w->after_ms + 3 * w->every_ms,
			    d->o->start_ms);
	}
	later_settings(d, &end);
	return end;
}

static void
tell_line(const struct drill *d, const char *kind, int64_t at_ms,
    const struct drill_line *l, const char *text)
{
	struct drill_event ev = { .kind = kind, .at_ms = at_ms, .text = text };
	char subject[32];

	(void)snprintf(subject, sizeof(subject), "line %u", l->number);
	ev.subject = subject;
	drill_tell(d, &ev);
}

/* The streams that a line is about are under a fault, or no longer. */
static void
mark(struct drill *d, const struct drill_line *l, int64_t at_ms)
{
	for (size_t i = 0; i < d->nstreams; i++) {
		struct drill_stream *s = &d->streams[i];

		if (l->path != NULL &&
		    !mock_glob(l->path, sc_slice_of(s->path)))
			continue;
		if (s->fault_ms == 0)
			s->fault_ms = at_ms;
		s->last_fault_ms = at_ms;
	}
}

/* When the window that is open, or was at before_ms, began or ended. */
static int64_t
began(const struct mock_window *w, int64_t now_ms)
{
	return w->every_ms == 0 ? w->after_ms
				: now_ms - (now_ms - w->after_ms) % w->every_ms;
}

static int64_t
ended(const struct mock_window *w, int64_t before_ms)
{
	int64_t end =
	    w->every_ms == 0 ? w->until_ms : began(w, before_ms) + w->for_ms;

	return end < w->until_ms ? end : w->until_ms;
}

static void
look_at_line(
    struct drill *d, struct drill_line *l, int64_t before_ms, int64_t now_ms)
{
	bool open = mock_window_open(l->window, now_ms);
	int64_t at_ms;

	if (open == l->open)
		return;
	at_ms = open ? began(l->window, now_ms) : ended(l->window, before_ms);
	if (at_ms < d->o->start_ms)
		at_ms = d->o->start_ms;
	l->open = open;
	tell_line(d, open ? "begins" : "ends", at_ms, l, l->text);
	mark(d, l, at_ms);
}

static void
look_at_feed(const struct drill *d, const struct drill_stream *s,
    int64_t before_ms, int64_t now_ms)
{
	for (size_t v = 1; s->feed != NULL && v < s->feed->n; v++) {
		const struct mock_version *to = &s->feed->versions[v];
		struct drill_event ev = { .kind = "records",
			.at_ms = to->when.at_ms,
			.subject = s->name };
		char text[64];

		if (to->when.request > 0 || to->when.at_ms > now_ms ||
		    to->when.at_ms <= before_ms)
			continue;
		(void)snprintf(text, sizeof(text), "the vendor has %zu now",
		    to->table->data->nrecords);
		ev.text = text;
		drill_tell(d, &ev);
	}
}

void
drill_play_look(struct drill *d, int64_t before_ms, int64_t now_ms)
{
	for (size_t i = 0; i < d->nlines; i++) {
		if (d->lines[i].window != NULL)
			look_at_line(d, &d->lines[i], before_ms, now_ms);
	}
	for (size_t i = 0; i < d->nstreams; i++)
		look_at_feed(d, &d->streams[i], before_ms, now_ms);
}

static struct drill_line *
find_line(const struct drill *d, struct sc_json_val rule)
{
	for (size_t i = 0; i < d->nlines; i++) {
		char name[32];

		(void)snprintf(
		    name, sizeof(name), "line %u", d->lines[i].number);
		if (sc_json_is(rule, name))
			return &d->lines[i];
	}
	return NULL;
}

/*
 * A rule had its hand in it, or the vendor or a proxy refused something.  A
 * tunnel through a proxy just ends.
 */
static bool
is_fault(const struct drill_line *l, const struct sc_json_val *m)
{
	int64_t status = 0;

	(void)sc_json_int(m[STATUS], &status);
	if (status >= 300 || (l != NULL && l->path != NULL))
		return true;
	if (l != NULL && l->listens)
		return false;
	return m[FAULT].type == SC_JSON_STRING ||
	    (m[OUTCOME].type == SC_JSON_STRING &&
		!sc_json_is(m[OUTCOME], "sent"));
}

static void
mark_streams(struct drill *d, struct sc_json_val target, int64_t at_ms)
{
	char *text = sc_json_dup(target);

	if (text == NULL)
		return;
	text[strcspn(text, "?")] = '\0';
	for (size_t i = 0; i < d->nstreams; i++) {
		struct drill_stream *s = &d->streams[i];

		if (strcmp(text, s->path) != 0)
			continue;
		if (s->fault_ms == 0)
			s->fault_ms = at_ms;
		s->last_fault_ms = at_ms;
	}
	free(text);
}

/* Each line's faults are told when they come, not as long as they go on. */
static void
tell_fault(struct drill *d, struct drill_line *l, const struct sc_json_val *m,
    int64_t at_ms)
{
	char *fault = sc_json_dup(m[FAULT]);
	char status[32];
	int64_t n = 0;

	(void)sc_json_int(m[STATUS], &n);
	(void)snprintf(status, sizeof(status), "status=%d", (int)n);
	if (l->hit == 0 || l->hit + 1 < d->polls)
		tell_line(d, "fault", at_ms, l,
		    fault != NULL  ? fault
			: n >= 300 ? status
				   : l->text);
	l->hit = d->polls;
	free(fault);
}

static void
take_exchange(struct drill *d, const struct sc_json_val *m)
{
	struct drill_line *l = find_line(d, m[RULE]);
	int64_t us = 0;

	if (!is_fault(l, m))
		return;
	if (m[TIME].type == SC_JSON_STRING)
		(void)sc_time_parse_us(
		    m[TIME].raw.p + 1, m[TIME].raw.n - 2, &us);
	mark_streams(d, m[TARGET], us / 1000);
	if (l != NULL)
		tell_fault(d, l, m, us / 1000);
}

int
drill_play_journal(struct drill *d, struct sc_err *e)
{
	struct sc_json_plan *plan = sc_json_plan_new(members, MEMBERS, e);
	struct sc_json_val m[MEMBERS];
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int rc = plan != NULL ? 0 : -1;

	while (rc == 0 && (n = getline(&line, &cap, d->journal)) > 0) {
		rc = sc_json_scan(line, (size_t)n, plan, 0, m, e);
		if (rc == 0)
			take_exchange(d, m);
	}
	clearerr(d->journal);
	free(line);
	sc_json_plan_free(plan);
	return rc == 0 ? 0 : sc_ctx(e, "the journal");
}
