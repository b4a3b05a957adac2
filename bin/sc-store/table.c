#include <stdlib.h>

#include "sc/json.h"
#include "sc/mem.h"
#include "sc/msg.h"
#include "sc/timefmt.h"

#include "table.h"

/* Members of an artifact that the table shows. */
enum member {
	M_SEVERITY,
	M_CLIENT,
	M_SERVER,
	M_SENDER,
	M_USER,
	M_RULE,
	M_FILE,
	NMEMBERS
};

static const char *const paths[NMEMBERS] = {
	[M_SEVERITY] = "severityLabel",
	[M_CLIENT] = "clientHostname",
	[M_SERVER] = "serverHostname",
	[M_SENDER] = "senderHost",
	[M_USER] = "userName",
	[M_RULE] = "ruleName",
	[M_FILE] = "fileName",
};

/* Columns with a width of their own; the others share what is left. */
enum { W_TIME = 19, W_SEVERITY = 8, W_ID = 8, W_GAPS = 5 * 2 };
#define W_SHARED_MIN 32

struct table {
	struct sc_json_plan *plan;
	size_t stream, who, what; /* widths */
};

struct table *
table_new(size_t width)
{
	const size_t fixed = W_TIME + W_SEVERITY + W_ID + W_GAPS;
	size_t shared =
	    width > fixed + W_SHARED_MIN ? width - fixed : W_SHARED_MIN;
	struct table *t = sc_xcalloc(1, sizeof(*t));
	struct sc_err e;

	t->plan = sc_json_plan_new(paths, NMEMBERS, &e);
	t->stream = shared * 3 / 10;
	t->who = shared * 3 / 10;
	t->what = shared - t->stream - t->who;
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	sc_json_plan_free(t->plan);
	free(t);
}

static bool
is_follower(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* C0, DEL and, as UTF-8, C1 (0x9b alone starts a terminal command). */
static bool
is_control(const char *p, size_t n)
{
	unsigned char c = (unsigned char)p[0];

	return c < 0x20 || c == 0x7f ||
	    (c == 0xc2 && n > 1 && (unsigned char)p[1] < 0xa0);
}

void
table_cell(struct sc_buf *b, struct sc_slice text, size_t width)
{
	size_t i = 0, shown = 0;

	while (i < text.n && shown < width) {
		size_t from = i++;

		while (i < text.n && is_follower(text.p[i]))
			i++;
		if (is_control(text.p + from, text.n - from))
			(void)sc_buf_addc(b, '?');
		else
			(void)sc_buf_add(b, text.p + from, i - from);
		shown++;
	}
	for (; shown < width; shown++)
		(void)sc_buf_addc(b, ' ');
}

static void
line(const struct table *t, const struct sc_slice cells[6], struct sc_buf *b)
{
	const size_t widths[] = { W_TIME, t->stream, W_SEVERITY, t->who,
		t->what, W_ID };

	for (size_t i = 0; i < 6; i++) {
		if (i > 0)
			(void)sc_buf_adds(b, "  ");
		table_cell(b, cells[i], widths[i]);
	}
}

void
table_head(const struct table *t, struct sc_buf *b)
{
	const struct sc_slice cells[6] = { sc_slice_of("TIME"),
		sc_slice_of("STREAM"), sc_slice_of("SEVERITY"),
		sc_slice_of("HOST/USER"), sc_slice_of("RULE/FILE"),
		sc_slice_of("ID") };

	line(t, cells, b);
}

/* The first two of the values that are there, with a slash between them. */
static struct sc_slice
joined(const struct sc_json_val *v, const enum member *which, size_t n,
    struct sc_buf *b)
{
	for (size_t i = 0; i < n; i++) {
		size_t from = b->len;

		if (from > 0)
			(void)sc_buf_addc(b, '/');
		if (sc_json_str(v[which[i]], b) == -1 ||
		    b->len == from + (from > 0))
			b->len = from;
	}
	return (struct sc_slice){ b->p, b->len };
}

/* The host by its first name that is known. */
static enum member
host_of(const struct sc_json_val *v)
{
	return v[M_CLIENT].type != SC_JSON_NONE ? M_CLIENT
	    : v[M_SERVER].type != SC_JSON_NONE  ? M_SERVER
						: M_SENDER;
}

void
table_row(struct table *t, const struct sc_store_row *row, struct sc_buf *b)
{
	int64_t ms = row->a.event_ms != 0 ? row->a.event_ms : row->arrival_ms;
	struct sc_json_val v[NMEMBERS] = { 0 };
	struct sc_buf severity, who, what;
	char time[SC_TIME_BUF];
	struct sc_err e;
	struct sc_slice cells[6];

	(void)sc_json_scan(
	    row->a.artifact.p, row->a.artifact.n, t->plan, 0, v, &e);
	sc_buf_init(&severity, SC_LINE_MAX);
	sc_buf_init(&who, 2 * SC_LINE_MAX);
	sc_buf_init(&what, 2 * SC_LINE_MAX);
	(void)sc_time_format(ms * 1000, 0, time);
	time[strcspn(time, "T")] = ' ';
	cells[0] = (struct sc_slice){ time, strcspn(time, "Z") };
	cells[1] = row->a.stream;
	cells[2] = joined(v, (enum member[]){ M_SEVERITY }, 1, &severity);
	cells[3] = joined(v, (enum member[]){ host_of(v), M_USER }, 2, &who);
	cells[4] = joined(v, (enum member[]){ M_RULE, M_FILE }, 2, &what);
	cells[5] = row->a.id;
	line(t, cells, b);
	sc_buf_fini(&severity);
	sc_buf_fini(&who);
	sc_buf_fini(&what);
}
