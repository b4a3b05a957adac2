#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/file.h"
#include "sc/json.h"
#include "sc/jsonw.h"
#include "sc/timefmt.h"

#include "bookmark.h"

#define STATE_FILE_MAX ((size_t)16 << 20)
#define MS_MOST        INT64_C(253402300799999) /* the end of 9999 */

bool
stamp_parse(struct sc_slice text, struct stamp *out)
{
	int64_t us;

	if (text.n == 0 || text.n >= sizeof(out->text) ||
	    sc_time_parse_us(text.p, text.n, &us) == -1)
		return false;
	memcpy(out->text, text.p, text.n);
	out->text[text.n] = '\0';
	out->us = us;
	return true;
}

void
stamp_set(struct stamp *s, int64_t us)
{
	char text[SC_TIME_BUF];

	(void)strlcpy(s->text, sc_time_format(us, 6, text), sizeof(s->text));
	s->us = us;
}

bool
stamp_read(struct sc_slice text, enum sc_times form, struct stamp *out)
{
	const struct sc_json_val number = { SC_JSON_NUMBER, text };
	int64_t ms;

	if (form == SC_TIMES_ISO)
		return stamp_parse(text, out);
	if (sc_json_int(number, &ms) == -1 || ms < 0 || ms > MS_MOST)
		return false;
	stamp_set(out, ms * 1000);
	return true;
}

void
tide_see(struct tide *t, const struct stamp *s, int64_t limit_us)
{
	if (s->us < t->last_us)
		t->disordered = true;
	t->last_us = s->us;
	if (t->high.text[0] != '\0' && s->us <= t->high.us)
		return;
	if (s->us <= limit_us)
		t->high = *s;
	else if (t->high.text[0] == '\0' || limit_us > t->high.us)
		stamp_set(&t->high, limit_us);
}

static int
unusable(struct sc_err *e, const char *what, const char *why)
{
	(void)sc_fail(e, EX_NOINPUT, "%s %s", what, why);
	return sc_remedy(e, SC_CLASS_DESTINATION,
	    "the stream stands still until it is put right; without a "
	    "position it would begin anew");
}

static const char *
time_member(const struct bookmark *b)
{
	if (b->by_id)
		return "since";
	return b->walk ? "walked" : "high";
}

enum bookmark_member {
	B_TIME,
	B_AFTER,
	B_LOOKED,
	B_REVISITED,
	B_LOOKS,
	B_LIMITED,
	NBOOKMARK
};

static bool
is_absent(struct sc_json_val v)
{
	return v.type == SC_JSON_NONE;
}

static bool
read_stamp(struct sc_json_val v, struct stamp *out)
{
	char *text = sc_json_dup(v);
	bool fine = text != NULL && stamp_parse(sc_slice_of(text), out);

	free(text);
	return fine;
}

/* The value's members into the bookmark; NULL, or what is wrong with one. */
static const char *
read_members(struct bookmark *b, const struct sc_json_val v[NBOOKMARK])
{
	if (!read_stamp(v[B_TIME], &b->high)) {
		if (b->by_id)
			return "has no time \"since\"";
		return b->walk ? "has no time \"walked\""
			       : "has no time \"high\"";
	}
	/* What is not there is as it was before the first run. */
	(void)read_stamp(v[B_REVISITED], &b->revisited);
	(void)sc_json_int(v[B_LOOKS], &b->looks);
	(void)sc_json_int(v[B_LIMITED], &b->limited);
	if (!b->by_id)
		return NULL;
	if (!is_absent(v[B_AFTER]) &&
	    (sc_json_int(v[B_AFTER], &b->after) == -1 || b->after < 1))
		return "has an \"after\" that is no id";
	if (!is_absent(v[B_LOOKED]) && !read_stamp(v[B_LOOKED], &b->looked))
		return "has a \"looked\" that is no time";
	return NULL;
}

int
bookmark_parse(struct bookmark *b, struct sc_slice json, struct sc_err *e)
{
	const char *const paths[NBOOKMARK] = { time_member(b), "after",
		"looked", "revisited", "looks", "limited" };
	const char *why = sc_bookmark_fault(json);
	struct sc_json_plan *plan;
	struct sc_json_val v[NBOOKMARK];
	char what[192];

	if (why == NULL) {
		plan = sc_json_plan_new(paths, NBOOKMARK, e);
		(void)sc_json_scan(json.p, json.n, plan, SC_JSON_UTF8, v, e);
		sc_json_plan_free(plan);
		why = read_members(b, v);
	}
	if (why == NULL)
		return 0;
	(void)snprintf(what, sizeof(what), "the bookmark of %s", b->stream);
	return unusable(e, what, why);
}

void
positions_from_store(struct positions *p, struct sc_store *store)
{
	struct sc_buf value;

	sc_buf_init(&value, SC_BOOKMARK_MAX);
	for (size_t i = 0; i < p->n; i++) {
		struct bookmark *b = &p->marks[i];

		sc_buf_reset(&value);
		if (sc_store_bookmark(
			store, b->stream, &b->gen, &value, &b->fault) == 1)
			(void)bookmark_parse(b,
			    (struct sc_slice){ value.p, value.len }, &b->fault);
	}
	sc_buf_fini(&value);
}

/* The last line that is not empty. */
static struct sc_slice
last_line(const struct sc_buf *text)
{
	size_t n = text->len;
	const char *nl;

	while (n > 0 && (text->p[n - 1] == '\n' || text->p[n - 1] == '\r'))
		n--;
	nl = n > 0 ? memrchr(text->p, '\n', n) : NULL;
	if (nl == NULL)
		return (struct sc_slice){ text->p, n };
	return (struct sc_slice){ nl + 1, (size_t)(text->p + n - nl - 1) };
}

static int
find_bookmarks(struct positions *p, const char *path, struct sc_err *e)
{
	static const char *const paths[] = { "value.bookmarks", "bookmarks" };
	struct sc_slice line = last_line(&p->text);
	struct sc_json_plan *plan = sc_json_plan_new(paths, 2, e);
	struct sc_json_val v[2];
	int rc;

	rc = sc_json_scan(line.p, line.n, plan, SC_JSON_UTF8, v, e);
	sc_json_plan_free(plan);
	if (rc == -1)
		return unusable(e, path, "does not end with a line of JSON");
	p->rest = v[0].type != SC_JSON_NONE ? v[0] : v[1];
	if (p->rest.type != SC_JSON_OBJECT || p->rest.raw.n == 2)
		return unusable(e, path, "holds no bookmarks in its last line");
	return 0;
}

static struct bookmark *
find_mark(const struct positions *p, struct sc_json_val stream)
{
	for (size_t i = 0; i < p->n; i++) {
		if (sc_json_is(stream, p->marks[i].stream))
			return &p->marks[i];
	}
	return NULL;
}

static int
read_mark(struct bookmark *b, struct sc_json_val value, struct sc_err *e)
{
	static const char *const paths[] = { "gen" };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 1, e);
	struct sc_json_val gen;

	/* A part of an accepted text cannot fail here. */
	(void)sc_json_scan(value.raw.p, value.raw.n, plan, 0, &gen, e);
	sc_json_plan_free(plan);
	(void)sc_json_int(gen, &b->gen);
	return bookmark_parse(b, value.raw, e);
}

int
positions_from_file(struct positions *p, const char *path, struct sc_err *e)
{
	struct sc_json_iter it;
	struct sc_json_val stream, value;
	struct bookmark *b;

	sc_buf_init(&p->text, STATE_FILE_MAX);
	if (sc_file_read(path, &p->text, e) == -1) {
		if (e->sys == ENOENT)
			return 0;
		e->code = EX_NOINPUT;
		return -1;
	}
	if (find_bookmarks(p, path, e) == -1)
		return -1;
	it = sc_json_iter(p->rest);
	while (sc_json_next(&it, &stream, &value)) {
		if ((b = find_mark(p, stream)) != NULL &&
		    read_mark(b, value, e) == -1)
			return sc_ctx(e, "%s", path);
	}
	return 0;
}

void
positions_fini(struct positions *p)
{
	sc_buf_fini(&p->text);
	free(p->marks);
}

static void
put_mark(struct sc_jw *w, const struct bookmark *b)
{
	sc_jw_key(w, b->stream);
	sc_jw_obj(w);
	sc_jw_kvi(w, "v", SC_BOOKMARK_VERSION);
	sc_jw_kvi(w, "gen", b->gen);
	sc_jw_kv(w, time_member(b), b->high.text);
	if (b->after > 0)
		sc_jw_kvi(w, "after", b->after);
	if (b->looked.text[0] != '\0')
		sc_jw_kv(w, "looked", b->looked.text);
	if (b->revisited.text[0] != '\0') {
		sc_jw_kv(w, "revisited", b->revisited.text);
		sc_jw_kvi(w, "looks", b->looks);
	}
	if (b->limited != 0)
		sc_jw_kvi(w, "limited", b->limited);
	sc_jw_end(w, '}');
}

/* A file's state is replaced whole: what others keep in it goes along. */
static void
put_rest(struct sc_jw *w, const struct positions *p)
{
	struct sc_json_iter it = sc_json_iter(p->rest);
	struct sc_json_val stream, value;
	char *name;

	while (sc_json_next(&it, &stream, &value)) {
		if (find_mark(p, stream) != NULL ||
		    (name = sc_json_dup(stream)) == NULL)
			continue;
		sc_jw_kvraw(w, name, value.raw);
		free(name);
	}
}

int
positions_state(
    const struct positions *p, struct sc_msg_writer *out, struct sc_err *e)
{
	struct sc_jw w;

	sc_msg_begin(out, &w);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "type", "STATE");
	sc_jw_kv(&w, "for", p->dest);
	sc_jw_key(&w, "value");
	sc_jw_obj(&w);
	sc_jw_key(&w, "bookmarks");
	sc_jw_obj(&w);
	for (size_t i = 0; p->moves && i < p->n; i++) {
		if (p->marks[i].high.text[0] != '\0')
			put_mark(&w, &p->marks[i]);
	}
	put_rest(&w, p);
	sc_jw_end(&w, '}');
	sc_jw_end(&w, '}');
	sc_jw_end(&w, '}');
	return sc_msg_end(out, e) == -1 ? -1 : sc_msg_flush(out, e);
}
