#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "conf_impl.h"
#include "sc/file.h"
#include "sc/mem.h"
#include "sc/secret.h"
#include "sc/yaml.h"

/*
 * One block of memory: the integration, its streams, its values.  So the
 * offsets of a table that is put together at run time reach all of it.
 */
struct form {
	struct sc_integration in; /* first: this is what callers hold */
	char *vendor_name;
	int64_t interval_ms; /* 0: not set */
};

/* A file being read. */
struct source {
	const char *path;
	struct sc_slice text;
};

#define TEXT(k, m, longest)                                         \
	{                                                           \
		.key = (k), .kind = SC_YAML_TEXT, .max = (longest), \
		.at = offsetof(struct form, in.m)                   \
	}
#define FLAG(k, m)                                \
	{                                         \
		.key = (k), .kind = SC_YAML_BOOL, \
		.at = offsetof(struct form, in.m) \
	}
#define INTERVAL(where)                                                     \
	{                                                                   \
		.key = "interval", .kind = SC_YAML_DURATION, .at = (where), \
		.min = SC_INTERVAL_MIN_MS, .max = SC_INTERVAL_MAX_MS        \
	}
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct sc_yaml_field common_fields[] = {
	{ .key = "vendor",
	    .kind = SC_YAML_TEXT,
	    .flags = SC_YAML_REQUIRED,
	    .at = offsetof(struct form, vendor_name) },
	TEXT("url", url, 512),
	TEXT("realm", realm, 255),
	FLAG("enabled", enabled),
	INTERVAL(offsetof(struct form, interval_ms)),
	TEXT("tenant", tenant, 128),
	TEXT("org_id", org_id, 128),
	TEXT("label", label, 128),
	{ .key = "ca_file",
	    .kind = SC_YAML_TEXT,
	    .at = offsetof(struct form, in.net.ca_file),
	    .check = conf_check_absolute },
	{ .key = "tls_name",
	    .kind = SC_YAML_TEXT,
	    .at = offsetof(struct form, in.net.tls_name),
	    .check = conf_check_tls_name },
	{ .key = "tls_pin",
	    .kind = SC_YAML_LIST,
	    .flags = SC_YAML_ONE,
	    .at = offsetof(struct form, in.net.tls_pins),
	    .count = offsetof(struct form, in.net.ntls_pins),
	    .check = conf_check_pin },
	CONF_PROXY_FIELDS(offsetof(struct form, in.via)),
	FLAG("allow_http", allow_http),
	{ .key = "keep",
	    .kind = SC_YAML_TEXT,
	    .flags = SC_YAML_LINES,
	    .at = offsetof(struct form, in.keep) },
	{ .key = "drop",
	    .kind = SC_YAML_TEXT,
	    .flags = SC_YAML_LINES,
	    .at = offsetof(struct form, in.drop) },
};
static const struct sc_yaml_schema common_schema = { .fields = common_fields,
	.nfields = COUNT(common_fields) };

/* The first look into a file: whose settings does it hold? */
static const struct sc_yaml_schema vendor_schema = { .fields = common_fields,
	.nfields = 1,
	.open = true };

static const struct sc_yaml_field stream_fields[] = {
	INTERVAL(offsetof(struct sc_stream_conf, interval_ms)),
	{ .key = "enabled",
	    .kind = SC_YAML_BOOL,
	    .at = offsetof(struct sc_stream_conf, enabled) },
};
static const struct sc_yaml_schema stream_schema = { .fields = stream_fields,
	.nfields = COUNT(stream_fields) };

static struct form *
new_form(const char *name, const char *path, struct sc_vendor *v)
{
	struct form *f;
	size_t size = sizeof(*f) + v->nstreams * sizeof(*f->in.streams) +
	    v->nsettings * sizeof(*f->in.values);

	f = sc_xcalloc(1, size);
	f->in.streams = (struct sc_stream_conf *)(f + 1);
	f->in.nstreams = v->nstreams;
	f->in.values = (char **)(f->in.streams + v->nstreams);
	f->in.name = sc_xstrdup(name);
	f->in.path = sc_xstrdup(path);
	f->in.vendor = v;
	f->in.enabled = true;
	for (size_t i = 0; i < v->nstreams; i++) {
		f->in.streams[i].def = &v->streams[i];
		f->in.streams[i].enabled = !v->streams[i].optional;
	}
	return f;
}

void
sc_integration_free(struct sc_integration *in)
{
	if (in == NULL)
		return;
	sc_yaml_release(&common_schema, in);
	conf_net_fini(&in->net);
	for (size_t i = 0; i < in->vendor->nsettings; i++) {
		char *value = in->values[i];

		freezero(value, value != NULL ? strlen(value) : 0);
	}
	free(in->name);
	free(in->path);
	free(in->origin);
	sc_vendor_free(in->vendor);
	free(in);
}

static const char *(*const value_checks[])(const char *) = {
	[SC_SETTING_TEXT] = NULL,
	[SC_SETTING_HOST] = sc_host_check,
	[SC_SETTING_SECRET] = NULL,
	[SC_SETTING_PERCENT] = sc_percent_check,
	[SC_SETTING_WORD] = sc_word_check,
	[SC_SETTING_CHOICE] = NULL,
};

/* Reads the file with the common keys, the vendor's settings and streams. */
static int
read_form(struct form *f, const struct source *src, struct sc_err *e)
{
	const struct sc_vendor *v = f->in.vendor;
	size_t nsettings = v->nsettings, nstreams = v->nstreams;
	size_t ncommon = COUNT(common_fields);
	struct sc_yaml_field *fields, *streams;
	struct sc_yaml_schema below = { .nfields = nstreams };
	struct sc_yaml_schema all = { .nfields = ncommon + 1 + nsettings };
	int rc;

	streams = sc_xcalloc(nstreams, sizeof(*streams));
	for (size_t i = 0; i < nstreams; i++)
		streams[i] = (struct sc_yaml_field){
			.key = v->streams[i].name,
			.kind = SC_YAML_MAP,
			.at = sizeof(*f) + i * sizeof(*f->in.streams),
			.sub = &stream_schema,
		};
	below.fields = streams;

	fields = sc_xcalloc(all.nfields, sizeof(*fields));
	memcpy(fields, common_fields, sizeof(common_fields));
	fields[ncommon] = (struct sc_yaml_field){
		.key = "streams", .kind = SC_YAML_MAP, .sub = &below
	};
	for (size_t i = 0; i < nsettings; i++)
		fields[ncommon + 1 + i] = (struct sc_yaml_field){
			.key = v->settings[i].name,
			.kind = SC_YAML_TEXT,
			.at = (size_t)((char *)&f->in.values[i] - (char *)f),
			.max = SC_SECRET_MAX,
			.check = value_checks[v->settings[i].kind],
		};
	all.fields = fields;

	rc = sc_yaml_parse(src->path, src->text, &all, f, e);
	free(fields);
	free(streams);
	return rc;
}

/* A value that only serves to build the address is replaced by a url. */
static bool
needed(const struct sc_integration *in, const struct sc_setting *set)
{
	return set->required &&
	    !(in->url != NULL &&
		sc_template_uses(in->vendor->origin, set->name) &&
		!sc_template_uses(in->url, set->name));
}

static int
check_choice(const struct sc_setting *set, const char *value, struct sc_err *e)
{
	struct sc_buf all;

	if (set->kind != SC_SETTING_CHOICE || sc_setting_knows(set, value))
		return 0;
	sc_buf_init(&all, sizeof(e->msg) / 2);
	for (size_t i = 0; i < set->nvalues; i++)
		(void)sc_buf_addf(
		    &all, "%s%s", i > 0 ? ", " : "", set->values[i].name);
	(void)sc_fail(e, EX_CONFIG, "\"%s\" must be one of: %s", set->name,
	    sc_buf_str(&all));
	sc_buf_fini(&all);
	return -1;
}

static int
finish_setting(struct sc_integration *in, size_t i, const struct source *src,
    struct sc_err *e)
{
	const struct sc_setting *set = &in->vendor->settings[i];
	char *value = in->values[i];

	if (value == NULL) {
		if (!needed(in, set))
			return 0;
		return sc_fail(e, EX_CONFIG, "%s: \"%s\" is missing (%s: %s)",
		    src->path, set->name, set->label, set->help);
	}
	if (set->kind == SC_SETTING_HOST) {
		in->values[i] = sc_host_clean(value);
		free(value);
	} else if ((set->kind == SC_SETTING_SECRET &&
		       sc_secret_check(value, set->name, src->path, e) == -1) ||
	    check_choice(set, value, e) == -1) {
		return sc_yaml_blame(src->path, src->text, set->name, e);
	}
	return 0;
}

static int
finish_origin(
    struct sc_integration *in, const struct source *src, struct sc_err *e)
{
	in->origin = sc_integration_origin(in, NULL, NULL, e);
	if (in->origin != NULL)
		return 0;
	if (in->url == NULL)
		return sc_ctx(e, "%s", src->path);
	(void)sc_ctx(e, "\"url\"");
	return sc_yaml_blame(src->path, src->text, "url", e);
}

/* A walk is an inventory; all others are events. */
static void
finish_streams(struct sc_integration *in, int64_t interval_ms)
{
	for (size_t i = 0; i < in->nstreams; i++) {
		struct sc_stream_conf *s = &in->streams[i];

		if (s->interval_ms == 0 && s->def->paging != SC_PAGING_WALK)
			s->interval_ms = interval_ms;
		if (s->interval_ms == 0)
			s->interval_ms = s->def->interval_ms;
	}
}

static int
finish(struct form *f, const struct source *src, struct sc_err *e)
{
	struct sc_integration *in = &f->in;

	for (size_t i = 0; i < in->vendor->nsettings; i++) {
		if (finish_setting(in, i, src, e) == -1)
			return -1;
	}
	if (finish_origin(in, src, e) == -1)
		return -1;
	if (in->net.ntls_pins > 0 && in->net.ca_file != NULL) {
		(void)sc_fail(e, EX_CONFIG,
		    "\"ca_file\" has no effect beside \"tls_pin\": leave "
		    "one of them out");
		return sc_yaml_blame(src->path, src->text, "ca_file", e);
	}
	if (in->realm == NULL)
		in->realm = sc_realm_default(
		    in->vendor, (const char *const *)in->values, in->url);
	finish_streams(in, f->interval_ms);
	return 0;
}

static struct sc_vendor *
load_vendor(const char *confdir, const struct source *src, struct sc_err *e)
{
	struct form probe = { 0 };
	struct sc_vendor *v;

	if (sc_yaml_parse(src->path, src->text, &vendor_schema, &probe, e) ==
	    -1)
		return NULL;
	v = sc_vendor_load(confdir, probe.vendor_name, e);
	if (v == NULL)
		(void)sc_yaml_blame(src->path, src->text, "vendor", e);
	sc_yaml_release(&vendor_schema, &probe);
	return v;
}

/* A vendor's own key must not hide behind one of ours. */
static int
check_settings(const struct sc_vendor *v, struct sc_err *e)
{
	for (size_t i = 0; i < v->nsettings; i++) {
		const char *name = v->settings[i].name;
		bool taken = strcmp(name, "streams") == 0;

		for (size_t j = 0; j < COUNT(common_fields); j++) {
			if (strcmp(name, common_fields[j].key) == 0)
				taken = true;
		}
		if (taken)
			return sc_fail(e, EX_CONFIG,
			    "%s/vendor.yaml: a setting cannot be called "
			    "\"%s\": every integration has that key",
			    v->path, name);
	}
	return 0;
}

static struct sc_integration *
load_source(const char *confdir, const char *name, const struct source *src,
    struct sc_err *e)
{
	struct sc_vendor *v = load_vendor(confdir, src, e);
	struct form *f;

	if (v == NULL)
		return NULL;
	f = new_form(name, src->path, v);
	if (check_settings(v, e) == 0 && read_form(f, src, e) == 0 &&
	    finish(f, src, e) == 0 &&
	    conf_net_resolve(confdir, &f->in, src->text, e) == 0)
		return &f->in;
	sc_integration_free(&f->in);
	return NULL;
}

/* Says what there is instead. */
static int
no_integration(const char *confdir, const char *name, struct sc_err *e)
{
	const char *near;
	struct sc_buf all;
	char **names;
	size_t n;

	if (sc_integration_list(confdir, &names, &n, e) == -1)
		return -1;
	near = sc_nearest(name, (const char *const *)names, n);
	sc_buf_init(&all, sizeof(e->msg) / 2);
	for (size_t i = 0; i < n; i++)
		(void)sc_buf_addf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
	(void)sc_fail(
	    e, EX_CONFIG, "no integration \"%.64s\" in %s", name, confdir);
	if (near != NULL)
		(void)sc_remedy(
		    e, SC_CLASS_CONFIG, "did you mean \"%s\"?", near);
	else if (n > 0)
		(void)sc_remedy(
		    e, SC_CLASS_CONFIG, "there are: %s", sc_buf_str(&all));
	else
		(void)sc_remedy(e, SC_CLASS_CONFIG,
		    "there are none yet: sc-conf add VENDOR NAME makes one");
	sc_buf_fini(&all);
	sc_names_free(names, n);
	return -1;
}

struct sc_integration *
sc_integration_load(const char *confdir, const char *name, struct sc_err *e)
{
	char *path = sc_integration_path(confdir, name);
	struct sc_integration *in = NULL;
	struct source src = { .path = path };
	struct sc_buf b;

	sc_buf_init(&b, SC_YAML_MAX_BYTES);
	if (!sc_name_valid(name)) {
		(void)sc_fail(e, EX_CONFIG,
		    "\"%.80s\" cannot be the name of an integration", name);
	} else if (sc_file_read(path, &b, e) == -1) {
		if (e->sys == ENOENT)
			(void)no_integration(confdir, name, e);
	} else {
		src.text = (struct sc_slice){ .p = b.p, .n = b.len };
		in = load_source(confdir, name, &src, e);
	}
	sc_secret_wipe(&b);
	free(path);
	return in;
}

const char *
sc_integration_value(const struct sc_integration *in, const char *name)
{
	for (size_t i = 0; i < in->vendor->nsettings; i++) {
		if (strcmp(in->vendor->settings[i].name, name) == 0)
			return in->values[i];
	}
	return NULL;
}
