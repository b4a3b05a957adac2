#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mocksrv/rule.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define NUMBER_MAX  ((int64_t)1 << 50)
#define DELAY_MAX   ((int64_t)24 * 3600 * 1000)
#define HEADERS_MAX ((size_t)16 * 1024)

static const char *const frames[] = { "length", "chunked", "close", NULL };

static int
parse_path(const struct mock_line *l, const char *value,
    struct mock_canned *(*load)(const char *, struct sc_err *),
    struct mock_canned **out, struct sc_err *e)
{
	char *path = mock_path_beside(l->file, value);
	struct sc_err cause = { 0 };

	mock_canned_free(*out);
	*out = load(path, &cause);
	free(path);
	return *out != NULL ? 0 : mock_line_fail(l, e, "%s", cause.msg);
}

static int
parse_duration(const struct mock_line *l, const struct mock_word *w,
    const char *text, int64_t *out, struct sc_err *e)
{
	if (sc_duration_parse(text, strlen(text), out) == 0 &&
	    *out <= DELAY_MAX)
		return 0;
	return mock_line_fail(l, e,
	    "%s=%s: expected a time such as 200ms or 5s", w->key, w->value);
}

/* "+90s" or "-90s" from now. */
static int
parse_retry_date(struct mock_rule *r, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	r->answer_words = r->has_retry_date = true;
	if (*w->value != '+' && *w->value != '-')
		return mock_line_fail(
		    l, e, "%s=%s: expected +90s or -90s", w->key, w->value);
	if (parse_duration(l, w, w->value + 1, &r->retry_date_ms, e) == -1)
		return -1;
	if (*w->value == '-')
		r->retry_date_ms = -r->retry_date_ms;
	return 0;
}

static int
parse_choice(const struct mock_line *l, const struct mock_word *w,
    const char *const *known, int64_t *out, struct sc_err *e)
{
	for (int64_t i = 0; known[i] != NULL; i++) {
		if (strcmp(known[i], w->value) == 0) {
			*out = i;
			return 0;
		}
	}
	return mock_line_unknown(l, e, w->key, w->value, known);
}

static int
parse_header(struct mock_rule *r, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	const char *colon = strchr(w->value, ':');

	if (colon == NULL || colon == w->value)
		return mock_line_fail(
		    l, e, "header=%s: expected NAME:VALUE", w->value);
	(void)sc_buf_addf(&r->headers, "%.*s: %s\r\n", (int)(colon - w->value),
	    w->value, colon + 1);
	return 0;
}

/* 1 when the word is no number. */
static int
parse_number(struct mock_rule *r, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	const struct {
		const char *key;
		int64_t lo, hi, *out;
	} numbers[] = { { "from", 1, NUMBER_MAX, &r->from },
		{ "times", 1, NUMBER_MAX, &r->times },
		{ "status", 200, 599, &r->status },
		{ "drip", 1, NUMBER_MAX, &r->drip },
		{ "cut-after", 0, NUMBER_MAX, &r->cut_after },
		{ "reset-after", 0, NUMBER_MAX, &r->reset_after },
		{ "stall-after", 0, NUMBER_MAX, &r->stall_after } };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(w->key, numbers[i].key) == 0)
			return mock_line_number(l, w, numbers[i].lo,
			    numbers[i].hi, numbers[i].out, e);
	}
	return 1;
}

/* 1 when the word is no switch. */
static int
parse_switch(struct mock_rule *r, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	static const char *const yes[] = { "yes", NULL };
	const struct {
		const char *key;
		bool *out;
	} switches[] = { { "cut-head", &r->cut_head },
		{ "garbage-status", &r->garbage_status },
		{ "bad-chunk", &r->bad_chunk },
		{ "truncate-json", &r->truncate_json } };
	int64_t which;

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (strcmp(w->key, switches[i].key) != 0)
			continue;
		*switches[i].out = true;
		return parse_choice(l, w, yes, &which, e);
	}
	return 1;
}

static int
parse_answer(struct mock_rule *r, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	static const char *const forms[] = { "json", "html", "empty", NULL };

	if (strcmp(w->key, "body") == 0) {
		r->body_type = mock_type_of(w->value);
		return parse_path(
		    l, w->value, mock_canned_load_body, &r->body, e);
	}
	if (strcmp(w->key, "file") == 0)
		return parse_path(
		    l, w->value, mock_canned_load_http, &r->file, e);
	r->answer_words = true;
	if (strcmp(w->key, "as") == 0)
		return parse_choice(l, w, forms, &r->as, e);
	if (strcmp(w->key, "retry-after-date") == 0)
		return parse_retry_date(r, l, w, e);
	(void)sc_buf_addf(&r->headers, "%s: %s\r\n",
	    strcmp(w->key, "location") == 0 ? "Location" : "Retry-After",
	    w->value);
	return 0;
}

static int
parse_word(struct mock_rule *r, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	static const char *const known[] = { "from", "times", "status", "body",
		"as", "file", "retry-after", "retry-after-date", "location",
		"header", "delay", "drip", "cut-after", "reset-after",
		"stall-after", "cut-head", "garbage-status", "bad-chunk",
		"truncate-json", "frame", NULL };
	int rc = parse_number(r, l, w, e);

	if (rc != 1)
		return rc;
	if (mock_line_check(l, w, known, e) == -1)
		return -1;
	if ((rc = parse_switch(r, l, w, e)) != 1)
		return rc;
	if (strcmp(w->key, "delay") == 0)
		return parse_duration(l, w, w->value, &r->delay_ms, e);
	if (strcmp(w->key, "frame") == 0)
		return parse_choice(l, w, frames, &r->frame, e);
	if (strcmp(w->key, "header") == 0)
		return parse_header(r, l, w, e);
	return parse_answer(r, l, w, e);
}

/* How many of the edits that end the answer early there are. */
static int
count_ends(const struct mock_rule *r)
{
	return (r->cut_after != -1) + (r->reset_after != -1) +
	    (r->stall_after != -1) + r->cut_head;
}

static bool
has_edits(const struct mock_rule *r)
{
	return count_ends(r) > 0 || r->delay_ms != -1 || r->drip != -1 ||
	    r->frame != -1 || r->garbage_status || r->bad_chunk ||
	    r->truncate_json || r->headers.len > 0;
}

static int
check(const struct mock_rule *r, const struct mock_line *l, struct sc_err *e)
{
	if (r->file != NULL && r->status != 0)
		return mock_line_fail(
		    l, e, "file= has its own status; leave status= out");
	if (r->status == 0 && (r->body != NULL || r->as != -1))
		return mock_line_fail(l, e, "body= and as= need status=");
	if (r->body != NULL && r->as != -1)
		return mock_line_fail(l, e, "body= and as= exclude each other");
	if (!mock_rule_answers(r) && r->answer_words)
		return mock_line_fail(l, e,
		    "retry-after=, retry-after-date= and location= need "
		    "status= or file=");
	if (count_ends(r) > 1)
		return mock_line_fail(l, e,
		    "cut-after=, reset-after=, stall-after= and cut-head= "
		    "exclude each other");
	if (r->bad_chunk && r->frame != -1 && r->frame != MOCK_FRAME_CHUNKED)
		return mock_line_fail(l, e, "bad-chunk= is frame=chunked");
	if (!mock_rule_answers(r) && !has_edits(r))
		return mock_line_fail(l, e,
		    "the rule does nothing; give it status=, file=, delay=, "
		    "cut-after=, reset-after=, frame= ...");
	return 0;
}

int
mock_rule_parse(
    struct mock_rule *r, const struct mock_line *l, struct sc_err *e)
{
	*r = (struct mock_rule){ .line = l->number,
		.from = 1,
		.as = -1,
		.delay_ms = -1,
		.drip = -1,
		.cut_after = -1,
		.reset_after = -1,
		.stall_after = -1,
		.frame = -1 };
	sc_buf_init(&r->headers, HEADERS_MAX);
	if (l->n < 2 || l->words[1].value != NULL ||
	    (*l->words[1].key != '/' && *l->words[1].key != '*'))
		return mock_line_fail(
		    l, e, "expected a path behind \"%s\"", l->words[0].key);
	r->method = sc_xstrdup(l->words[0].key);
	r->path = sc_xstrdup(l->words[1].key);
	for (size_t i = 2; i < l->n; i++) {
		if (parse_word(r, l, &l->words[i], e) == -1)
			return -1;
	}
	return check(r, l, e);
}

void
mock_rule_fini(struct mock_rule *r)
{
	free(r->method);
	free(r->path);
	sc_buf_fini(&r->headers);
	mock_canned_free(r->file);
	mock_canned_free(r->body);
}

/* '*' matches any run; on a mismatch the last one takes one byte more. */
static bool
glob(const char *pattern, struct sc_slice s)
{
	const char *star = NULL;
	size_t at = 0, back = 0;

	while (at < s.n) {
		if (*pattern == '*') {
			star = ++pattern;
			back = at;
		} else if (*pattern == s.p[at]) {
			pattern++;
			at++;
		} else if (star != NULL) {
			pattern = star;
			at = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool
mock_rule_match(struct mock_rule *r, const struct mock_http *h)
{
	if (strcmp(r->method, "*") != 0 && !sc_slice_is(h->method, r->method))
		return false;
	if (!glob(r->path, h->path))
		return false;
	r->seen++;
	return r->seen >= r->from &&
	    (r->times == 0 || r->seen < r->from + r->times);
}

bool
mock_rule_answers(const struct mock_rule *r)
{
	return r->status != 0 || r->file != NULL;
}

static void
name_number(struct sc_buf *b, const char *what, int64_t n, const char *unit)
{
	if (n == -1)
		return;
	(void)sc_buf_addf(
	    b, "%s%s=%" PRId64 "%s", b->len > 0 ? " " : "", what, n, unit);
}

static void
name_switch(struct sc_buf *b, const char *what, bool on)
{
	if (on)
		(void)sc_buf_addf(b, "%s%s", b->len > 0 ? " " : "", what);
}

static void
name_fault(const struct mock_rule *r, struct sc_buf *b)
{
	name_number(b, "status", r->status >= 400 ? r->status : -1, "");
	name_number(b, "delay", r->delay_ms, "ms");
	name_number(b, "drip", r->drip, "");
	name_number(b, "cut-after", r->cut_after, "");
	name_number(b, "reset-after", r->reset_after, "");
	name_number(b, "stall-after", r->stall_after, "");
	name_switch(b, "cut-head", r->cut_head);
	name_switch(b, "garbage-status", r->garbage_status);
	name_switch(b, "bad-chunk", r->bad_chunk);
	name_switch(b, "truncate-json", r->truncate_json);
}

void
mock_rule_prepare(
    const struct mock_rule *r, int64_t now_ms, struct mock_reply *reply)
{
	char date[SC_TIME_BUF];

	name_fault(r, &reply->fault);
	(void)sc_buf_add(&reply->headers, r->headers.p, r->headers.len);
	if (r->has_retry_date)
		mock_reply_header(reply, "Retry-After",
		    sc_time_format_http(now_ms + r->retry_date_ms, date));
	if (r->truncate_json)
		mock_reply_halve(reply);
	if (r->frame != -1)
		reply->frame = (enum mock_frame)r->frame;
	if (r->bad_chunk) {
		reply->frame = MOCK_FRAME_CHUNKED;
		reply->bad_chunk = true;
	}
}

void
mock_rule_edit(const struct mock_rule *r, struct mock_reply *reply)
{
	if (r->garbage_status)
		mock_reply_spoil_status(reply);
	if (r->cut_head)
		mock_reply_cut_head(reply);
	if (r->cut_after != -1)
		mock_reply_cut(reply, (size_t)r->cut_after, MOCK_FIN);
	if (r->reset_after != -1)
		mock_reply_cut(reply, (size_t)r->reset_after, MOCK_RST);
	if (r->stall_after != -1)
		mock_reply_cut(reply, (size_t)r->stall_after, MOCK_STALL);
	if (r->drip != -1)
		mock_reply_pace(reply, r->drip);
	if (r->delay_ms != -1)
		mock_reply_delay(reply, r->delay_ms);
}
