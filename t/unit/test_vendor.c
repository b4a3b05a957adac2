#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/conf.h"
#include "sc/mem.h"
#include "sc/vendor.h"

#include "t/unit/tmpdir.h"

/* A small vendor; tests put other lines in the place of some of these. */
static const char small[] =
    "title: Small\n"
    "origin: https://{region}.example.com\n"
    "base: /v1\n"
    "auth: { header: X-Api-Key, value: '{key}' }\n"
    "settings:\n"
    "  region: { label: Region, help: Where }\n"
    "  key: { label: Key, help: What, kind: secret, required: yes }\n"
    "streams:\n"
    "  logs: { noun: logs, path: /logs, paging: token, since: from,\n"
    "    until: to, token: page, items: '', next: next, id: id, time: at,\n"
    "    interval: 1h, start: 24h, overlap: 0s, retention: 30d }\n"
    "refusals:\n"
    "  - { status: 401, class: AUTH, remedy: Look. }\n";

static int
setup(void **state)
{
	if (tmpdir_make(state) == -1)
		return -1;
	(void)tmpdir_write("v/small/vendor.yaml", small, 0644);
	return setenv("SC_VENDORS", tmpdir_path("v"), 1);
}

static const struct sc_refusal *
refusal(const struct sc_vendor *v, int64_t status, size_t nth)
{
	for (size_t i = 0; i < v->nrefusals; i++) {
		if (v->refusals[i].status == status && nth-- == 0)
			return &v->refusals[i];
	}
	return NULL;
}

static const char *
query_value(const struct sc_stream *s, const char *name)
{
	for (size_t i = 0; i < s->nquery; i++) {
		if (strcmp(s->query[i].name, name) == 0)
			return s->query[i].value;
	}
	return "";
}

/* What the contract asks for; the folder is the repository's. */
static struct sc_vendor *
shipped(void)
{
	struct sc_err e = { 0 };
	struct sc_vendor *v;

	assert_int_equal(setenv("SC_VENDORS", "vendors", 1), 0);
	v = sc_vendor_load("/nonexistent", "sentinelone", &e);
	assert_int_equal(setenv("SC_VENDORS", tmpdir_path("v"), 1), 0);
	assert_string_equal(e.msg, "");
	return v;
}

static void
sentinelone_has_the_form_of_its_guide(void **state)
{
	struct sc_vendor *v = shipped();

	(void)state;
	assert_string_equal(v->title, "SentinelOne");
	assert_string_equal(v->origin, "https://{host}");
	assert_string_equal(v->base, "/web/api/v2.1");
	assert_string_equal(v->auth_header, "Authorization");
	assert_string_equal(v->auth_value, "ApiToken {api_key}");
	assert_string_equal(v->expiry.method, "POST");
	assert_string_equal(v->expiry.path, "/users/api-token-details");
	assert_string_equal(v->expiry.expires, "data.expiresAt");
	assert_int_equal(v->nsettings, 4);
	assert_string_equal(v->settings[0].label, "Host");
	assert_int_equal(v->settings[0].kind, SC_SETTING_HOST);
	assert_string_equal(v->settings[1].label, "API Key");
	assert_int_equal(v->settings[1].kind, SC_SETTING_SECRET);
	assert_true(v->settings[1].required);
	assert_string_equal(v->settings[2].name, "site_ids");
	assert_string_equal(v->settings[3].name, "account_ids");
	assert_false(v->settings[2].required);
	sc_vendor_free(v);
}

static void
sentinelone_threats_are_complete(void **state)
{
	static const char *const query[][2] = { { "limit", "1000" },
		{ "skipCount", "true" }, { "siteIds", "{site_ids}" },
		{ "accountIds", "{account_ids}" }, { "sortBy", "updatedAt" },
		{ "sortOrder", "asc" } };
	const struct sc_stream *s;
	struct sc_vendor *v = shipped();

	(void)state;
	s = sc_vendor_stream(v, "threats");
	assert_string_equal(s->noun, "threats");
	assert_string_equal(s->path, "/threats");
	assert_int_equal(s->nquery, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(s->query[i].name, query[i][0]);
		assert_string_equal(s->query[i].value, query[i][1]);
	}
	assert_string_equal(s->since, "updatedAt__gte");
	assert_string_equal(s->until, "updatedAt__lt");
	assert_string_equal(s->token, "cursor");
	assert_string_equal(s->items, "data");
	assert_string_equal(s->next, "pagination.nextCursor");
	assert_string_equal(s->id, "id");
	assert_string_equal(s->time, "threatInfo.updatedAt");
	assert_string_equal(s->revision, "threatInfo.updatedAt");
	assert_int_equal(s->interval_ms, 300000);
	assert_int_equal(s->start_ms, 86400000);
	assert_int_equal(s->overlap_ms, 120000);
	assert_false(s->by_content);
	sc_vendor_free(v);
}

static void
sentinelone_activities_and_agents_are_complete(void **state)
{
	const struct sc_stream *s;
	struct sc_vendor *v = shipped();

	(void)state;
	s = sc_vendor_stream(v, "activities");
	assert_string_equal(s->noun, "activities");
	assert_string_equal(s->path, "/activities");
	assert_string_equal(query_value(s, "sortBy"), "createdAt");
	assert_string_equal(s->since, "createdAt__gte");
	assert_string_equal(s->until, "createdAt__lt");
	assert_string_equal(s->time, "createdAt");
	assert_null(s->revision);
	assert_int_equal(s->interval_ms, 600000);

	s = sc_vendor_stream(v, "agents");
	assert_string_equal(s->noun, "agents");
	assert_int_equal(s->paging, SC_PAGING_WALK);
	assert_string_equal(query_value(s, "sortBy"), "id");
	assert_null(s->since);
	assert_true(s->by_content);
	assert_int_equal(s->nredact, 1);
	assert_string_equal(s->redact[0], "licenseKey");
	assert_int_equal(s->nvolatiles, 10);
	assert_string_equal(s->volatiles[0], "lastActiveDate");
	assert_int_equal(s->interval_ms, 3600000);
	sc_vendor_free(v);
}

static void
sentinelone_refusals_have_their_classes(void **state)
{
	struct sc_vendor *v = shipped();

	(void)state;
	assert_string_equal(refusal(v, 400, 0)->body, "Invalid cursor");
	assert_string_equal(refusal(v, 401, 0)->class, "AUTH");
	assert_string_equal(refusal(v, 403, 0)->class, "PERMISSION");
	assert_string_equal(refusal(v, 404, 0)->class, "PERMISSION");
	assert_string_equal(refusal(v, 404, 1)->class, "PROTOCOL");
	assert_string_equal(refusal(v, 429, 0)->class, "QUOTA");
	assert_string_equal(refusal(v, 503, 0)->class, "VENDOR");
	for (size_t i = 0; i < v->nrefusals; i++)
		assert_int_not_equal(sc_class_parse(v->refusals[i].class), -1);
	assert_null(sc_vendor_stream(v, "nothing"));
	sc_vendor_free(v);
}

/* Replaces `from` in the small vendor by `to`, in CONFDIR/vendors/bad. */
static void
write_bad(const char *from, const char *to)
{
	const char *at = strstr(small, from);
	char *text = sc_xasprintf(
	    "%.*s%s%s", (int)(at - small), small, to, at + strlen(from));

	(void)tmpdir_write("c/vendors/bad/vendor.yaml", text, 0644);
	free(text);
}

static const struct {
	const char *from, *to, *message;
} errors[] = {
	{ "title: Small", "titel: Small",
	    "1:1: unknown key \"titel\"; did you mean \"title\"?" },
	{ "https://{region}.example.com", "http://{region}",
	    "2:9: \"origin\" must be https:// and a host, without a path" },
	{ "{region}.example", "{regoin}.example",
	    "2:9: {regoin} is not one of the settings" },
	{ "{region}.example", "{key}.example",
	    "2:9: {key} is a secret and has no place in an address" },
	{ "'{key}'", "'{kye}'", "4:35: {kye} is not one of the settings" },
	{ "base: /v1", "base: /v1/", "3:7: \"base\" must not end with /" },
	{ "X-Api-Key", "'X Api'",
	    "4:17: \"header\" must be the name of a header" },
	{ "kind: secret", "kind: secert",
	    "7:40: \"kind\" cannot be \"secert\"; did you mean \"secret\"?" },
	{ "  region:", "  Region:",
	    "6:3: \"settings\" has a bad name for a setting" },
	{ "path: /logs", "path: /logs?x=1",
	    "9:29: \"path\" must start with / and have no query" },
	{ "paging: token", "paging: scroll",
	    "9:44: \"paging\" cannot be \"scroll\"; it is one of token, walk, "
	    "window, after-id, page, children" },
	{ "since: from,", "", "9:44: \"since\" is missing" },
	{ "start: 24h, ", "", "9:44: \"start\" is missing" },
	{ "paging: token", "paging: walk",
	    "9:57: \"since\" has no place in a walk" },
	{ "retention: 30d", "retention: 30d, redact: [a..b]",
	    "11:68: JSON path \"a..b\": empty name" },
	{ "retention: 30d", "retention: 30d, revision: at, volatile: [b]",
	    "11:84: \"volatile\" needs revision: content" },
	{ "retention: 30d", "keep: 30d",
	    "11:44: unknown key \"keep\"; known here: noun, path, paging, "
	    "query, headers, body, since, until, times, token, after, page, "
	    "limit, size, items, next, total, failures, id, time, revision, "
	    "remember, one, revisit, of, as, changed, optional, degrade, "
	    "redact, volatile, interval, start, overlap, settle" },
	{ "paging: token", "paging: window",
	    "10:23: \"token\" has no place in paging: window" },
	{ "token, since: from,\n    until: to, token: page, items: '', next: "
	  "next,",
	    "window, since: from, until: to,\n    items: '',",
	    "9:44: \"slice\" is missing" },
	{ "retention: 30d", "retention: 30d, slice: 1h",
	    "11:67: \"slice\" has no place in paging: token" },
	{ "retention: 30d", "retention: 30d, after: a",
	    "11:67: \"after\" has no place in paging: token" },
	{ "token, since: from,\n    until: to, token: page, items: '', next: "
	  "next, id: id, time: at,\n    interval: 1h, start: 24h, overlap: 0s",
	    "walk, token: page, after: a,\n    items: '', next: next, id: id,\n"
	    "    interval: 1h",
	    "9:44: a walk needs either \"token\" or \"after\"" },
	{ "token, since: from,\n    until: to, token: page,",
	    "after-id, after: a, search: { path: /s, since: '{}' },",
	    "9:91: there is no {since} in it" },
	{ "token, since: from,\n    until: to, token: page,",
	    "after-id, after: a,\n    search: { path: /s, since: '{since}' },",
	    "10:32: no JSON: byte 1: unexpected 's'" },
	{ "token, since: from,\n    until: to, token: page,",
	    "after-id, after: a, search: { path: /s,\n"
	    "    since: '[\"{since}\"]', changed: ['{\"a\":\"b\"}'] },",
	    "10:36: there is no {since} in it" },
	{ "retention: 30d",
	    "retention: 30d,\n"
	    "    beside: { d: { id: d, path: '/d/{id}?x', stream: logs } }",
	    "12:33: \"path\" must start with / and have no query" },
	{ "retention: 30d",
	    "retention: 30d,\n"
	    "    beside: { d: { id: d, path: '/{id}/d', stream: logs } }",
	    "12:33: \"path\" must end with /{id}" },
	{ "retention: 30d",
	    "retention: 30d,\n"
	    "    beside: { d: { id: d, path: '/{id}', stream: log } }",
	    "12:50: there is no stream \"log\"" },
	{ "retention: 30d",
	    "retention: 30d,\n"
	    "    beside: { d: { id: d..e, path: '/{id}', stream: logs } }",
	    "12:24: JSON path \"d..e\": empty name" },
	{ "path: /logs,", "path: /logs, query: { a: '{key}' },",
	    "9:43: {key} is a secret and has no place in an address" },
	{ "path: /logs,", "path: /logs, query: { a: '{region/100}' },",
	    "9:43: {region/100} is no percent" },
	{ "'{key}'", "'{key}', scheme: hmac-sha1",
	    "4:52: \"headers\" is missing" },
	{ "'{key}'", "'{key}', message: x",
	    "4:53: \"message\" needs a scheme that signs" },
	{ "'{key}'", "'{signature}'",
	    "4:35: {signature} is not one of the settings" },
	{ "'{key}'",
	    "'{key}', scheme: hmac-sha1, message: x, key: region,\n"
	    "  date: YYYYMMDDTHHMMSS, headers: { D: '{date}' }",
	    "4:80: \"region\" is not a setting of kind secret" },
	{ "'{key}'",
	    "'{key}', scheme: hmac-sha1, message: x, key: key,\n"
	    "  date: YYYYMMDDTHHMMSS, headers: { 'D:': '{date}' }",
	    "5:35: \"D:\" must be the name of a header" },
	{ "  region:", "  date:",
	    "6:3: \"settings\" has a bad name for a setting" },
	{ "help: What, kind: secret", "help: What, kind: choice",
	    "7:40: a choice needs two values or more" },
	{ "help: Where", "help: Where, values: { a: b }",
	    "6:49: only settings of kind choice and word have values" },
	{ "help: Where", "help: Where, kind: word, values: { A: b }",
	    "6:61: \"A\" must be small letters and digits" },
	{ "'{key}'", "'{key}', chosen_by: region",
	    "4:55: \"chosen_by\" and \"alternatives\" need each other" },
	{ "'{key}'", "'{key}', chosen_by: region, alternatives: { a: b }",
	    "4:55: \"region\" is not a setting of kind choice" },
	{ "'{key}' }\nsettings:\n",
	    "'{key}', chosen_by: form, alternatives: { c: x } }\nsettings:\n"
	    "  form: { label: F, help: H, kind: choice, values: { a: A, b: B "
	    "} }\n",
	    "4:75: \"c\" is not a value of \"form\"" },
	{ "'{key}' }\nsettings:\n",
	    "'{key}', chosen_by: form, alternatives: { a: x, b: y } }\n"
	    "settings:\n"
	    "  form: { label: F, help: H, kind: choice, values: { a: A, b: B "
	    "} }\n",
	    "4:75: no value of \"form\" is left for \"value\"" },
	{ "refusals:", "check: { shows: [ { label: l, path: p } ] }\nrefusals:",
	    "12:17: there is no answer that they are about: \"account\" and "
	    "\"credential\" are missing" },
	{ "refusals:",
	    "check: { account: /a, shows: [ { label: l, path: p, narrow: [x] "
	    "} ] }\nrefusals:",
	    "12:30: \"narrow\" and \"remedy\" need each other" },
	{ "refusals:", "check: { service: { path: a } }\nrefusals:",
	    "12:27: \"path\" must start with / and have no query" },
	{ "refusals:", "check: { find: region }\nrefusals:",
	    "12:16: \"region\" is not a setting with values" },
	{ "refusals:", "check: { query: { limit: '{key}' } }\nrefusals:",
	    "12:17: {key} is a secret and has no place in an address" },
	{ "status: 401", "status: 4o1",
	    "13:15: \"status\" must be a whole number from 100 to 599, "
	    "not \"4o1\"" },
	{ "class: AUTH", "class: AUHT",
	    "13:27: \"class\" cannot be \"AUHT\"; did you mean \"AUTH\"?" },
};

static void
bad_files_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct sc_err e = { 0 };
		char want[512];

		write_bad(errors[i].from, errors[i].to);
		assert_null(sc_vendor_load(tmpdir_path("c"), "bad", &e));
		(void)snprintf(want, sizeof(want), "%s:%s",
		    tmpdir_path("c/vendors/bad/vendor.yaml"),
		    errors[i].message);
		assert_string_equal(e.msg, want);
		assert_int_equal(e.code, EX_CONFIG);
	}
}

static void
templates_take_the_settings(void **state)
{
	const char *values[] = { "eu", "k3y" };
	struct sc_err e = { 0 };
	struct sc_vendor *v;
	struct sc_buf b;

	(void)state;
	v = sc_vendor_load(tmpdir_path("c"), "small", &e);
	assert_non_null(v);
	sc_buf_init(&b, 40);
	assert_int_equal(
	    sc_vendor_expand(v, v->origin, values, NULL, &b, &e), 0);
	assert_string_equal(sc_buf_str(&b), "https://eu.example.com");
	sc_buf_reset(&b);
	assert_int_equal(
	    sc_vendor_expand(v, "{key}{key} {region}", values, NULL, &b, &e),
	    0);
	assert_string_equal(sc_buf_str(&b), "k3yk3y eu");
	sc_buf_reset(&b);
	assert_int_equal(
	    sc_vendor_expand(v, "{\"a\":{\"b\":\"{key}\"}}{{region}{}{", values,
		NULL, &b, &e),
	    0);
	assert_string_equal(sc_buf_str(&b), "{\"a\":{\"b\":\"k3y\"}}{eu{}{");
	sc_buf_reset(&b);
	values[0] = NULL;
	assert_int_equal(
	    sc_vendor_expand(v, v->origin, values, NULL, &b, &e), -1);
	assert_string_equal(e.msg, "\"region\" is not set");
	values[0] = "a-region-that-is-longer-than-the-buffer";
	assert_int_equal(
	    sc_vendor_expand(v, v->origin, values, NULL, &b, &e), -1);
	assert_string_equal(e.msg, "a setting is too long");
	assert_true(sc_template_uses(v->origin, "region"));
	assert_false(sc_template_uses(v->origin, "key"));
	sc_buf_fini(&b);
	sc_vendor_free(v);
}

static void
a_setting_may_choose_the_form_of_the_key(void **state)
{
	static const char in[] = "auth: { header: X-Api-Key, value: '{key}' }\n"
				 "settings:\n";
	static const char out[] =
	    "auth: { header: X-Api-Key, value: '{key}', chosen_by: form,\n"
	    "  alternatives: { long: 'Bearer {key}' } }\n"
	    "settings:\n"
	    "  form: { label: F, help: H, kind: choice,\n"
	    "    values: { long: L, short: S } }\n";
	struct sc_err e = { 0 };
	struct sc_vendor *v;

	(void)state;
	write_bad(in, out);
	v = sc_vendor_load(tmpdir_path("c"), "bad", &e);
	assert_string_equal(e.msg, "");
	assert_string_equal(sc_vendor_auth_value(v, "long"), "Bearer {key}");
	assert_string_equal(sc_vendor_auth_value(v, "short"), "{key}");
	assert_string_equal(sc_vendor_auth_value(v, NULL), "{key}");
	assert_string_equal(sc_vendor_auth_default(v), "short");
	sc_vendor_free(v);
	v = shipped();
	assert_null(sc_vendor_auth_default(v));
	sc_vendor_free(v);
}

static void
the_configuration_comes_first(void **state)
{
	struct sc_err e = { 0 };
	struct sc_vendor *v;
	char *file;

	(void)state;
	/* A local addition alone does not hide the shipped vendor. */
	(void)tmpdir_write("d/vendors/small/logs.local.map", "", 0644);
	v = sc_vendor_load(tmpdir_path("d"), "small", &e);
	assert_string_equal(v->path, tmpdir_path("v/small"));
	sc_vendor_free(v);

	file =
	    sc_vendor_file(tmpdir_path("d"), "small", "logs.local.map", true);
	assert_string_equal(
	    file, tmpdir_path("d/vendors/small/logs.local.map"));
	free(file);
	assert_null(
	    sc_vendor_file(tmpdir_path("d"), "small", "vendor.yaml", true));
	assert_null(
	    sc_vendor_file(tmpdir_path("d"), "small", "none.map", false));
	assert_null(sc_vendor_file(
	    tmpdir_path("d"), "..", "v/small/vendor.yaml", false));
	assert_null(sc_vendor_file(
	    tmpdir_path("d"), "small", "../small/vendor.yaml", false));

	(void)tmpdir_write("d/vendors/small/vendor.yaml", small, 0644);
	v = sc_vendor_load(tmpdir_path("d"), "small", &e);
	assert_string_equal(v->path, tmpdir_path("d/vendors/small"));
	sc_vendor_free(v);
}

static void
all_vendors_are_listed_once(void **state)
{
	struct sc_err e = { 0 };
	char **names;
	size_t n;

	(void)state;
	(void)tmpdir_write("l/vendors/small/vendor.yaml", small, 0644);
	(void)tmpdir_write("l/vendors/another/vendor.yaml", small, 0644);
	(void)tmpdir_write("l/vendors/no-data/README.md", "", 0644);
	(void)tmpdir_write("l/vendors/Bad Name/vendor.yaml", small, 0644);
	assert_int_equal(sc_vendor_list(tmpdir_path("l"), &names, &n, &e), 0);
	assert_int_equal(n, 2);
	assert_string_equal(names[0], "another");
	assert_string_equal(names[1], "small");
	sc_names_free(names, n);
}

static void
an_unknown_vendor_gets_a_suggestion(void **state)
{
	struct sc_err e = { 0 };

	(void)state;
	assert_null(sc_vendor_load(tmpdir_path("c"), "smal", &e));
	assert_string_equal(
	    e.msg, "unknown vendor \"smal\"; did you mean \"small\"?");
	assert_int_equal(e.code, EX_CONFIG);
	assert_null(sc_vendor_load(tmpdir_path("c"), "../v/small", &e));
	assert_non_null(strstr(e.msg, "unknown vendor"));

	assert_int_equal(setenv("SC_VENDORS", "/nonexistent", 1), 0);
	assert_null(sc_vendor_load("/nonexistent", "smal", &e));
	assert_non_null(strstr(e.remedy, "set SC_VENDORS"));
	assert_int_equal(setenv("SC_VENDORS", tmpdir_path("v"), 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentinelone_has_the_form_of_its_guide),
		cmocka_unit_test(sentinelone_threats_are_complete),
		cmocka_unit_test(
		    sentinelone_activities_and_agents_are_complete),
		cmocka_unit_test(sentinelone_refusals_have_their_classes),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(templates_take_the_settings),
		cmocka_unit_test(a_setting_may_choose_the_form_of_the_key),
		cmocka_unit_test(the_configuration_comes_first),
		cmocka_unit_test(all_vendors_are_listed_once),
		cmocka_unit_test(an_unknown_vendor_gets_a_suggestion),
	};

	return cmocka_run_group_tests(tests, setup, tmpdir_remove);
}
