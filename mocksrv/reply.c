#include <stdlib.h>
#include <string.h>

#include "mocksrv/reply.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define TEXT_MAX ((size_t)64 * 1024 * 1024)
/* What a buffer may keep from one answer to the next. */
#define KEPT_MAX   ((size_t)64 * 1024)
#define STEPS_KEPT 4096
#define FAULT_MAX  512

static const char chunk_end[] = "\r\n0\r\n\r\n";

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 207, "Multi-Status" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

const char *
mock_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Unknown";
}

void
mock_reply_init(struct mock_reply *r)
{
	*r = (struct mock_reply){ 0 };
	sc_buf_init(&r->headers, MOCK_HEADERS_TEXT_MAX);
	sc_buf_init(&r->text, TEXT_MAX);
	sc_buf_init(&r->changed, MOCK_BODY_COPY_MAX);
	sc_buf_init(&r->head, MOCK_HEADERS_TEXT_MAX + 1024);
	sc_buf_init(&r->fault, FAULT_MAX);
	mock_reply_reset(r);
}

void
mock_reply_fini(struct mock_reply *r)
{
	sc_buf_fini(&r->headers);
	sc_buf_fini(&r->text);
	sc_buf_fini(&r->changed);
	sc_buf_fini(&r->head);
	sc_buf_fini(&r->fault);
	free(r->steps);
	r->steps = NULL;
	r->capsteps = r->nsteps = 0;
}

static struct mock_step *
add_step(struct mock_reply *r, enum mock_op op, const char *p, size_t n)
{
	if (r->nsteps == r->capsteps) {
		r->capsteps = r->capsteps > 0 ? r->capsteps * 2 : 8;
		r->steps =
		    sc_xreallocarray(r->steps, r->capsteps, sizeof(*r->steps));
	}
	r->steps[r->nsteps] = (struct mock_step){ op, p, n };
	return &r->steps[r->nsteps++];
}

static void
empty(struct sc_buf *b)
{
	sc_buf_reset(b);
	if (b->cap > KEPT_MAX)
		sc_buf_fini(b);
}

void
mock_reply_reset(struct mock_reply *r)
{
	r->status = 200;
	r->reason = r->type = r->note = NULL;
	r->frame = MOCK_FRAME_LENGTH;
	r->raw = r->bad_chunk = r->no_last_chunk = r->abrupt = false;
	r->gzip = false;
	r->tunnel = 0;
	r->tunnel_max = 0;
	r->head_len = 0;
	r->line = 0;
	sc_buf_reset(&r->headers);
	empty(&r->text);
	empty(&r->changed);
	sc_buf_reset(&r->head);
	sc_buf_reset(&r->fault);
	r->nsteps = 0;
	if (r->capsteps > STEPS_KEPT) {
		free(r->steps);
		r->steps = NULL;
		r->capsteps = 0;
	}
	(void)add_step(r, MOCK_SEND, NULL, 0);
}

void
mock_reply_header(struct mock_reply *r, const char *name, const char *value)
{
	(void)sc_buf_adds(&r->headers, name);
	(void)sc_buf_adds(&r->headers, ": ");
	(void)sc_buf_adds(&r->headers, value);
	(void)sc_buf_adds(&r->headers, "\r\n");
}

void
mock_reply_part(struct mock_reply *r, const char *p, size_t n)
{
	if (n > 0)
		(void)add_step(r, MOCK_SEND, p, n);
}

void
mock_reply_text(struct mock_reply *r, int status, const char *type)
{
	r->status = status;
	r->type = type;
	mock_reply_part(r, r->text.p, r->text.len);
}

static size_t
body_length(const struct mock_reply *r)
{
	size_t n = 0;

	for (size_t i = 1; i < r->nsteps; i++)
		n += r->steps[i].n;
	return n;
}

void
mock_reply_halve(struct mock_reply *r)
{
	size_t left = body_length(r) / 2;

	for (size_t i = 1; i < r->nsteps; i++) {
		struct mock_step *s = &r->steps[i];

		if (s->n > left)
			s->n = left;
		left -= s->n;
	}
}

void
mock_reply_body(const struct mock_reply *r, struct sc_buf *b)
{
	for (size_t i = 1; i < r->nsteps; i++)
		(void)sc_buf_add(b, r->steps[i].p, r->steps[i].n);
}

void
mock_reply_rebody(struct mock_reply *r, struct sc_buf *b)
{
	struct sc_buf old = r->changed;

	r->changed = *b;
	*b = old;
	sc_buf_reset(b);
	r->nsteps = 1;
	mock_reply_part(r, r->changed.p, r->changed.len);
}

void
mock_reply_spoil_gzip(struct mock_reply *r)
{
	/* A right header, and behind it a block of a kind that is none. */
	static const char begin[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\x07";
	struct sc_buf b;

	sc_buf_init(&b, MOCK_BODY_COPY_MAX);
	(void)sc_buf_add(&b, begin, sizeof(begin) - 1);
	mock_reply_body(r, &b);
	mock_reply_rebody(r, &b);
	sc_buf_fini(&b);
	r->gzip = false;
	mock_reply_header(r, "Content-Encoding", "gzip");
}

/* 1xx, 204 and 304 have no body and no length. */
static bool
is_bodiless(int status)
{
	return status < 200 || status == 204 || status == 304;
}

static void
add_marks(struct mock_reply *r, struct sc_buf *b)
{
	if (r->line > 0)
		(void)sc_buf_addf(b, "X-Mock-Rule: line %u\r\n", r->line);
	else
		(void)sc_buf_adds(b, "X-Mock-Rule: none\r\n");
	if (r->note != NULL)
		(void)sc_buf_addf(b, "X-Mock-Note: %s\r\n", r->note);
	if (r->fault.len > 0)
		(void)sc_buf_addf(
		    b, "X-Mock-Fault: %s\r\n", sc_buf_str(&r->fault));
}

static void
add_head(struct mock_reply *r, const struct mock_terms *w, bool close)
{
	struct sc_buf *b = &r->head;
	char date[SC_TIME_BUF];

	(void)sc_buf_addf(b, "HTTP/1.1 %d %s\r\nDate: %s\r\n", r->status,
	    r->reason != NULL ? r->reason : mock_reason(r->status),
	    sc_time_format_http(w->now_ms, date));
	if (r->type != NULL)
		(void)sc_buf_addf(b, "Content-Type: %s\r\n", r->type);
	(void)sc_buf_add(b, r->headers.p, r->headers.len);
	if (!w->unmarked)
		add_marks(r, b);
	if (close)
		(void)sc_buf_adds(b, "Connection: close\r\n");
	else if (w->minor == 0)
		(void)sc_buf_adds(b, "Connection: keep-alive\r\n");
}

bool
mock_reply_overflows(const struct mock_reply *r)
{
	return r->text.full || r->headers.full;
}

/* The line that tells the length, and the end of the head. */
static void
add_framing(struct mock_reply *r, size_t length)
{
	const bool body = !is_bodiless(r->status);

	if (body && r->frame == MOCK_FRAME_LENGTH)
		(void)sc_buf_addf(&r->head, "Content-Length: %zu\r\n", length);
	else if (body && r->frame == MOCK_FRAME_CHUNKED)
		(void)sc_buf_adds(&r->head, "Transfer-Encoding: chunked\r\n");
	(void)sc_buf_adds(&r->head, "\r\n");
	r->head_len = r->head.len;
}

/* The body is one chunk; an empty one is the last chunk alone. */
static void
add_chunk(struct mock_reply *r, size_t length)
{
	size_t skip = length > 0 ? 0 : 2, end = sizeof(chunk_end) - 1;

	if (r->bad_chunk)
		(void)sc_buf_adds(&r->head, "zz\r\n");
	else if (length > 0)
		(void)sc_buf_addf(&r->head, "%zx\r\n", length);
	if (r->no_last_chunk)
		end = 2;
	mock_reply_part(r, chunk_end + skip, end - skip);
}

/* The head alone: what follows is the target's. */
static void
compile_tunnel(struct mock_reply *r, const struct mock_terms *w)
{
	if (r->raw)
		return;
	add_head(r, w, false);
	(void)sc_buf_adds(&r->head, "\r\n");
	r->head_len = r->head.len;
	r->steps[0].p = r->head.p;
	r->steps[0].n = r->head.len;
}

void
mock_reply_compile(struct mock_reply *r, const struct mock_terms *w)
{
	size_t length = body_length(r);
	bool close;

	if (r->tunnel != 0) {
		compile_tunnel(r, w);
		return;
	}
	/* HTTP/1.0 knows no chunks. */
	if (r->frame == MOCK_FRAME_CHUNKED && w->minor == 0)
		r->frame = MOCK_FRAME_CLOSE;
	close = !w->keep_alive || r->frame == MOCK_FRAME_CLOSE || r->raw;
	if (!r->raw) {
		add_head(r, w, close);
		add_framing(r, length);
		if (w->head_only || is_bodiless(r->status))
			r->nsteps = 1;
		else if (r->frame == MOCK_FRAME_CHUNKED)
			add_chunk(r, length);
		r->steps[0].p = r->head.p;
		r->steps[0].n = r->head.len;
	}
	if (close || r->no_last_chunk || r->abrupt)
		(void)add_step(r, MOCK_FIN, NULL, 0);
}

static void
insert_first(struct mock_reply *r, enum mock_op op, int64_t n)
{
	(void)add_step(r, op, NULL, 0);
	memmove(r->steps + 1, r->steps, (r->nsteps - 1) * sizeof(*r->steps));
	r->steps[0] = (struct mock_step){ op, NULL, (size_t)n };
}

void
mock_reply_delay(struct mock_reply *r, int64_t ms)
{
	insert_first(r, MOCK_WAIT, ms);
}

void
mock_reply_pace(struct mock_reply *r, int64_t bytes_per_second)
{
	insert_first(r, MOCK_PACE, bytes_per_second);
}

void
mock_reply_cut(struct mock_reply *r, size_t bytes, enum mock_op op)
{
	size_t i;

	if (r->tunnel != 0 && bytes > r->head_len) {
		r->tunnel_max = bytes - r->head_len;
		r->tunnel_end = op;
		return;
	}
	for (i = 0; i < r->nsteps; i++) {
		struct mock_step *s = &r->steps[i];

		if (s->op == MOCK_RST || s->op == MOCK_FIN)
			break;
		if (s->op != MOCK_SEND)
			continue;
		if (s->n > bytes)
			s->n = bytes;
		bytes -= s->n;
		if (bytes == 0) {
			i++;
			break;
		}
	}
	r->nsteps = i;
	(void)add_step(r, op, NULL, 0);
}

void
mock_reply_cut_head(struct mock_reply *r)
{
	/* Two bytes before the line's end, which the empty line follows. */
	mock_reply_cut(r, r->head_len > 6 ? r->head_len - 6 : 0, MOCK_FIN);
}

void
mock_reply_spoil_status(struct mock_reply *r)
{
	if (r->head.len > 4)
		memcpy(r->head.p, "?=;&", 4);
}
