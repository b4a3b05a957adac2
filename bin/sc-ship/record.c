#include <sysexits.h>

#include "sc/ident.h"
#include "sc/timefmt.h"

#include "record.h"

/* A longer key made of several properties is hashed. */
#define KEY_MAX 1024

static const char *const paths[] = { "startTimeUTC" };

void
recorder_init(struct recorder *r)
{
	struct sc_err e;

	*r = (struct recorder){ .plan = sc_json_plan_new(paths, 1, &e) };
	sc_buf_init(&r->text, 2 * SC_LINE_MAX);
}

void
recorder_fini(struct recorder *r)
{
	sc_json_plan_free(r->plan);
	sc_buf_fini(&r->text);
}

/*
 * The decoded text of a string, empty for anything else.  The buffer has been
 * made large enough before: earlier results stay where they are.
 */
static struct sc_slice
decoded(struct recorder *r, struct sc_json_val v)
{
	size_t from = r->text.len;

	if (v.type != SC_JSON_STRING)
		return (struct sc_slice){ .p = "" };
	if (memchr(v.raw.p, '\\', v.raw.n) == NULL)
		return (struct sc_slice){ v.raw.p + 1, v.raw.n - 2 };
	(void)sc_json_str(v, &r->text);
	return (struct sc_slice){ r->text.p + from, r->text.len - from };
}

static int64_t
event_time(struct recorder *r, struct sc_slice artifact)
{
	struct sc_json_val v;
	struct sc_slice text;
	struct sc_err e;
	int64_t us;

	if (sc_json_scan(artifact.p, artifact.n, r->plan, 0, &v, &e) == -1)
		return 0;
	text = decoded(r, v);
	return sc_time_parse_us(text.p, text.n, &us) == 0 ? us / 1000 : 0;
}

static struct sc_slice
hashed(struct recorder *r, struct sc_slice what)
{
	char hex[SC_SHA256_BUF];
	size_t from = r->text.len;

	(void)sc_buf_adds(&r->text, sc_sha256_hex(what.p, what.n, hex));
	return (struct sc_slice){ r->text.p + from, r->text.len - from };
}

/* One key property is taken as it reads, several as JSON with commas. */
static struct sc_slice
foreign_key(
    struct recorder *r, struct sc_json_val record, const struct stream *s)
{
	size_t from = r->text.len;

	for (size_t i = 0; i < s->nkeys; i++) {
		struct sc_json_val v = sc_json_member(record, s->keys[i]);

		if (s->nkeys == 1 && v.type == SC_JSON_STRING)
			return decoded(r, v);
		if (v.type == SC_JSON_NONE || v.type == SC_JSON_NULL ||
		    r->text.len - from + v.raw.n >= KEY_MAX) {
			r->text.len = from;
			break;
		}
		if (i > 0)
			(void)sc_buf_addc(&r->text, ',');
		(void)sc_buf_add(&r->text, v.raw.p, v.raw.n);
	}
	if (r->text.len == from)
		return hashed(r, record.raw);
	return (struct sc_slice){ r->text.p + from, r->text.len - from };
}

static void
identify(struct recorder *r, const struct sc_msg *m, const struct stream *s,
    struct sc_artifact *a)
{
	struct sc_ident ident = { s->vendor, s->realm, s->name, { 0 }, { 0 } };
	char id[SC_ID_BUF];
	size_t from;

	if (a->key.n == 0)
		a->key = foreign_key(r, m->record, s);
	if (a->rev.n == 0)
		a->rev = hashed(r, m->record.raw);
	ident.key = a->key;
	ident.rev = a->rev;
	from = r->text.len;
	(void)sc_buf_adds(&r->text, sc_ident_id(&ident, id));
	a->id = (struct sc_slice){ r->text.p + from, r->text.len - from };
}

/* Nothing that is decoded or made below is longer than this. */
static void
make_room(struct recorder *r, const struct sc_msg *m)
{
	sc_buf_reset(&r->text);
	(void)sc_buf_room(&r->text,
	    m->line.n + KEY_MAX + (size_t)2 * SC_SHA256_BUF + SC_ID_BUF);
}

int
recorder_artifact(struct recorder *r, const struct sc_msg *m,
    const struct stream *s, struct sc_artifact *a, struct sc_err *e)
{
	bool whole = m->record.type != SC_JSON_NONE;

	if (whole && m->record.type != SC_JSON_OBJECT)
		return sc_fail(e, EX_DATAERR, "a record is a JSON object");
	make_room(r, m);
	*a = (struct sc_artifact){
		.stream = sc_slice_of(s->stream),
		.id = decoded(r, m->id),
		.key = decoded(r, m->key),
		.rev = decoded(r, m->rev),
		.rendition = decoded(r, m->rendition),
		.aux = decoded(r, m->aux),
		.vendor = sc_slice_of(s->vendor),
		.integration = sc_slice_of(s->integration),
		.realm = sc_slice_of(s->realm),
		.tenant = sc_slice_of(s->tenant),
		/* What could not travel as a record must not vanish. */
		.artifact = whole ? m->record.raw : m->bad.raw,
	};
	if (m->ctx.type != SC_JSON_NONE && m->ctx.type != SC_JSON_NULL)
		a->ctx = m->ctx.raw;
	a->event_ms = event_time(r, a->artifact);
	if (a->id.n == 0 && !whole)
		return sc_fail(e, EX_DATAERR, "a bad record without an id");
	if (a->id.n == 0)
		identify(r, m, s, a);
	if (a->id.n != SC_ID_BUF - 1)
		return sc_fail(e, EX_DATAERR, "an id is a UUID");
	if (a->key.n == 0)
		a->key = a->id;
	return 0;
}

int
recorder_note(struct recorder *r, const struct sc_msg *m,
    const struct stream *s, struct sc_artifact *a, struct sc_err *e)
{
	make_room(r, m);
	*a = (struct sc_artifact){
		.stream = sc_slice_of(s->stream),
		.key = decoded(r, m->key),
		.aux = decoded(r, m->aux),
	};
	if (a->key.n == 0 || a->aux.n == 0 || a->aux.n > SC_AUX_MAX)
		return sc_fail(e, EX_DATAERR,
		    "a NOTE has a key, and an aux of at most %d bytes",
		    SC_AUX_MAX);
	return 0;
}
