#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "mocksrv/sinks/sink.h"
#include "mocksrv/sinks/sink_jwt.h"
#include "sc/jsonw.h"

#define TOKEN_MAX 4096

static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* base64url without padding */
static void
encode(const unsigned char *p, size_t n, struct sc_buf *out)
{
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)p[i] << 16;

		v |= i + 1 < n ? (unsigned)p[i + 1] << 8 : 0;
		v |= i + 2 < n ? (unsigned)p[i + 2] : 0;
		(void)sc_buf_addc(out, digits[v >> 18]);
		(void)sc_buf_addc(out, digits[v >> 12 & 63]);
		if (i + 1 < n)
			(void)sc_buf_addc(out, digits[v >> 6 & 63]);
		if (i + 2 < n)
			(void)sc_buf_addc(out, digits[v & 63]);
	}
}

static void
decode(struct sc_slice text, struct sc_buf *out)
{
	unsigned v = 0;

	for (size_t i = 0; i < text.n; i++) {
		const char *at = strchr(digits, text.p[i]);

		v = v << 6 | (unsigned)(at != NULL ? at - digits : 0);
		if (i % 4 != 0)
			(void)sc_buf_addc(out, (char)(v >> (6 - 2 * (i % 4))));
	}
}

static void
sign(uint64_t seed, struct sc_slice text, struct sc_buf *out)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char key[48];

	(void)snprintf(key, sizeof(key), "sc-mock seed %" PRIu64, seed);
	(void)HMAC(EVP_sha256(), key, (int)strlen(key),
	    (const unsigned char *)text.p, text.n, mac, &n);
	encode(mac, n, out);
}

void
sink_jwt_make(uint64_t seed, const char *subject, int64_t now_ms,
    int64_t expires_ms, struct sc_buf *out)
{
	struct sc_buf claims;
	struct sc_jw w;

	sc_buf_init(&claims, TOKEN_MAX);
	sc_jw_init(&w, &claims);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "sub", subject);
	sc_jw_kvi(&w, "iat", now_ms / 1000);
	sc_jw_kvi(&w, "exp", expires_ms / 1000);
	sc_jw_end(&w, '}');
	encode((const unsigned char *)header, sizeof(header) - 1, out);
	(void)sc_buf_addc(out, '.');
	encode((const unsigned char *)claims.p, claims.len, out);
	/* The signature is added to what it is made of. */
	sc_buf_reset(&claims);
	sign(seed, (struct sc_slice){ out->p, out->len }, &claims);
	(void)sc_buf_addc(out, '.');
	(void)sc_buf_add(out, claims.p, claims.len);
	sc_buf_fini(&claims);
}

/* The token without its signature; false when that is another one. */
static bool
verify(uint64_t seed, struct sc_slice *token)
{
	struct sc_slice text = *token;
	struct sc_buf right;
	bool same;

	while (text.n > 0 && text.p[text.n - 1] != '.')
		text.n--;
	if (text.n == 0)
		return false;
	sc_buf_init(&right, TOKEN_MAX);
	sign(seed, (struct sc_slice){ text.p, text.n - 1 }, &right);
	same = right.len == token->n - text.n &&
	    memcmp(right.p, text.p + text.n, right.len) == 0;
	sc_buf_fini(&right);
	token->n = text.n - 1;
	return same;
}

int
sink_jwt_check(uint64_t seed, const char *subject, struct sc_slice token,
    int64_t *expires_ms)
{
	struct sc_json_val claims;
	struct sc_buf plain;
	const char *dot;
	int rc = -1;

	if (token.n > TOKEN_MAX || !verify(seed, &token) ||
	    (dot = memchr(token.p, '.', token.n)) == NULL)
		return -1;
	token.n -= (size_t)(dot + 1 - token.p);
	token.p = dot + 1;
	sc_buf_init(&plain, TOKEN_MAX);
	decode(token, &plain);
	claims = sink_json((struct sc_slice){ plain.p, plain.len });
	if (sc_json_is(sink_member(claims, "sub"), subject) &&
	    sc_json_int(sink_member(claims, "exp"), expires_ms) == 0) {
		*expires_ms *= 1000;
		rc = 0;
	}
	sc_buf_fini(&plain);
	return rc;
}
