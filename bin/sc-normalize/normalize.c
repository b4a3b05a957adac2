#include <string.h>

#include "sc/json.h"

#include "artifact.h"
#include "normalize.h"

void
normalize_init(struct normalize *n, const char *confdir, int outfd)
{
	*n = (struct normalize){ .streams = { .confdir = confdir } };
	sc_msg_writer_init(&n->w, outfd);
	sc_buf_init(&n->scratch, SC_LINE_MAX);
}

void
normalize_fini(struct normalize *n)
{
	streams_fini(&n->streams);
	sc_msg_writer_fini(&n->w);
	sc_buf_fini(&n->scratch);
}

/* A SCHEMA goes on as it came, but records are known by their id now. */
static int
schema(struct normalize *n, const struct sc_msg *m, struct sc_err *e)
{
	static const char ids[] = "[\"id\"]";
	const struct stream *st = streams_schema(&n->streams, m, e);
	const char *end = m->line.p + m->line.n, *at;
	struct sc_buf *b = &n->w.b;

	if (st == NULL)
		return -1;
	if (st->mapping == NULL)
		return sc_msg_pass(&n->w, m->line, e);
	if (m->key_properties.type != SC_JSON_NONE) {
		at = m->key_properties.raw.p;
		(void)sc_buf_add(b, m->line.p, (size_t)(at - m->line.p));
		(void)sc_buf_adds(b, ids);
		at += m->key_properties.raw.n;
	} else {
		(void)sc_buf_addf(b, "{\"key_properties\":%s,", ids);
		at = (const char *)memchr(m->line.p, '{', m->line.n) + 1;
	}
	(void)sc_buf_add(b, at, (size_t)(end - at));
	return sc_msg_end(&n->w, e);
}

static void
envelope(const struct stream *st, const struct sc_msg *m, struct sc_jw *jw)
{
	const struct {
		const char *name;
		struct sc_json_val v;
	} kept[] = {
		{ "stream", m->stream },
		{ "time_extracted", m->time_extracted },
		{ "id", m->id },
		{ "key", m->key },
		{ "rev", m->rev },
		{ "ctx", m->ctx },
		{ "aux", m->aux },
	};

	sc_jw_obj(jw);
	sc_jw_kv(jw, "type", "RECORD");
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (kept[i].v.type != SC_JSON_NONE)
			sc_jw_kvraw(jw, kept[i].name, kept[i].v.raw);
	}
	sc_jw_kv(jw, "rendition", mapping_rendition(st->mapping));
	sc_jw_key(jw, "record");
}

static int
record(struct normalize *n, const struct sc_msg *m, struct sc_err *e)
{
	struct stream *st = streams_find(&n->streams, m, e);
	struct artifact a = { .msg = m, .scratch = &n->scratch };
	size_t start = n->w.b.len;
	struct sc_jw jw;
	bool good;

	if (st == NULL)
		return -1;
	/* Foreign, or an artifact already. */
	if (st->mapping == NULL || m->rendition.type != SC_JSON_NONE)
		return sc_msg_pass(&n->w, m->line, e);
	if (mapping_start(st->mapping, PROGRAM_RUN, e) == -1)
		return -1;
	a.source = &st->source;
	a.mapping = st->mapping;
	sc_msg_begin(&n->w, &jw);
	envelope(st, m, &jw);
	good = artifact_make(&a, &jw);
	if (n->w.b.full || n->w.b.len - start >= SC_LINE_MAX) {
		n->w.b.full = false;
		n->w.b.len = start;
		sc_msg_begin(&n->w, &jw);
		envelope(st, m, &jw);
		artifact_oversize(&a, &jw);
		good = false;
	}
	sc_jw_end(&jw, '}');
	st->records++;
	st->bad += !good;
	return sc_msg_end(&n->w, e);
}

static int
message(struct normalize *n, const struct sc_msg *m, struct sc_err *e)
{
	switch (m->type) {
	case SC_MSG_SCHEMA:
		return schema(n, m, e);
	case SC_MSG_RECORD:
		return record(n, m, e);
	case SC_MSG_NOTE:
	case SC_MSG_STATE:
	case SC_MSG_OTHER:
	default:
		return sc_msg_pass(&n->w, m->line, e);
	}
}

int
normalize_input(struct normalize *n, int fd, const char *name, struct sc_err *e)
{
	struct sc_err ignored = { 0 };
	struct sc_msg_reader r;
	struct sc_msg m;
	int rc;

	sc_msg_reader_init(&r, fd, name);
	r.before_block = &n->w;
	while ((rc = sc_msg_next(&r, &m, e)) == 1) {
		if (message(n, &m, e) == -1) {
			rc = -1;
			break;
		}
	}
	if (rc == -1)
		(void)sc_msg_flush(&n->w, &ignored);
	else
		rc = sc_msg_flush(&n->w, e);
	sc_msg_reader_fini(&r);
	return rc;
}
