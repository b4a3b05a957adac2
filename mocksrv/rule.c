#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mocksrv/rule.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define NUMBER_MAX ((int64_t)1 << 50)
#define DELAY_MAX  ((int64_t)24 * 3600 * 1000)

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
parse_delay(const struct mock_line *l, const char *value, int64_t *out,
    struct sc_err *e)
{
	if (sc_duration_parse(value, strlen(value), out) == 0 &&
	    *out <= DELAY_MAX)
		return 0;
	return mock_line_fail(
	    l, e, "delay=%s: expected a time such as 200ms or 5s", value);
}

static int
parse_frame(const struct mock_line *l, const char *value, int64_t *out,
    struct sc_err *e)
{
	for (int64_t i = 0; frames[i] != NULL; i++) {
		if (strcmp(frames[i], value) == 0) {
			*out = i;
			return 0;
		}
	}
	return mock_line_unknown(l, e, "frame", value, frames);
}

static int
parse_word(struct mock_rule *r, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	static const char *const known[] = { "from", "times", "status",
		"retry-after", "body", "file", "delay", "cut-after",
		"reset-after", "frame", NULL };
	const struct {
		const char *key;
		int64_t lo, hi, *out;
	} numbers[] = { { "from", 1, NUMBER_MAX, &r->from },
		{ "times", 1, NUMBER_MAX, &r->times },
		{ "status", 200, 599, &r->status },
		{ "cut-after", 0, NUMBER_MAX, &r->cut_after },
		{ "reset-after", 0, NUMBER_MAX, &r->reset_after } };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(w->key, numbers[i].key) == 0)
			return mock_line_number(l, w, numbers[i].lo,
			    numbers[i].hi, numbers[i].out, e);
	}
	if (mock_line_check(l, w, known, e) == -1)
		return -1;
	if (strcmp(w->key, "body") == 0) {
		r->body_type = mock_type_of(w->value);
		return parse_path(
		    l, w->value, mock_canned_load_body, &r->body, e);
	}
	if (strcmp(w->key, "file") == 0)
		return parse_path(
		    l, w->value, mock_canned_load_http, &r->file, e);
	if (strcmp(w->key, "delay") == 0)
		return parse_delay(l, w->value, &r->delay_ms, e);
	if (strcmp(w->key, "frame") == 0)
		return parse_frame(l, w->value, &r->frame, e);
	free(r->retry_after);
	r->retry_after = sc_xstrdup(w->value);
	return 0;
}

static int
check(const struct mock_rule *r, const struct mock_line *l, struct sc_err *e)
{
	if (r->file != NULL && r->status != 0)
		return mock_line_fail(
		    l, e, "file= has its own status; leave status= out");
	if (r->status == 0 && r->body != NULL)
		return mock_line_fail(l, e, "body= needs status=");
	if (!mock_rule_answers(r) && r->retry_after != NULL)
		return mock_line_fail(
		    l, e, "retry-after= needs status= or file=");
	if (r->cut_after != -1 && r->reset_after != -1)
		return mock_line_fail(
		    l, e, "cut-after= and reset-after= exclude each other");
	if (!mock_rule_answers(r) && r->delay_ms == -1 && r->cut_after == -1 &&
	    r->reset_after == -1 && r->frame == -1)
		return mock_line_fail(l, e,
		    "the rule does nothing; give it status=, file=, delay=, "
		    "cut-after=, reset-after= or frame=");
	return 0;
}

int
mock_rule_parse(
    struct mock_rule *r, const struct mock_line *l, struct sc_err *e)
{
	*r = (struct mock_rule){ .line = l->number,
		.from = 1,
		.delay_ms = -1,
		.cut_after = -1,
		.reset_after = -1,
		.frame = -1 };
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
	free(r->retry_after);
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
name(struct sc_buf *b, const char *what, int64_t n, const char *unit)
{
	if (n == -1)
		return;
	(void)sc_buf_addf(
	    b, "%s%s=%" PRId64 "%s", b->len > 0 ? " " : "", what, n, unit);
}

void
mock_rule_prepare(const struct mock_rule *r, struct mock_reply *reply)
{
	struct sc_buf *b = &reply->fault;

	name(b, "status", r->status >= 400 ? r->status : -1, "");
	name(b, "delay", r->delay_ms, "ms");
	name(b, "cut-after", r->cut_after, "");
	name(b, "reset-after", r->reset_after, "");
	if (r->frame != -1)
		reply->frame = (enum mock_frame)r->frame;
}

void
mock_rule_edit(const struct mock_rule *r, struct mock_reply *reply)
{
	if (r->cut_after != -1)
		mock_reply_cut(reply, (size_t)r->cut_after, MOCK_FIN);
	if (r->reset_after != -1)
		mock_reply_cut(reply, (size_t)r->reset_after, MOCK_RST);
	if (r->delay_ms != -1)
		mock_reply_delay(reply, r->delay_ms);
}
