#ifndef SC_CONF_H
#define SC_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/err.h"
#include "sc/net.h"
#include "sc/vendor.h"

/* Names of integrations: [a-z0-9][a-z0-9_-]{0,62}. */
#define SC_NAME_MAX 63
bool sc_name_valid(const char *);

/* A stream as this integration wants it. */
struct sc_stream_conf {
	const struct sc_stream *def; /* the vendor's description */
	int64_t interval_ms;
	bool enabled;
};

/* What a file says about a proxy. */
struct sc_proxy_keys {
	char *proxy;    /* an address, "none", "env"; NULL: nothing */
	char *password; /* a reference */
	char *ca_file;
	char **except; /* no_proxy */
	size_t nexcept;
};

/* signal-client.yaml: what counts for all integrations. */
struct sc_site {
	struct sc_proxy_keys via;
};

/* integrations.d/NAME.yaml, checked, with defaults filled in. */
struct sc_integration {
	char *name;
	char *path; /* the file */
	struct sc_vendor *vendor;
	bool enabled;
	char *url;   /* replaces the vendor's origin, or NULL; a template */
	char *realm; /* never NULL: default is the cleaned lower-case host */
	char *tenant, *org_id, *label; /* NULL where not set */
	struct sc_proxy_keys via;      /* its own; */
	struct sc_net net;             /* how it is reached */
	bool allow_http;
	char *keep, *drop; /* jq expressions, or NULL */
	char **values;     /* per vendor setting: text or reference, or NULL */
	char *origin;      /* "https://host[:port]", from url or the vendor */
	struct sc_stream_conf *streams; /* one per vendor stream, same order */
	size_t nstreams;
};

/*
 * Loads one integration and its vendor.  EX_CONFIG for anything wrong in the
 * files (file:line:column, nearest valid word); an unknown NAME lists what
 * there is.  The result is the caller's.
 */
struct sc_integration *sc_integration_load(
    const char *confdir, const char *name, struct sc_err *e);
void sc_integration_free(struct sc_integration *);

/* Path of the file that is or would be the integration's.  Caller's. */
char *sc_integration_path(const char *confdir, const char *name);

/* True for NAME.yaml with a valid NAME. */
bool sc_integration_is_file(const char *file);

/*
 * The address of the vendor if one of the settings had this value; NULL for
 * setting: as it is.  NULL and EX_CONFIG where that is none.  Caller's.
 */
char *sc_integration_origin(const struct sc_integration *, const char *setting,
    const char *value, struct sc_err *);

/* The value of a vendor setting by name, NULL where not set. */
const char *sc_integration_value(const struct sc_integration *, const char *);

/* Names of all integration files, sorted. */
int sc_integration_list(
    const char *confdir, char ***names, size_t *n, struct sc_err *e);
void sc_names_free(char **names, size_t n);
void sc_names_add(char ***names, size_t *n, char *name); /* takes it over */
void sc_names_sort(char **names, size_t n);

/*
 * Splits "NAME" or "NAME.STREAM", loads the integration, sets *stream to the
 * wanted stream or NULL for all; EX_USAGE for a malformed name, EX_CONFIG for
 * an unknown stream (nearest valid word).
 */
struct sc_integration *sc_target_load(const char *confdir, const char *target,
    const struct sc_stream_conf **stream, struct sc_err *e);

/*
 * Host name out of what people paste: scheme, user, path, port, blanks and
 * letters' case removed.  NULL if nothing usable is left.  Caller's.
 */
char *sc_host_clean(const char *text);
/*
 * The account's name where the file has none: the host of the vendor's
 * address, or of url where the settings do not give one.  NULL if neither has
 * a host.  Caller's.
 */
char *sc_realm_default(
    const struct sc_vendor *, const char *const *values, const char *url);
/* NULL, or what is wrong with the value of a host setting ("has no ..."). */
const char *sc_host_check(const char *text);
/*
 * "scheme://host[:port]" out of a url setting, without a default port.  NULL
 * and EX_CONFIG when it is not http or https, has a user or a path, or is
 * plain http to something else than loopback without allow_http.
 */
char *sc_origin_clean(const char *url, bool allow_http, struct sc_err *e);

/* The word of the list nearest to `word`, NULL if none is near. */
const char *sc_nearest(const char *word, const char *const *list, size_t n);

#endif
