#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/mem.h"

#include "auth.h"

struct auth *
auth_new(const char *confdir, const char *name, struct sc_err *e)
{
	struct sc_integration *in = sc_integration_load(confdir, name, e);
	struct auth *a;

	if (in == NULL)
		return NULL;
	a = sc_xcalloc(1, sizeof(*a));
	a->in = in;
	a->keys = sc_xcalloc(in->vendor->nsettings, sizeof(*a->keys));
	if (in->vendor->chosen_by != NULL)
		a->choice = sc_integration_value(in, in->vendor->chosen_by);
	return a;
}

int
auth_choose(struct auth *a, const char *value, struct sc_err *e)
{
	const struct sc_vendor *v = a->in->vendor;

	if (v->chosen_by == NULL)
		return sc_fail(e, EX_USAGE,
		    "%s has one form of the credential only", v->title);
	if (!sc_setting_knows(sc_vendor_setting(v, v->chosen_by), value))
		return sc_fail(e, EX_USAGE,
		    "\"%.40s\" is not a value of \"%s\"", value, v->chosen_by);
	a->choice = value;
	return 0;
}

void
auth_free(struct auth *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->in->vendor->nsettings; i++) {
		sc_secret_fini(&a->keys[i].secret);
		free(a->keys[i].path);
	}
	free(a->keys);
	sc_integration_free(a->in);
	free(a);
}

/* False when the file is another one or was written since we read it. */
static bool
is_current(const struct key *k)
{
	struct stat st;

	if (k->secret.p == NULL)
		return false;
	if (k->path == NULL)
		return true;
	return stat(k->path, &st) == 0 && st.st_ino == k->st.st_ino &&
	    st.st_dev == k->st.st_dev && st.st_size == k->st.st_size &&
	    st.st_mtim.tv_sec == k->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == k->st.st_mtim.tv_nsec;
}

/* The stamp is taken first: a change while we read shows the next time. */
static int
load_key(struct auth *a, size_t i, struct sc_err *e)
{
	const struct sc_setting *set = &a->in->vendor->settings[i];
	const char *ref = a->in->values[i];
	struct key *k = &a->keys[i];

	sc_secret_fini(&k->secret);
	free(k->path);
	k->path = sc_secret_path(ref);
	if (k->path != NULL && stat(k->path, &k->st) == -1)
		k->st = (struct stat){ 0 };
	return sc_secret_load(ref, set->name, a->in->path, &k->secret, e);
}

static int
refresh(struct auth *a, struct sc_err *e)
{
	const struct sc_vendor *v = a->in->vendor;

	for (size_t i = 0; i < v->nsettings; i++) {
		if (v->settings[i].kind != SC_SETTING_SECRET ||
		    a->in->values[i] == NULL || is_current(&a->keys[i]))
			continue;
		if (load_key(a, i, e) == -1)
			return -1;
	}
	return 0;
}

/* Bytes that would change or end a line. */
static int
check_line(const struct sc_buf *b, size_t from, struct sc_err *e)
{
	for (size_t i = from; i < b->len; i++) {
		unsigned char c = (unsigned char)b->p[i];

		if (c < 0x20 || c > 0x7e) {
			(void)sc_fail(e, EX_CONFIG,
			    "a setting holds a byte that cannot stand in a "
			    "header");
			return sc_remedy(e, SC_CLASS_SECRET,
			    "copy the key again: plain ASCII, one line");
		}
	}
	return 0;
}

int
auth_expand(struct auth *a, const char *template, const char *const *words,
    struct sc_buf *out, struct sc_err *e)
{
	const struct sc_vendor *v = a->in->vendor;
	const char **values = sc_xcalloc(v->nsettings, sizeof(*values));
	int rc;

	for (size_t i = 0; i < v->nsettings; i++) {
		values[i] = a->in->values[i];
		if (v->settings[i].kind == SC_SETTING_SECRET)
			values[i] = a->masked ? AUTH_MASK : a->keys[i].secret.p;
	}
	rc = sc_vendor_expand(v, template, values, words, out, e);
	free(values);
	return rc;
}

/* The same as one line, with nothing that a line cannot hold. */
static int
fill(struct auth *a, const char *template, const char *const *words,
    struct sc_buf *out, struct sc_err *e)
{
	size_t from = out->len;

	if (auth_expand(a, template, words, out, e) == -1 ||
	    check_line(out, from, e) == -1)
		return -1;
	return sc_buf_addc(out, '\n') == -1
	    ? sc_fail(e, EX_CONFIG, "the line is too long")
	    : 0;
}

int
auth_header(struct auth *a, const char *name, const char *template,
    const char *const *words, struct sc_buf *out, struct sc_err *e)
{
	(void)sc_buf_addf(out, "%s: ", name);
	return fill(a, template, words, out, e);
}

/* The request as it will stand on the wire; a signature covers both parts. */
static int
check_request(const char *method, const char *target, struct sc_err *e)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (*method == '\0' || method[strspn(method, letters)] != '\0')
		return sc_fail(
		    e, EX_USAGE, "METHOD must be a word such as GET");
	if (*target != '/')
		return sc_fail(e, EX_USAGE,
		    "TARGET must be a path with its query, such as /threats");
	for (const char *p = target; *p != '\0'; p++) {
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p > 0x7e)
			return sc_fail(
			    e, EX_USAGE, "TARGET must be percent-encoded");
	}
	return 0;
}

int
auth_sign(struct auth *a, const char *method, const char *target,
    struct sc_buf *out, struct sc_err *e)
{
	const struct sc_vendor *v = a->in->vendor;

	if (check_request(method, target, e) == -1 || refresh(a, e) == -1)
		return -1;
	if (v->scheme == SC_SCHEME_HMAC_SHA1)
		return auth_hmac(a, method, target, out, e);
	return auth_header(a, v->auth_header,
	    sc_vendor_auth_value(v, a->choice), NULL, out, e);
}

/* A quote in a setting would end the text in which it stands. */
static int
check_quotes(const struct auth *a, const char *template, struct sc_err *e)
{
	const struct sc_vendor *v = a->in->vendor;

	for (size_t i = 0; i < v->nsettings; i++) {
		const char *value = v->settings[i].kind == SC_SETTING_SECRET
		    ? a->keys[i].secret.p
		    : a->in->values[i];

		if (value != NULL && strpbrk(value, "\"\\") != NULL &&
		    sc_template_uses(template, v->settings[i].name))
			return sc_fail(e, EX_CONFIG,
			    "\"%s\" holds a byte that cannot stand in a body",
			    v->settings[i].name);
	}
	return 0;
}

int
auth_proxy(const struct auth *a, struct sc_buf *out, struct sc_err *e)
{
	const struct sc_net *net = &a->in->net;
	struct sc_secret s;

	if (net->proxy_secret == NULL)
		return sc_fail(e, EX_USAGE, "there is no proxy_password");
	if (sc_secret_load(net->proxy_secret, "proxy_password", net->proxy_path,
		&s, e) == -1)
		return -1;
	/* The word tells a password that begins with "!" from a refusal. */
	(void)sc_buf_addf(out, "password %s\n", s.p);
	sc_secret_fini(&s);
	return 0;
}

int
auth_body(
    struct auth *a, const char *name, struct sc_buf *out, struct sc_err *e)
{
	const char *template = a->in->vendor->expiry.body;

	if (strcmp(name, "expiry") != 0 || template == NULL)
		return sc_fail(e, EX_USAGE, "there is no body \"%.40s\"", name);
	if (refresh(a, e) == -1 || check_quotes(a, template, e) == -1)
		return -1;
	return fill(a, template, NULL, out, e);
}

int
auth_facts(
    struct auth *a, const char *name, struct sc_buf *out, struct sc_err *e)
{
	const struct sc_vendor *v = a->in->vendor;
	size_t blanks = 0;

	if (refresh(a, e) == -1)
		return -1;
	for (size_t i = 0; i < v->nsettings; i++) {
		const struct sc_secret *s = &a->keys[i].secret;

		if (s->p == NULL || strcmp(v->settings[i].name, name) != 0)
			continue;
		for (const char *p = s->p; *p != '\0'; p++)
			blanks += *p == ' ';
		(void)sc_buf_addf(out, "%zu %zu\n", s->n, blanks);
		return 0;
	}
	return sc_fail(e, EX_USAGE, "there is no secret \"%.40s\"", name);
}
