#include <stdlib.h>
#include <string.h>

#include "mocksrv/replay.h"
#include "sc/mem.h"

#define REQUEST_MAX ((size_t)256 * 1024)

static const char *
file_of(const struct mock_line *l)
{
	for (size_t i = 2; i < l->n; i++) {
		if (strcmp(l->words[i].key, "file") == 0)
			return l->words[i].value;
	}
	return NULL;
}

/* The line's words without the file.  For free(). */
static char *
request_of(const struct mock_line *l)
{
	struct sc_buf b;
	char *text;

	sc_buf_init(&b, REQUEST_MAX);
	for (size_t i = 0; i < l->n; i++) {
		const struct mock_word *w = &l->words[i];

		if (i < 2 || strcmp(w->key, "file") != 0)
			(void)sc_buf_addf(&b, "%s=%s ", w->key,
			    w->value != NULL ? w->value : "");
	}
	text = b.full ? NULL : sc_xstrdup(sc_buf_str(&b));
	sc_buf_fini(&b);
	return text;
}

static struct mock_rule *
find(const struct mock_rules *rules, const char *request)
{
	struct mock_rule *r;

	for (r = STAILQ_FIRST(rules); r != NULL; r = STAILQ_NEXT(r, link)) {
		if (r->request != NULL && strcmp(r->request, request) == 0)
			return r;
	}
	return NULL;
}

/* Remembers which line the answers behind the first `from` came with. */
static void
set_lines(struct mock_sequence *q, size_t from, unsigned line)
{
	for (size_t i = from; i < q->n; i++)
		q->turns[i].line = line;
}

int
mock_replay_parse(struct mock_rules *rules, const struct mock_line *line,
    const struct mock_source *src, struct sc_err *e)
{
	struct mock_line l = { .file = line->file, .number = line->number };
	struct sc_err cause = { 0 };
	struct mock_rule *r;
	char *request;
	size_t before;
	int rc;

	l.n = line->n - 1;
	memcpy(l.words, line->words + 1, l.n * sizeof(l.words[0]));
	if (file_of(&l) == NULL)
		return mock_line_fail(
		    line, e, "expected \"replay METHOD PATH ... file=FILE\"");
	if ((request = request_of(&l)) == NULL)
		return mock_line_fail(line, e, "the line is too long");
	if ((r = find(rules, request)) != NULL) {
		free(request);
		before = r->files.n;
		if (mock_sequence_add(&r->files, l.file, file_of(&l), &cause) ==
		    -1)
			return mock_line_fail(line, e, "%s", cause.msg);
		set_lines(&r->files, before, line->number);
		return 0;
	}
	r = sc_xcalloc(1, sizeof(*r));
	rc = mock_rule_parse(r, &l, src, e);
	r->request = request;
	set_lines(&r->files, 0, line->number);
	STAILQ_INSERT_TAIL(rules, r, link);
	return rc;
}
