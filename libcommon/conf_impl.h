#ifndef CONF_IMPL_H
#define CONF_IMPL_H

#include "sc/buf.h"
#include "sc/conf.h"

/* Private to libcommon/conf*.c: the keys that say how a vendor is reached. */

/* NULL, or what is wrong with the value of a key. */
const char *conf_check_absolute(const char *);
const char *conf_check_pin(const char *);
const char *conf_check_tls_name(const char *);
const char *conf_check_proxy(const char *);
const char *conf_check_except(const char *);

/* The keys of a struct sc_proxy_keys, which is so far from the start. */
#define CONF_PROXY_FIELDS(base)                                                \
	CONF_PROXY_TEXT("proxy", base, proxy, conf_check_proxy),               \
	    CONF_PROXY_TEXT("proxy_password", base, password, NULL),           \
	    CONF_PROXY_TEXT(                                                   \
		"proxy_ca_file", base, ca_file, conf_check_absolute),          \
	{                                                                      \
		.key = "no_proxy", .kind = SC_YAML_LIST, .flags = SC_YAML_ONE, \
		.max = 1024,                                                   \
		.at = (base) + offsetof(struct sc_proxy_keys, except),         \
		.count = (base) + offsetof(struct sc_proxy_keys, nexcept),     \
		.check = conf_check_except                                     \
	}
#define CONF_PROXY_TEXT(k, base, m, what)                         \
	{                                                         \
		.key = (k), .kind = SC_YAML_TEXT, .max = 1024,    \
		.at = (base) + offsetof(struct sc_proxy_keys, m), \
		.check = (what)                                   \
	}

/*
 * A proxy's address in parts: without user and password, and these, decoded,
 * NULL where it has none.
 */
struct conf_proxy {
	char *url, *user, *password;
};
/* Returns NULL, or what is wrong with it; out may be NULL. */
const char *conf_proxy_split(const char *text, struct conf_proxy *out);
void conf_proxy_fini(struct conf_proxy *);
/* True when the URL's host is localhost, ::1 or in 127.0.0.0/8. */
bool conf_is_local(const char *url);

/*
 * True when an entry of no_proxy, or a comma list of them, is about the host
 * (as sc_host_clean() returns it): its name, a domain above it with or without
 * a dot in front, its address, a network ("10.0.0.0/8"), or "*".
 */
bool conf_except_matches(const char *entry, const char *host);

/*
 * Fills in the proxy of in->net, from its own keys or CONFDIR's
 * signal-client.yaml.  text: of the integration's file.
 */
int conf_net_resolve(const char *confdir, struct sc_integration *in,
    struct sc_slice text, struct sc_err *e);
void conf_net_fini(struct sc_net *);

#endif
