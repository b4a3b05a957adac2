#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/expiry.h"
#include "sc/json.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#include "check_stages.h"
#include "expiry.h"

#define CLOCK_FINE_MS 30000
#define CLOCK_MOST_MS 300000 /* where the vendor's own limit is not known */
#define VALUE_MAX     ((size_t)1 << 10)

void
check_learn_time(struct check *c)
{
	const struct sc_http_resp *r = &c->resp;

	if (c->has_offset || r->status == 0 || r->date_ms == 0)
		return;
	c->has_offset = true;
	c->offset_ms = r->date_ms - sc_clock_ms();
}

/* A page for people is never what was asked for. */
static bool
is_expected(const struct sc_http_resp *r, const struct sc_probe *probe)
{
	const char *part = probe->body;

	if (strcasestr(r->type, "html") != NULL)
		return false;
	return part == NULL ||
	    (r->body.len > 0 &&
		memmem(r->body.p, r->body.len, part, strlen(part)) != NULL);
}

int
check_ask(struct check *c, struct client *client, const struct sc_probe *probe,
    struct sc_err *e)
{
	const struct sc_vendor *v = c->in->vendor;
	const struct sc_http_resp *r = &c->resp;
	char *target = sc_xasprintf("%s%s", v->base, probe->path);
	int rc = retry_get(client, target, &c->resp, e);

	free(target);
	check_learn_time(c);
	if (rc == -1 || is_expected(r, probe))
		return rc;
	(void)sc_fail(e, EX_PROTOCOL, "%s answers GET %s%s with something else",
	    client->origin != NULL ? client->origin : c->in->origin, v->base,
	    probe->path);
	return sc_remedy(e, SC_CLASS_PROTOCOL,
	    "check that the host leads to %s and not to a login or error page",
	    v->title);
}

void
stage_service(struct check *c, struct step *s)
{
	const struct sc_vendor *v = c->in->vendor;
	struct client open = c->client;
	struct sc_err e = { 0 };

	/* Before anything else it must be the vendor that gets the key. */
	open.auth = NULL;
	if (check_ask(c, &open, &v->check.service, &e) == -1)
		step_fail(s, &e);
	else
		step_say(s, "%s answers GET %s%s", v->title, v->base,
		    v->check.service.path);
}

/* Without a question of its own it is the first stream's. */
static int
ask_for_credential(struct check *c, struct client *client, struct sc_err *e)
{
	const struct sc_probe *probe = &c->in->vendor->check.credential;
	const struct sc_stream_conf *s = c->in->streams;

	if (probe->path != NULL)
		return check_ask(c, client, probe, e);
	while (!check_wants(c, s))
		s++;
	return stream_ask(c, client, s->def, e);
}

void
check_ask_credential(struct check *c)
{
	const struct sc_buf *b = &c->resp.body;

	if (c->asked)
		return;
	c->asked = true;
	if (ask_for_credential(c, &c->client, &c->refused) == -1)
		return;
	/* An attempt before the one that went well may have failed. */
	c->refused = (struct sc_err){ 0 };
	c->naccount = b->len;
	c->account = sc_xmalloc(b->len + 1);
	if (b->len > 0)
		memcpy(c->account, b->p, b->len);
}

static void
judge_offset(const struct check *c, struct step *s)
{
	const struct sc_vendor *v = c->in->vendor;
	int64_t off = c->offset_ms < 0 ? -c->offset_ms : c->offset_ms;
	int64_t most =
	    v->check.clock_ms > 0 ? v->check.clock_ms : CLOCK_MOST_MS;
	const char *way = c->offset_ms < 0 ? "ahead of" : "behind";
	char text[SC_TIME_BUF], limit[SC_TIME_BUF];
	struct sc_err e = { 0 };

	(void)sc_duration_format(off, text);
	(void)sc_duration_format(most, limit);
	sc_jw_kvi(&s->member, "offset_ms", c->offset_ms);
	if (off > most) {
		(void)sc_fail(&e, EX_PROTOCOL,
		    "this machine's clock is %s %s %s's; %s is the most", text,
		    way, v->title, limit);
		(void)sc_remedy(&e, SC_CLASS_CLOCK,
		    "set the clock: both systems have to use NTP "
		    "(timedatectl set-ntp true)");
		step_fail(s, &e);
	} else if (off > CLOCK_FINE_MS) {
		step_say(s, "this machine's clock is %s %s %s's", text, way,
		    v->title);
		step_warn(s, "let both systems use NTP; %s is the most", limit);
	} else {
		step_say(s, "within %d seconds of %s's", CLOCK_FINE_MS / 1000,
		    v->title);
	}
}

/* Any answer of the vendor tells its time, also one that refuses. */
void
stage_clock(struct check *c, struct step *s)
{
	if (!c->has_offset && c->may_ask)
		check_ask_credential(c);
	if (c->has_offset)
		judge_offset(c, s);
	else
		step_skip(s, "no answer has told the time");
}

/* Whether the vendor takes another form of the same key. */
static bool
try_form(struct check *c, const char *value)
{
	struct client client = c->client;
	struct sc_err e = { 0 };
	int rc = -1;

	client.auth = auth_start(c->prog->confdir, c->in->name, value, &e);
	if (client.auth != NULL)
		rc = ask_for_credential(c, &client, &e);
	auth_stop(client.auth);
	return rc == 0;
}

static void
try_forms(struct check *c, struct step *s)
{
	const struct sc_vendor *v = c->in->vendor;
	const struct sc_setting *set;
	const char *now;

	if (v->chosen_by == NULL)
		return;
	set = sc_vendor_setting(v, v->chosen_by);
	now = sc_integration_value(c->in, set->name);
	if (now == NULL)
		now = sc_vendor_auth_default(v);
	for (size_t i = 0; i < set->nvalues; i++) {
		const struct sc_pair *form = &set->values[i];

		if (strcmp(form->name, now) == 0 || !try_form(c, form->name))
			continue;
		sc_buf_reset(&s->remedy);
		step_advise(s, "%s takes the key in another form (%s)",
		    v->title, form->value);
		step_paste(s, set->name, form->name);
		return;
	}
	step_advise(s, "no other form of it is taken either");
}

void
check_advise_region(const struct check *c, struct step *s)
{
	const char *find = c->in->vendor->check.find;

	if (check_may_find(c->in))
		step_advise(s,
		    "or \"%s\" is another one: sc-fetch --check "
		    "--find-region %s",
		    find, c->in->name);
}

void
stage_credentials(struct check *c, struct step *s)
{
	const struct sc_vendor *v = c->in->vendor;
	const char *path = v->check.credential.path;
	enum sc_class class;

	check_ask_credential(c);
	class = sc_err_class(&c->refused);
	if (c->refused.code == EX_OK) {
		step_say(s, "%s takes them", v->title);
	} else if (class == SC_CLASS_PERMISSION) {
		step_say(s, "%s takes them, though they may not read %s",
		    v->title, path != NULL ? path : "this");
	} else {
		step_fail(s, &c->refused);
		if (class == SC_CLASS_AUTH)
			try_forms(c, s);
		if (class == SC_CLASS_AUTH || class == SC_CLASS_REGION ||
		    class == SC_CLASS_PROTOCOL)
			check_advise_region(c, s);
	}
}

/* A scalar as text; NULL for anything else. */
static char *
show_value(struct sc_json_val v)
{
	struct sc_buf b;
	char *text = NULL;

	sc_buf_init(&b, VALUE_MAX);
	if (v.type == SC_JSON_STRING)
		(void)sc_json_str(v, &b);
	else if (v.type == SC_JSON_NUMBER || v.type == SC_JSON_TRUE ||
	    v.type == SC_JSON_FALSE)
		(void)sc_buf_add(&b, v.raw.p, v.raw.n);
	if (b.len > 0)
		text = step_clean(&b);
	sc_buf_fini(&b);
	return text;
}

static void
show(struct step *s, const struct sc_show *show, struct sc_json_val v)
{
	char *text = show_value(v);

	if (text == NULL)
		return;
	step_say(s, "%s%s %s", s->text.len > 0 ? ", " : "", show->label, text);
	sc_jw_kv(&s->member, show->label, text);
	for (size_t i = 0; i < show->nnarrow; i++) {
		if (strcmp(show->narrow[i], text) == 0)
			step_warn(s, "%s", show->remedy);
	}
	free(text);
}

static void
show_all(const struct sc_check *k, struct sc_slice body, struct step *s)
{
	struct sc_err e = { 0 };

	for (size_t i = 0; i < k->nshows; i++) {
		const char *path = k->shows[i].path;
		struct sc_json_plan *plan = sc_json_plan_new(&path, 1, &e);
		struct sc_json_val v = { 0 };

		(void)sc_json_scan(body.p, body.n, plan, SC_JSON_UTF8, &v, &e);
		sc_json_plan_free(plan);
		show(s, &k->shows[i], v);
	}
	if (s->text.len == 0)
		step_skip(s, "the vendor's answer does not tell");
}

/* What the key can see; that the vendor does not tell is no fault. */
void
stage_account(struct check *c, struct step *s)
{
	const struct sc_check *k = &c->in->vendor->check;
	const struct sc_probe probe = { .path = k->account };
	struct sc_slice body = { c->account, c->naccount };
	struct sc_err e = { 0 };

	if (k->account != NULL) {
		if (check_ask(c, &c->client, &probe, &e) == -1) {
			step_skip(s, "not told: %s", e.msg);
			return;
		}
		body = (struct sc_slice){ c->resp.body.p, c->resp.body.len };
	}
	show_all(k, body, s);
}

void
stage_expiry(struct check *c, struct step *s)
{
	struct sc_err e = { 0 };
	int64_t ms = 0, days;
	char text[SC_TIME_BUF];

	if (expiry_question(&c->client, &c->resp, &ms, &e) == -1) {
		step_skip(s, "not told: %s", e.msg);
		return;
	}
	days = sc_expiry_days(ms, check_now(c));
	(void)sc_time_format(ms * 1000, 0, text);
	sc_jw_kvms(&s->member, "expires", ms);
	step_say(
	    s, "the credential expires in %" PRId64 " days (%s)", days, text);
	if (days < SC_EXPIRY_WARN_DAYS)
		step_warn(s,
		    "make a new one at %s in time, and put it in the place of "
		    "the old one",
		    c->in->vendor->title);
}
