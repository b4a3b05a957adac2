#include <stdlib.h>
#include <string.h>

#include "mocksrv/rule.h"
#include "mocksrv/vendor.h"
#include "sc/mem.h"

#define NUMBER_MAX  ((int64_t)1 << 50)
#define HEADERS_MAX ((size_t)16 * 1024)
#define TESTS_MAX   16

/* A rule while its line is read. */
struct job {
	struct mock_rule *rule;
	const struct mock_line *line;
	const struct mock_source *source;
	struct sc_err *e;
};

static int
read_path(const struct job *j, const struct mock_word *w)
{
	char *path = mock_path_beside(j->line->file, w->value);
	struct sc_err cause = { 0 };

	mock_canned_free(j->rule->body);
	j->rule->body = mock_canned_load_body(path, &cause);
	j->rule->body_type = mock_type_of(w->value);
	free(path);
	if (j->rule->body != NULL)
		return 0;
	return mock_line_fail(j->line, j->e, "%s", cause.msg);
}

static int
read_files(const struct job *j, const struct mock_word *w)
{
	struct sc_err cause = { 0 };

	if (mock_sequence_load(
		&j->rule->files, j->line->file, w->value, &cause) == 0)
		return 0;
	return mock_line_fail(j->line, j->e, "%s", cause.msg);
}

/* "+90s" or "-90s" from now. */
static int
read_retry_date(const struct job *j, const struct mock_word *w)
{
	struct mock_rule *r = j->rule;

	r->answer_words = r->has_retry_date = true;
	if (*w->value != '+' && *w->value != '-')
		return mock_line_fail(j->line, j->e,
		    "%s=%s: expected +90s or -90s", w->key, w->value);
	if (mock_line_duration(j->line, w, sc_slice_of(w->value + 1),
		&r->retry_date_ms, j->e) == -1)
		return -1;
	if (*w->value == '-')
		r->retry_date_ms = -r->retry_date_ms;
	return 0;
}

static int
read_retry(const struct job *j, const struct mock_word *w)
{
	struct mock_rule *r = j->rule;

	r->answer_words = true;
	if (strcmp(w->value, "auto") == 0)
		r->retry_auto = true;
	else
		(void)sc_buf_addf(&r->headers, "Retry-After: %s\r\n", w->value);
	return 0;
}

static int
read_location(const struct job *j, const struct mock_word *w)
{
	j->rule->answer_words = true;
	(void)sc_buf_addf(&j->rule->headers, "Location: %s\r\n", w->value);
	return 0;
}

static int
read_header(const struct job *j, const struct mock_word *w)
{
	const char *colon = strchr(w->value, ':');

	if (colon == NULL || colon == w->value)
		return mock_line_fail(
		    j->line, j->e, "header=%s: expected NAME:VALUE", w->value);
	(void)sc_buf_addf(&j->rule->headers, "%.*s: %s\r\n",
	    (int)(colon - w->value), w->value, colon + 1);
	return 0;
}

/* if-query=NAME:GLOB, unless-body=GLOB ... */
static int
read_test(const struct job *j, const struct mock_word *w)
{
	struct mock_rule *r = j->rule;

	if (r->ntests == TESTS_MAX)
		return mock_line_fail(
		    j->line, j->e, "more than %d conditions", TESTS_MAX);
	r->tests = sc_xreallocarray(r->tests, r->ntests + 1, sizeof(*r->tests));
	return mock_test_parse(&r->tests[r->ntests++], j->line, w, j->e);
}

static int
read_window(const struct job *j, const struct mock_word *w)
{
	return mock_window_read(&j->rule->window, j->line, w, j->source, j->e);
}

/* "5" or "0.1%" */
static int
read_chance(const struct job *j, const struct mock_word *w)
{
	size_t n = strlen(w->value);
	struct mock_word number = { .key = w->key };
	double percent;
	int rc;

	number.value =
	    sc_xstrndup(w->value, w->value[n - 1] == '%' ? n - 1 : n);
	rc = mock_line_decimal(j->line, &number, 0, 100, &percent, j->e);
	free(number.value);
	if (rc == 0)
		j->rule->chance =
		    (int64_t)(percent * (MOCK_CHANCE_MAX / 100.0) + 0.5);
	return rc;
}

static int
read_rate(const struct job *j, const struct mock_word *w)
{
	struct mock_limit *limit = &j->rule->limit;

	return mock_rate_parse(
	    *w->key == 'l' ? &limit->rate : &limit->phantom, j->line, w, j->e);
}

static int
read_limit_per(const struct job *j, const struct mock_word *w)
{
	static const char *const known[] = { "key", NULL };

	j->rule->limit.per_key = true;
	return mock_line_choice(j->line, w->key, w->value, known, j->e);
}

static int
read_delay(const struct job *j, const struct mock_word *w)
{
	return mock_delay_parse(&j->rule->delay, j->line, w, j->e);
}

static int
read_mutate(const struct job *j, const struct mock_word *w)
{
	return mock_mutation_parse(&j->rule->mutation, j->line, w, j->e);
}

static int
read_as(const struct job *j, const struct mock_word *w)
{
	static const char *const forms[] = { "json", "html", "login", "empty",
		NULL };

	j->rule->answer_words = true;
	j->rule->as = mock_line_choice(j->line, w->key, w->value, forms, j->e);
	return j->rule->as == -1 ? -1 : 0;
}

/* "600", "head" or "head+600" */
static int
read_place(
    struct mock_place *at, const struct job *j, const struct mock_word *w)
{
	static const char head[] = "head";
	const char *bytes = w->value, *bad = NULL;

	*at = (struct mock_place){ .given = true };
	if (strncmp(bytes, head, sizeof(head) - 1) == 0) {
		at->behind_head = true;
		bytes += sizeof(head) - 1;
		if (*bytes == '\0')
			return 0;
		if (*bytes++ != '+')
			bytes = "";
	}
	at->bytes = strtonum(bytes, 0, NUMBER_MAX, &bad);
	if (bad == NULL)
		return 0;
	return mock_line_fail(j->line, j->e,
	    "%s=%s: expected a number of bytes, head or head+600", w->key,
	    w->value);
}

static int
read_on(const struct job *j, const struct mock_word *w)
{
	free(j->rule->on);
	j->rule->on = sc_xstrdup(w->value);
	return 0;
}

static const char *const frames[] = { "length", "chunked", "close", NULL };
static const char *const gzips[] = { "broken", "yes", NULL };
static const char *const yes[] = { "yes", NULL };
static const char *const no[] = { "no", NULL };

/* The words that may stand behind the path. */
enum kind {
	NUMBER, /* int64_t from lo to hi */
	SWITCH, /* bool, set by the only choice */
	CHOICE, /* int64_t, place in choices */
	PLACE,  /* struct mock_place */
	OWN     /* see read */
};

#define AT(member) offsetof(struct mock_rule, member)

static const struct word {
	const char *key;
	enum kind kind;
	size_t offset;
	int64_t lo, hi;
	const char *const *choices;
	int (*read)(const struct job *, const struct mock_word *);
} words[] = {
	{ "on", OWN, .read = read_on },
	{ "if-query", OWN, .read = read_test },
	{ "if-header", OWN, .read = read_test },
	{ "if-body", OWN, .read = read_test },
	{ "unless-query", OWN, .read = read_test },
	{ "unless-header", OWN, .read = read_test },
	{ "unless-body", OWN, .read = read_test },
	{ "after", OWN, .read = read_window },
	{ "until", OWN, .read = read_window },
	{ "every", OWN, .read = read_window },
	{ "for", OWN, .read = read_window },
	{ "from", NUMBER, AT(from), .lo = 1, .hi = NUMBER_MAX },
	{ "times", NUMBER, AT(times), .lo = 1, .hi = NUMBER_MAX },
	{ "p", OWN, .read = read_chance },
	{ "limit", OWN, .read = read_rate },
	{ "burst", NUMBER, AT(limit.burst), .lo = 1, .hi = MOCK_BURST_MAX },
	{ "phantom", OWN, .read = read_rate },
	{ "limit-per", OWN, .read = read_limit_per },
	{ "limit-headers", SWITCH, AT(limit_headers), .choices = yes },
	{ "status", NUMBER, AT(status), .lo = 200, .hi = 599 },
	{ "error", NUMBER, AT(error), .lo = 400, .hi = 599 },
	{ "body", OWN, .read = read_path },
	{ "as", OWN, .read = read_as },
	{ "file", OWN, .read = read_files },
	{ "retry-after", OWN, .read = read_retry },
	{ "retry-after-date", OWN, .read = read_retry_date },
	{ "location", OWN, .read = read_location },
	{ "header", OWN, .read = read_header },
	{ "delay", OWN, .read = read_delay },
	{ "drip", NUMBER, AT(drip), .lo = 1, .hi = NUMBER_MAX },
	{ "cut-after", PLACE, .offset = AT(cut_after) },
	{ "reset-after", PLACE, .offset = AT(reset_after) },
	{ "stall-after", PLACE, .offset = AT(stall_after) },
	{ "cut-head", SWITCH, AT(cut_head), .choices = yes },
	{ "garbage-status", SWITCH, AT(garbage_status), .choices = yes },
	{ "frame", CHOICE, AT(frame), .choices = frames },
	{ "bad-chunk", SWITCH, AT(bad_chunk), .choices = yes },
	{ "last-chunk", SWITCH, AT(no_last_chunk), .choices = no },
	{ "close-notify", SWITCH, AT(no_close_notify), .choices = no },
	{ "gzip", CHOICE, AT(gzip), .choices = gzips },
	{ "truncate-json", SWITCH, AT(truncate_json), .choices = yes },
	{ "mutate", OWN, .read = read_mutate },
};

#define NWORDS (sizeof(words) / sizeof(words[0]))

static const struct word *
find_word(const struct job *j, const struct mock_word *w)
{
	const char *known[NWORDS + 1] = { NULL };

	for (size_t i = 0; i < NWORDS; i++) {
		known[i] = words[i].key;
		if (strcmp(words[i].key, w->key) == 0 && w->value != NULL &&
		    *w->value != '\0')
			return &words[i];
	}
	(void)mock_line_check(j->line, w, known, j->e);
	return NULL;
}

static int
read_word(const struct job *j, const struct mock_word *w)
{
	const struct word *known = find_word(j, w);
	void *at;
	int which;

	if (known == NULL)
		return -1;
	at = (char *)j->rule + known->offset;
	switch (known->kind) {
	case NUMBER:
		return mock_line_number(
		    j->line, w, known->lo, known->hi, at, j->e);
	case PLACE:
		return read_place(at, j, w);
	case SWITCH:
	case CHOICE:
		which = mock_line_choice(
		    j->line, w->key, w->value, known->choices, j->e);
		if (which != -1 && known->kind == SWITCH)
			*(bool *)at = true;
		else if (which != -1)
			*(int64_t *)at = which;
		return which == -1 ? -1 : 0;
	case OWN:
	default:
		return known->read(j, w);
	}
}

/* What does not go together, or not without the other, and why. */
static const char *
find_conflict(const struct mock_rule *r)
{
	const bool answers = mock_rule_answers(r);
	const bool limited = r->limit.rate.n > 0;
	const struct {
		bool is;
		const char *why;
	} conflicts[] = {
		{ r->files.n > 0 && r->status != 0,
		    "file= has its own status; leave status= out" },
		{ r->status == 0 &&
			(r->body != NULL || r->as != -1 || r->error != 0),
		    "body=, as= and error= need status=" },
		{ (r->body != NULL) + (r->as != -1) + (r->error != 0) > 1,
		    "body=, as= and error= exclude each other" },
		{ !answers && r->answer_words,
		    "retry-after=, retry-after-date= and location= need "
		    "status= or file=" },
		{ r->cut_after.given + r->reset_after.given +
			    r->stall_after.given + r->cut_head >
			1,
		    "cut-after=, reset-after=, stall-after= and cut-head= "
		    "exclude each other" },
		{ r->bad_chunk && r->frame != -1 &&
			r->frame != MOCK_FRAME_CHUNKED,
		    "bad-chunk= is frame=chunked" },
		{ r->no_last_chunk && r->frame != -1 &&
			r->frame != MOCK_FRAME_CHUNKED,
		    "last-chunk= is frame=chunked" },
		{ !limited &&
			(r->limit.burst != 0 || r->limit.phantom.n != 0 ||
			    r->limit.per_key || r->limit_headers),
		    "burst=, phantom=, limit-per= and limit-headers= need "
		    "limit=" },
		{ !limited && r->retry_auto, "retry-after=auto needs limit=" },
		{ r->headers.full, "too many headers" },
		{ !answers && !mock_rule_edits(r),
		    "the rule does nothing; give it status=, file=, delay=, "
		    "cut-after=, reset-after=, frame= ..." },
	};

	for (size_t i = 0; i < sizeof(conflicts) / sizeof(conflicts[0]); i++) {
		if (conflicts[i].is)
			return conflicts[i].why;
	}
	return NULL;
}

static void
init(struct mock_rule *r, unsigned line, const struct mock_source *source)
{
	*r = (struct mock_rule){ .line = line,
		.seed = source->seed,
		.window = MOCK_WINDOW_ALWAYS,
		.from = 1,
		.chance = MOCK_CHANCE_MAX,
		.limit.start_ms = source->now_ms,
		.as = -1,
		.drip = -1,
		.frame = -1,
		.gzip = -1 };
	sc_buf_init(&r->headers, HEADERS_MAX);
}

/* A path, or what a proxy is asked for: HOST:PORT or http://... */
static bool
is_path(const char *method, const char *path)
{
	return *path == '/' || *path == '*' || strcmp(method, "CONNECT") == 0 ||
	    strncmp(path, "http://", 7) == 0;
}

int
mock_rule_parse(struct mock_rule *r, const struct mock_line *l,
    const struct mock_source *source, struct sc_err *e)
{
	const struct job j = { r, l, source, e };
	const char *conflict;

	init(r, l->number, source);
	if (l->n < 2 || l->words[1].value != NULL ||
	    !is_path(l->words[0].key, l->words[1].key))
		return mock_line_fail(
		    l, e, "expected a path behind \"%s\"", l->words[0].key);
	r->method = sc_xstrdup(l->words[0].key);
	r->path = sc_xstrdup(l->words[1].key);
	for (size_t i = 2; i < l->n; i++) {
		if (read_word(&j, &l->words[i]) == -1)
			return -1;
	}
	if ((conflict = find_conflict(r)) != NULL)
		return mock_line_fail(l, e, "%s", conflict);
	return mock_window_ready(&r->window, l, source, e);
}
