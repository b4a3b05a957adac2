#include <string.h>

#include "mocksrv/sentinelone/s1_console.h"
#include "mocksrv/sentinelone/s1_generate.h"

#define DAY_MS (INT64_C(86400) * 1000)
/* A token of which the scenario does not tell the end lasts so long. */
#define TOKEN_MS (3650 * DAY_MS)

static const char *const cursors[] = { "encoded", "decoded", "repeat", "cycle",
	NULL };

#define AT(member) offsetof(struct s1_console, member)

static const struct mock_setting settings[] = {
	{ "token", MOCK_SET_SECRET, AT(token), { 0 } },
	{ "expires", MOCK_SET_TIME, AT(expires_ms), { 0 } },
	{ "threats", MOCK_SET_FEED, AT(feeds[0]),
	    { .columns = s1_threat_columns } },
	{ "activities", MOCK_SET_FEED, AT(feeds[1]),
	    { .columns = s1_activity_columns } },
	{ "agents", MOCK_SET_FEED, AT(feeds[2]),
	    { .columns = s1_agent_columns } },
	{ "cursor", MOCK_SET_CHOICE, AT(style.cursor), { .choices = cursors } },
	{ "extra-empty-page", MOCK_SET_YES, AT(style.extra_empty_page), { 0 } },
	{ "overlap", MOCK_SET_YES, AT(style.overlap), { 0 } },
	{ 0 },
};

static bool
s1_owns(struct sc_slice path)
{
	return path.n >= 9 && memcmp(path.p, "/web/api/", 9) == 0;
}

static void
s1_init(void *state, const struct mock_source *src)
{
	struct s1_console *s = state;

	s->expires_ms = src->now_ms + TOKEN_MS;
}

static int
s1_ready(void *state, const struct mock_line *l, const struct mock_source *src,
    struct sc_err *e)
{
	struct s1_console *s = state;

	if (s->token == NULL)
		return mock_line_fail(l, e, "sentinelone needs token=");
	/* However the scenario is written, the token is older than its end. */
	s->created_ms =
	    src->now_ms < s->expires_ms ? src->now_ms : s->expires_ms;
	s->created_ms -= 30 * DAY_MS;
	return 0;
}

const struct mock_vendor mock_sentinelone = {
	.name = "sentinelone",
	.size = sizeof(struct s1_console),
	.settings = settings,
	.init = s1_init,
	.ready = s1_ready,
	.knows = s1_console_knows,
	.handle = s1_console_answer,
	.owns = s1_owns,
	.error = s1_console_error,
	.routes = s1_console_routes,
	.generators = mock_s1_generators,
};
