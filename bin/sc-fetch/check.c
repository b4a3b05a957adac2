#include <stdlib.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/mem.h"

#include "check_stages.h"

enum stage {
	CONFIGURATION,
	SECRET,
	NAME,
	TCP,
	TLS,
	SERVICE,
	CLOCK,
	CREDENTIALS,
	ACCOUNT,
	EXPIRY,
	NSTAGES
};

#define ON(stage) (1u << (stage))
#define STOPPED   "asked to stop"

/* In this order; one that fails skips all that need it. */
static const struct {
	const char *name;
	void (*run)(struct check *, struct step *);
	unsigned needs;
} stages[] = {
	[CONFIGURATION] = { "configuration", stage_configuration, 0 },
	[SECRET] = { "secret", stage_secret, ON(CONFIGURATION) },
	[NAME] = { "name", stage_name, ON(CONFIGURATION) },
	[TCP] = { "tcp", stage_tcp, ON(NAME) },
	[TLS] = { "tls", stage_tls, ON(TCP) },
	[SERVICE] = { "service", stage_service, ON(TLS) },
	[CLOCK] = { "clock", stage_clock, ON(TLS) },
	[CREDENTIALS] = { "credentials", stage_credentials,
	    ON(SECRET) | ON(SERVICE) },
	[ACCOUNT] = { "account", stage_account, ON(CREDENTIALS) },
	[EXPIRY] = { "expiry", stage_expiry, ON(CREDENTIALS) },
};

bool
check_wants(const struct check *c, const struct sc_stream_conf *s)
{
	return c->only != NULL ? s == c->only : s->enabled;
}

int64_t
check_now(const struct check *c)
{
	return sc_clock_ms() + c->offset_ms;
}

/* Not every vendor's file has a question for each of them. */
static bool
applies(const struct check *c, enum stage stage)
{
	const struct sc_vendor *v = c->in != NULL ? c->in->vendor : NULL;

	switch ((int)stage) {
	case SERVICE:
		return v == NULL || v->check.service.path != NULL;
	case ACCOUNT:
		return v == NULL || v->check.nshows > 0;
	case EXPIRY:
		return v == NULL || v->expiry.path != NULL;
	default:
		return true;
	}
}

/* The first stage of those needed that has not gone well, or NSTAGES. */
static enum stage
missing(unsigned needs, unsigned lost)
{
	enum stage stage = CONFIGURATION;

	while (stage < NSTAGES && (needs & lost & ON(stage)) == 0)
		stage++;
	return stage;
}

static bool
went_wrong(const struct step *s)
{
	return s->result == STEP_FAILED || s->result == STEP_SKIPPED;
}

/* The bits of the stages that are lost: failed, or behind one that did. */
static unsigned
run_stages(struct check *c, enum stage last)
{
	unsigned lost = 0;

	for (enum stage i = CONFIGURATION; i <= last; i++) {
		enum stage why = missing(stages[i].needs, lost);
		struct step *s;

		if (!applies(c, i)) {
			lost |= why < NSTAGES ? ON(i) : 0;
			continue;
		}
		c->may_ask = (stages[CREDENTIALS].needs & lost) == 0;
		s = step_begin(&c->steps, stages[i].name, NULL);
		if (sc_stopping())
			step_skip(s, STOPPED);
		else if (why < NSTAGES)
			step_skip(s, "needs \"%s\"", stages[why].name);
		else
			stages[i].run(c, s);
		if (went_wrong(s))
			lost |= ON(i);
		step_end(&c->steps);
	}
	return lost;
}

static void
run_stream(struct check *c, const struct sc_stream *def, bool lost)
{
	struct step *s = step_begin(&c->steps, "permission", def->name);

	if (sc_stopping())
		step_skip(s, STOPPED);
	else if (lost)
		step_skip(s, "needs \"credentials\"");
	else
		stage_permission(c, def, s);
	lost = went_wrong(s);
	step_end(&c->steps);
	s = step_begin(&c->steps, "newest", def->name);
	if (lost)
		step_skip(s, "needs \"permission %s\"", def->name);
	else
		stage_newest(c, def, s);
	step_end(&c->steps);
}

static void
run_all(struct check *c)
{
	unsigned lost = run_stages(c, EXPIRY);

	if (c->in == NULL)
		return;
	for (size_t i = 0; i < c->in->nstreams; i++) {
		const struct sc_stream_conf *s = &c->in->streams[i];

		if (check_wants(c, s))
			run_stream(c, s->def, (lost & ON(CREDENTIALS)) != 0);
	}
}

static void
close_all(struct check *c)
{
	if (c->addrs != NULL)
		freeaddrinfo(c->addrs);
	auth_stop(c->client.auth);
	sc_http_free(c->client.http);
	sc_http_resp_fini(&c->resp);
	free(c->account);
	sc_integration_free(c->in);
	steps_fini(&c->steps);
}

int
check_run(
    const struct sc_prog *prog, const struct check_opts *opts, struct sc_err *e)
{
	struct check c = {
		.prog = prog, .opts = opts, .steps = { .json = opts->json }
	};
	struct steps_subject about = { .integration = opts->target };
	int code;

	if (!opts->find)
		run_all(&c);
	else if ((run_stages(&c, SECRET) & (ON(SECRET))) == 0)
		check_find(&c);
	if (c.in != NULL) {
		about.integration = c.in->name;
		about.vendor = c.in->vendor->name;
		about.file = c.in->path;
	}
	code = steps_finish(&c.steps, &about);
	/* Not all has been looked at. */
	if (code == EX_OK && sc_stopping())
		code = EX_TEMPFAIL;
	close_all(&c);
	return code == EX_OK ? 0 : sc_fail(e, code, "%s", "");
}
