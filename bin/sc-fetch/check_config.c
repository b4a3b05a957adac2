#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/mem.h"
#include "sc/secret.h"

#include "check_stages.h"

static size_t
count_streams(const struct check *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->in->nstreams; i++)
		n += check_wants(c, &c->in->streams[i]);
	return n;
}

static int
load(struct check *c, struct sc_err *e)
{
	struct sc_http_opts http = { 0 };

	c->in = sc_target_load(c->prog->confdir, c->opts->target, &c->only, e);
	if (c->in == NULL)
		return -1;
	http.net = &c->in->net;
	c->client.in = c->in;
	c->client.http = sc_http_new(&http, e);
	return c->client.http != NULL ? 0 : -1;
}

void
stage_configuration(struct check *c, struct step *s)
{
	struct sc_err e = { 0 };
	const struct sc_integration *in;
	size_t n;

	if (load(c, &e) == -1) {
		step_fail(s, &e);
		return;
	}
	in = c->in;
	n = count_streams(c);
	step_say(s, "%s: %s at %s, %zu of %zu streams", in->path,
	    in->vendor->title, in->origin, n, in->nstreams);
	if (!in->enabled)
		step_warn(s, "nothing is collected from it: sc-conf enable %s",
		    in->name);
	if (n > 0)
		return;
	(void)sc_fail(&e, EX_CONFIG, "%s: all streams are disabled", in->path);
	(void)sc_remedy(&e, SC_CLASS_CONFIG, "enable one of its streams");
	step_fail(s, &e);
}

/* The file behind a reference is only looked at. */
static void
look_at_file(struct step *s, const char *ref)
{
	char *path = sc_secret_path(ref);
	struct stat st;

	if (path != NULL && stat(path, &st) == 0 && (st.st_mode & 037) != 0)
		step_warn(s,
		    "%s can be used by others than its owner and group: chmod "
		    "0640 %s",
		    path, path);
	free(path);
}

/* Where one comes from and how long it is; never what it is. */
static int
tell_secret(const struct check *c, const char *name, const char *ref,
    struct step *s, struct sc_err *e)
{
	size_t bytes, blanks;

	if (auth_facts(c->client.auth, name, &bytes, &blanks, e) == -1)
		return -1;
	step_say(s, "%s%s from %s, %zu bytes", s->text.len > 0 ? "; " : "",
	    name, sc_secret_is_literal(ref) ? "the integration file" : ref,
	    bytes);
	if (blanks > 0)
		step_warn(s,
		    "%s has blanks inside: copy the key again, "
		    "completely, unless they belong to it",
		    name);
	look_at_file(s, ref);
	return 0;
}

static int
tell_secrets(const struct check *c, struct step *s, struct sc_err *e)
{
	const struct sc_vendor *v = c->in->vendor;

	for (size_t i = 0; i < v->nsettings; i++) {
		const char *ref = c->in->values[i];

		if (v->settings[i].kind != SC_SETTING_SECRET || ref == NULL)
			continue;
		if (tell_secret(c, v->settings[i].name, ref, s, e) == -1)
			return -1;
	}
	return 0;
}

/* sc-auth reads them and refuses what is no key. */
void
stage_secret(struct check *c, struct step *s)
{
	const char *const *headers;
	struct sc_err e = { 0 };
	size_t n;

	c->client.auth = auth_start(c->prog->confdir, c->in->name, NULL, &e);
	if (c->client.auth == NULL ||
	    auth_headers(c->client.auth, "GET", "/", &headers, &n, &e) == -1 ||
	    tell_secrets(c, s, &e) == -1 || retry_proxy(&c->client, &e) == -1)
		step_fail(s, &e);
}
