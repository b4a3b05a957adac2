#include <stdlib.h>
#include <string.h>

#include "mocksrv/rapid7/r7_console.h"
#include "mocksrv/rapid7/r7_generate.h"
#include "sc/mem.h"

static const char *const wrong_regions[] = { "by-host", "401", "404", "500",
	NULL };
static const char *const keys[] = { "user", "organization", NULL };
static const char *const rate_headers[] = { "at", "all", "none", NULL };
static const char *const at_times[] = { "created_at", "updated_at", NULL };

#define AT(member) offsetof(struct r7_console, member)

static const struct mock_setting settings[] = {
	{ "api-key", MOCK_SET_SECRET, AT(api_key), { 0 } },
	{ "key", MOCK_SET_CHOICE, AT(key), { .choices = keys } },
	{ "organization", MOCK_SET_TEXT, AT(organization), { 0 } },
	{ "region", MOCK_SET_TEXT, AT(region), { 0 } },
	{ "wrong-region", MOCK_SET_CHOICE, AT(wrong_region),
	    { .choices = wrong_regions } },
	{ "needs-version", MOCK_SET_YES, AT(needs_version), { 0 } },
	{ "rate-limit", MOCK_SET_TEXT, AT(rate_limit), { 0 } },
	{ "rate-headers", MOCK_SET_CHOICE, AT(rate_headers),
	    { .choices = rate_headers } },
	{ "retry-after", MOCK_SET_YES, AT(retry_after), { 0 } },
	{ "chunked", MOCK_SET_YES, AT(chunked), { 0 } },
	{ "gzip", MOCK_SET_YES, AT(gzip), { 0 } },
	{ "index-delay", MOCK_SET_DURATION, AT(index_delay_ms), { 0 } },
	{ "at-time", MOCK_SET_CHOICE, AT(at_time), { .choices = at_times } },
	{ "deep-pages-lose", MOCK_SET_YES, AT(deep_pages_lose), { 0 } },
	{ "region-failures", MOCK_SET_TEXT, AT(failed_region), { 0 } },
	{ "region-failure-times", MOCK_SET_NUMBER, AT(failures),
	    { .lo = 1, .hi = INT32_MAX } },
	{ "investigations", MOCK_SET_FEED, AT(feeds[R7_INVESTIGATIONS]),
	    { .columns = r7_investigation_columns } },
	{ "alerts", MOCK_SET_FEED, AT(feeds[R7_ALERTS]),
	    { .columns = r7_alert_columns } },
	{ "product-alerts", MOCK_SET_FEED, AT(feeds[R7_PRODUCT_ALERTS]),
	    { .columns = r7_product_alert_columns } },
	{ "at-alerts", MOCK_SET_FEED, AT(feeds[R7_AT_ALERTS]),
	    { .columns = r7_at_alert_columns } },
	{ "evidences", MOCK_SET_FEED, AT(feeds[R7_EVIDENCES]),
	    { .columns = r7_evidence_columns } },
	{ "actors", MOCK_SET_FEED, AT(feeds[R7_ACTORS]),
	    { .columns = r7_actor_columns } },
	{ 0 },
};

static void
r7_init(void *state, const struct mock_source *src)
{
	struct r7_console *s = state;

	s->seed = src->seed;
	s->region = sc_xstrdup("us");
	s->chunked = true;
}

static int
r7_ready(void *state, const struct mock_line *l, const struct mock_source *src,
    struct sc_err *e)
{
	struct r7_console *s = state;
	char word[] = "rate-limit";
	const struct mock_word rate = { word, s->rate_limit };

	(void)src;
	if (s->api_key == NULL)
		return mock_line_fail(l, e, "rapid7-insightidr needs api-key=");
	if (s->rate_limit != NULL &&
	    mock_rate_parse(&s->window.rate, l, &rate, e) == -1)
		return -1;
	if (s->failures > 0 && s->failed_region == NULL)
		return mock_line_fail(
		    l, e, "region-failure-times= needs region-failures=");
	return 0;
}

static void
r7_fini(void *state)
{
	struct r7_console *s = state;

	r7_order_fini(&s->order);
	r7_order_fini(&s->at_order);
}

static bool
r7_owns(struct sc_slice path)
{
	return sc_slice_is(path, "/validate") ||
	    (path.n >= 5 && memcmp(path.p, "/idr/", 5) == 0);
}

const struct mock_vendor mock_rapid7 = {
	.name = "rapid7-insightidr",
	.size = sizeof(struct r7_console),
	.settings = settings,
	.init = r7_init,
	.ready = r7_ready,
	.fini = r7_fini,
	.knows = r7_console_knows,
	.handle = r7_console_answer,
	.owns = r7_owns,
	.error = r7_console_error,
	.routes = r7_console_routes,
	.generators = mock_r7_generators,
};
