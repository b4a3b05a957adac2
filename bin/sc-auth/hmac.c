#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "sc/clock.h"

#include "auth.h"

#define SHA1_BYTES  ((size_t)20)
#define HEX_BUF     (2 * SHA1_BYTES + 1)
#define DATE_BUF    32
#define MESSAGE_MAX ((size_t)64 << 10)

/* 20231114T221820: the one form that vendor.yaml can name. */
static void
format_date(int64_t ms, char date[DATE_BUF])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(date, DATE_BUF, "%Y%m%dT%H%M%S", &tm);
}

static const struct sc_secret *
find_key(const struct auth *a, const char *name)
{
	const struct sc_vendor *v = a->in->vendor;
	size_t i = 0;

	/* The vendor's file was checked: it is one of them. */
	while (i + 1 < v->nsettings && strcmp(v->settings[i].name, name) != 0)
		i++;
	return &a->keys[i].secret;
}

static int
digest(const struct sc_buf *message, const struct sc_secret *key,
    char hex[HEX_BUF], struct sc_err *e)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (HMAC(EVP_sha1(), key->p, (int)key->n,
		(const unsigned char *)message->p, message->len, mac,
		&n) == NULL ||
	    n != SHA1_BYTES)
		return sc_fail(e, EX_SOFTWARE, "libcrypto cannot do HMAC-SHA1");
	for (size_t i = 0; i < SHA1_BYTES; i++) {
		hex[2 * i] = "0123456789abcdef"[mac[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[mac[i] & 15];
	}
	hex[2 * SHA1_BYTES] = '\0';
	return 0;
}

/* Into hex; asterisks for somebody's eyes. */
static int
sign_message(struct auth *a, const char *const *words, char hex[HEX_BUF],
    struct sc_err *e)
{
	const struct sc_signing *s = &a->in->vendor->signing;
	const struct sc_secret *key = find_key(a, s->key);
	struct sc_buf message;
	int rc = -1;

	if (key->p == NULL)
		return sc_fail(e, EX_CONFIG, "\"%s\" is not set", s->key);
	if (a->masked) {
		(void)strlcpy(hex, AUTH_MASK, HEX_BUF);
		return 0;
	}
	/* It may hold a secret: it never grows and leaves no copies. */
	sc_buf_init(&message, MESSAGE_MAX);
	(void)sc_buf_room(&message, MESSAGE_MAX);
	if (auth_expand(a, s->message, words, &message, e) == 0)
		rc = digest(&message, key, hex, e);
	sc_secret_wipe(&message);
	return rc;
}

int
auth_hmac(struct auth *a, const char *method, const char *target,
    struct sc_buf *out, struct sc_err *e)
{
	const struct sc_vendor *v = a->in->vendor;
	char date[DATE_BUF], hex[HEX_BUF] = "";
	const char *words[SC_NWORDS] = { [SC_WORD_METHOD] = method,
		[SC_WORD_TARGET] = target,
		[SC_WORD_DATE] = date,
		[SC_WORD_SIGNATURE] = hex };

	/* Once: what is signed and what is sent must be the same second. */
	format_date(sc_clock_ms() + a->offset_ms, date);
	if (sign_message(a, words, hex, e) == -1)
		return -1;
	for (size_t i = 0; i < v->signing.nheaders; i++) {
		const struct sc_pair *h = &v->signing.headers[i];

		if (auth_header(a, h->name, h->value, words, out, e) == -1)
			return -1;
	}
	return auth_header(a, v->auth_header,
	    sc_vendor_auth_value(v, a->choice), words, out, e);
}
