#include <stdlib.h>
#include <string.h>

#include "mocksrv/scenario.h"

/*
 * Any text is a scenario or is refused with its line; and one that is a
 * scenario gives the same answers whenever it is played from the start.
 */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

#define PLACE "/nowhere/s"
#define START INT64_C(1795305600000)

static const struct mock_source source = {
	.path = PLACE,
	.seed = 1,
	.now_ms = START,
};

/* True when a number of more digits than that stands behind the word. */
static bool
asks_too_much(struct sc_slice text, const char *word, size_t most)
{
	const char *p = text.p, *end = text.p + text.n;
	size_t digits;

	while ((p = memmem(p, (size_t)(end - p), word, strlen(word))) != NULL) {
		p += strlen(word);
		for (digits = 0;
		     p + digits < end && p[digits] >= '0' && p[digits] <= '9';)
			digits++;
		if (digits > most)
			return true;
	}
	return false;
}

/* Nothing outside may be read, and nothing made that takes long. */
static bool
is_harmless(struct sc_slice text)
{
	for (size_t i = 1; i < text.n; i++) {
		if (text.p[i] == '/' &&
		    (text.p[i - 1] == '=' || text.p[i - 1] == ','))
			return false;
	}
	return !asks_too_much(text, "generate:", 2) &&
	    !asks_too_much(text, "long:", 5) &&
	    !asks_too_much(text, "deep:", 5);
}

static void
check_message(const struct sc_err *e)
{
	const char *p = e->msg + strlen(PLACE);

	CHECK(e->code != 0 && strlen(e->msg) > strlen(PLACE));
	CHECK(memcmp(e->msg, PLACE, strlen(PLACE)) == 0 && *p == ':');
	CHECK((p[1] >= '1' && p[1] <= '9') || strcmp(p, ": not a text") == 0);
}

/* What goes over the wire, waits and ends as words. */
static void
note(const struct mock_reply *r, struct sc_buf *b)
{
	CHECK(r->nsteps > 0);
	for (size_t i = 0; i < r->nsteps; i++) {
		const struct mock_step *s = &r->steps[i];

		if (s->op == MOCK_SEND && s->n > 0)
			(void)sc_buf_add(b, s->p, s->n);
		else
			(void)sc_buf_addf(b, "<%d %zu>", s->op, s->n);
	}
}

static void
ask(struct mock_scenario *s, const char *text, int64_t now_ms, struct sc_buf *b)
{
	struct mock_reply reply;
	struct mock_http h;
	size_t used;

	mock_http_init(&h);
	mock_http_reset(&h);
	h.on = "plain";
	mock_reply_init(&reply);
	CHECK(mock_http_feed(&h, text, strlen(text), &used) == 1);
	(void)mock_scenario_answer(s, &h, now_ms, &reply);
	note(&reply, b);
	mock_reply_fini(&reply);
	mock_http_fini(&h);
}

static void
play(struct mock_scenario *s, struct sc_buf *b)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		("GET /web/api/v2.1/threats?limit=2&cursor=x HTTP/1.1\r\n"
		 "Host: a\r\nAuthorization: ApiToken t\r\n\r\n"),
		"POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
		"HEAD /a HTTP/1.0\r\nX: y\r\n\r\n",
	};

	for (int64_t i = 0; i < 12; i++)
		ask(s, requests[i % 4], START + i * i * i * 1000, b);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const struct sc_slice text = { (const char *)data, n };
	struct sc_buf notes[2];

	if (n > 4096 || !is_harmless(text))
		return -1;
	for (int i = 0; i < 2; i++) {
		struct sc_err e = { 0 };
		struct mock_scenario *s = mock_scenario_read(&source, text, &e);

		if (s == NULL) {
			CHECK(i == 0);
			check_message(&e);
			return 0;
		}
		sc_buf_init(&notes[i], (size_t)64 * 1024 * 1024);
		play(s, &notes[i]);
		mock_scenario_unref(s);
	}
	CHECK(notes[0].len == notes[1].len);
	CHECK(memcmp(notes[0].p, notes[1].p, notes[0].len) == 0);
	sc_buf_fini(&notes[0]);
	sc_buf_fini(&notes[1]);
	return 0;
}
