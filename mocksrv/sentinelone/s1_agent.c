#include <stdio.h>

#include "mocksrv/put.h"
#include "mocksrv/sentinelone/s1_fleet.h"
#include "mocksrv/sentinelone/s1_generate.h"
#include "sc/timefmt.h"

#define AGENT_PURPOSE 0x6167656e74 /* "agent" */
#define SECOND        INT64_C(1000000)
#define DAY           (86400 * SECOND)

/* An agent as the console sees it at the end of the plan. */
struct state {
	struct mock_rng rng;
	struct s1_agent agent;
	int64_t updated_us, seen_us;
	uint64_t threats;
	bool gone; /* decommissioned */
};

static void
make_state(struct state *s, const struct mock_plan *p, uint64_t i)
{
	int64_t slice = s1_slice_us(p);

	s->rng = mock_rng_key(p->seed, AGENT_PURPOSE, i);
	s1_agent_make(&s->agent, p->seed, (unsigned)i);
	s->updated_us = p->start_us + slice * (int64_t)i +
	    (int64_t)mock_rng_below(&s->rng, (uint64_t)slice);
	s->seen_us = s->updated_us - (int64_t)mock_rng_below(&s->rng, SECOND);
	if (!s->agent.active)
		s->seen_us -= (int64_t)mock_rng_below(&s->rng, 20 * DAY);
	s->gone = !s->agent.active && i % 3 == 0;
	s->threats =
	    mock_rng_percent(&s->rng, 12) ? 1 + mock_rng_below(&s->rng, 3) : 0;
}

static void
put_directory(const struct s1_agent *a, struct sc_jw *w)
{
	char dn[96];
	bool joined = a->os->family == S1_WINDOWS && a->number % 4 != 0;

	(void)snprintf(dn, sizeof(dn),
	    "CN=%s,OU=Rechner,DC=nordwind,DC=example,DC=com", a->name);
	sc_jw_key(w, "activeDirectory");
	sc_jw_obj(w);
	mock_put_text(w, "computerDistinguishedName", joined ? dn : NULL);
	if (joined)
		mock_put_strings(w, "computerMemberOf", "CN=Clients", NULL);
	else
		mock_put_null(w, "computerMemberOf");
	mock_put_null(w, "lastUserDistinguishedName");
	mock_put_strings(w, "lastUserMemberOf", NULL, NULL);
	mock_put_text(w, "mail", a->user->mail);
	mock_put_null(w, "userPrincipalName");
	sc_jw_end(w, '}');
}

static void
put_hardware(struct state *s, struct sc_jw *w)
{
	static const char *const models[] = { "Example Corp. - Model 7420",
		"Example Corp. - Rack 2U", "QEMU - Standard PC", "" };
	const struct s1_agent *a = &s->agent;
	int64_t cores = 1 << mock_rng_below(&s->rng, 5);
	char serial[17];

	mock_random_hex(&s->rng, serial, 16);
	sc_jw_kvi(w, "coreCount", cores);
	sc_jw_kvi(w, "cpuCount", cores > 8 ? 2 : 1);
	sc_jw_kv(w, "cpuId", "Example CPU v3 @ 2.60GHz");
	sc_jw_kv(w, "machineType", a->os->machine);
	sc_jw_kv(w, "modelName", models[a->number % 4]);
	mock_put_text(w, "serialNumber", a->number % 7 != 0 ? serial : NULL);
	sc_jw_kvi(w, "totalMemory", cores * 2048 - 1);
	mock_put_null(w, "storageName");
	mock_put_null(w, "storageType");
}

static void
put_system(const struct state *s, struct sc_jw *w)
{
	const struct s1_agent *a = &s->agent;
	const bool windows = a->os->family == S1_WINDOWS;
	char start[SC_TIME_BUF];

	sc_jw_kv(w, "computerName", a->name);
	sc_jw_kv(w, "domain", a->domain);
	sc_jw_kv(w, "osArch", a->number % 9 == 0 ? "ARM64" : "64 bit");
	sc_jw_kv(w, "osName", a->os->name);
	sc_jw_kv(w, "osRevision", a->os->revision);
	/* Unlike the console's own times this one has no fraction. */
	sc_jw_kv(
	    w, "osStartTime", sc_time_format(s->seen_us - 3 * DAY, 0, start));
	sc_jw_kv(w, "osType", a->os->type);
	mock_put_text(w, "osUsername",
	    windows || a->user->login[0] == '\0' ? NULL : a->user->login);
	sc_jw_kv(w, "installerType",
	    windows                         ? ".msi"
		: a->os->family == S1_MACOS ? ".pkg"
					    : ".deb");
	sc_jw_kv(w, "lastLoggedInUserName", a->user->login);
}

static void
put_network(const struct state *s, struct sc_jw *w)
{
	const struct s1_agent *a = &s->agent;

	sc_jw_kv(w, "externalIp", a->external);
	mock_put_bool(w, "firewallEnabled", a->number % 5 != 0);
	sc_jw_kv(w, "groupIp", "203.0.113.x");
	sc_jw_kv(w, "lastIpToMgmt", a->external);
	mock_put_bool(w, "locationEnabled", true);
	sc_jw_kv(w, "locationType", "fallback");
	s1_agent_put_interfaces(a, w);
	mock_put_bool(w, "networkQuarantineEnabled", false);
	sc_jw_kv(w, "networkStatus", a->active ? "connected" : "disconnected");
	mock_put_null(w, "proxyStates");
}

static void
put_protection(const struct state *s, struct sc_jw *w)
{
	const struct s1_agent *a = &s->agent;
	bool reboot = a->number % 11 == 0;

	sc_jw_kvi(w, "activeThreats", (int64_t)s->threats);
	mock_put_bool(w, "allowRemoteShell", a->number % 6 == 0);
	sc_jw_kv(w, "appsVulnerabilityStatus",
	    a->number % 3 == 0 ? "patch_required" : "up_to_date");
	sc_jw_kv(w, "consoleMigrationStatus", "N/A");
	mock_put_text(
	    w, "detectionState", a->number % 3 == 0 ? NULL : "full_mode");
	mock_put_bool(w, "encryptedApplications", a->number % 2 == 0);
	mock_put_bool(w, "inRemoteShellSession", false);
	mock_put_bool(w, "infected", s->threats > 0);
	sc_jw_kv(
	    w, "mitigationMode", a->number % 4 == 0 ? "detect" : "protect");
	sc_jw_kv(w, "mitigationModeSuspicious", "detect");
	if (a->number % 2 == 0)
		mock_put_null(w, "missingPermissions");
	else
		mock_put_strings(w, "missingPermissions", NULL, NULL);
	sc_jw_kv(w, "operationalState", "na");
	mock_put_null(w, "operationalStateExpiration");
	sc_jw_kv(w, "rangerStatus", "NotApplicable");
	mock_put_null(w, "rangerVersion");
	sc_jw_kv(w, "remoteProfilingState", "disabled");
	mock_put_null(w, "remoteProfilingStateExpiration");
	mock_put_bool(w, "threatRebootRequired", reboot);
	mock_put_strings(
	    w, "userActionsNeeded", reboot ? "reboot_needed" : NULL, NULL);
}

static void
put_life(const struct state *s, struct sc_jw *w)
{
	const struct s1_agent *a = &s->agent;

	sc_jw_kv(w, "agentVersion", a->version);
	mock_put_time(w, "createdAt", a->registered_us + 4711);
	mock_put_null(w, "groupUpdatedAt");
	mock_put_bool(w, "isActive", a->active);
	mock_put_bool(w, "isDecommissioned", s->gone);
	mock_put_bool(w, "isPendingUninstall", false);
	mock_put_bool(w, "isUninstalled", s->gone && a->number % 2 == 0);
	mock_put_bool(w, "isUpToDate", a->version[1] == '4');
	mock_put_time(w, "lastActiveDate", s->seen_us);
	mock_put_null(w, "policyUpdatedAt");
	mock_put_time(w, "registeredAt", a->registered_us);
	s1_agent_put_scan(a, w);
	mock_put_time(w, "updatedAt", s->updated_us);
}

static void
put_tags(const struct s1_agent *a, struct sc_jw *w)
{
	sc_jw_key(w, "tags");
	sc_jw_obj(w);
	sc_jw_key(w, "sentinelone");
	sc_jw_arr(w);
	if (a->number % 4 == 1) {
		sc_jw_obj(w);
		mock_put_time(w, "assignedAt", a->registered_us + DAY);
		sc_jw_kv(w, "assignedBy", "Jürgen Beispiel");
		sc_jw_kv(w, "assignedById", "1290568698312097301");
		sc_jw_kv(w, "id", "1290568698312097302");
		sc_jw_kv(w, "key", "Abteilung");
		sc_jw_kv(w, "value", "Einkauf");
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
}

/* What opens the door to the console: no collector may let it through. */
static void
put_license(struct state *s, struct sc_jw *w)
{
	char hex[25], key[48];

	mock_random_hex(&s->rng, hex, 24);
	(void)snprintf(key, sizeof(key), "example-license-%s", hex);
	sc_jw_kv(w, "licenseKey", key);
}

void
s1_agent_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	struct state s = { 0 };
	struct sc_jw w;

	make_state(&s, p, i);
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "id", s.agent.id);
	sc_jw_kv(&w, "uuid", s.agent.uuid);
	sc_jw_kv(&w, "externalId", "");
	s1_agent_put_place(&s.agent, &w);
	put_directory(&s.agent, &w);
	put_hardware(&s, &w);
	put_system(&s, &w);
	put_network(&s, &w);
	put_protection(&s, &w);
	put_life(&s, &w);
	s1_agent_put_cloud(&s.agent, &w);
	put_tags(&s.agent, &w);
	put_license(&s, &w);
	sc_jw_end(&w, '}');
}
