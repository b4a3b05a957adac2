#include <string.h>

#include "mocksrv/darktrace/dt.h"

/*
 * Records go out as slices of the dataset: what a query leaves out is left
 * out between two slices, and slices that touch become one.
 */
struct out {
	struct mock_reply *reply;
	struct sc_slice run; /* not yet handed over */
};

static void
flush(struct out *o)
{
	mock_reply_part(o->reply, o->run.p, o->run.n);
	o->run = (struct sc_slice){ 0 };
}

static void
put(struct out *o, const char *p, size_t n)
{
	if (o->run.n > 0 && o->run.p + o->run.n == p) {
		o->run.n += n;
		return;
	}
	flush(o);
	o->run = (struct sc_slice){ p, n };
}

static void
put_text(struct out *o, const char *text)
{
	put(o, text, strlen(text));
}

static const char *
end_of(struct sc_slice s)
{
	return s.p + s.n;
}

/* The members of an object on their way out. */
struct members {
	struct sc_json_val object;
	const char *at; /* behind what was put last */
	bool any;       /* one was put */
};

static void
open_members(struct out *o, struct members *m, struct sc_json_val object)
{
	*m = (struct members){ .object = object, .at = object.raw.p + 1 };
	put(o, object.raw.p, 1);
}

/*
 * What stands before an element: all of the text since the last one if
 * nothing was left out between them, else a comma where one is needed.
 */
static void
put_gap(struct out *o, struct members *m, const char *to, bool whole)
{
	if (whole)
		put(o, m->at, (size_t)(to - m->at));
	else if (m->any)
		put_text(o, ",");
	m->any = true;
}

static void
close_members(struct out *o, const struct members *m)
{
	put(o, end_of(m->object.raw) - 1, 1);
}

static void
put_filter_value(struct out *o, struct sc_json_val v, const char *word)
{
	if (word == NULL) {
		put(o, v.raw.p, v.raw.n);
		return;
	}
	put_text(o, "\"");
	put_text(o, word);
	put_text(o, "\"");
}

/* {"value":"6"} with the word for it. */
static void
expand_value(struct out *o, struct sc_json_val holder, struct sc_json_val type)
{
	struct sc_json_iter it = sc_json_iter(holder);
	struct sc_json_val key, v;
	const char *at = holder.raw.p;

	while (sc_json_next(&it, &key, &v)) {
		if (!sc_json_is(key, "value"))
			continue;
		put(o, at, (size_t)(v.raw.p - at));
		put_filter_value(o, v, dt_enum_word(type, v));
		at = end_of(v.raw);
	}
	put(o, at, (size_t)(end_of(holder.raw) - at));
}

static void
expand_filter(struct out *o, struct sc_json_val filter)
{
	struct sc_json_iter it = sc_json_iter(filter);
	struct sc_json_val key, v, type = { 0 };
	const char *at = filter.raw.p;

	while (sc_json_next(&it, &key, &v)) {
		if (sc_json_is(key, "filterType"))
			type = v;
	}
	it = sc_json_iter(filter);
	while (sc_json_next(&it, &key, &v)) {
		if (!sc_json_is(key, "trigger") &&
		    !sc_json_is(key, "arguments"))
			continue;
		put(o, at, (size_t)(v.raw.p - at));
		expand_value(o, v, type);
		at = end_of(v.raw);
	}
	put(o, at, (size_t)(end_of(filter.raw) - at));
}

/* Each element of an array through one of the functions here. */
static void
put_each(struct out *o, struct sc_json_val array,
    void (*each)(struct out *, struct sc_json_val))
{
	struct sc_json_iter it = sc_json_iter(array);
	const char *at = array.raw.p;
	struct sc_json_val v;

	while (sc_json_next(&it, NULL, &v)) {
		put(o, at, (size_t)(v.raw.p - at));
		each(o, v);
		at = end_of(v.raw);
	}
	put(o, at, (size_t)(end_of(array.raw) - at));
}

/* The inside of a component, without its last brace. */
static void
put_inside(struct out *o, struct sc_json_val component, bool expand)
{
	struct sc_json_iter it = sc_json_iter(component);
	const char *at = component.raw.p;
	struct sc_json_val key, v;

	while (expand && sc_json_next(&it, &key, &v)) {
		if (!sc_json_is(key, "triggeredFilters"))
			continue;
		put(o, at, (size_t)(v.raw.p - at));
		put_each(o, v, expand_filter);
		at = end_of(v.raw);
	}
	put(o, at, (size_t)(end_of(component.raw) - 1 - at));
}

static bool
is_empty(struct sc_json_val object)
{
	struct sc_json_iter it = sc_json_iter(object);
	struct sc_json_val key, v;

	return !sc_json_next(&it, &key, &v);
}

/* device: what goes into each component; NONE: nothing. */
static void
put_components(struct out *o, struct sc_json_val list, bool expand,
    struct sc_json_val device)
{
	struct sc_json_iter it = sc_json_iter(list);
	const char *at = list.raw.p;
	struct sc_json_val v;

	while (sc_json_next(&it, NULL, &v)) {
		put(o, at, (size_t)(v.raw.p - at));
		at = v.raw.p;
		if (v.type != SC_JSON_OBJECT)
			continue;
		put_inside(o, v, expand);
		if (device.type != SC_JSON_NONE) {
			put_text(
			    o, is_empty(v) ? "\"device\":" : ",\"device\":");
			put(o, device.raw.p, device.raw.n);
		}
		at = end_of(v.raw) - 1;
	}
	put(o, at, (size_t)(end_of(list.raw) - at));
}

bool
dt_wants(const struct dt_query *q, struct sc_slice name)
{
	struct sc_slice list = q->members, v;

	if (list.n == 0)
		return true;
	while (mock_next_value(&list, &v)) {
		if (v.n == name.n && memcmp(v.p, name.p, v.n) == 0)
			return true;
	}
	return false;
}

static bool
is_left_out(const struct dt_filter *f, struct sc_json_val key)
{
	const struct dt_query *q = f->q;
	const struct sc_slice name = { key.raw.p + 1, key.raw.n - 2 };

	return (!q->extra && sc_slice_is(name, f->stream->extra)) ||
	    (q->minimal && sc_slice_is(name, "triggeredComponents")) ||
	    (!q->device_at_top && sc_slice_is(name, "device")) ||
	    !dt_wants(q, name);
}

static void
put_member(struct out *o, const struct dt_query *q, struct sc_json_val record,
    struct sc_json_val key, struct sc_json_val v)
{
	struct sc_json_val device = { 0 }, then = { 0 };

	put(o, key.raw.p, (size_t)(v.raw.p - key.raw.p));
	if (sc_json_is(key, "triggeredComponents")) {
		if (!q->device_at_top)
			device = sc_json_member(record, "device");
		put_components(o, v, q->expand, device);
		return;
	}
	if (q->historic && sc_json_is(key, "model"))
		then = sc_json_member(v, "then");
	if (then.type == SC_JSON_OBJECT)
		v = then;
	put(o, v.raw.p, v.raw.n);
}

void
dt_put_record(const struct dt_filter *f, size_t row, struct mock_reply *reply)
{
	struct sc_slice r = f->table->data->records[row];
	struct sc_json_val record = { SC_JSON_OBJECT, r };
	struct out o = { .reply = reply };
	struct sc_json_val key, v;
	struct sc_json_iter it;
	struct members m;
	bool whole = true;

	/* A dataset may hold anything that is JSON. */
	if (r.p[0] != '{' || r.p[r.n - 1] != '}') {
		mock_reply_part(reply, r.p, r.n);
		return;
	}
	it = sc_json_iter(record);
	open_members(&o, &m, record);
	while (sc_json_next(&it, &key, &v)) {
		if (is_left_out(f, key)) {
			whole = false;
			continue;
		}
		put_gap(&o, &m, key.raw.p, whole);
		put_member(&o, f->q, record, key, v);
		m.at = end_of(v.raw);
		whole = true;
	}
	close_members(&o, &m);
	flush(&o);
}
