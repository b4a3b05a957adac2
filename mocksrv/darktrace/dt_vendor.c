#include "mocksrv/darktrace/dt_appliance.h"
#include "mocksrv/darktrace/dt_generate.h"

/* How far a client's clock may be off. */
#define SKEW_MS (INT64_C(30) * 60 * 1000)

static const char *const strictness[] = { "any", "raw", "decoded", NULL };
static const char *const errors[] = { "appliance", "plain", NULL };
static const char *const missing[] = { "json", "empty", "text", NULL };
static const char *const invalid[] = { "status", "response", NULL };
static const char *const orders[] = { "newest", "oldest", "stored", NULL };
static const char *const windows[] = { "created", "periods", NULL };

#define AT(member) offsetof(struct dt_appliance, member)

static const struct mock_setting settings[] = {
	{ "public-token", MOCK_SET_SECRET, AT(public_token), { 0 } },
	{ "private-token", MOCK_SET_SECRET, AT(private_token), { 0 } },
	{ "model-breaches", MOCK_SET_FEED, AT(feeds[DT_BREACHES]),
	    { .columns = dt_breach_columns } },
	{ "ai-analyst", MOCK_SET_FEED, AT(feeds[DT_EVENTS]),
	    { .columns = dt_event_columns } },
	{ "groups", MOCK_SET_FEED, AT(feeds[DT_GROUPS]),
	    { .columns = dt_group_columns } },
	{ "devices", MOCK_SET_FEED, AT(feeds[DT_DEVICES]),
	    { .columns = dt_device_columns } },
	{ "skew", MOCK_SET_DURATION, AT(skew_ms), { 0 } },
	{ "signed", MOCK_SET_CHOICE, AT(strictness),
	    { .choices = strictness } },
	{ "errors", MOCK_SET_CHOICE, AT(errors), { .choices = errors } },
	{ "error-key", MOCK_SET_TEXT, AT(error_key), { 0 } },
	{ "forbid", MOCK_SET_TEXT, AT(forbid), { 0 } },
	{ "missing", MOCK_SET_CHOICE, AT(missing), { .choices = missing } },
	{ "invalid", MOCK_SET_CHOICE, AT(invalid), { .choices = invalid } },
	{ "order", MOCK_SET_CHOICE, AT(style.order), { .choices = orders } },
	{ "window", MOCK_SET_CHOICE, AT(style.window), { .choices = windows } },
	{ "count", MOCK_SET_YES, AT(style.paging), { 0 } },
	{ "lone", MOCK_SET_YES, AT(style.lone), { 0 } },
	{ "births", MOCK_SET_YES, AT(style.births), { 0 } },
	{ 0 },
};

static void
dt_init(void *state, const struct mock_source *src)
{
	struct dt_appliance *a = state;

	(void)src;
	a->skew_ms = SKEW_MS;
}

static int
dt_ready(void *state, const struct mock_line *l, const struct mock_source *src,
    struct sc_err *e)
{
	const struct dt_appliance *a = state;

	(void)src;
	if (a->public_token != NULL && a->private_token != NULL)
		return 0;
	return mock_line_fail(
	    l, e, "darktrace needs public-token= and private-token=");
}

const struct mock_vendor mock_darktrace = {
	.name = "darktrace",
	.size = sizeof(struct dt_appliance),
	.settings = settings,
	.init = dt_init,
	.ready = dt_ready,
	.knows = dt_appliance_knows,
	.handle = dt_appliance_answer,
	.owns = dt_appliance_owns,
	.error = dt_appliance_error,
	.routes = dt_appliance_routes,
	.reshapes = true,
	.generators = mock_dt_generators,
};
