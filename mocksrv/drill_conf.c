#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "mocksrv/drill_impl.h"
#include "sc/clock.h"
#include "sc/file.h"
#include "sc/jsonw.h"
#include "sc/log.h"
#include "sc/mem.h"

#define FILE_BYTES ((size_t)1 << 20)

/* The account of that name, else the first of the vendor. */
static const struct mock_serve *
find_serve(const struct mock_scenario *s, const struct sc_integration *in)
{
	const struct mock_serve *first = NULL;

	for (size_t i = 0; i < s->nserves; i++) {
		const struct mock_serve *serve = &s->serves[i];

		if (strcmp(serve->vendor->name, in->vendor->name) != 0)
			continue;
		if (strcmp(serve->name, in->name) == 0)
			return serve;
		if (first == NULL)
			first = serve;
	}
	return first;
}

/* The stream's records in the scenario; NULL where it has none. */
static const struct mock_setting *
find_feed(const struct mock_serve *serve, const char *stream)
{
	const struct mock_setting *s = serve->vendor->settings;

	for (; s->word != NULL; s++) {
		if (s->kind == MOCK_SET_FEED && strcmp(s->word, stream) == 0 &&
		    mock_setting_feed(s, serve->state)->n > 0)
			return s;
	}
	return NULL;
}

/* Answers that were captured are drilled with, else a vendor that is played. */
static bool
is_drilled(const struct drill *d, const struct sc_integration *in, size_t i)
{
	const struct mock_serve *serve = find_serve(d->scenario, in);
	const struct sc_stream *def = in->streams[i].def;

	return in->streams[i].enabled &&
	    (drill_replays(d->scenario, in->vendor, def) ||
		(serve != NULL && find_feed(serve, def->name) != NULL));
}

static bool
is_replayed(const struct drill *d, const struct sc_integration *in)
{
	for (size_t i = 0; i < in->nstreams; i++) {
		if (drill_replays(d->scenario, in->vendor, in->streams[i].def))
			return true;
	}
	return false;
}

static int
fail_unserved(
    const struct drill *d, const struct sc_integration *in, struct sc_err *e)
{
	(void)sc_fail(e, EX_CONFIG,
	    "%s would reach a real host: %s does not play %s", in->name,
	    d->o->scenario, in->vendor->name);
	return sc_remedy(e, SC_CLASS_CONFIG,
	    d->o->nnames == 0
		? "add a serve line for it, or name the integrations to drill"
		: "add a serve line for it, or leave it out");
}

/* Takes the integration over. */
static int
choose_one(struct drill *d, struct sc_integration *in, struct sc_err *e)
{
	size_t n = 0;

	d->targets = sc_xreallocarray(
	    d->targets, d->ntargets + 1, sizeof(struct sc_integration *));
	d->targets[d->ntargets++] = in;
	if (find_serve(d->scenario, in) == NULL && !is_replayed(d, in))
		return fail_unserved(d, in, e);
	for (size_t i = 0; i < in->nstreams; i++)
		n += is_drilled(d, in, i);
	if (n > 0)
		return 0;
	return sc_fail(e, EX_CONFIG,
	    "%s: no stream that is enabled has records in %s", in->name,
	    d->o->scenario);
}

static int
choose(struct drill *d, const char *name, bool named, struct sc_err *e)
{
	struct sc_integration *in = sc_integration_load(d->o->confdir, name, e);

	if (in == NULL)
		return -1;
	if (named || in->enabled)
		return choose_one(d, in, e);
	sc_integration_free(in);
	return 0;
}

int
drill_choose(struct drill *d, struct sc_err *e)
{
	const struct mock_drill_options *o = d->o;
	char **names = NULL;
	size_t n = 0;
	int rc = 0;

	if (o->nnames == 0)
		rc = sc_integration_list(o->confdir, &names, &n, e);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = choose(d, names[i], false, e);
	for (size_t i = 0; i < o->nnames && rc == 0; i++)
		rc = choose(d, o->names[i], true, e);
	sc_names_free(names, n);
	if (rc == 0 && d->ntargets == 0)
		return sc_fail(e, EX_CONFIG, "no integration is enabled in %s",
		    o->confdir);
	return rc;
}

static void
put_pair(
    struct sc_buf *b, const char *indent, const char *key, const char *value)
{
	if (value == NULL)
		return;
	(void)sc_buf_addf(b, "%s%s: ", indent, key);
	sc_jsonw_escape(b, value, strlen(value));
	(void)sc_buf_addc(b, '\n');
}

/* "private_token" and "private-token" */
static bool
same_word(const char *setting, const char *word)
{
	for (; *setting != '\0' && *word != '\0'; setting++, word++) {
		if (*setting != *word && !(*setting == '_' && *word == '-'))
			return false;
	}
	return *setting == *word;
}

/* What the scenario demands under the setting's name; NULL: nothing. */
static const char *
find_text(const struct mock_serve *serve, const char *setting)
{
	const struct mock_setting *s = serve->vendor->settings;

	for (; s->word != NULL; s++) {
		if ((s->kind == MOCK_SET_SECRET || s->kind == MOCK_SET_TEXT) &&
		    same_word(setting, s->word))
			return mock_setting_text(s, serve->state);
	}
	return NULL;
}

/*
 * What the scenario has for a secret setting: the text under the same name,
 * else its n-th secret, when the setting is the vendor's n-th.  Answers that
 * were captured come for any.
 */
static const char *
find_secret(const struct mock_serve *serve, const char *setting, size_t n)
{
	const struct mock_setting *s;
	const char *text;

	if (serve == NULL)
		return "any-secret-of-a-replay";
	if ((text = find_text(serve, setting)) != NULL)
		return text;
	for (s = serve->vendor->settings; s->word != NULL; s++) {
		if (s->kind == MOCK_SET_SECRET && n-- == 0)
			return mock_setting_text(s, serve->state);
	}
	return NULL;
}

static int
put_secret(const struct drill *d, const struct sc_integration *in,
    const char *setting, const char *secret, struct sc_buf *b, struct sc_err *e)
{
	char *path, *ref;
	int rc;

	if (secret == NULL)
		return sc_fail(e, EX_CONFIG,
		    "%s: the serve line of %s has nothing for \"%s\"", in->name,
		    in->vendor->name, setting);
	path = sc_xasprintf("%s/%s.%s", d->dir, in->name, setting);
	ref = sc_xasprintf("file:%s", path);
	rc = sc_file_create(path, secret, strlen(secret), 0600, e);
	put_pair(b, "", setting, ref);
	free(ref);
	free(path);
	return rc;
}

/* A setting that is no secret; part of a credential is the scenario's. */
static void
put_setting(const struct sc_setting *s, const char *value,
    const struct mock_serve *serve, struct sc_buf *b)
{
	const char *demanded = NULL;

	if (value != NULL && serve != NULL)
		demanded = find_text(serve, s->name);
	put_pair(b, "", s->name, demanded != NULL ? demanded : value);
}

/* All but what leads to the real host, and its secrets. */
static int
put_settings(const struct drill *d, const struct sc_integration *in,
    const struct mock_serve *serve, struct sc_buf *b, struct sc_err *e)
{
	const struct sc_vendor *v = in->vendor;
	size_t secrets = 0;

	for (size_t i = 0; i < v->nsettings; i++) {
		const struct sc_setting *s = &v->settings[i];

		if (s->kind == SC_SETTING_SECRET && in->values[i] != NULL) {
			if (put_secret(d, in, s->name,
				find_secret(serve, s->name, secrets), b,
				e) == -1)
				return -1;
		} else if (!sc_template_uses(v->origin, s->name)) {
			put_setting(s, in->values[i], serve, b);
		}
		secrets += s->kind == SC_SETTING_SECRET;
	}
	return 0;
}

static void
put_streams(
    const struct drill *d, const struct sc_integration *in, struct sc_buf *b)
{
	(void)sc_buf_adds(b, "streams:\n");
	for (size_t i = 0; i < in->nstreams; i++)
		(void)sc_buf_addf(b,
		    "  %s: { interval: %lldms, enabled: %s }\n",
		    in->streams[i].def->name,
		    (long long)in->streams[i].interval_ms,
		    is_drilled(d, in, i) ? "yes" : "no");
}

/* "https://localhost:N"; without TLS where the scenario says so. */
static char *
address(const struct drill *d, const char *listener, bool *tls)
{
	size_t i = 0;

	*tls = mock_listens_now(&d->scenario->listens, listener, 0).cert != -1;
	while (i + 1 < d->nports && strcmp(d->ports[i].name, listener) != 0)
		i++;
	return sc_xasprintf(
	    "%s://localhost:%d", *tls ? "https" : "http", d->ports[i].port);
}

/* A proxy in the scenario stands in front of all vendors. */
static char *
proxy_address(const struct drill *d)
{
	const struct mock_listen *l;
	bool tls;

	for (l = STAILQ_FIRST(&d->scenario->listens); l != NULL;
	     l = STAILQ_NEXT(l, link)) {
		if (l->manner == MOCK_PROXY)
			return address(d, l->name, &tls);
	}
	return NULL;
}

/* Where a copy leads. */
struct way {
	char *url, *proxy; /* proxy NULL: none */
	bool tls;
};

/*
 * Written anew from what is known to be harmless, so that no key leads out
 * that nobody thought of.
 */
static int
write_one(const struct drill *d, const struct sc_integration *in,
    const struct way *way, struct sc_err *e)
{
	const struct mock_serve *serve = find_serve(d->scenario, in);
	char *path = sc_integration_path(d->etc, in->name);
	char *ca = way->tls ? sc_xasprintf("%s/tls/ca.pem", d->dir) : NULL;
	struct sc_buf b;
	int rc;

	sc_buf_init(&b, FILE_BYTES);
	put_pair(&b, "", "vendor", in->vendor->name);
	put_pair(&b, "", "url", way->url);
	put_pair(&b, "", "proxy", way->proxy);
	put_pair(&b, "", "realm", in->realm);
	put_pair(&b, "", "ca_file", ca);
	put_pair(&b, "", "tenant", in->tenant);
	put_pair(&b, "", "org_id", in->org_id);
	put_pair(&b, "", "label", in->label);
	rc = put_settings(d, in, serve, &b, e);
	put_streams(d, in, &b);
	if (rc == 0)
		rc = sc_file_create(path, b.p, b.len, 0600, e);
	sc_buf_fini(&b);
	free(ca);
	free(path);
	return rc;
}

static void
set_feed(struct drill_stream *s, const struct mock_serve *serve)
{
	const struct mock_setting *feed = find_feed(serve, s->def->name);

	s->serve = serve;
	s->feed = mock_setting_feed(feed, serve->state);
	s->word = feed->word;
}

static void
add_streams(struct drill *d, const struct sc_integration *in)
{
	const struct mock_serve *serve = find_serve(d->scenario, in);

	for (size_t i = 0; i < in->nstreams; i++) {
		const struct sc_stream *def = in->streams[i].def;
		struct drill_stream *s;

		if (!in->streams[i].enabled)
			continue;
		d->streams = sc_xreallocarray(
		    d->streams, d->nstreams + 1, sizeof(*d->streams));
		s = &d->streams[d->nstreams++];
		*s = (struct drill_stream){ .in = in,
			.def = def,
			.path =
			    sc_xasprintf("%s%s", in->vendor->base, def->path),
			.detected_ms = -1,
			.recovered_ms = -1 };
		if (!drill_replays(d->scenario, in->vendor, def))
			set_feed(s, serve);
		(void)snprintf(
		    s->name, sizeof(s->name), "%s.%s", in->name, def->name);
	}
}

/* As the programs will read it: it must lead to the server and nowhere else. */
static int
check_one(
    const struct sc_integration *in, const struct way *way, struct sc_err *e)
{
	const char *proxy = in->net.proxy;
	bool same = way->proxy == NULL || proxy == NULL
	    ? way->proxy == proxy
	    : strcmp(proxy, way->proxy) == 0;

	if (same && strcmp(in->origin, way->url) == 0)
		return 0;
	return sc_fail(
	    e, EX_SOFTWARE, "%s: the copy leads to %s", in->name, in->origin);
}

static int
copy_one(struct drill *d, size_t i, struct sc_err *e)
{
	struct sc_integration *old = d->targets[i], *fresh = NULL;
	const struct mock_serve *serve = find_serve(d->scenario, old);
	struct way way = { .proxy = proxy_address(d) };
	int rc;

	way.url = address(d,
	    serve != NULL && serve->on != NULL ? serve->on : MOCK_TLS,
	    &way.tls);
	if (write_one(d, old, &way, e) == 0)
		fresh = sc_integration_load(d->etc, old->name, e);
	rc = fresh != NULL ? check_one(fresh, &way, e) : -1;
	free(way.proxy);
	free(way.url);
	if (fresh == NULL)
		return -1;
	sc_integration_free(old);
	d->targets[i] = fresh;
	add_streams(d, fresh);
	return rc;
}

/* Vendors' files that came with the configuration are used where they are. */
static int
link_vendors(const struct drill *d, struct sc_err *e)
{
	char *from = NULL, *to = sc_xasprintf("%s/vendors", d->etc);
	char *path = sc_xasprintf("%s/vendors", d->o->confdir);
	int rc = 0;

	if ((from = realpath(path, NULL)) != NULL && symlink(from, to) == -1)
		rc = sc_fail_sys(e, EX_CANTCREAT, "%s", to);
	free(from);
	free(path);
	free(to);
	return rc;
}

int
drill_copy(struct drill *d, struct sc_err *e)
{
	char *folder = sc_xasprintf("%s/integrations.d", d->etc);
	int rc = sc_mkdir_p(folder, 0700, e);

	free(folder);
	if (rc == 0)
		rc = link_vendors(d, e);
	for (size_t i = 0; i < d->ntargets && rc == 0; i++)
		rc = copy_one(d, i, e);
	return rc;
}
