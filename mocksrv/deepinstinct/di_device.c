#include <stdio.h>

#include "mocksrv/deepinstinct/di_generate.h"
#include "mocksrv/put.h"

#define DEVICE_PURPOSE 0x6469646576 /* "didev" */
#define SECOND         INT64_C(1000000)
#define DAY            (86400 * SECOND)

/* Who is at the device: nobody, one, several, or no such member at all. */
static void
put_users(const struct di_device *d, struct sc_jw *w)
{
	char text[160];

	if (d->user == NULL || *d->user == '\0') {
		sc_jw_kv(w, "logged_in_users", d->user);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s%s%s%s",
	    d->os == DI_WINDOWS ? d->tenant->domain : "",
	    d->os == DI_WINDOWS ? "\\" : "", d->user,
	    d->number % 5 == 0 ? ", svc_scan" : "");
	mock_put_text(w, "logged_in_users", text);
}

static void
put_directory(const struct di_device *d, struct sc_jw *w)
{
	char dn[128] = "";
	bool joined = d->os == DI_WINDOWS && d->number % 4 != 0;

	if (joined)
		(void)snprintf(dn, sizeof(dn),
		    "CN=%s,OU=Rechner & Räume,DC=%s,DC=example,DC=com", d->host,
		    d->tenant->domain);
	sc_jw_kv(w, "domain", joined ? d->tenant->domain : "");
	if (d->number % 6 == 1)
		mock_put_text(w, "email",
		    d->number % 12 == 1 ? "a.bergstrom@example.com" : NULL);
	sc_jw_kv(w, "distinguished_name", dn);
	put_users(d, w);
}

static void
put_life(const struct di_device *d, struct mock_rng *r, int64_t seen_us,
    struct sc_jw *w)
{
	static const char *const agents[] = { "3.3.1.12", "4.1.0.27",
		"2.3.1.17", "6.0.2.5" };
	static const char *const brains[] = { "122w", "131w", "115wt", "140w" };
	uint64_t version = mock_rng_below(r, 4);

	sc_jw_kv(w, "connectivity_status", d->online ? "ONLINE" : "OFFLINE");
	sc_jw_kv(
	    w, "deployment_status", d->active ? "REGISTERED" : "UNINSTALLED");
	if (d->number % 3 != 0)
		mock_put_time(w, "deployment_status_last_update",
		    d->active ? d->registered_us : seen_us);
	/* The first agents did not have it. */
	if (version != 2)
		sc_jw_kv(w, "license_status",
		    d->active ? "ACTIVATED" : "DEACTIVATED");
	mock_put_time(w, "last_registration", d->registered_us);
	mock_put_time(w, "last_contact", seen_us);
	sc_jw_kv(w, "group_name", d->group.name);
	sc_jw_kvi(w, "group_id", d->group.id);
	sc_jw_kv(w, "policy_name", d->group.policy);
	sc_jw_kvi(w, "policy_id", d->group.policy_id);
	sc_jw_kv(w, "log_status", "NA");
	sc_jw_kv(w, "agent_version", agents[version]);
	sc_jw_kv(w, "brain_version", brains[version]);
}

void
di_device_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	struct mock_rng r = mock_rng_key(p->seed, DEVICE_PURPOSE, i);
	int64_t end = p->start_us + p->span_us, seen;
	struct di_device d;
	struct sc_jw w;

	di_device_make(&d, p->seed, (unsigned)i);
	seen = end - (int64_t)mock_rng_below(&r, (uint64_t)(600 * SECOND));
	if (!d.online)
		seen -= (int64_t)mock_rng_below(&r, (uint64_t)(40 * DAY));
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "id", d.id);
	sc_jw_kv(&w, "os", di_os_name(d.os));
	sc_jw_kv(&w, "osv", d.osv);
	sc_jw_kv(&w, "ip_address", d.ip);
	sc_jw_kv(&w, "mac_address", d.mac);
	sc_jw_kv(&w, "hostname", d.host);
	put_directory(&d, &w);
	sc_jw_kvi(&w, "scanned_files", (int64_t)mock_rng_below(&r, 900000));
	sc_jw_kv(&w, "tag", d.tag);
	if (i % 7 == 3)
		mock_put_text(&w, "comment",
		    i % 2 == 0 ? NULL
			       : "Leihgerät – zurück bis 12/2026\n\"OK\"");
	put_life(&d, &r, seen, &w);
	di_put_tenant(&d, &w);
	sc_jw_end(&w, '}');
}
