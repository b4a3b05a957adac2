#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/conf.h"
#include "sc/file.h"
#include "sc/mem.h"
#include "sc/vendor.h"
#include "sc/yaml.h"
#include "vendor_impl.h"

#define MS_MINUTE INT64_C(60000)
#define MS_DAY    (1440 * MS_MINUTE)

/* Checks of single values; see struct sc_yaml_field. */
const char *
vendor_check_path(const char *s)
{
	return *s != '/' || strpbrk(s, "?# ") != NULL
	    ? "must start with / and have no query"
	    : NULL;
}

static const char *
check_base(const char *s)
{
	if (*s == '\0')
		return NULL;
	return s[strlen(s) - 1] == '/' ? "must not end with /"
				       : vendor_check_path(s);
}

static const char *
check_origin(const char *s)
{
	if (strncmp(s, "https://", 8) != 0 || strpbrk(s + 8, "/?# ") != NULL)
		return "must be https:// and a host, without a path";
	return NULL;
}

static const char *
check_stream_name(const char *s)
{
	return sc_name_valid(s) ? NULL : "has a bad name for a stream";
}

static const char *
check_setting_name(const char *s)
{
	return sc_name_valid(s) && strchr(s, '-') == NULL && !vendor_is_word(s)
	    ? NULL
	    : "has a bad name for a setting";
}

static const char *const setting_kinds[] = {
	[SC_SETTING_TEXT] = "text",
	[SC_SETTING_HOST] = "host",
	[SC_SETTING_SECRET] = "secret",
	[SC_SETTING_PERCENT] = "percent",
	[SC_SETTING_WORD] = "word",
	[SC_SETTING_CHOICE] = "choice",
	NULL,
};

static const char *const pagings[] = {
	[SC_PAGING_TOKEN] = "token",
	[SC_PAGING_WALK] = "walk",
	[SC_PAGING_WINDOW] = "window",
	[SC_PAGING_AFTER] = "after-id",
	[SC_PAGING_PAGE] = "page",
	[SC_PAGING_CHILDREN] = "children",
	NULL,
};

static const char *const time_forms[] = {
	[SC_TIMES_ISO] = "iso",
	[SC_TIMES_MS] = "ms",
	NULL,
};

static const char *const schemes[] = {
	[SC_SCHEME_HEADER] = "header",
	[SC_SCHEME_HMAC_SHA1] = "hmac-sha1",
	NULL,
};

static const char *const date_forms[] = { "YYYYMMDDTHHMMSS", NULL };

static const char *const expiry_methods[] = { "POST", "PUT", NULL };

/* What an answer of a vendor can mean; words of enum sc_class. */
static const char *const refusal_classes[] = { "AUTH", "PERMISSION", "REGION",
	"QUOTA", "CLOCK", "VENDOR", "PROTOCOL", "CONFIG", NULL };

#define TEXT(k, s, m, fl)                                                      \
	{                                                                      \
		.key = (k), .kind = SC_YAML_TEXT, .at = offsetof(struct s, m), \
		.flags = (fl)                                                  \
	}
#define CHECKED(k, s, m, fn)                                                   \
	{                                                                      \
		.key = (k), .kind = SC_YAML_TEXT, .at = offsetof(struct s, m), \
		.flags = SC_YAML_REQUIRED, .check = (fn)                       \
	}
#define SPAN(k, m, fl, lo, hi)                                      \
	{                                                           \
		.key = (k), .kind = SC_YAML_DURATION,               \
		.at = offsetof(struct sc_stream, m), .flags = (fl), \
		.min = (lo), .max = (hi)                            \
	}
#define PATHS(k, m, c)                                 \
	{                                              \
		.key = (k), .kind = SC_YAML_LIST,      \
		.at = offsetof(struct sc_stream, m),   \
		.count = offsetof(struct sc_stream, c) \
	}
#define SCHEMA(f) .fields = (f), .nfields = sizeof(f) / sizeof((f)[0])

static const struct sc_yaml_field setting_fields[] = {
	TEXT("label", sc_setting, label, SC_YAML_REQUIRED),
	TEXT("help", sc_setting, help, SC_YAML_REQUIRED),
	TEXT("example", sc_setting, example, 0),
	{ .key = "kind",
	    .kind = SC_YAML_ENUM,
	    .at = offsetof(struct sc_setting, kind),
	    .words = setting_kinds },
	{ .key = "required",
	    .kind = SC_YAML_BOOL,
	    .at = offsetof(struct sc_setting, required) },
	{ .key = "values",
	    .kind = SC_YAML_PAIRS,
	    .at = offsetof(struct sc_setting, values),
	    .count = offsetof(struct sc_setting, nvalues) },
};
static const struct sc_yaml_schema setting_schema = { SCHEMA(setting_fields),
	.size = sizeof(struct sc_setting),
	.name = offsetof(struct sc_setting, name) };

static const struct sc_yaml_field revisit_fields[] = {
	{ .key = "query",
	    .kind = SC_YAML_PAIRS,
	    .at = offsetof(struct sc_stream, revisit.query),
	    .count = offsetof(struct sc_stream, revisit.nquery) },
	SPAN("back", revisit.back_ms, SC_YAML_REQUIRED, MS_DAY, 3660 * MS_DAY),
	TEXT("changed", sc_stream, revisit.changed, SC_YAML_REQUIRED),
	{ .key = "every",
	    .kind = SC_YAML_INT,
	    .at = offsetof(struct sc_stream, revisit.every),
	    .flags = SC_YAML_REQUIRED,
	    .min = 1,
	    .max = 10000 },
	PATHS("open", revisit.open, revisit.nopen),
};
static const struct sc_yaml_schema revisit_schema = { SCHEMA(revisit_fields) };

static const struct sc_yaml_field stream_fields[] = {
	TEXT("noun", sc_stream, noun, SC_YAML_REQUIRED),
	CHECKED("path", sc_stream, path, vendor_check_path),
	{ .key = "paging",
	    .kind = SC_YAML_ENUM,
	    .at = offsetof(struct sc_stream, paging),
	    .flags = SC_YAML_REQUIRED,
	    .words = pagings },
	{ .key = "query",
	    .kind = SC_YAML_PAIRS,
	    .at = offsetof(struct sc_stream, query),
	    .count = offsetof(struct sc_stream, nquery) },
	{ .key = "headers",
	    .kind = SC_YAML_PAIRS,
	    .at = offsetof(struct sc_stream, headers),
	    .count = offsetof(struct sc_stream, nheaders) },
	TEXT("body", sc_stream, body, 0),
	TEXT("since", sc_stream, since, 0),
	TEXT("until", sc_stream, until, 0),
	{ .key = "times",
	    .kind = SC_YAML_ENUM,
	    .at = offsetof(struct sc_stream, times),
	    .words = time_forms },
	TEXT("token", sc_stream, token, 0),
	TEXT("after", sc_stream, after, 0),
	TEXT("page", sc_stream, page, 0),
	TEXT("limit", sc_stream, limit, 0),
	{ .key = "size",
	    .kind = SC_YAML_INT,
	    .at = offsetof(struct sc_stream, size),
	    .min = 1,
	    .max = 100000 },
	TEXT("items", sc_stream, items, SC_YAML_REQUIRED | SC_YAML_EMPTY),
	TEXT("next", sc_stream, next, 0),
	TEXT("total", sc_stream, total, 0),
	TEXT("failures", sc_stream, failures, 0),
	TEXT("id", sc_stream, id, SC_YAML_REQUIRED),
	TEXT("time", sc_stream, time, 0),
	TEXT("revision", sc_stream, revision, 0),
	TEXT("remember", sc_stream, remember, 0),
	{ .key = "one",
	    .kind = SC_YAML_TEXT,
	    .at = offsetof(struct sc_stream, one),
	    .check = vendor_check_path },
	{ .key = "revisit", .kind = SC_YAML_MAP, .sub = &revisit_schema },
	TEXT("of", sc_stream, of, 0),
	TEXT("as", sc_stream, as, 0),
	PATHS("changed", changed, nchanged),
	{ .key = "optional",
	    .kind = SC_YAML_BOOL,
	    .at = offsetof(struct sc_stream, optional) },
	PATHS("degrade", degrade, ndegrade),
	PATHS("redact", redact, nredact),
	PATHS("volatile", volatiles, nvolatiles),
	SPAN("interval", interval_ms, SC_YAML_REQUIRED, SC_INTERVAL_MIN_MS,
	    SC_INTERVAL_MAX_MS),
	SPAN("start", start_ms, 0, MS_MINUTE, 3660 * MS_DAY),
	SPAN("overlap", overlap_ms, 0, 0, 31 * MS_DAY),
	SPAN("settle", settle_ms, 0, 0, MS_DAY),
	SPAN("slice", slice_ms, 0, MS_MINUTE, 31 * MS_DAY),
	SPAN(
	    "retention", retention_ms, SC_YAML_REQUIRED, MS_DAY, 3660 * MS_DAY),
	{ .key = "reread",
	    .kind = SC_YAML_INT,
	    .at = offsetof(struct sc_stream, reread),
	    .min = 0,
	    .max = 1000000 },
	{ .key = "search", .kind = SC_YAML_MAP, .sub = &vendor_search_schema },
	{ .key = "beside",
	    .kind = SC_YAML_DICT,
	    .at = offsetof(struct sc_stream, besides),
	    .count = offsetof(struct sc_stream, nbesides),
	    .sub = &vendor_beside_schema,
	    .check = check_stream_name },
};
static const struct sc_yaml_schema stream_schema = { SCHEMA(stream_fields),
	.size = sizeof(struct sc_stream),
	.name = offsetof(struct sc_stream, name) };

static const struct sc_yaml_field refusal_fields[] = {
	{ .key = "status",
	    .kind = SC_YAML_INT,
	    .at = offsetof(struct sc_refusal, status),
	    .flags = SC_YAML_REQUIRED,
	    .min = 100,
	    .max = 599 },
	TEXT("body", sc_refusal, body, 0),
	TEXT("location", sc_refusal, location, 0),
	{ .key = "first",
	    .kind = SC_YAML_BOOL,
	    .at = offsetof(struct sc_refusal, first) },
	{ .key = "class",
	    .kind = SC_YAML_WORD,
	    .at = offsetof(struct sc_refusal, class),
	    .flags = SC_YAML_REQUIRED,
	    .words = refusal_classes },
	{ .key = "remedy",
	    .kind = SC_YAML_TEXT,
	    .at = offsetof(struct sc_refusal, remedy),
	    .flags = SC_YAML_REQUIRED,
	    .max = sizeof(((struct sc_err *)0)->remedy) - 1 },
};
static const struct sc_yaml_schema refusal_schema = { SCHEMA(refusal_fields),
	.size = sizeof(struct sc_refusal) };

static const struct sc_yaml_field expiry_fields[] = {
	{ .key = "method",
	    .kind = SC_YAML_WORD,
	    .at = offsetof(struct sc_vendor, expiry.method),
	    .flags = SC_YAML_REQUIRED,
	    .words = expiry_methods },
	CHECKED("path", sc_vendor, expiry.path, vendor_check_path),
	TEXT("body", sc_vendor, expiry.body, SC_YAML_REQUIRED),
	TEXT("expires", sc_vendor, expiry.expires, SC_YAML_REQUIRED),
};
static const struct sc_yaml_schema expiry_schema = { SCHEMA(expiry_fields) };

static const struct sc_yaml_field auth_fields[] = {
	{ .key = "scheme",
	    .kind = SC_YAML_ENUM,
	    .at = offsetof(struct sc_vendor, scheme),
	    .words = schemes },
	CHECKED("header", sc_vendor, auth_header, vendor_check_header),
	TEXT("value", sc_vendor, auth_value, SC_YAML_REQUIRED),
	TEXT("chosen_by", sc_vendor, chosen_by, 0),
	{ .key = "alternatives",
	    .kind = SC_YAML_PAIRS,
	    .at = offsetof(struct sc_vendor, alternatives),
	    .count = offsetof(struct sc_vendor, nalternatives) },
	{ .key = "headers",
	    .kind = SC_YAML_PAIRS,
	    .at = offsetof(struct sc_vendor, signing.headers),
	    .count = offsetof(struct sc_vendor, signing.nheaders) },
	TEXT("message", sc_vendor, signing.message, SC_YAML_LINES),
	TEXT("key", sc_vendor, signing.key, 0),
	{ .key = "date",
	    .kind = SC_YAML_WORD,
	    .at = offsetof(struct sc_vendor, signing.date),
	    .words = date_forms },
	{ .key = "expiry", .kind = SC_YAML_MAP, .sub = &expiry_schema },
};
static const struct sc_yaml_schema auth_schema = { SCHEMA(auth_fields) };

static const struct sc_yaml_field vendor_fields[] = {
	TEXT("title", sc_vendor, title, SC_YAML_REQUIRED),
	CHECKED("origin", sc_vendor, origin, check_origin),
	{ .key = "base",
	    .kind = SC_YAML_TEXT,
	    .at = offsetof(struct sc_vendor, base),
	    .flags = SC_YAML_REQUIRED | SC_YAML_EMPTY,
	    .check = check_base },
	{ .key = "auth",
	    .kind = SC_YAML_MAP,
	    .flags = SC_YAML_REQUIRED,
	    .sub = &auth_schema },
	{ .key = "settings",
	    .kind = SC_YAML_DICT,
	    .at = offsetof(struct sc_vendor, settings),
	    .count = offsetof(struct sc_vendor, nsettings),
	    .flags = SC_YAML_REQUIRED,
	    .sub = &setting_schema,
	    .check = check_setting_name },
	{ .key = "streams",
	    .kind = SC_YAML_DICT,
	    .at = offsetof(struct sc_vendor, streams),
	    .count = offsetof(struct sc_vendor, nstreams),
	    .flags = SC_YAML_REQUIRED,
	    .sub = &stream_schema,
	    .check = check_stream_name },
	{ .key = "refusals",
	    .kind = SC_YAML_SEQ,
	    .at = offsetof(struct sc_vendor, refusals),
	    .count = offsetof(struct sc_vendor, nrefusals),
	    .sub = &refusal_schema },
	{ .key = "check", .kind = SC_YAML_MAP, .sub = &vendor_probe_schema },
};
static const struct sc_yaml_schema vendor_schema = { SCHEMA(vendor_fields) };

static int
parse_vendor(struct sc_vendor *v, const char *path, struct sc_err *e)
{
	char key[VENDOR_KEY_MAX];
	struct sc_slice text;
	struct sc_buf b;
	int rc = -1;

	sc_buf_init(&b, SC_YAML_MAX_BYTES);
	if (sc_file_read(path, &b, e) == -1)
		goto out;
	text = (struct sc_slice){ .p = b.p, .n = b.len };
	if (sc_yaml_parse(path, text, &vendor_schema, v, e) == -1)
		goto out;
	if (vendor_check_template(v, v->origin, 0, e) == -1)
		(void)sc_yaml_blame(path, text, "origin", e);
	else if (vendor_check_settings(v, key, e) == -1 ||
	    vendor_check_auth(v, key, e) == -1 ||
	    vendor_check_streams(v, key, e) == -1 ||
	    vendor_check_probes(v, key, e) == -1)
		(void)sc_yaml_blame(path, text, key, e);
	else
		rc = 0;
out:
	sc_buf_fini(&b);
	return rc;
}

struct sc_vendor *
sc_vendor_load(const char *confdir, const char *name, struct sc_err *e)
{
	char *file = sc_vendor_file(confdir, name, "vendor.yaml", false);
	struct sc_vendor *v;

	if (file == NULL) {
		(void)vendor_unknown(confdir, name, e);
		return NULL;
	}
	v = sc_xcalloc(1, sizeof(*v));
	v->name = sc_xstrdup(name);
	v->path = sc_xstrndup(file, (size_t)(strrchr(file, '/') - file));
	if (parse_vendor(v, file, e) == -1) {
		sc_vendor_free(v);
		v = NULL;
	}
	free(file);
	return v;
}

void
sc_vendor_free(struct sc_vendor *v)
{
	if (v == NULL)
		return;
	sc_yaml_release(&vendor_schema, v);
	free(v->path);
	free(v->name);
	free(v);
}

const struct sc_stream *
sc_vendor_stream(const struct sc_vendor *v, const char *name)
{
	for (size_t i = 0; i < v->nstreams; i++) {
		if (strcmp(v->streams[i].name, name) == 0)
			return &v->streams[i];
	}
	return NULL;
}

const struct sc_setting *
sc_vendor_setting(const struct sc_vendor *v, const char *name)
{
	for (size_t i = 0; i < v->nsettings; i++) {
		if (strcmp(v->settings[i].name, name) == 0)
			return &v->settings[i];
	}
	return NULL;
}
