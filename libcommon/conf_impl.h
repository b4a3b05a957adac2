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

/* The keys of a struct sc_proxy_keys, member m of struct type t. */
#define CONF_PROXY_FIELDS(t, m)                                                \
	{ .key = "proxy",                                                      \
		.kind = SC_YAML_TEXT,                                          \
		.max = 1024,                                                   \
		.at = offsetof(t, m.proxy),                                    \
		.check = conf_check_proxy },                                   \
	    { .key = "proxy_password",                                         \
		    .kind = SC_YAML_TEXT,                                      \
		    .max = 1024,                                               \
		    .at = offsetof(t, m.password) },                           \
	    { .key = "proxy_ca_file",                                          \
		    .kind = SC_YAML_TEXT,                                      \
		    .at = offsetof(t, m.ca_file),                              \
		    .check = conf_check_absolute },                            \
	{                                                                      \
		.key = "no_proxy", .kind = SC_YAML_LIST, .flags = SC_YAML_ONE, \
		.max = 1024, .at = offsetof(t, m.except),                      \
		.count = offsetof(t, m.nexcept), .check = conf_check_except    \
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
