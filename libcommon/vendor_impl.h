#ifndef VENDOR_IMPL_H
#define VENDOR_IMPL_H

#include "sc/vendor.h"
#include "sc/yaml.h"

/* Private to libcommon/vendor*.c. */

#define VENDOR_KEY_MAX 192

/* True for what stands in braces and is no setting: "date". */
bool vendor_is_word(const char *name);

/* What a template may name beside settings that are no secrets. */
#define VENDOR_SECRETS 1u
#define VENDOR_WORDS   2u
/* EX_CONFIG for a name that is no setting, or not allowed here. */
int vendor_check_template(const struct sc_vendor *, const char *template,
    unsigned allowed, struct sc_err *);

/* Which settings have `values`, and which need them; `at` as below. */
int vendor_check_settings(
    const struct sc_vendor *, char at[VENDOR_KEY_MAX], struct sc_err *);

/* The keys of check; offsets are those of struct sc_vendor. */
extern const struct sc_yaml_schema vendor_probe_schema;
int vendor_check_probes(
    const struct sc_vendor *, char at[VENDOR_KEY_MAX], struct sc_err *);

/* NULL, or what is wrong with a path behind the base. */
const char *vendor_check_path(const char *);
/* NULL, or what is wrong with the name of a header. */
const char *vendor_check_header(const char *);
/* The keys of auth; on failure at is the key to blame, see below. */
int vendor_check_auth(
    const struct sc_vendor *, char at[VENDOR_KEY_MAX], struct sc_err *);

/*
 * What the table of keys cannot say: which of a stream's keys belong
 * together, and whether its paths are some.  Completes the streams.  On
 * failure at is the key to blame, as sc_yaml_blame() wants it.
 */
int vendor_check_streams(
    struct sc_vendor *, char at[VENDOR_KEY_MAX], struct sc_err *);
/* The same for what a stream asks for beside its list: search, beside. */
extern const struct sc_yaml_schema vendor_search_schema; /* of sc_stream */
extern const struct sc_yaml_schema vendor_beside_schema;
int vendor_check_more(const struct sc_vendor *, const struct sc_stream *,
    char at[VENDOR_KEY_MAX], struct sc_err *);

/* EX_CONFIG, with the nearest name that there is; returns -1. */
int vendor_unknown(const char *confdir, const char *name, struct sc_err *e);

#endif
