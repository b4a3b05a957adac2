#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "sc/tls.h"

#define KEY_PREFIX    "sha256//"
#define BASE64_LENGTH 44 /* of 32 bytes, with one "=" */

static const char *
parse_key(const char *text, unsigned char *hash)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789+/";
	unsigned bits = 0;
	int n = 0;

	if (strlen(text) != BASE64_LENGTH ||
	    strspn(text, digits) != BASE64_LENGTH - 1 ||
	    text[BASE64_LENGTH - 1] != '=')
		return "is not sha256// and 44 bytes of base64";
	for (size_t i = 0, at = 0; i < BASE64_LENGTH - 1; i++) {
		const char *d = memchr(digits, text[i], sizeof(digits) - 1);

		bits = (bits << 6 | (unsigned)(d - digits)) & 0xfff;
		n += 6;
		if (n < 8)
			continue;
		n -= 8;
		hash[at++] = (unsigned char)(bits >> n);
	}
	/* Two bits are left: another text would mean the same. */
	if ((bits & 3) != 0)
		return "is not the base64 of 32 bytes";
	return NULL;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *
parse_certificate(const char *text, unsigned char *hash)
{
	bool colons = strchr(text, ':') != NULL;

	for (size_t i = 0; i < SC_TLS_HASH; i++) {
		int high, low;

		if (i > 0 && *text == '\0')
			return "is shorter than a SHA-256 fingerprint";
		if (colons && i > 0 && *text++ != ':')
			return "has a colon in a wrong place";
		high = hex(text[0]);
		low = high == -1 ? -1 : hex(text[1]);
		if (low == -1)
			return "is neither sha256//BASE64 nor 64 hexadecimal "
			       "digits (SHA-256)";
		hash[i] = (unsigned char)(high << 4 | low);
		text += 2;
	}
	return *text == '\0' ? NULL : "is longer than a SHA-256 fingerprint";
}

const char *
sc_tls_pin_parse(const char *text, struct sc_tls_pin *out)
{
	static const char *const words[] = { "SHA256 Fingerprint=",
		"SHA-256 Fingerprint=" };
	struct sc_tls_pin pin = { 0 };
	const char *why;

	if (strncmp(text, KEY_PREFIX, sizeof(KEY_PREFIX) - 1) == 0) {
		why = parse_key(text + sizeof(KEY_PREFIX) - 1, pin.hash);
	} else {
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			size_t n = strlen(words[i]);

			if (strncasecmp(text, words[i], n) != 0)
				continue;
			text += n;
			break;
		}
		pin.whole = true;
		why = parse_certificate(text, pin.hash);
	}
	if (why == NULL && out != NULL)
		*out = pin;
	return why;
}
