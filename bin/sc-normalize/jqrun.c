#include <jq.h>
#include <jv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/json.h"
#include "sc/mem.h"
#include "sc/msg.h"

#include "jqrun.h"

/* As many as a record can have, and what a program may put around it. */
#define MAX_NESTING (SC_JSON_MAX_DEPTH + 16)

/* Member names repeat from record to record: one jv each, not one per use. */
#define NKEYS 512

struct level {
	jv value;
	jv key; /* of the member being read, in an object */
	bool object;
};

struct jqrun {
	jq_state *jq;
	struct sc_err *complaint; /* where compile errors go */
	struct sc_buf text;       /* a string being decoded, a value printed */
	jv keys[NKEYS];
	struct level levels[SC_JSON_MAX_DEPTH + 1];
};

/*
 * Keeps the first complaint of a compilation, without the places that libjq
 * names: they are in the program, not in the map.
 */
static void
on_complaint(void *arg, jv msg)
{
	static const char prefix[] = "jq: error: ";
	static const char *const ends[] = { " (Unix shell", " at <", "\n" };
	struct jqrun *r = arg;
	const char *text = "", *end;
	size_t n;

	if (jv_get_kind(msg) == JV_KIND_STRING)
		text = jv_string_value(msg);
	if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
		text += sizeof(prefix) - 1;
	n = strlen(text);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if ((end = strstr(text, ends[i])) != NULL &&
		    (size_t)(end - text) < n)
			n = (size_t)(end - text);
	}
	if (r->complaint != NULL && r->complaint->code == 0)
		(void)sc_fail(r->complaint, EX_CONFIG, "%.*s", (int)n, text);
	jv_free(msg);
}

struct jqrun *
jqrun_new(const char *program, struct sc_err *e)
{
	struct jqrun *r = sc_xcalloc(1, sizeof(*r));
	struct sc_err complaint = { 0 };
	int ok;

	for (size_t i = 0; i < NKEYS; i++)
		r->keys[i] = jv_null();
	sc_buf_init(&r->text, SC_LINE_MAX);
	if ((r->jq = jq_init()) == NULL) {
		free(r);
		(void)sc_fail(e, EX_OSERR, "libjq does not start");
		return NULL;
	}
	r->complaint = &complaint;
	jq_set_error_cb(r->jq, on_complaint, r);
	ok = jq_compile(r->jq, program);
	r->complaint = NULL;
	if (ok)
		return r;
	*e = complaint;
	if (e->code == 0)
		(void)sc_fail(e, EX_CONFIG, "the program does not compile");
	jqrun_free(r);
	return NULL;
}

void
jqrun_free(struct jqrun *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < NKEYS; i++)
		jv_free(r->keys[i]);
	jq_teardown(&r->jq);
	sc_buf_fini(&r->text);
	free(r);
}

/* ---- From bytes to a jv ---- */

static jv
make_string(struct jqrun *r, struct sc_json_val v)
{
	const char *p = v.raw.p + 1;
	size_t n = v.raw.n - 2;

	if (memchr(p, '\\', n) == NULL)
		return jv_string_sized(p, (int)n);
	sc_buf_reset(&r->text);
	(void)sc_json_str(v, &r->text);
	return jv_string_sized(r->text.p, (int)r->text.len);
}

static jv
make_key(struct jqrun *r, struct sc_json_val v)
{
	const char *p = v.raw.p + 1;
	size_t n = v.raw.n - 2, at;
	jv *slot;

	if (n == 0 || memchr(p, '\\', n) != NULL)
		return make_string(r, v);
	at = n + (size_t)(unsigned char)p[0] * 3 +
	    (size_t)(unsigned char)p[n / 2] * 17 +
	    (size_t)(unsigned char)p[n - 1] * 71;
	slot = &r->keys[at % NKEYS];
	if (jv_get_kind(*slot) != JV_KIND_STRING ||
	    (size_t)jv_string_length_bytes(jv_copy(*slot)) != n ||
	    memcmp(jv_string_value(*slot), p, n) != 0) {
		jv_free(*slot);
		*slot = jv_string_sized(p, (int)n);
	}
	return jv_copy(*slot);
}

static jv
make_number(struct jqrun *r, struct sc_json_val v)
{
	const int64_t exact = INT64_C(1) << 53;
	bool negative = *v.raw.p == '-';
	int64_t i;

	if (sc_json_int(v, &i) == 0 && i >= -exact && i <= exact)
		return jv_number(negative && i == 0 ? -0.0 : (double)i);
	sc_buf_reset(&r->text);
	(void)sc_buf_add(&r->text, v.raw.p, v.raw.n);
	if (strpbrk(sc_buf_str(&r->text), ".eE") == NULL)
		return jv_string_sized(v.raw.p, (int)v.raw.n);
	return jv_number(strtod(sc_buf_str(&r->text), NULL));
}

static jv
make_scalar(struct jqrun *r, struct sc_json_val v)
{
	switch (v.type) {
	case SC_JSON_STRING:
		return make_string(r, v);
	case SC_JSON_NUMBER:
		return make_number(r, v);
	case SC_JSON_TRUE:
		return jv_true();
	case SC_JSON_FALSE:
		return jv_false();
	case SC_JSON_NONE:
	case SC_JSON_NULL:
	case SC_JSON_ARRAY:
	case SC_JSON_OBJECT:
	default:
		return jv_null();
	}
}

static jv
build(struct jqrun *r, struct sc_slice text)
{
	struct sc_json_lex lex = { text.p, text.p + text.n };
	struct level *l = r->levels;
	struct sc_json_val v;
	jv done;
	int t;

	while ((t = sc_json_token(&lex, &v)) != 0) {
		if (t == '{' || t == '[') {
			l++;
			l->object = t == '{';
			l->value = l->object ? jv_object() : jv_array_sized(4);
			continue;
		}
		if (t == 'k') {
			l->key = make_key(r, v);
			continue;
		}
		done = t == 'v' ? make_scalar(r, v) : (l--)->value;
		if (l == r->levels)
			return done;
		l->value = l->object ? jv_object_set(l->value, l->key, done)
				     : jv_array_append(l->value, done);
	}
	return jv_null();
}

/* ---- From a jv to bytes ---- */

/*
 * The double that it is, with any libjq: from 1.7 on, one that is written in
 * the program or comes from a string would also keep its spelling.
 */
static void
dump_number(double d, struct sc_buf *b)
{
	const double plain = 1e15;
	jv text;

	if (d > -plain && d < plain && d == (double)(int64_t)d &&
	    !(d == 0 && signbit(d))) {
		(void)sc_buf_addf(b, "%lld", (long long)d);
		return;
	}
	text = jv_dump_string(jv_number(d), 0);
	(void)sc_buf_adds(b, jv_string_value(text));
	jv_free(text);
}

static int dump(jv v, struct sc_buf *b, unsigned depth);

static int
dump_array(jv v, struct sc_buf *b, unsigned depth)
{
	int n = jv_array_length(jv_copy(v));
	int rc = 0;

	(void)sc_buf_addc(b, '[');
	for (int i = 0; i < n && rc == 0; i++) {
		if (i > 0)
			(void)sc_buf_addc(b, ',');
		rc = dump(jv_array_get(jv_copy(v), i), b, depth);
	}
	(void)sc_buf_addc(b, ']');
	return rc;
}

static int
dump_object(jv v, struct sc_buf *b, unsigned depth)
{
	const char *sep = "";
	int rc = 0;

	(void)sc_buf_addc(b, '{');
	for (int i = jv_object_iter(v); jv_object_iter_valid(v, i) && rc == 0;
	     i = jv_object_iter_next(v, i)) {
		(void)sc_buf_adds(b, sep);
		(void)dump(jv_object_iter_key(v, i), b, depth);
		(void)sc_buf_addc(b, ':');
		rc = dump(jv_object_iter_value(v, i), b, depth);
		sep = ",";
	}
	(void)sc_buf_addc(b, '}');
	return rc;
}

/* Appends v, which it consumes; -1 when v is nested too deeply. */
static int
dump(jv v, struct sc_buf *b, unsigned depth)
{
	int rc = 0;

	switch (jv_get_kind(v)) {
	case JV_KIND_STRING:
		sc_jsonw_escape(b, jv_string_value(v),
		    (size_t)jv_string_length_bytes(jv_copy(v)));
		break;
	case JV_KIND_NUMBER:
		dump_number(jv_number_value(v), b);
		break;
	case JV_KIND_TRUE:
		(void)sc_buf_adds(b, "true");
		break;
	case JV_KIND_FALSE:
		(void)sc_buf_adds(b, "false");
		break;
	case JV_KIND_ARRAY:
		rc = depth == 0 ? -1 : dump_array(v, b, depth - 1);
		break;
	case JV_KIND_OBJECT:
		rc = depth == 0 ? -1 : dump_object(v, b, depth - 1);
		break;
	case JV_KIND_INVALID:
	case JV_KIND_NULL:
	default:
		(void)sc_buf_adds(b, "null");
		break;
	}
	jv_free(v);
	return rc;
}

static bool
is_nothing(jv v)
{
	return jv_get_kind(v) == JV_KIND_NULL ||
	    (jv_get_kind(v) == JV_KIND_STRING && *jv_string_value(v) == '\0' &&
		jv_string_length_bytes(jv_copy(v)) == 0);
}

/* Writes the list with the element behind its own ones. */
static int
write_list(struct jqrun *r, jv v, struct sc_slice element, struct sc_jw *w)
{
	int n =
	    jv_get_kind(v) == JV_KIND_ARRAY ? jv_array_length(jv_copy(v)) : 0;
	int rc = 0;

	sc_jw_arr(w);
	for (int i = 0; i < n && rc == 0; i++) {
		sc_buf_reset(&r->text);
		rc = dump(jv_array_get(jv_copy(v), i), &r->text, MAX_NESTING);
		if (r->text.full)
			rc = -1;
		sc_jw_raw(w, (struct sc_slice){ r->text.p, r->text.len });
	}
	if (element.n > 0)
		sc_jw_raw(w, element);
	sc_jw_end(w, ']');
	return rc;
}

static int
write_member(struct jqrun *r, const char *key, jv v,
    const struct jqrun_input *in, struct sc_jw *w)
{
	if (is_nothing(v))
		return 0;
	sc_jw_key(w, key);
	if (in->list != NULL && strcmp(key, in->list) == 0)
		return write_list(r, v, in->element, w);
	sc_buf_reset(&r->text);
	if (dump(jv_copy(v), &r->text, MAX_NESTING) == -1 || r->text.full)
		return -1;
	sc_jw_raw(w, (struct sc_slice){ r->text.p, r->text.len });
	return 0;
}

static int
write_members(struct jqrun *r, jv object, const struct jqrun_input *in,
    struct sc_jw *w, struct sc_err *e)
{
	bool listed = in->list == NULL;
	int rc = 0;

	for (int i = jv_object_iter(object);
	     jv_object_iter_valid(object, i) && rc == 0;
	     i = jv_object_iter_next(object, i)) {
		jv key = jv_object_iter_key(object, i);
		jv value = jv_object_iter_value(object, i);

		listed = listed ||
		    (!is_nothing(value) &&
			strcmp(jv_string_value(key), in->list) == 0);
		rc = write_member(r, jv_string_value(key), value, in, w);
		jv_free(key);
		jv_free(value);
	}
	if (!listed && in->element.n > 0) {
		sc_jw_key(w, in->list);
		rc = write_list(r, jv_null(), in->element, w);
	}
	return rc == 0
	    ? 0
	    : sc_fail(e, EX_DATAERR, "a value is too large or too deep");
}

/* ---- One record ---- */

/* The object that the program yields, or an invalid value and e. */
static jv
run(struct jqrun *r, const struct jqrun_input *in, struct sc_err *e)
{
	jv input = build(r, in->record), result, msg;

	if (in->ctx.p != NULL) {
		input = jv_array_append(
		    jv_array_append(jv_array(), input), build(r, in->ctx));
	}
	jq_start(r->jq, input, 0);
	result = jq_next(r->jq);
	if (jv_get_kind(result) == JV_KIND_OBJECT)
		return result;
	if (!jv_is_valid(result) && jv_invalid_has_msg(jv_copy(result))) {
		msg = jv_invalid_get_msg(jv_copy(result));
		if (jv_get_kind(msg) != JV_KIND_STRING)
			msg = jv_dump_string(msg, 0);
		(void)sc_fail(e, EX_DATAERR, "%s", jv_string_value(msg));
		jv_free(msg);
	} else {
		(void)sc_fail(e, EX_DATAERR, "the map yields no object");
	}
	jv_free(result);
	return jv_invalid();
}

int
jqrun_members(struct jqrun *r, const struct jqrun_input *in, struct sc_jw *w,
    struct sc_err *e)
{
	struct sc_jw before = *w;
	size_t len = w->b->len;
	jv object = run(r, in, e);
	int rc = -1;

	if (jv_is_valid(object))
		rc = write_members(r, object, in, w, e);
	jv_free(object);
	if (rc == -1 && !w->b->full) {
		*w = before;
		w->b->len = len;
	}
	return rc;
}
