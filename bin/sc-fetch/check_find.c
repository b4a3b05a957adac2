#include <readpassphrase.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/log.h"
#include "sc/mem.h"

#include "check_stages.h"

#define PROMPT_MAX ((size_t)4 << 10)

/* The key will be known to all these hosts: that is not ours to decide. */
static int
ask_user(const struct check *c, const struct sc_setting *set, struct sc_err *e)
{
	char answer[8] = "";
	struct sc_buf b;
	bool heard;

	if (c->opts->yes)
		return 0;
	sc_buf_init(&b, PROMPT_MAX);
	(void)sc_buf_addf(&b,
	    "This sends the key of %s to each of these hosts of %s:\n",
	    c->in->name, c->in->vendor->title);
	for (size_t i = 0; i < set->nvalues; i++) {
		char *origin = sc_integration_origin(
		    c->in, set->name, set->values[i].name, e);

		(void)sc_buf_addf(&b, "  %s (%s)\n",
		    origin != NULL ? origin : e->msg, set->values[i].value);
		free(origin);
	}
	(void)sc_buf_adds(&b, "Go on (yes or no)? ");
	heard = readpassphrase(sc_buf_str(&b), answer, sizeof(answer),
		    RPP_ECHO_ON | RPP_REQUIRE_TTY) != NULL;
	sc_buf_fini(&b);
	if (!heard)
		return sc_fail(e, EX_USAGE,
		    "--find-region asks first, and needs a terminal or --yes");
	if (strcmp(answer, "yes") == 0 || strcmp(answer, "y") == 0)
		return 0;
	return sc_fail(e, EX_USAGE, "nothing was sent");
}

bool
check_may_find(const struct sc_integration *in)
{
	const char *find = in->vendor->check.find;

	return find != NULL &&
	    (in->url == NULL || sc_template_uses(in->url, find));
}

static const struct sc_setting *
find_setting(const struct check *c, struct sc_err *e)
{
	const struct sc_vendor *v = c->in->vendor;

	if (check_may_find(c->in))
		return sc_vendor_setting(v, v->check.find);
	if (v->check.find == NULL)
		(void)sc_fail(e, EX_USAGE, "%s has no regions", v->title);
	else
		(void)sc_fail(e, EX_USAGE,
		    "\"url\" leads to one host, whatever \"%s\" is: write "
		    "{%s} in it, or take it away",
		    v->check.find, v->check.find);
	return NULL;
}

/* True when the key is taken there. */
static bool
try_value(struct check *c, const struct sc_setting *set,
    const struct sc_pair *value, struct sc_err *e)
{
	struct step *s = step_begin(&c->steps, set->name, value->name);
	struct client client = c->client;
	char *origin = sc_integration_origin(c->in, set->name, value->name, e);
	int rc = -1;

	client.origin = origin;
	if (origin != NULL)
		rc = check_ask(c, &client, &c->in->vendor->check.credential, e);
	/* A region where the key is not known is no fault. */
	if (rc == 0)
		step_say(s, "%s: %s takes the key", value->value, origin);
	else
		step_skip(s, "%s: %s", value->value, e->msg);
	step_end(&c->steps);
	free(origin);
	return rc == 0;
}

/* The worst that was heard; all refuse the key, or some were not reached. */
static void
tell_none(const struct check *c, const struct sc_setting *set,
    const struct sc_err *last, struct step *s)
{
	struct sc_err e = *last;

	(void)snprintf(e.msg, sizeof(e.msg),
	    "none of the hosts of %s takes the key", c->in->vendor->title);
	step_fail(s, &e);
	step_advise(s,
	    "a host that is not in the list can be tried with another \"%s\"",
	    set->name);
}

static void
tell_found(const struct check *c, const struct sc_setting *set,
    const struct sc_pair *found, size_t n, struct step *s)
{
	const char *now = sc_integration_value(c->in, set->name);

	if (now != NULL && strcmp(now, found->name) == 0) {
		step_say(s, "%s (%s), as it is in the file", found->name,
		    found->value);
		return;
	}
	step_say(s, "%s (%s)", found->name, found->value);
	step_paste(s, set->name, found->name);
	if (n > 1)
		step_warn(
		    s, "%zu hosts take the key: the first one is shown", n);
	else if (now != NULL)
		step_warn(s, "the file has \"%s: %s\": replace that line",
		    set->name, now);
}

void
check_find(struct check *c)
{
	const struct sc_pair *found = NULL;
	struct sc_err e = { 0 }, why = { 0 };
	const struct sc_setting *set = find_setting(c, &e);
	struct step *s;
	size_t n = 0;

	if (set == NULL || ask_user(c, set, &e) == -1) {
		s = step_begin(&c->steps, "found", NULL);
		step_fail(s, &e);
		step_end(&c->steps);
		return;
	}
	for (size_t i = 0; i < set->nvalues && !sc_stopping(); i++) {
		if (!try_value(c, set, &set->values[i], &e)) {
			/* A refusal says more than silence. */
			if (sc_exit_worse(e.code, why.code) == e.code)
				why = e;
			continue;
		}
		if (n++ == 0)
			found = &set->values[i];
	}
	s = step_begin(&c->steps, "found", NULL);
	if (found == NULL)
		tell_none(c, set, &why, s);
	else
		tell_found(c, set, found, n, s);
	step_end(&c->steps);
}
