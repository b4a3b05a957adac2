#include <sysexits.h>

#include "record.h"
#include "ship.h"

struct ship {
	struct streams *streams;
	struct sink *sink;
	struct recorder recorder;
};

/* RECORD and NOTE. */
static int
take_record(struct ship *s, const struct sc_msg *m, struct sc_err *e)
{
	struct sc_slice name = m->stream.raw;
	struct stream *st = streams_find_json(s->streams, m->stream);
	bool note = m->type == SC_MSG_NOTE;
	struct sc_artifact a = { 0 };

	if (st == NULL || !st->announced)
		return sc_fail(e, EX_DATAERR, "a %s of %.*s before its SCHEMA",
		    note ? "NOTE" : "RECORD",
		    (int)(name.n > 160 ? 160 : name.n), name.p);
	if ((note ? recorder_note : recorder_artifact)(
		&s->recorder, m, st, &a, e) == -1)
		return -1;
	if (note)
		return s->sink->note != NULL ? s->sink->note(s->sink, &a, e)
					     : 0;
	return s->sink->put(s->sink, &a, e);
}

static int
take(struct ship *s, const struct sc_msg *m, struct sc_err *e)
{
	switch (m->type) {
	case SC_MSG_SCHEMA:
		return streams_announce(s->streams, m, e);
	case SC_MSG_RECORD:
	case SC_MSG_NOTE:
		return take_record(s, m, e);
	case SC_MSG_STATE:
		return s->sink->state(s->sink, m, e);
	case SC_MSG_OTHER:
	default:
		/* Singer's other messages ask nothing of a target. */
		return 0;
	}
}

int
ship_run(int fd, struct streams *streams, struct sink *sink, struct sc_err *e)
{
	struct ship s = { .streams = streams, .sink = sink };
	struct sc_msg_reader r;
	struct sc_err late; /* what is safe is told even when the rest fails */
	struct sc_msg m;
	int rc;

	recorder_init(&s.recorder);
	sc_msg_reader_init(&r, fd, "stdin");
	r.before_block = sink->out;
	while ((rc = sc_msg_next(&r, &m, e)) == 1) {
		if (take(&s, &m, e) == 0)
			continue;
		rc = e->code == EX_DATAERR
		    ? sc_ctx(e, "stdin line %ju", (uintmax_t)m.lineno)
		    : -1;
		break;
	}
	if (rc == 0)
		rc = sink->finish(sink, e);
	else
		(void)sc_msg_flush(sink->out, &late);
	sc_msg_reader_fini(&r);
	recorder_fini(&s.recorder);
	return rc;
}
