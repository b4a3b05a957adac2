#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/file.h"
#include "sc/json.h"
#include "sc/jsonw.h"
#include "sc/log.h"
#include "sc/report.h"
#include "sc/timefmt.h"

static const char *const count_names[SC_NCOUNTS] = {
	[SC_N_PAGES] = "pages",
	[SC_N_RECORDS] = "records",
	[SC_N_NEW] = "new",
	[SC_N_CHANGED] = "changed",
	[SC_N_SEEN] = "seen",
	[SC_N_BAD] = "bad",
	[SC_N_STORED] = "stored",
	[SC_N_KNOWN] = "known",
	[SC_N_FILTERED] = "filtered",
};

const char *
sc_count_name(enum sc_count c)
{
	return count_names[c];
}

/* Texts leave the process here: secrets are taken out as in the log. */
static void
put_text(struct sc_jw *w, const char *key, const char *text, size_t most)
{
	char safe[sizeof(((struct sc_err *)0)->msg)];

	if (text[0] == '\0')
		return;
	sc_log_redact(text, safe, sizeof(safe));
	sc_jw_kvn(w, key,
	    (struct sc_slice){
		safe, sc_utf8_valid(safe, strnlen(safe, most)) });
}

static void
put_outcome(struct sc_jw *w, const struct sc_outcome *o, size_t most)
{
	sc_jw_kv(w, "stream", o->stream);
	sc_jw_kv(w, "class", sc_class_name(sc_err_class(&o->err)));
	sc_jw_kvi(w, "code", o->err.code);
	put_text(w, "text", o->err.msg, most);
	put_text(w, "remedy", o->err.remedy, most);
	if (o->err.not_before_ms > 0)
		sc_jw_kvms(w, "not_before", o->err.not_before_ms);
	sc_jw_key(w, "counts");
	sc_jw_obj(w);
	for (int i = 0; i < SC_NCOUNTS; i++) {
		if (o->counts[i] != 0)
			sc_jw_kvi(w, count_names[i], o->counts[i]);
	}
	sc_jw_end(w, '}');
	if (o->newest_ms > 0)
		sc_jw_kvms(w, "newest", o->newest_ms);
	if (o->expires_ms > 0)
		sc_jw_kvms(w, "expires", o->expires_ms);
	if (o->has_offset)
		sc_jw_kvi(w, "clock_offset_ms", o->clock_offset_ms);
	if (o->partial) {
		sc_jw_key(w, "partial");
		sc_jw_bool(w, true);
	}
}

static void
put_line(struct sc_buf *b, const char *stage, const struct sc_outcome *sum,
    const struct sc_outcome *streams, size_t nstreams, size_t most)
{
	struct sc_jw w;

	sc_buf_reset(b);
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "stage", stage);
	put_outcome(&w, sum, most);
	sc_jw_key(&w, "streams");
	sc_jw_arr(&w);
	for (size_t i = 0; i < nstreams; i++) {
		sc_jw_obj(&w);
		put_outcome(&w, &streams[i], most);
		sc_jw_end(&w, '}');
	}
	sc_jw_end(&w, ']');
	sc_jw_end(&w, '}');
	(void)sc_buf_addc(b, '\n');
}

/* -1 when nobody asked for a report. */
static int
report_fd(void)
{
	const char *env = getenv("SC_REPORT"), *bad = NULL;
	int fd = env != NULL ? (int)strtonum(env, 3, 65535, &bad) : -1;

	return bad == NULL ? fd : -1;
}

void
sc_report_own(void)
{
	if (report_fd() != -1)
		(void)fcntl(report_fd(), F_SETFD, FD_CLOEXEC);
}

void
sc_report_write(const char *stage, const struct sc_outcome *sum,
    const struct sc_outcome *streams, size_t nstreams)
{
	size_t most = sizeof(sum->err.msg);
	struct sc_buf b;
	int fd = report_fd();

	if (fd == -1)
		return;
	sc_buf_init(&b, PIPE_BUF);
	do {
		put_line(&b, stage, sum, streams, nstreams, most);
		most /= 2;
	} while (b.full && most > 8);
	if (b.full || sc_write_all(fd, b.p, b.len) == -1)
		sc_debug("the outcome line could not be written");
	sc_buf_fini(&b);
}

/* What an outcome consists of; the order is that of the plan below. */
enum member {
	M_STREAM,
	M_CLASS,
	M_CODE,
	M_TEXT,
	M_REMEDY,
	M_NOT_BEFORE,
	M_COUNTS,
	M_NEWEST,
	M_OFFSET,
	M_PARTIAL,
	M_EXPIRES,
	M_STAGE,
	M_STREAMS,
	NMEMBERS
};

static const char *const member_names[NMEMBERS] = { "stream", "class", "code",
	"text", "remedy", "not_before", "counts", "newest", "clock_offset_ms",
	"partial", "expires", "stage", "streams" };

static void
get_text(struct sc_json_val v, char *out, size_t cap)
{
	char *s = sc_json_dup(v);

	(void)strlcpy(out, s != NULL ? s : "", cap);
	free(s);
}

static int64_t
get_time(struct sc_json_val v)
{
	char text[SC_TIME_BUF];
	int64_t us = 0;

	get_text(v, text, sizeof(text));
	(void)sc_time_parse_us(text, strlen(text), &us);
	return us / 1000;
}

static void
get_counts(struct sc_json_val v, int64_t counts[SC_NCOUNTS])
{
	struct sc_json_iter it = sc_json_iter(v);
	struct sc_json_val key, value;

	while (sc_json_next(&it, &key, &value)) {
		for (int i = 0; i < SC_NCOUNTS; i++) {
			if (sc_json_is(key, count_names[i]))
				(void)sc_json_int(value, &counts[i]);
		}
	}
}

static void
get_outcome(const struct sc_json_val m[NMEMBERS], struct sc_outcome *o)
{
	char class[32];
	int64_t code = 0;
	int known;

	*o = (struct sc_outcome){ 0 };
	get_text(m[M_STREAM], o->stream, sizeof(o->stream));
	get_text(m[M_CLASS], class, sizeof(class));
	known = sc_class_parse(class);
	o->err.class = known == -1 ? SC_CLASS_INTERNAL : (enum sc_class)known;
	(void)sc_json_int(m[M_CODE], &code);
	o->err.code = (int)code;
	get_text(m[M_TEXT], o->err.msg, sizeof(o->err.msg));
	get_text(m[M_REMEDY], o->err.remedy, sizeof(o->err.remedy));
	o->err.not_before_ms = get_time(m[M_NOT_BEFORE]);
	if (m[M_COUNTS].type == SC_JSON_OBJECT)
		get_counts(m[M_COUNTS], o->counts);
	o->newest_ms = get_time(m[M_NEWEST]);
	o->expires_ms = get_time(m[M_EXPIRES]);
	o->has_offset = sc_json_int(m[M_OFFSET], &o->clock_offset_ms) == 0;
	o->partial = m[M_PARTIAL].type == SC_JSON_TRUE;
}

static int
get_streams(struct sc_json_val list, const struct sc_json_plan *plan,
    struct sc_outcome *streams, size_t *nstreams, struct sc_err *e)
{
	struct sc_json_iter it = sc_json_iter(list);
	struct sc_json_val m[NMEMBERS], v;
	size_t n = 0;

	while (n < *nstreams && sc_json_next(&it, NULL, &v)) {
		if (sc_json_scan(v.raw.p, v.raw.n, plan, SC_JSON_UTF8, m, e) ==
		    -1)
			return -1;
		get_outcome(m, &streams[n++]);
	}
	*nstreams = n;
	return 0;
}

int
sc_report_parse(struct sc_slice line, char stage[32], struct sc_outcome *sum,
    struct sc_outcome *streams, size_t *nstreams, struct sc_err *e)
{
	struct sc_json_plan *plan = sc_json_plan_new(member_names, NMEMBERS, e);
	struct sc_json_val m[NMEMBERS];
	int rc = -1;

	if (plan == NULL)
		return -1;
	if (sc_json_scan(line.p, line.n, plan, SC_JSON_UTF8, m, e) == -1) {
		(void)sc_ctx(e, "outcome line");
		goto out;
	}
	if (m[M_STAGE].type != SC_JSON_STRING ||
	    m[M_STREAMS].type != SC_JSON_ARRAY) {
		(void)sc_fail(e, EX_DATAERR, "not an outcome line");
		goto out;
	}
	get_text(m[M_STAGE], stage, 32);
	get_outcome(m, sum);
	rc = get_streams(m[M_STREAMS], plan, streams, nstreams, e);
out:
	sc_json_plan_free(plan);
	return rc;
}
