#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/log.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#include "cmd.h"
#include "table.h"

/* "host, api_key (secret)" */
static void
add_settings(const struct sc_vendor *v, struct sc_buf *b)
{
	for (size_t i = 0; i < v->nsettings; i++) {
		const struct sc_setting *set = &v->settings[i];

		(void)sc_buf_addf(b, "%s%s%s", i > 0 ? ", " : "", set->name,
		    set->kind == SC_SETTING_SECRET ? " (secret)" : "");
		if (!set->required)
			(void)sc_buf_adds(b, " (optional)");
	}
}

static void
vendor_row(struct table *t, const struct sc_vendor *v)
{
	struct sc_buf streams, settings;

	sc_buf_init(&streams, 4096);
	sc_buf_init(&settings, 4096);
	for (size_t i = 0; i < v->nstreams; i++)
		(void)sc_buf_addf(
		    &streams, "%s%s", i > 0 ? ", " : "", v->streams[i].name);
	add_settings(v, &settings);
	table_row(t,
	    (const char *const[]){ v->name, v->title, sc_buf_str(&streams),
		sc_buf_str(&settings) });
	sc_buf_fini(&settings);
	sc_buf_fini(&streams);
}

/* A broken one is reported and does not hide the others. */
int
cmd_vendors(struct sc_prog *prog, int argc, char *argv[], struct sc_err *e)
{
	struct table t = { .ncols = 4 };
	size_t n, broken = 0;
	char **names;

	(void)argc;
	(void)argv;
	if (sc_vendor_list(prog->confdir, &names, &n, e) == -1)
		return -1;
	table_row(&t,
	    (const char *const[]){ "VENDOR", "TITLE", "STREAMS", "SETTINGS" });
	for (size_t i = 0; i < n; i++) {
		struct sc_err why = { 0 };
		struct sc_vendor *v =
		    sc_vendor_load(prog->confdir, names[i], &why);

		if (v != NULL) {
			vendor_row(&t, v);
			sc_vendor_free(v);
			continue;
		}
		sc_error("%s", why.msg);
		broken++;
	}
	table_print(&t);
	sc_names_free(names, n);
	if (broken > 0)
		return sc_fail(
		    e, EX_CONFIG, "%zu of %zu vendors are wrong", broken, n);
	return 0;
}

/* The interval if all streams agree on one, else all of them. */
static void
add_streams(const struct sc_integration *in, struct sc_buf *names,
    struct sc_buf *intervals)
{
	char last[SC_TIME_BUF] = "", span[SC_TIME_BUF];

	for (size_t i = 0; i < in->nstreams; i++) {
		const struct sc_stream_conf *s = &in->streams[i];

		if (!s->enabled)
			continue;
		(void)sc_buf_addf(
		    names, "%s%s", names->len > 0 ? "," : "", s->def->name);
		(void)sc_duration_format(s->interval_ms, span);
		if (strcmp(span, last) == 0)
			continue;
		(void)sc_buf_addf(
		    intervals, "%s%s", intervals->len > 0 ? "," : "", span);
		(void)strlcpy(last, span, sizeof(last));
	}
}

static void
integration_row(struct table *t, const struct sc_integration *in)
{
	struct sc_buf names, intervals;

	sc_buf_init(&names, 4096);
	sc_buf_init(&intervals, 4096);
	add_streams(in, &names, &intervals);
	table_row(t,
	    (const char *const[]){ in->name, in->vendor->name,
		in->enabled ? "yes" : "no", in->origin, sc_buf_str(&names),
		sc_buf_str(&intervals) });
	sc_buf_fini(&intervals);
	sc_buf_fini(&names);
}

/* A broken file is reported and does not hide the others. */
int
cmd_list(struct sc_prog *prog, int argc, char *argv[], struct sc_err *e)
{
	struct table t = { .ncols = 6 };
	size_t n, broken = 0;
	char **names;

	(void)argc;
	(void)argv;
	if (sc_integration_list(prog->confdir, &names, &n, e) == -1)
		return -1;
	table_row(&t,
	    (const char *const[]){ "NAME", "VENDOR", "ENABLED", "ADDRESS",
		"STREAMS", "INTERVAL" });
	for (size_t i = 0; i < n; i++) {
		struct sc_err why = { 0 };
		struct sc_integration *in =
		    sc_integration_load(prog->confdir, names[i], &why);

		if (in != NULL) {
			integration_row(&t, in);
			sc_integration_free(in);
			continue;
		}
		sc_error("%s", why.msg);
		broken++;
	}
	table_print(&t);
	sc_names_free(names, n);
	if (broken > 0)
		return sc_fail(
		    e, EX_CONFIG, "%zu of %zu files are wrong", broken, n);
	return 0;
}
