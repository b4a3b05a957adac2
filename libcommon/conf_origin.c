#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/buf.h"
#include "sc/conf.h"
#include "sc/mem.h"

/* "https://{region}.gateway.example": the settings in it are no secrets. */
static int
check_url(const struct sc_integration *in, struct sc_err *e)
{
	for (size_t i = 0; i < in->vendor->nsettings; i++) {
		const struct sc_setting *set = &in->vendor->settings[i];

		if (set->kind == SC_SETTING_SECRET &&
		    sc_template_uses(in->url, set->name))
			return sc_fail(e, EX_CONFIG,
			    "{%s} is a secret and has no place in an address",
			    set->name);
	}
	return 0;
}

char *
sc_integration_origin(const struct sc_integration *in, const char *setting,
    const char *value, struct sc_err *e)
{
	const struct sc_vendor *v = in->vendor;
	const char **values = sc_xcalloc(v->nsettings, sizeof(*values));
	char *origin = NULL;
	struct sc_buf b;

	for (size_t i = 0; i < v->nsettings; i++) {
		values[i] = in->values[i];
		if (setting != NULL &&
		    strcmp(v->settings[i].name, setting) == 0)
			values[i] = value;
	}
	sc_buf_init(&b, 1024);
	if (in->url == NULL) {
		if (sc_vendor_expand(v, v->origin, values, NULL, &b, e) == 0)
			origin = sc_xstrdup(sc_buf_str(&b));
	} else if (check_url(in, e) == 0 &&
	    sc_vendor_expand(v, in->url, values, NULL, &b, e) == 0) {
		origin = sc_origin_clean(sc_buf_str(&b), in->allow_http, e);
	}
	sc_buf_fini(&b);
	free(values);
	return origin;
}

char *
sc_realm_default(
    const struct sc_vendor *v, const char *const *values, const char *url)
{
	struct sc_err e;
	struct sc_buf b;
	char *realm = NULL;

	sc_buf_init(&b, 512);
	if (sc_vendor_expand(v, v->origin, values, NULL, &b, &e) == 0)
		realm = sc_host_clean(sc_buf_str(&b));
	else if (url != NULL)
		realm = sc_host_clean(url);
	sc_buf_fini(&b);
	return realm;
}
