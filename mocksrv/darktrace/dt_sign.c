#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "mocksrv/darktrace/dt_sign.h"
#include "mocksrv/http.h"
#include "mocksrv/query.h"
#include "sc/timefmt.h"

#define SHA1_BYTES  ((size_t)20)
#define MESSAGE_MAX (MOCK_HEAD_MAX + MOCK_BODY_MAX)

static bool
is_signature(const struct sc_buf *message, const char *key, struct sc_slice sig)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	char hex[2 * SHA1_BYTES + 1];
	unsigned n = 0;

	if (HMAC(EVP_sha1(), key, (int)strlen(key),
		(const unsigned char *)message->p, message->len, mac,
		&n) == NULL ||
	    n != SHA1_BYTES)
		return false;
	for (size_t i = 0; i < SHA1_BYTES; i++) {
		hex[2 * i] = "0123456789abcdef"[mac[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[mac[i] & 15];
	}
	hex[2 * SHA1_BYTES] = '\0';
	return sc_slice_is(sig, hex);
}

/* A '+' is a blank in the query only.  -1: a broken escape. */
static int
decode_target(struct sc_slice target, struct sc_buf *b)
{
	const char *mark = memchr(target.p, '?', target.n);
	size_t n = mark != NULL ? (size_t)(mark - target.p) : target.n;

	if (mock_percent_decode((struct sc_slice){ target.p, n }, false, b) ==
	    -1)
		return -1;
	return mock_percent_decode(
	    (struct sc_slice){ target.p + n, target.n - n }, true, b);
}

/* What the buffer has of the target becomes the whole message. */
static void
add_rest(struct sc_buf *b, const struct dt_signed *s)
{
	if (s->body.n > 0) {
		(void)sc_buf_addc(
		    b, memchr(s->target.p, '?', s->target.n) ? '&' : '?');
		(void)sc_buf_add(b, s->body.p, s->body.n);
	}
	(void)sc_buf_addc(b, '\n');
	(void)sc_buf_add(b, s->token.p, s->token.n);
	(void)sc_buf_addc(b, '\n');
	(void)sc_buf_add(b, s->date.p, s->date.n);
}

enum dt_reading
dt_sign_check(const struct dt_signed *s, const char *private_token)
{
	enum dt_reading reading = DT_NONE;
	struct sc_buf raw, decoded;

	if (s->target.n == 0)
		return DT_NONE;
	sc_buf_init(&raw, MESSAGE_MAX);
	sc_buf_init(&decoded, MESSAGE_MAX);
	(void)sc_buf_add(&raw, s->target.p, s->target.n);
	add_rest(&raw, s);
	if (is_signature(&raw, private_token, s->signature))
		reading |= DT_RAW;
	if (decode_target(s->target, &decoded) == 0) {
		add_rest(&decoded, s);
		if (is_signature(&decoded, private_token, s->signature))
			reading |= DT_DECODED;
	}
	sc_buf_fini(&raw);
	sc_buf_fini(&decoded);
	return reading;
}

/* 20231114T221820 */
static int
parse_compact(struct sc_slice s, int64_t *us)
{
	static const char form[] = "0123-45-67T89:AB:CD";
	char iso[sizeof(form)];
	struct sc_buf digits;
	int rc = -1;

	sc_buf_init(&digits, 16);
	(void)sc_buf_add(&digits, s.p, 8);
	(void)sc_buf_add(&digits, s.p + 9, 6);
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		char c = form[i];

		if (c >= '0' && c <= '9')
			iso[i] = digits.p[c - '0'];
		else if (c >= 'A' && c <= 'D')
			iso[i] = digits.p[c - 'A' + 10];
		else
			iso[i] = c;
	}
	if (s.p[8] == 'T')
		rc = sc_time_parse_us(iso, sizeof(form) - 1, us);
	sc_buf_fini(&digits);
	return rc;
}

int
dt_date_parse(struct sc_slice s, int64_t *out_ms)
{
	static const char utc[] = "+00:00";
	const size_t compact = 15, plain = 19, micro = 26;
	int64_t us;
	int rc;

	if (s.n == compact) {
		rc = parse_compact(s, &us);
	} else {
		bool zone = s.n > plain && s.p[10] == 'T' &&
		    memcmp(s.p + s.n - (sizeof(utc) - 1), utc,
			sizeof(utc) - 1) == 0;
		size_t n = s.n - (zone ? sizeof(utc) - 1 : 0);

		if (n != plain &&
		    (n != micro || s.p[10] != 'T' || s.p[plain] != '.'))
			return -1;
		rc = sc_time_parse_us(s.p, n, &us);
	}
	if (rc == 0)
		*out_ms = us / 1000;
	return rc;
}
