#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "conf_impl.h"
#include "sc/file.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/secret.h"
#include "sc/tls.h"
#include "sc/yaml.h"

#define SITE_FILE "signal-client.yaml"

/* One of the two files that may name a proxy. */
struct origin {
	const char *path;
	struct sc_slice text;
	const struct sc_proxy_keys *keys;
};

const char *
conf_check_absolute(const char *s)
{
	return *s != '/' ? "must be an absolute path" : NULL;
}

const char *
conf_check_pin(const char *s)
{
	return sc_tls_pin_parse(s, NULL);
}

/* A name or an address, as it stands in a certificate. */
const char *
conf_check_tls_name(const char *s)
{
	char *host = sc_host_clean(s);
	bool same = host != NULL && strcasecmp(host, s) == 0;

	free(host);
	return same ? NULL : "must be a host name or an IPv4 address alone";
}

const char *
conf_check_proxy(const char *s)
{
	if (strcmp(s, "none") == 0 || strcmp(s, "env") == 0)
		return NULL;
	return conf_proxy_split(s, NULL);
}

static bool
is_address(const char *proxy)
{
	return proxy != NULL && strstr(proxy, "://") != NULL;
}

/* What the keys of one file must be to each other. */
static int
check_keys(const struct origin *o, struct sc_err *e)
{
	const struct sc_proxy_keys *k = o->keys;
	struct conf_proxy p = { 0 };
	const char *key = "proxy_password", *why = NULL;
	int rc = 0;

	if (is_address(k->proxy))
		(void)conf_proxy_split(k->proxy, &p);
	if (k->ca_file != NULL && p.url == NULL) {
		key = "proxy_ca_file";
		why = "needs the address of a proxy beside it";
	} else if (k->password != NULL && p.user == NULL) {
		why = "needs \"proxy: http://USER@HOST:PORT\" beside it";
	} else if (k->password != NULL && p.password != NULL) {
		why = "stands beside a password in \"proxy\": leave one out";
	}
	if (why != NULL)
		rc = sc_fail(e, EX_CONFIG, "\"%s\" %s", key, why);
	else if (k->password != NULL)
		rc = sc_secret_check(k->password, key, o->path, e);
	else if (p.password != NULL)
		rc = sc_secret_check("literal", key = "proxy", o->path, e);
	if (rc == -1 && p.password != NULL && k->password == NULL)
		(void)sc_remedy(e, SC_CLASS_SECRET,
		    "write proxy: http://USER@HOST:PORT and proxy_password: "
		    "file:PATH, or make the configuration file 0600");
	conf_proxy_fini(&p);
	return rc == 0 ? 0 : sc_yaml_blame(o->path, o->text, key, e);
}

/* Takes the address apart.  from: where it stands; becomes the net's. */
static const char *
use_address(struct sc_net *net, const char *address, char *from)
{
	struct conf_proxy p;
	const char *why = conf_proxy_split(address, &p);

	net->proxy_from = from;
	if (why != NULL)
		return why;
	net->proxy = p.url;
	net->proxy_user = p.user;
	net->proxy_password = p.password;
	if (p.password != NULL)
		sc_log_secret(p.password, strlen(p.password));
	return NULL;
}

static const char *
variable(const char *upper, const char *lower)
{
	const char *value = getenv(lower);

	return value != NULL && *value != '\0' ? value : getenv(upper);
}

/* As other programs read it: without a scheme it is http. */
static int
use_environment(struct sc_net *net, const struct origin *o, struct sc_err *e)
{
	const char *value = variable("HTTPS_PROXY", "https_proxy");
	const char *why = NULL;
	char *address;

	if (value == NULL || *value == '\0')
		return 0;
	address = sc_xasprintf(
	    "%s%s", strstr(value, "://") == NULL ? "http://" : "", value);
	why = use_address(net, address,
	    sc_xasprintf("HTTPS_PROXY (proxy: env in %s)", o->path));
	freezero(address, strlen(address));
	return why == NULL ? 0 : sc_fail(e, EX_CONFIG, "HTTPS_PROXY %s", why);
}

static bool
is_excepted(const struct sc_proxy_keys *k, const char *host)
{
	for (size_t i = 0; i < k->nexcept; i++) {
		if (conf_except_matches(k->except[i], host))
			return true;
	}
	return false;
}

/* The way is direct; what is known about the proxy is forgotten. */
static void
bypass(struct sc_net *net)
{
	free(net->proxy);
	net->proxy = NULL;
	net->proxy_excepted = true;
}

/* Plain http is allowed because the key stays on this machine. */
static bool
must_stay(const struct sc_integration *in)
{
	return strncmp(in->origin, "http:", 5) == 0 && !in->allow_http &&
	    !conf_is_local(in->net.proxy);
}

/* o: whose proxy counts; own: the integration's keys. */
static int
use(struct sc_integration *in, const struct origin *o, struct sc_err *e)
{
	const struct sc_proxy_keys *k = o->keys, *list = &in->via;
	struct sc_net *net = &in->net;
	char *host = sc_host_clean(in->origin);
	const char *env = NULL;
	int rc = 0;

	if (list->nexcept == 0)
		list = k;
	if (is_address(k->proxy)) {
		(void)use_address(
		    net, k->proxy, sc_xasprintf("\"proxy\" in %s", o->path));
		if (k->password != NULL)
			net->proxy_secret = sc_xstrdup(k->password);
		if (k->ca_file != NULL)
			net->proxy_ca_file = sc_xstrdup(k->ca_file);
		net->proxy_path = sc_xstrdup(o->path);
	} else if (k->proxy != NULL && strcmp(k->proxy, "env") == 0) {
		rc = use_environment(net, o, e);
		env = variable("NO_PROXY", "no_proxy");
	}
	if (rc == 0 && net->proxy != NULL && host != NULL &&
	    (must_stay(in) || is_excepted(list, host) ||
		(env != NULL && conf_except_matches(env, host))))
		bypass(net);
	free(host);
	return rc;
}

static const struct sc_yaml_field site_fields[] = {
	CONF_PROXY_FIELDS(offsetof(struct sc_site, via)),
};
static const struct sc_yaml_schema site_schema = { .fields = site_fields,
	.nfields = sizeof(site_fields) / sizeof(site_fields[0]) };

static int
read_site(
    struct origin *o, struct sc_site *site, struct sc_buf *b, struct sc_err *e)
{
	if (sc_file_read(o->path, b, e) == -1) {
		if (e->sys != ENOENT)
			return -1;
		*e = (struct sc_err){ 0 };
		return 0;
	}
	o->text = (struct sc_slice){ .p = b->p, .n = b->len };
	if (sc_yaml_parse(o->path, o->text, &site_schema, site, e) == -1)
		return -1;
	return check_keys(o, e);
}

int
conf_net_resolve(const char *confdir, struct sc_integration *in,
    struct sc_slice text, struct sc_err *e)
{
	const struct origin own = {
		.path = in->path, .text = text, .keys = &in->via
	};
	char *path = sc_xasprintf("%s/" SITE_FILE, confdir);
	struct sc_site site = { 0 };
	struct origin all = { .path = path, .keys = &site.via };
	struct sc_buf b;
	int rc;

	sc_buf_init(&b, SC_YAML_MAX_BYTES);
	rc = read_site(&all, &site, &b, e);
	if (rc == 0)
		rc = check_keys(&own, e);
	if (rc == 0)
		rc = use(in, in->via.proxy != NULL ? &own : &all, e);
	sc_yaml_release(&site_schema, &site);
	sc_secret_wipe(&b);
	free(path);
	return rc;
}

void
conf_net_fini(struct sc_net *net)
{
	char *password = net->proxy_password;

	freezero(password, password != NULL ? strlen(password) : 0);
	free(net->proxy);
	free(net->proxy_user);
	free(net->proxy_secret);
	free(net->proxy_path);
	free(net->proxy_ca_file);
	free(net->proxy_from);
}
