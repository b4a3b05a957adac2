#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mocksrv/rule.h"
#include "sc/timefmt.h"

/* What random numbers are drawn for. */
enum purpose { FOR_CHANCE = 0, FOR_DELAY, PURPOSES };

void
mock_rule_fini(struct mock_rule *r)
{
	free(r->method);
	free(r->path);
	free(r->request);
	for (size_t i = 0; i < r->ntests; i++) {
		free(r->tests[i].name);
		free(r->tests[i].glob);
	}
	free(r->tests);
	free(r->on);
	sc_buf_fini(&r->headers);
	mock_limit_fini(&r->limit);
	mock_sequence_fini(&r->files);
	mock_canned_free(r->body);
	mock_mutation_fini(&r->mutation);
}

/* The same for the same seed, line and number of the request. */
static struct mock_rng
random_of(const struct mock_rule *r, enum purpose p)
{
	return mock_rng_key(
	    r->seed, (uint64_t)r->line * PURPOSES + p, (uint64_t)r->seen);
}

static bool
is_meant(const struct mock_rule *r, const struct mock_http *h)
{
	if (strcmp(r->method, "*") != 0 && !sc_slice_is(h->method, r->method))
		return false;
	if (!mock_glob(r->path, h->path))
		return false;
	if (r->on != NULL && strcmp(r->on, h->on) != 0)
		return false;
	for (size_t i = 0; i < r->ntests; i++) {
		if (!mock_test_holds(&r->tests[i], h))
			return false;
	}
	return true;
}

static bool
by_chance(const struct mock_rule *r)
{
	struct mock_rng rng;

	if (r->chance == MOCK_CHANCE_MAX)
		return true;
	rng = random_of(r, FOR_CHANCE);
	return mock_rng_below(&rng, MOCK_CHANCE_MAX) < (uint64_t)r->chance;
}

bool
mock_rule_match(struct mock_rule *r, const struct mock_http *h, int64_t now_ms)
{
	r->limit_asked = false;
	if (!is_meant(r, h) || !mock_window_open(&r->window, now_ms))
		return false;
	r->seen++;
	if (r->seen < r->from || (r->times > 0 && r->applied == r->times))
		return false;
	if (!by_chance(r))
		return false;
	if (r->limit.rate.n > 0) {
		r->limit_asked = true;
		if (mock_limit_spend(&r->limit, h, now_ms, &r->quota))
			return false;
	}
	r->applied++;
	return true;
}

bool
mock_rule_answers(const struct mock_rule *r)
{
	return r->status != 0 || r->files.n > 0;
}

bool
mock_rule_edits(const struct mock_rule *r)
{
	return r->cut_after.given || r->reset_after.given ||
	    r->stall_after.given || r->cut_head ||
	    r->delay.kind != MOCK_DELAY_NONE || r->drip != -1 ||
	    r->frame != -1 || r->gzip != -1 || r->garbage_status ||
	    r->bad_chunk || r->no_last_chunk || r->no_close_notify ||
	    r->truncate_json || mock_mutation_given(&r->mutation) ||
	    r->headers.len > 0;
}

static void
name(struct sc_buf *b, const char *what)
{
	(void)sc_buf_addf(b, "%s%s", b->len > 0 ? " " : "", what);
}

static void
name_number(struct sc_buf *b, const char *what, int64_t n, const char *unit)
{
	name(b, what);
	(void)sc_buf_addf(b, "=%" PRId64 "%s", n, unit);
}

static void
name_place(struct sc_buf *b, const char *what, const struct mock_place *at)
{
	if (!at->given)
		return;
	name(b, what);
	(void)sc_buf_adds(b, at->behind_head ? "=head" : "=");
	if (!at->behind_head || at->bytes > 0)
		(void)sc_buf_addf(
		    b, "%s%" PRId64, at->behind_head ? "+" : "", at->bytes);
}

static void
name_mutation(struct sc_buf *b, const struct mock_mutation *m)
{
	if (m->duplicate_keys)
		name(b, "duplicate-keys");
	if (m->bad_utf8)
		name(b, "bad-utf8");
	if (m->big_numbers)
		name(b, "big-numbers");
	if (m->deep > 0)
		name_number(b, "deep", m->deep, "");
	if (m->long_text > 0)
		name_number(b, "long", m->long_text, "");
	for (size_t i = 0; i < m->nshrinks; i++) {
		name(b, "shrink=");
		(void)sc_buf_adds(b, m->shrinks[i]);
	}
}

static void
name_faults(const struct mock_rule *r, int64_t delay_ms, struct sc_buf *b)
{
	const struct {
		bool is;
		const char *name;
	} switches[] = { { r->limit.rate.n > 0, "limit" },
		{ r->cut_head, "cut-head" },
		{ r->garbage_status, "garbage-status" },
		{ r->bad_chunk, "bad-chunk" },
		{ r->no_last_chunk, "no-last-chunk" },
		{ r->no_close_notify, "no-close-notify" },
		{ r->gzip == MOCK_GZIP_BROKEN, "gzip=broken" },
		{ r->truncate_json, "truncate-json" } };

	if (r->status >= 400)
		name_number(b, "status", r->status, "");
	if (r->error != 0)
		name_number(b, "error", r->error, "");
	if (r->delay.kind != MOCK_DELAY_NONE)
		name_number(b, "delay", delay_ms, "ms");
	if (r->drip != -1)
		name_number(b, "drip", r->drip, "");
	name_place(b, "cut-after", &r->cut_after);
	name_place(b, "reset-after", &r->reset_after);
	name_place(b, "stall-after", &r->stall_after);
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (switches[i].is)
			name(b, switches[i].name);
	}
	name_mutation(b, &r->mutation);
}

static int64_t
delay_of(const struct mock_rule *r)
{
	return mock_delay_draw(&r->delay, random_of(r, FOR_DELAY));
}

static void
tell(struct mock_reply *reply, const char *header, int64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, n);
	mock_reply_header(reply, header, text);
}

/* Whole seconds after which so much time has passed. */
static int64_t
seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

void
mock_rule_tell_quota(const struct mock_rule *r, struct mock_reply *reply)
{
	tell(reply, "RateLimit-Limit", r->quota.limit);
	tell(reply, "RateLimit-Remaining", r->quota.left);
	tell(reply, "RateLimit-Reset", seconds(r->quota.full_ms));
}

static void
prepare_body(const struct mock_rule *r, struct mock_reply *reply)
{
	if (mock_mutation_given(&r->mutation))
		mock_mutate(&r->mutation, r->applied, reply);
	if (r->truncate_json)
		mock_reply_halve(reply);
	if (r->gzip == MOCK_GZIP_BROKEN)
		mock_reply_spoil_gzip(reply);
	else if (r->gzip == MOCK_GZIP_YES)
		reply->gzip = true;
}

void
mock_rule_prepare(
    const struct mock_rule *r, int64_t now_ms, struct mock_reply *reply)
{
	char date[SC_TIME_BUF];

	name_faults(r, delay_of(r), &reply->fault);
	(void)sc_buf_add(&reply->headers, r->headers.p, r->headers.len);
	if (r->has_retry_date)
		mock_reply_header(reply, "Retry-After",
		    sc_time_format_http(now_ms + r->retry_date_ms, date));
	if (r->retry_auto)
		tell(reply, "Retry-After", seconds(r->quota.next_ms));
	prepare_body(r, reply);
	if (r->frame != -1)
		reply->frame = (enum mock_frame)r->frame;
	if (r->bad_chunk || r->no_last_chunk)
		reply->frame = MOCK_FRAME_CHUNKED;
	reply->bad_chunk |= r->bad_chunk;
	reply->no_last_chunk |= r->no_last_chunk;
	reply->abrupt |= r->no_close_notify;
}

static void
cut(struct mock_reply *reply, const struct mock_place *at, enum mock_op op)
{
	size_t bytes = (size_t)at->bytes;

	if (at->given)
		mock_reply_cut(
		    reply, bytes + (at->behind_head ? reply->head_len : 0), op);
}

void
mock_rule_edit(const struct mock_rule *r, struct mock_reply *reply)
{
	if (r->garbage_status)
		mock_reply_spoil_status(reply);
	if (r->cut_head)
		mock_reply_cut_head(reply);
	cut(reply, &r->cut_after, MOCK_FIN);
	cut(reply, &r->reset_after, MOCK_RST);
	cut(reply, &r->stall_after, MOCK_STALL);
	if (r->drip != -1)
		mock_reply_pace(reply, r->drip);
	if (r->delay.kind != MOCK_DELAY_NONE)
		mock_reply_delay(reply, delay_of(r));
}
