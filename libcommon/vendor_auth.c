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
	const struct sc_setting *set = sc_vendor_setting(v, name);

	return set != NULL && set->kind == SC_SETTING_SECRET;
}

/* Each alternative belongs to a value, and one value is left for `value`. */
static int
check_alternatives(const struct sc_vendor *v, unsigned allowed,
    char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const struct sc_setting *set;

	if ((v->chosen_by != NULL) != (v->nalternatives > 0)) {
		(void)sc_fail(e, EX_CONFIG,
		    "\"chosen_by\" and \"alternatives\" need each other");
		return blame(
		    at, v->chosen_by != NULL ? "chosen_by" : "alternatives");
	}
	if (v->chosen_by == NULL)
		return 0;
	set = sc_vendor_setting(v, v->chosen_by);
	if (set == NULL || set->kind != SC_SETTING_CHOICE) {
		(void)sc_fail(e, EX_CONFIG,
		    "\"%.40s\" is not a setting of kind choice", v->chosen_by);
		return blame(at, "chosen_by");
	}
	for (size_t i = 0; i < v->nalternatives; i++) {
		const struct sc_pair *a = &v->alternatives[i];

		if (!sc_setting_knows(set, a->name)) {
			(void)sc_fail(e, EX_CONFIG,
			    "\"%.40s\" is not a value of \"%s\"", a->name,
			    set->name);
			return blame(at, "alternatives");
		}
		if (vendor_check_template(v, a->value, allowed, e) == -1)
			return blame(at, "alternatives");
	}
	if (sc_vendor_auth_default(v) != NULL)
		return 0;
	(void)sc_fail(e, EX_CONFIG, "no value of \"%s\" is left for \"value\"",
	    set->name);
	return blame(at, "alternatives");
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
	if (check_alternatives(v, VENDOR_SECRETS | words, at, e) == -1)
		return -1;
	return check_signing(v, at, e);
}

static const struct sc_pair *
find_alternative(const struct sc_vendor *v, const char *choice)
{
	for (size_t i = 0; choice != NULL && i < v->nalternatives; i++) {
		if (strcmp(v->alternatives[i].name, choice) == 0)
			return &v->alternatives[i];
	}
	return NULL;
}

const char *
sc_vendor_auth_value(const struct sc_vendor *v, const char *choice)
{
	const struct sc_pair *a = find_alternative(v, choice);

	return a != NULL ? a->value : v->auth_value;
}

const char *
sc_vendor_auth_default(const struct sc_vendor *v)
{
	const struct sc_setting *set =
	    v->chosen_by != NULL ? sc_vendor_setting(v, v->chosen_by) : NULL;

	for (size_t i = 0; set != NULL && i < set->nvalues; i++) {
		if (find_alternative(v, set->values[i].name) == NULL)
			return set->values[i].name;
	}
	return NULL;
}
