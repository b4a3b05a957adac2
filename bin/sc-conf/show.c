#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sc/file.h"
#include "sc/mem.h"
#include "sc/timefmt.h"
#include "sc/yaml.h"

#include "cmd.h"
#include "table.h"

struct view {
	struct table t;
	struct sc_slice text; /* of the file */
};

/* from: where the value comes from when the file does not have the key. */
static void
row(struct view *v, const char *key, const char *value, const char *from)
{
	struct sc_yaml_span at;
	char line[32];

	if (sc_yaml_find(v->text, key, &at)) {
		(void)snprintf(line, sizeof(line), "line %zu", at.line);
		from = line;
	} else if (value == NULL) {
		return;
	}
	table_row(&v->t, (const char *const[]){ key, value, from });
}

static void
setting_rows(struct view *v, const struct sc_integration *in)
{
	for (size_t i = 0; i < in->vendor->nsettings; i++) {
		const struct sc_setting *set = &in->vendor->settings[i];
		const char *value = in->values[i];

		if (value != NULL && set->kind == SC_SETTING_SECRET &&
		    sc_secret_is_literal(value))
			value = "(in this file, not shown)";
		row(v, set->name, value, "default");
	}
}

/* The proxy that counts, without its password; NULL: none is named. */
static char *
proxy_text(const struct sc_integration *in)
{
	const struct sc_net *n = &in->net;
	const char *host;

	if (n->proxy_excepted)
		return sc_xasprintf("not for this host (no_proxy%s)",
		    strncmp(in->origin, "http:", 5) == 0
			? ", or plain http to this machine"
			: "");
	if (n->proxy == NULL)
		return in->via.proxy != NULL ? sc_xstrdup(in->via.proxy) : NULL;
	if (n->proxy_user == NULL)
		return sc_xstrdup(n->proxy);
	host = strstr(n->proxy, "://") + 3;
	return sc_xasprintf("%.*s%s%s@%s", (int)(host - n->proxy), n->proxy,
	    n->proxy_user, n->proxy_password != NULL ? ":****" : "", host);
}

static void
list_row(struct view *v, const char *key, char *const *items, size_t n)
{
	struct sc_buf b;

	sc_buf_init(&b, SC_YAML_MAX_BYTES);
	for (size_t i = 0; i < n; i++)
		(void)sc_buf_addf(&b, "%s%s", i > 0 ? ", " : "", items[i]);
	row(v, key, n > 0 ? sc_buf_str(&b) : NULL, "");
	sc_buf_fini(&b);
}

static void
net_rows(struct view *v, const struct sc_integration *in)
{
	const struct sc_net *n = &in->net;
	const char *secret = n->proxy_secret;
	char *proxy = proxy_text(in);

	if (secret != NULL && sc_secret_is_literal(secret))
		secret = "(in the file, not shown)";
	row(v, "ca_file", n->ca_file, "");
	row(v, "tls_name", n->tls_name, "");
	list_row(v, "tls_pin", n->tls_pins, n->ntls_pins);
	row(v, "proxy", proxy, "signal-client.yaml");
	row(v, "proxy_password", secret, "signal-client.yaml");
	row(v, "proxy_ca_file", n->proxy_ca_file, "signal-client.yaml");
	list_row(v, "no_proxy", in->via.except, in->via.nexcept);
	free(proxy);
}

/* The streams' own keys, then the common one, then the vendor's value. */
static void
stream_rows(struct view *v, const struct sc_integration *in)
{
	struct sc_yaml_span at;
	bool common = sc_yaml_find(v->text, "interval", &at);

	for (size_t i = 0; i < in->nstreams; i++) {
		const struct sc_stream_conf *s = &in->streams[i];
		char span[SC_TIME_BUF], from[32] = "vendor";
		char *key;

		if (common && s->def->paging != SC_PAGING_WALK)
			(void)snprintf(from, sizeof(from), "line %zu", at.line);
		key = sc_xasprintf("streams.%s.interval", s->def->name);
		row(v, key, sc_duration_format(s->interval_ms, span), from);
		free(key);
		key = sc_xasprintf("streams.%s.enabled", s->def->name);
		row(v, key, s->enabled ? "yes" : "no", "default");
		free(key);
	}
}

static void
show(struct view *v, const struct sc_integration *in)
{
	table_row(&v->t, (const char *const[]){ "KEY", "VALUE", "FROM" });
	row(v, "vendor", in->vendor->name, "");
	row(v, "enabled", in->enabled ? "yes" : "no", "default");
	setting_rows(v, in);
	row(v, "url", in->url, "");
	row(v, "realm", in->realm, "address");
	row(v, "tenant", in->tenant, "");
	row(v, "org_id", in->org_id, "");
	row(v, "label", in->label, "");
	net_rows(v, in);
	row(v, "allow_http", in->allow_http ? "yes" : "no", "default");
	row(v, "keep", in->keep, "");
	row(v, "drop", in->drop, "");
	stream_rows(v, in);
	(void)printf("%s: %s, %s%s\nfile: %s\nvendor: %s\n\n", in->name,
	    in->vendor->title, in->origin, in->vendor->base, in->path,
	    in->vendor->path);
	table_print(&v->t);
}

int
cmd_show(struct sc_prog *prog, int argc, char *argv[], struct sc_err *e)
{
	struct view v = { .t = { .ncols = 3 } };
	struct sc_integration *in;
	struct sc_buf b;
	int rc;

	(void)argc;
	in = sc_integration_load(prog->confdir, argv[1], e);
	if (in == NULL)
		return -1;
	sc_buf_init(&b, SC_YAML_MAX_BYTES);
	rc = sc_file_read(in->path, &b, e);
	if (rc == 0) {
		v.text = (struct sc_slice){ .p = b.p, .n = b.len };
		show(&v, in);
	}
	sc_secret_wipe(&b);
	sc_integration_free(in);
	return rc;
}
