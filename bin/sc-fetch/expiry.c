#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/expiry.h"
#include "sc/json.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/secret.h"
#include "sc/timefmt.h"

#include "expiry.h"

#define HOUR_MS  INT64_C(3600000)
#define BODY_MAX ((size_t)64 << 10)

static bool
is_soon(const struct sc_expiry *x, int64_t now)
{
	return x->expires_ms > 0 &&
	    sc_expiry_days(x->expires_ms, now) < SC_EXPIRY_WARN_DAYS;
}

/* Also when the clock has been set back. */
static bool
is_due(const struct sc_expiry *x, int64_t now)
{
	int64_t age = now - x->asked_ms;

	return age < 0 || age >= (is_soon(x, now) ? HOUR_MS : 24 * HOUR_MS);
}

static int
read_time(const struct sc_http_resp *r, const char *path, int64_t *ms,
    struct sc_err *e)
{
	struct sc_json_plan *plan = sc_json_plan_new(&path, 1, e);
	struct sc_json_val v = { 0 };
	char *text;
	int64_t us;
	int rc;

	if (plan == NULL)
		return -1;
	rc = sc_json_scan(r->body.p, r->body.len, plan, SC_JSON_UTF8, &v, e);
	sc_json_plan_free(plan);
	if (rc == -1)
		return -1;
	text = sc_json_dup(v);
	if (text == NULL || sc_time_parse_us(text, strlen(text), &us) == -1)
		rc = sc_fail(e, EX_PROTOCOL, "no time \"%s\"", path);
	else
		*ms = us / 1000;
	free(text);
	return rc;
}

/* The secret is in memory no longer than this takes. */
int
expiry_question(
    struct client *c, struct sc_http_resp *r, int64_t *ms, struct sc_err *e)
{
	const struct sc_vendor *v = c->in->vendor;
	char *target = sc_xasprintf("%s%s", v->base, v->expiry.path);
	struct sc_buf body;
	int rc;

	sc_buf_init(&body, BODY_MAX);
	/* A buffer that never grows leaves no copies behind. */
	(void)sc_buf_room(&body, BODY_MAX);
	rc = auth_body(c->auth, "expiry", &body, e);
	if (rc == 0)
		rc = retry_once(
		    c, v->expiry.method, target, sc_buf_str(&body), r, e);
	sc_secret_wipe(&body);
	free(target);
	return rc == -1 ? -1 : read_time(r, v->expiry.expires, ms, e);
}

int64_t
expiry_ask(struct client *c, const char *statedir, struct sc_http_resp *r)
{
	const char *name = c->in->name, *vendor = c->in->vendor->name;
	struct sc_expiry x = sc_expiry_read(statedir, name);
	int64_t now = sc_clock_ms();
	struct sc_err e = { 0 };

	if (c->in->vendor->expiry.path == NULL || !is_due(&x, now))
		return x.expires_ms;
	if (expiry_question(c, r, &x.expires_ms, &e) == -1)
		sc_log(SC_LOG_DEBUG, vendor,
		    "%s: cannot find out when the token expires: %s", name,
		    e.msg);
	else if (is_soon(&x, now))
		sc_log(SC_LOG_WARN, vendor,
		    "%s: token expires in %" PRId64 " days", name,
		    sc_expiry_days(x.expires_ms, now));
	/* Where it cannot be found out, not every run has to ask. */
	x.asked_ms = now;
	if (sc_expiry_write(statedir, name, &x, &e) == -1)
		sc_log(SC_LOG_DEBUG, vendor, "%s: %s", name, e.msg);
	return x.expires_ms;
}
