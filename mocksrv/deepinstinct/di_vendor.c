#include "mocksrv/deepinstinct/di_generate.h"
#include "mocksrv/deepinstinct/di_server.h"

static const char *const auths[] = { [DI_AUTH_RAW] = "raw",
	[DI_AUTH_BEARER] = "bearer",
	[DI_AUTH_BOTH] = "both",
	NULL };
static const char *const
    versions[] = { [DI_V3] = "3", [DI_V25] = "2.5", [DI_V23] = "2.3", NULL };
static const char *const tenancies
    [] = { [DI_TENANCY_MULTI] = "multi", [DI_TENANCY_SINGLE] = "single", NULL };
static const char *const ends[] = { [DI_END_NULL] = "null",
	[DI_END_MISSING] = "missing",
	[DI_END_EMPTY] = "empty",
	[DI_END_EARLY] = "early",
	NULL };
static const char *const lasts[] = { [DI_LAST_HIGHEST] = "highest",
	[DI_LAST_REPEAT] = "repeat",
	[DI_LAST_CYCLE] = "cycle",
	NULL };

#define AT(member) offsetof(struct di_server, member)

static const struct mock_setting settings[] = {
	{ "key", MOCK_SET_SECRET, AT(key), { 0 } },
	{ "events", MOCK_SET_FEED, AT(feeds[DI_EVENTS]),
	    { .columns = di_event_columns } },
	{ "suspicious-events", MOCK_SET_FEED, AT(feeds[DI_SUSPICIOUS]),
	    { .columns = di_event_columns } },
	{ "devices", MOCK_SET_FEED, AT(feeds[DI_DEVICES]),
	    { .columns = di_device_columns } },
	{ "audit-logs", MOCK_SET_FEED, AT(feeds[DI_AUDIT]),
	    { .columns = di_audit_columns } },
	{ "auth", MOCK_SET_CHOICE, AT(auth), { .choices = auths } },
	{ "version", MOCK_SET_CHOICE, AT(version), { .choices = versions } },
	{ "tenancy", MOCK_SET_CHOICE, AT(tenancy), { .choices = tenancies } },
	{ "msp", MOCK_SET_NUMBER, AT(msp), { .lo = 1, .hi = INT32_MAX } },
	{ "end", MOCK_SET_CHOICE, AT(style.end), { .choices = ends } },
	{ "last-id", MOCK_SET_CHOICE, AT(style.last_id), { .choices = lasts } },
	{ 0 },
};

static bool
di_owns(struct sc_slice path)
{
	return path.n >= 8 && memcmp(path.p, "/api/v1/", 8) == 0;
}

static int
di_ready(void *state, const struct mock_line *l, const struct mock_source *src,
    struct sc_err *e)
{
	const struct di_server *s = state;

	(void)src;
	if (s->key == NULL)
		return mock_line_fail(l, e, "deep-instinct needs key=");
	if (s->msp != 0 && s->tenancy == DI_TENANCY_SINGLE)
		return mock_line_fail(
		    l, e, "msp= does not go with tenancy=single");
	return 0;
}

const struct mock_vendor mock_deep_instinct = {
	.name = "deep-instinct",
	.size = sizeof(struct di_server),
	.settings = settings,
	.ready = di_ready,
	.knows = di_server_knows,
	.handle = di_server_answer,
	.owns = di_owns,
	.error = di_server_error,
	.routes = di_server_routes,
	.generators = mock_di_generators,
};
