#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "sc/json.h"
#include "vendor_impl.h"

#define CLOCK_MIN_MS INT64_C(60000)
#define CLOCK_MAX_MS INT64_C(86400000)

#define TEXT(k, s, m, fl)                                                      \
	{                                                                      \
		.key = (k), .kind = SC_YAML_TEXT, .at = offsetof(struct s, m), \
		.flags = (fl)                                                  \
	}
#define PATH(k, m, fl)                                                    \
	{                                                                 \
		.key = (k), .kind = SC_YAML_TEXT,                         \
		.at = offsetof(struct sc_vendor, check.m), .flags = (fl), \
		.check = vendor_check_path                                \
	}
#define SCHEMA(f) .fields = (f), .nfields = sizeof(f) / sizeof((f)[0])

static const struct sc_yaml_field service_fields[] = {
	PATH("path", service.path, SC_YAML_REQUIRED),
	TEXT("body", sc_vendor, check.service.body, 0),
};
static const struct sc_yaml_schema service_schema = { SCHEMA(service_fields) };

static const struct sc_yaml_field credential_fields[] = {
	PATH("path", credential.path, SC_YAML_REQUIRED),
	TEXT("body", sc_vendor, check.credential.body, 0),
};
static const struct sc_yaml_schema credential_schema = { SCHEMA(
    credential_fields) };

static const struct sc_yaml_field show_fields[] = {
	TEXT("label", sc_show, label, SC_YAML_REQUIRED),
	TEXT("path", sc_show, path, SC_YAML_REQUIRED),
	{ .key = "narrow",
	    .kind = SC_YAML_LIST,
	    .at = offsetof(struct sc_show, narrow),
	    .count = offsetof(struct sc_show, nnarrow) },
	{ .key = "remedy",
	    .kind = SC_YAML_TEXT,
	    .at = offsetof(struct sc_show, remedy),
	    .max = sizeof(((struct sc_err *)0)->remedy) - 1 },
};
static const struct sc_yaml_schema show_schema = { SCHEMA(show_fields),
	.size = sizeof(struct sc_show) };

static const struct sc_yaml_field check_fields[] = {
	{ .key = "service", .kind = SC_YAML_MAP, .sub = &service_schema },
	{ .key = "credential", .kind = SC_YAML_MAP, .sub = &credential_schema },
	PATH("account", account, 0),
	{ .key = "shows",
	    .kind = SC_YAML_SEQ,
	    .at = offsetof(struct sc_vendor, check.shows),
	    .count = offsetof(struct sc_vendor, check.nshows),
	    .sub = &show_schema },
	{ .key = "query",
	    .kind = SC_YAML_PAIRS,
	    .at = offsetof(struct sc_vendor, check.query),
	    .count = offsetof(struct sc_vendor, check.nquery) },
	{ .key = "clock",
	    .kind = SC_YAML_DURATION,
	    .at = offsetof(struct sc_vendor, check.clock_ms),
	    .min = CLOCK_MIN_MS,
	    .max = CLOCK_MAX_MS },
	TEXT("find", sc_vendor, check.find, 0),
};
const struct sc_yaml_schema vendor_probe_schema = { SCHEMA(check_fields) };

static int
blame(char at[VENDOR_KEY_MAX], const char *key)
{
	(void)snprintf(at, VENDOR_KEY_MAX, "check.%s", key);
	return -1;
}

static int
check_shows(const struct sc_check *c, struct sc_err *e)
{
	for (size_t i = 0; i < c->nshows; i++) {
		const struct sc_show *s = &c->shows[i];
		const char *path = s->path;
		struct sc_json_plan *plan = sc_json_plan_new(&path, 1, e);

		if (plan == NULL)
			return -1;
		sc_json_plan_free(plan);
		if ((s->nnarrow > 0) != (s->remedy != NULL))
			return sc_fail(e, EX_CONFIG,
			    "\"narrow\" and \"remedy\" need each other");
	}
	if (c->nshows > 0 && c->account == NULL && c->credential.path == NULL)
		return sc_fail(e, EX_CONFIG,
		    "there is no answer that they are about: \"account\" and "
		    "\"credential\" are missing");
	return 0;
}

/* Its values lead to other hosts, and something there can be asked. */
static int
check_find(const struct sc_vendor *v, struct sc_err *e)
{
	const struct sc_check *c = &v->check;
	const struct sc_setting *set;

	if (c->find == NULL)
		return 0;
	set = sc_vendor_setting(v, c->find);
	if (set == NULL || set->nvalues == 0)
		return sc_fail(e, EX_CONFIG,
		    "\"%.40s\" is not a setting with values", c->find);
	if (!sc_template_uses(v->origin, c->find))
		return sc_fail(e, EX_CONFIG,
		    "\"%s\" is not a part of \"origin\"", c->find);
	if (c->credential.path == NULL)
		return sc_fail(e, EX_CONFIG, "needs \"credential\"");
	return 0;
}

int
vendor_check_probes(
    const struct sc_vendor *v, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	const struct sc_check *c = &v->check;

	if (check_shows(c, e) == -1)
		return blame(at, "shows");
	for (size_t i = 0; i < c->nquery; i++) {
		if (vendor_check_template(v, c->query[i].value, 0, e) == -1)
			return blame(at, "query");
	}
	return check_find(v, e) == -1 ? blame(at, "find") : 0;
}
