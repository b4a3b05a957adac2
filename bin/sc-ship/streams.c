#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/json.h"
#include "sc/mem.h"

#include "streams.h"

/* A run of the store's reader names every stream of the host. */
#define STREAMS_MAX     16384
#define STREAM_NAME_MAX 159
/* The outcome line has to fit into PIPE_BUF. */
#define REPORT_MAX 12

static void
forget_schema(struct stream *s)
{
	char **const texts[] = { &s->vendor, &s->integration, &s->name,
		&s->realm, &s->tenant };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		free(*texts[i]);
		*texts[i] = NULL;
	}
	while (s->nkeys > 0)
		free(s->keys[--s->nkeys]);
	s->announced = false;
}

void
streams_fini(struct streams *t)
{
	for (size_t i = 0; i < t->n; i++) {
		forget_schema(t->v[i]);
		free(t->v[i]->stream);
		free(t->v[i]);
	}
	free(t->v);
	*t = (struct streams){ 0 };
}

static int
compare(struct sc_slice name, const char *other)
{
	size_t n = strlen(other);
	int c = memcmp(name.p, other, name.n < n ? name.n : n);

	return c != 0 ? c : (name.n > n) - (name.n < n);
}

/* Where it is, or where it belongs. */
static size_t
place_of(const struct streams *t, struct sc_slice name, bool *found)
{
	size_t from = 0, to = t->n;

	*found = false;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int c = compare(name, t->v[mid]->stream);

		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return from;
}

struct stream *
streams_find(struct streams *t, struct sc_slice name)
{
	bool found;
	size_t at;

	if (t->last != NULL && sc_slice_is(name, t->last->stream))
		return t->last;
	at = place_of(t, name, &found);
	return found ? t->last = t->v[at] : NULL;
}

struct stream *
streams_find_json(struct streams *t, struct sc_json_val name)
{
	struct stream *s = NULL;
	char *text;

	if (memchr(name.raw.p, '\\', name.raw.n) == NULL)
		return streams_find(
		    t, (struct sc_slice){ name.raw.p + 1, name.raw.n - 2 });
	if ((text = sc_json_dup(name)) != NULL)
		s = streams_find(t, sc_slice_of(text));
	free(text);
	return s;
}

struct stream *
streams_get(struct streams *t, struct sc_slice name, struct sc_err *e)
{
	struct stream *s = streams_find(t, name);
	bool found;
	size_t at;

	if (s != NULL)
		return s;
	if (name.n == 0 || name.n > STREAM_NAME_MAX ||
	    memchr(name.p, '\0', name.n) != NULL) {
		(void)sc_fail(e, EX_DATAERR,
		    "a stream's name has 1 to %d bytes", STREAM_NAME_MAX);
		return NULL;
	}
	if (t->n == STREAMS_MAX) {
		(void)sc_fail(
		    e, EX_DATAERR, "more than %d streams", STREAMS_MAX);
		return NULL;
	}
	at = place_of(t, name, &found);
	t->v = sc_xreallocarray(t->v, t->n + 1, sizeof(struct stream *));
	memmove(
	    t->v + at + 1, t->v + at, (t->n - at) * sizeof(struct stream *));
	s = sc_xcalloc(1, sizeof(*s));
	s->stream = sc_xstrndup(name.p, name.n);
	t->v[at] = s;
	t->n++;
	return t->last = s;
}

/* What a SCHEMA's source consists of. */
enum member { M_VENDOR, M_INTEGRATION, M_STREAM, M_REALM, M_TENANT, NMEMBERS };

static const char *const member_names[NMEMBERS] = {
	[M_VENDOR] = "vendor",
	[M_INTEGRATION] = "integration",
	[M_STREAM] = "stream",
	[M_REALM] = "realm",
	[M_TENANT] = "tenant",
};

static int
read_source(struct sc_json_val source, char *out[NMEMBERS], struct sc_err *e)
{
	struct sc_json_iter it = sc_json_iter(source);
	struct sc_json_val key, v;

	while (sc_json_next(&it, &key, &v)) {
		for (int i = 0; i < NMEMBERS; i++) {
			if (!sc_json_is(key, member_names[i]) ||
			    v.type == SC_JSON_NULL)
				continue;
			free(out[i]);
			out[i] = v.raw.n <= 1024 ? sc_json_dup(v) : NULL;
			if (out[i] == NULL)
				return sc_fail(e, EX_DATAERR,
				    "the source's %s is not a short text",
				    member_names[i]);
		}
	}
	return 0;
}

static char *
or_else(char *text, const char *fallback, size_t n)
{
	return text != NULL ? text : sc_xstrndup(fallback, n);
}

static void
take_source(struct stream *s, char *in[NMEMBERS])
{
	size_t dot = strcspn(s->stream, ".");
	const char *rest = s->stream + dot;

	s->vendor = or_else(in[M_VENDOR], "singer", strlen("singer"));
	s->integration = or_else(in[M_INTEGRATION], s->stream, dot);
	rest = in[M_VENDOR] != NULL && *rest == '.' ? rest + 1 : s->stream;
	s->name = or_else(in[M_STREAM], rest, strlen(rest));
	s->realm = or_else(in[M_REALM], "", 0);
	s->tenant = or_else(in[M_TENANT], "", 0);
}

static int
take_keys(struct stream *s, struct sc_json_val list, struct sc_err *e)
{
	struct sc_json_iter it = sc_json_iter(list);
	struct sc_json_val v;
	char *key;

	while (sc_json_next(&it, NULL, &v)) {
		if (s->nkeys == KEYS_MAX)
			return sc_fail(e, EX_DATAERR,
			    "more than %d key_properties", KEYS_MAX);
		if ((key = sc_json_dup(v)) == NULL)
			return sc_fail(
			    e, EX_DATAERR, "key_properties are strings");
		s->keys[s->nkeys++] = key;
	}
	return 0;
}

int
streams_announce(
    struct streams *t, const struct sc_msg *schema, struct sc_err *e)
{
	char *name = sc_json_dup(schema->stream), *source[NMEMBERS] = { 0 };
	struct stream *s = NULL;

	if (name == NULL)
		return sc_fail(e, EX_DATAERR, "the stream's name holds a NUL");
	s = streams_get(t, sc_slice_of(name), e);
	free(name);
	if (s == NULL)
		return -1;
	forget_schema(s);
	if (read_source(schema->source, source, e) == -1) {
		for (int i = 0; i < NMEMBERS; i++)
			free(source[i]);
		return -1;
	}
	take_source(s, source);
	s->announced = true;
	return take_keys(s, schema->key_properties, e);
}

void
stream_count(struct stream *s, bool stored, int64_t event_ms)
{
	s->touched = true;
	s->batch.stored += stored;
	s->batch.known += !stored;
	if (stored && event_ms > s->batch.newest_ms)
		s->batch.newest_ms = event_ms;
}

static void
add(struct tally *to, const struct tally *what)
{
	to->stored += what->stored;
	to->known += what->known;
	if (what->newest_ms > to->newest_ms)
		to->newest_ms = what->newest_ms;
}

void
streams_settle(struct streams *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct stream *s = t->v[i];

		add(&s->all, &s->batch);
		s->batch = (struct tally){ 0 };
		s->touched = false;
	}
}

struct tally
streams_total(const struct streams *t)
{
	struct tally sum = { 0 };

	for (size_t i = 0; i < t->n; i++)
		add(&sum, &t->v[i]->all);
	return sum;
}

static void
outcome(struct sc_outcome *o, const char *name, const struct tally *c)
{
	*o = (struct sc_outcome){ .newest_ms = c->newest_ms };
	(void)strlcpy(o->stream, name, sizeof(o->stream));
	o->counts[SC_N_STORED] = c->stored;
	o->counts[SC_N_KNOWN] = c->known;
}

void
streams_report(const struct streams *t, const struct sc_err *e)
{
	struct sc_outcome sum, each[REPORT_MAX];
	struct tally all = streams_total(t);
	const char *name = "";
	size_t n = t->n <= REPORT_MAX ? t->n : 0;

	if (t->n > 0 && t->v[0]->integration != NULL)
		name = t->v[0]->integration;
	outcome(&sum, name, &all);
	sum.err = *e;
	for (size_t i = 0; i < n; i++)
		outcome(&each[i], t->v[i]->stream, &t->v[i]->all);
	sc_report_write("sc-ship", &sum, each, n);
}
