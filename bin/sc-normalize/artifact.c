#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/ident.h"
#include "sc/json.h"

#include "artifact.h"

/* How much of a message is kept when all of it is too much. */
#define MESSAGE_CUT ((size_t)64 << 10)

void
artifact_source_read(struct artifact_source *s, struct sc_json_val source)
{
	struct sc_json_iter it = sc_json_iter(source);
	struct artifact_source got = { 0 };
	struct sc_json_val key, v;

	while (sc_json_next(&it, &key, &v)) {
		char **to = sc_json_is(key, "vendor") ? &got.vendor
		    : sc_json_is(key, "integration")  ? &got.integration
		    : sc_json_is(key, "stream")       ? &got.stream
		    : sc_json_is(key, "realm")        ? &got.realm
		    : sc_json_is(key, "org_id")       ? &got.org_id
						      : NULL;

		if (to == NULL)
			continue;
		free(*to);
		*to = sc_json_dup(v);
	}
	artifact_source_fini(s);
	*s = got;
}

void
artifact_source_fini(struct artifact_source *s)
{
	free(s->vendor);
	free(s->integration);
	free(s->stream);
	free(s->realm);
	free(s->org_id);
	*s = (struct artifact_source){ 0 };
}

static void
put_raw(struct sc_jw *w, const char *key, struct sc_json_val v)
{
	if (v.type != SC_JSON_NONE)
		sc_jw_kvraw(w, key, v.raw);
}

/*
 * The JSON string "native:<key>", made of the key's own bytes; empty when the
 * record has no key.
 */
static struct sc_slice
native_tag(const struct artifact *a)
{
	struct sc_slice key = a->msg->key.raw;

	if (a->msg->key.type != SC_JSON_STRING)
		return (struct sc_slice){ "", 0 };
	sc_buf_reset(a->scratch);
	(void)sc_buf_adds(a->scratch, "\"native:");
	(void)sc_buf_add(a->scratch, key.p + 1, key.n - 1);
	return (struct sc_slice){ a->scratch->p, a->scratch->len };
}

static void
put_source(const struct artifact *a, struct sc_jw *w)
{
	const struct artifact_source *s = a->source;

	sc_jw_kv(w, "senderHost", s->realm);
	sc_buf_reset(a->scratch);
	(void)sc_buf_addf(a->scratch, "signal-client.%s%s%s", s->vendor,
	    s->integration != NULL ? ":" : "",
	    s->integration != NULL ? s->integration : "");
	sc_jw_kv(w, "sourceInfo", sc_buf_str(a->scratch));
	sc_jw_kv(w, "org_id", s->org_id);
}

/* -1 (EX_DATAERR, nothing written) when the mapping cannot handle it. */
static int
mapped(const struct artifact *a, struct sc_jw *w, struct sc_err *e)
{
	static const char null[] = "null";
	struct jqrun_input in = { .record = a->msg->record.raw,
		.list = "tags" };
	struct sc_jw before = *w;
	size_t len = w->b->len;

	if (a->msg->record.type != SC_JSON_OBJECT)
		return sc_fail(e, EX_DATAERR, "the record is not an object");
	if (a->mapping->uses_ctx)
		in.ctx = a->msg->ctx.type != SC_JSON_NONE ? a->msg->ctx.raw
							  : sc_slice_of(null);
	in.element = native_tag(a);
	sc_jw_obj(w);
	put_raw(w, "id", a->msg->id);
	if (jqrun_members(a->mapping->jq, &in, w, e) == -1) {
		*w = before;
		w->b->len = len;
		return -1;
	}
	put_source(a, w);
	sc_jw_kvn(w, "message", a->msg->record.raw);
	sc_jw_end(w, '}');
	return 0;
}

/* What all artifacts have that no mapping made. */
static void
begin_unmapped(const struct artifact *a, const char *tag, struct sc_jw *w)
{
	struct sc_slice native = native_tag(a);

	sc_jw_obj(w);
	put_raw(w, "id", a->msg->id);
	if (a->mapping->stream_name != NULL)
		sc_jw_kvraw(
		    w, "streamName", sc_slice_of(a->mapping->stream_name));
	sc_jw_key(w, "tags");
	sc_jw_arr(w);
	sc_jw_str(w, tag);
	if (native.n > 0)
		sc_jw_raw(w, native);
	sc_jw_end(w, ']');
	put_source(a, w);
}

static void
failed(const struct artifact *a, const char *reason, struct sc_jw *w)
{
	begin_unmapped(a, "normalize_error", w);
	sc_jw_kvn(w, "x_error",
	    (struct sc_slice){ reason, sc_utf8_valid(reason, strlen(reason)) });
	sc_jw_kvn(w, "message", a->msg->record.raw);
	sc_jw_end(w, '}');
}

/* The tag of a record that could not travel as it was. */
static const char *
tag_of(struct sc_json_val reason)
{
	if (sc_json_is(reason, "utf8"))
		return "not_utf8";
	return sc_json_is(reason, "deep") ? "too_deep" : "oversize";
}

static void
bad(const struct artifact *a, struct sc_jw *w)
{
	struct sc_json_val reason = { 0 }, bytes = { 0 }, sha256 = { 0 };
	struct sc_json_val text = { 0 }, base64 = { 0 }, key, v;
	struct sc_json_iter it = sc_json_iter(a->msg->bad);

	while (sc_json_next(&it, &key, &v)) {
		if (sc_json_is(key, "reason"))
			reason = v;
		else if (sc_json_is(key, "bytes"))
			bytes = v;
		else if (sc_json_is(key, "sha256"))
			sha256 = v;
		else if (sc_json_is(key, "text"))
			text = v;
		else if (sc_json_is(key, "raw_base64"))
			base64 = v;
	}
	begin_unmapped(a, tag_of(reason), w);
	put_raw(w, "x_bytes", bytes);
	put_raw(w, "x_sha256", sha256);
	put_raw(w, "x_raw_base64", base64);
	put_raw(w, "message", text);
	sc_jw_end(w, '}');
}

bool
artifact_make(const struct artifact *a, struct sc_jw *w)
{
	struct sc_err why = { 0 };

	if (a->msg->record.type == SC_JSON_NONE)
		bad(a, w);
	else if (mapped(a, w, &why) == -1)
		failed(a, why.msg, w);
	else
		return true;
	return false;
}

void
artifact_oversize(const struct artifact *a, struct sc_jw *w)
{
	struct sc_slice raw = a->msg->record.type != SC_JSON_NONE
	    ? a->msg->record.raw
	    : a->msg->bad.raw;
	char hex[SC_SHA256_BUF];

	begin_unmapped(a, "oversize", w);
	sc_jw_kvi(w, "x_bytes", (int64_t)raw.n);
	sc_jw_kv(w, "x_sha256", sc_sha256_hex(raw.p, raw.n, hex));
	if (raw.n > MESSAGE_CUT)
		raw.n = sc_utf8_valid(raw.p, MESSAGE_CUT);
	sc_jw_kvn(w, "message", raw);
	sc_jw_end(w, '}');
}
