#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "mocksrv/auth.h"
#include "mocksrv/match.h"
#include "mocksrv/sinks/sink.h"

struct webhook {
	struct sink sink; /* first */
	char *path;       /* NULL: any */
	char *bearer;
	char *hmac;
	int64_t status; /* of an answer to what is accepted */
};

#define AT(member) offsetof(struct webhook, member)

static const struct mock_setting settings[] = {
	SINK_SETTINGS,
	{ "path", MOCK_SET_TEXT, AT(path), { 0 } },
	{ "bearer", MOCK_SET_SECRET, AT(bearer), { 0 } },
	{ "hmac", MOCK_SET_SECRET, AT(hmac), { 0 } },
	{ "status", MOCK_SET_NUMBER, AT(status), { .lo = 200, .hi = 299 } },
	{ 0 },
};

static bool
wh_knows(void *state, const struct mock_http *h)
{
	const struct webhook *s = state;
	struct sc_slice v = mock_http_header(h, "Authorization"), token;

	return s->bearer == NULL ||
	    (mock_auth_scheme(v, "Bearer", &token) &&
		sc_slice_is(token, s->bearer));
}

/* X-Signature: sha256=, then the HMAC of the body as it was sent. */
static bool
is_signed(const struct webhook *s, const struct mock_http *h)
{
	static const char hex[] = "0123456789abcdef";
	struct sc_slice sent = mock_http_header(h, "X-Signature");
	const char *body = h->body.len > 0 ? h->body.p : "";
	unsigned char mac[EVP_MAX_MD_SIZE];
	char text[8 + 2 * EVP_MAX_MD_SIZE] = "sha256=";
	size_t at = strlen(text);
	unsigned n = 0;

	if (s->hmac == NULL)
		return true;
	(void)HMAC(EVP_sha256(), s->hmac, (int)strlen(s->hmac),
	    (const unsigned char *)body, h->body.len, mac, &n);
	for (unsigned i = 0; i < n; i++) {
		text[at++] = hex[mac[i] >> 4];
		text[at++] = hex[mac[i] & 15];
	}
	text[at] = '\0';
	return sc_slice_is(sent, text);
}

/* Lines as they are; one JSON text over several lines becomes one. */
static void
keep(struct sink_keep *k, struct sc_slice body)
{
	struct sc_buf *b = sink_keep_lines(k);
	struct sc_slice line, rest = body;

	if (b == NULL)
		return;
	if (sink_line(&rest, &line) && rest.n > 0 &&
	    sink_json(body).type != SC_JSON_NONE) {
		sink_keep_json(k, body);
	} else {
		while (sink_line(&body, &line)) {
			if (line.n == 0)
				continue;
			(void)sc_buf_add(b, line.p, line.n);
			(void)sc_buf_addc(b, '\n');
		}
	}
	sink_keep_flush(k);
}

static void
wh_error(struct mock_reply *r, int status)
{
	(void)sc_buf_addf(&r->text, "%d %s\n", status, mock_reason(status));
	mock_reply_text(r, status, "text/plain; charset=utf-8");
}

static bool
wh_handle(void *state, const struct mock_http *h, int64_t now_ms,
    struct mock_reply *reply)
{
	struct webhook *s = state;
	struct sc_slice body;
	struct sc_buf tmp;
	int status;

	(void)now_ms;
	if ((!sink_method(h, "POST") && !sink_method(h, "PUT")) ||
	    (s->path != NULL && !mock_glob(s->path, h->path)))
		return false;
	status = sink_body(&s->sink, h, &tmp, &body);
	if (!wh_knows(s, h) || !is_signed(s, h)) {
		wh_error(reply, 401);
	} else if (status != 0) {
		wh_error(reply, status);
	} else {
		keep(&s->sink.keep, body);
		reply->status = (int)s->status;
	}
	sc_buf_fini(&tmp);
	return true;
}

/* Which paths it has is known only with its state. */
static bool
wh_owns(struct sc_slice path)
{
	(void)path;
	return false;
}

static void
wh_init(void *state, const struct mock_source *src)
{
	struct webhook *s = state;

	(void)src;
	s->status = 200;
}

static void
wh_fini(void *state)
{
	struct webhook *s = state;

	sink_fini(&s->sink);
}

static const char *const routes[] = { "/", NULL };

const struct mock_vendor mock_webhook = {
	.name = "webhook",
	.size = sizeof(struct webhook),
	.settings = settings,
	.init = wh_init,
	.fini = wh_fini,
	.knows = wh_knows,
	.handle = wh_handle,
	.owns = wh_owns,
	.error = wh_error,
	.routes = routes,
	.generators = sink_generators,
};
