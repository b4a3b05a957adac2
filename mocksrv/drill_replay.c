#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/drill_impl.h"
#include "mocksrv/drill_state.h"
#include "mocksrv/match.h"
#include "sc/json.h"
#include "sc/mem.h"

#define OUTPUT_MAX ((size_t)1 << 30)

/* An answer that was given at least once, and its line in the scenario. */
struct given {
	unsigned line;
	const struct mock_canned *answer;
};

struct givens {
	struct given *list;
	size_t n;
};

static bool
answers(const struct mock_rule *r, const char *path)
{
	return r->request != NULL && mock_glob(r->path, sc_slice_of(path));
}

bool
drill_replays(const struct mock_scenario *s, const struct sc_vendor *vendor,
    const struct sc_stream *def)
{
	char *path = sc_xasprintf("%s%s", vendor->base, def->path);
	const struct mock_rule *r;
	bool found = false;

	for (r = STAILQ_FIRST(&s->rules); r != NULL; r = STAILQ_NEXT(r, link)) {
		found |= answers(r, path);
	}
	free(path);
	return found;
}

/* The first so many answers of the rule. */
static void
take(struct givens *g, const struct mock_sequence *files, int64_t asked)
{
	for (size_t i = 0; i < files->n && asked > 0; i++) {
		const struct mock_turn *turn = &files->turns[i];

		asked -= turn->times;
		g->list = sc_xreallocarray(g->list, g->n + 1, sizeof(*g->list));
		g->list[g->n++] = (struct given){ turn->line, turn->answer };
	}
}

/* A line of what the server says: of a rule that is about the stream. */
static int
read_line(struct sc_slice line, const struct drill *d,
    const struct drill_stream *s, struct givens *g, struct sc_err *e)
{
	static const char *const paths[] = { "line", "asked" };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 2, e);
	const struct mock_rule *r;
	struct sc_json_val m[2];
	int64_t number, asked;
	int rc = sc_json_scan(line.p, line.n, plan, 0, m, e);

	sc_json_plan_free(plan);
	if (rc == -1 || sc_json_int(m[0], &number) == -1 ||
	    sc_json_int(m[1], &asked) == -1)
		return rc;
	for (r = STAILQ_FIRST(&d->scenario->rules); r != NULL;
	     r = STAILQ_NEXT(r, link)) {
		if (r->line == number && answers(r, s->path))
			take(g, &r->files, asked);
	}
	return 0;
}

static int
find_given(struct drill *d, const struct drill_stream *s, struct givens *g,
    struct sc_err *e)
{
	char *words[] = { sc_xstrdup("records") };
	const char *at, *nl;
	struct sc_buf b;
	int rc;

	sc_buf_init(&b, OUTPUT_MAX);
	rc = drill_command(d, words, 1, &b, e);
	for (at = sc_buf_str(&b); rc == 0 && (nl = strchr(at, '\n')) != NULL;
	     at = nl + 1)
		rc = read_line(
		    (struct sc_slice){ at, (size_t)(nl - at) }, d, s, g, e);
	sc_buf_fini(&b);
	free(words[0]);
	return rc;
}

/* In the order in which they were captured. */
static int
by_line(const void *a, const void *b)
{
	const struct given *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

/* Nothing of an answer that is no list, or not whole. */
static void
add_records(const struct mock_canned *answer, struct drill_reader *r,
    struct drill_states *shown)
{
	const char *const paths[] = { r->def->items };
	struct sc_json_val list = { 0 }, record;
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 1, &e);
	struct sc_json_iter it;

	if (sc_json_scan(answer->body.p, answer->body.n, plan, SC_JSON_DEEP,
		&list, &e) == 0) {
		it = sc_json_iter(list);
		while (list.type == SC_JSON_ARRAY &&
		    sc_json_next(&it, NULL, &record))
			drill_states_add(shown, r, record.raw, NULL);
		/* The only record, without brackets. */
		if (list.type == SC_JSON_OBJECT && r->def->next == NULL)
			drill_states_add(shown, r, list.raw, NULL);
	}
	sc_json_plan_free(plan);
}

/* A day of which nothing was played proves nothing. */
static int
fail_unasked(struct sc_err *e)
{
	(void)sc_fail(e, EX_DATAERR, "nothing that was captured was asked for");
	return sc_remedy(e, SC_CLASS_CONFIG,
	    "requests have to be those of that day: compare vendor.yaml and "
	    "settings with its capture.scenario");
}

int
drill_replay_shown(struct drill *d, const struct drill_stream *s,
    struct drill_reader *r, struct drill_states *shown, struct sc_err *e)
{
	struct givens g = { 0 };
	int rc = find_given(d, s, &g, e);

	if (rc == 0 && g.n == 0)
		rc = fail_unasked(e);
	if (g.n > 0)
		qsort(g.list, g.n, sizeof(*g.list), by_line);
	for (size_t i = 0; i < g.n && rc == 0; i++) {
		if (!g.list[i].answer->raw && g.list[i].answer->status == 200)
			add_records(g.list[i].answer, r, shown);
	}
	free(g.list);
	return rc;
}
