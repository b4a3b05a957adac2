#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "vendor_impl.h"

const char *
vendor_check_header(const char *s)
{
	return *s == '\0' ||
		s[strspn(s,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		    "0123456789-")] != '\0'
	    ? "must be the name of a header"
	    : NULL;
}

static int
blame(char at[VENDOR_KEY_MAX], const char *key)
{
	(void)snprintf(at, VENDOR_KEY_MAX, "auth.%s", key);
	return -1;
}

static bool
is_secret(const struct sc_vendor *v, const char *name)
{
	for (size_t i = 0; i < v->nsettings; i++) {
		if (strcmp(v->settings[i].name, name) == 0)
			return v->settings[i].kind == SC_SETTING_SECRET;
	}
	return false;
}

static int
check_headers(
    const struct sc_vendor *v, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const struct sc_signing *s = &v->signing;

	for (size_t i = 0; i < s->nheaders; i++) {
		const struct sc_pair *h = &s->headers[i];
		const char *wrong = vendor_check_header(h->name);

		if (wrong != NULL) {
			(void)sc_fail(
			    e, EX_CONFIG, "\"%.40s\" %s", h->name, wrong);
			return blame(at, "headers");
		}
		if (vendor_check_template(
			v, h->value, VENDOR_SECRETS | VENDOR_WORDS, e) == -1)
			return blame(at, "headers");
	}
	return 0;
}

/* A scheme that signs needs all of these, the other has no use for any. */
static int
check_presence(
    const struct sc_vendor *v, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const struct sc_signing *s = &v->signing;
	const struct {
		const char *key;
		bool set;
	} keys[] = {
		{ "headers", s->nheaders > 0 },
		{ "message", s->message != NULL },
		{ "key", s->key != NULL },
		{ "date", s->date != NULL },
	};
	bool signs = v->scheme != SC_SCHEME_HEADER;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].set == signs)
			continue;
		if (signs) {
			(void)sc_fail(
			    e, EX_CONFIG, "\"%s\" is missing", keys[i].key);
			return blame(at, "scheme");
		}
		(void)sc_fail(e, EX_CONFIG, "\"%s\" needs a scheme that signs",
		    keys[i].key);
		return blame(at, keys[i].key);
	}
	return 0;
}

static int
check_signing(
    const struct sc_vendor *v, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const struct sc_signing *s = &v->signing;

	if (v->scheme == SC_SCHEME_HEADER)
		return 0;
	if (!is_secret(v, s->key)) {
		(void)sc_fail(e, EX_CONFIG,
		    "\"%.40s\" is not a setting of kind secret", s->key);
		return blame(at, "key");
	}
	if (vendor_check_template(
		v, s->message, VENDOR_SECRETS | VENDOR_WORDS, e) == -1)
		return blame(at, "message");
	return check_headers(v, at, e);
}

int
vendor_check_auth(
    const struct sc_vendor *v, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	unsigned words = v->scheme != SC_SCHEME_HEADER ? VENDOR_WORDS : 0;

	if (check_presence(v, at, e) == -1)
		return -1;
	if (vendor_check_template(
		v, v->auth_value, VENDOR_SECRETS | words, e) == -1)
		return blame(at, "value");
	if (v->expiry.body != NULL &&
	    vendor_check_template(v, v->expiry.body, VENDOR_SECRETS, e) == -1)
		return blame(at, "expiry.body");
	return check_signing(v, at, e);
}
