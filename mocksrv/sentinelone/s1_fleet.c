#include <inttypes.h>
#include <stdio.h>

#include "mocksrv/sentinelone/s1_fleet.h"

#define FLEET_PURPOSE 0x666c656574 /* "fleet" */
#define DAY_US        (INT64_C(86400) * 1000000)
/* Agents were installed before any plan that people use begins. */
#define REGISTERED_US (INT64_C(1735689600) * 1000000)

#define ID_RANGE UINT64_C(100000000000)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct s1_site sites[] = {
	{ "1290568698312097001", "Nordwind Logistics", "1290568698312097110",
	    "Hamburg", "1290568698312097211", "Default Group" },
	{ "1290568698312097001", "Nordwind Logistics", "1290568698312097110",
	    "Hamburg", "1290568698312097212", "Servers" },
	{ "1290568698312097001", "Nordwind Logistics", "1290568698312097120",
	    "Kraków – Łódź", "1290568698312097221", "Default Group" },
	{ "1290568698312097001", "Nordwind Logistics", "1290568698312097130",
	    "東京", "1290568698312097231", "営業" },
	{ "1290568698312097002", "Example Clinics", "1290568698312097140",
	    "Default site", "1290568698312097241", "Default Group" },
};

/* By the last digit of the agent's number. */
static const struct s1_os systems[10] = {
	{ S1_WINDOWS, "windows", "Windows 11 Pro", "22631", "desktop" },
	{ S1_WINDOWS, "windows", "Windows 11 Pro", "26100", "laptop" },
	{ S1_WINDOWS, "windows", "Windows 10 Enterprise", "19045", "laptop" },
	{ S1_WINDOWS, "windows", "Windows Server 2022 Standard", "20348",
	    "server" },
	{ S1_WINDOWS, "windows_legacy", "Windows Server 2008 R2 Standard",
	    "7601", "server" },
	{ S1_WINDOWS, "windows", "Windows 10 Pro", "19044", "desktop" },
	{ S1_LINUX, "linux", "Linux",
	    "Debian GNU/Linux 12 (bookworm) "
	    "6.1.0-18-amd64",
	    "server" },
	{ S1_LINUX, "linux", "Linux", "Ubuntu 22.04.4 LTS 5.15.0-101-generic",
	    "kubernetes node" },
	{ S1_MACOS, "macos", "macOS", "14.4.1 (23E224)", "laptop" },
	{ S1_WINDOWS, "windows", "Windows 11 Enterprise", "22631", "unknown" },
};

static const enum s1_net nets[] = { S1_NET_PLAIN, S1_NET_PLAIN, S1_NET_MANY,
	S1_NET_PLAIN, S1_NET_INTERFACE, S1_NET_MANY, S1_NET_IPV6, S1_NET_PLAIN,
	S1_NET_EXTERNAL, S1_NET_PLAIN, S1_NET_MANY };

static const struct s1_user users[] = {
	{ "a.bergstrom", "a.bergstrom@nordwind.example.com" },
	{ "zoë.müller", "zoe.mueller@nordwind.example.com" },
	{ "łukasz.żak", NULL },
	{ "tanaka.愛", "ai.tanaka@nordwind.example.com" },
	{ "svc_backup", NULL },
	{ "Administrator", NULL },
	{ "o'brien", "obrien@clinics.example.com" },
	{ "Жанна Иванова", "z.ivanova@clinics.example.com" },
	{ "m.dupré", "m.dupre@clinics.example.com" },
	{ "", NULL },
};

static const char *const versions[] = { "23.4.4.223", "24.1.2.6", "22.3.5.887",
	"24.2.3.471" };

enum s1_family
s1_agent_family(unsigned number)
{
	return systems[number % COUNT(systems)].family;
}

static void
make_name(struct s1_agent *a)
{
	static const char *const prefixes[] = { "DESKTOP-", "LAPTOP-", "NB-",
		"SRV-", "LEGACY-", "WS-", "debian-", "k8s-node-", "MacBook-",
		"BÜRO-" };

	(void)snprintf(a->name, sizeof(a->name), "%s%04X",
	    prefixes[a->number % COUNT(systems)], a->number * 2477U & 0xffff);
}

/* Behind the fleet there may be many agents: no chance of equal ids. */
static void
make_id(struct s1_agent *a, struct mock_rng *r)
{
	uint64_t low = mock_rng_below(r, ID_RANGE);

	if (a->number < S1_FLEET)
		(void)snprintf(
		    a->id, sizeof(a->id), "15593424%011" PRIu64, low);
	else
		(void)snprintf(a->id, sizeof(a->id), "15593425%011" PRIu64,
		    a->number * UINT64_C(7368787) % ID_RANGE);
}

void
s1_agent_make(struct s1_agent *a, uint64_t seed, unsigned number)
{
	struct mock_rng r = mock_rng_key(seed, FLEET_PURPOSE, number);

	*a = (struct s1_agent){ .number = number };
	a->os = &systems[number % COUNT(systems)];
	a->net = nets[number % COUNT(nets)];
	a->site = &sites[mock_rng_below(&r, COUNT(sites))];
	a->user = &users[mock_rng_below(&r, COUNT(users))];
	a->version = versions[mock_rng_below(&r, COUNT(versions))];
	a->domain = a->os->family == S1_WINDOWS ? "NORDWIND" : "unknown";
	a->registered_us = REGISTERED_US +
	    (int64_t)mock_rng_below(&r, (uint64_t)(300 * DAY_US));
	a->active = mock_rng_percent(&r, 85);
	a->cloud = a->os->family == S1_LINUX && mock_rng_percent(&r, 60);
	make_id(a, &r);
	(void)snprintf(
	    a->external, sizeof(a->external), "203.0.113.%u", number % 254 + 1);
	make_name(a);
	if (number % 2 == 0)
		mock_random_uuid(&r, a->uuid);
	else
		mock_random_hex(&r, a->uuid, 32);
}

void
s1_agent_put_place(const struct s1_agent *a, struct sc_jw *w)
{
	const struct s1_site *s = a->site;

	sc_jw_kv(w, "accountId", s->account_id);
	sc_jw_kv(w, "accountName", s->account);
	sc_jw_kv(w, "groupId", s->group_id);
	sc_jw_kv(w, "groupName", s->group);
	sc_jw_kv(w, "siteId", s->site_id);
	sc_jw_kv(w, "siteName", s->site);
}

void
s1_agent_put_cloud(const struct s1_agent *a, struct sc_jw *w)
{
	char id[32];

	sc_jw_key(w, "cloudProviders");
	sc_jw_obj(w);
	if (a->cloud) {
		sc_jw_key(w, "AWS");
		sc_jw_obj(w);
		(void)snprintf(id, sizeof(id), "i-0%016x", a->number * 7919);
		sc_jw_kv(w, "cloudAccount", "123456789012");
		sc_jw_kv(w, "cloudImage", "ami-00000000example");
		sc_jw_kv(w, "cloudInstanceId", id);
		sc_jw_kv(w, "cloudInstanceSize", "m5.large");
		sc_jw_kv(w, "cloudLocation", "eu-central-1");
		sc_jw_kv(w, "cloudNetwork", "vpc-0example");
		mock_put_strings(w, "awsSecurityGroups", "sg-0example", NULL);
		mock_put_strings(
		    w, "awsSubnetIds", "subnet-0example", "subnet-1example");
		mock_put_strings(w, "cloudTags", "team:plattform", NULL);
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, '}');
}

void
s1_agent_put_detection(const struct s1_agent *a, struct sc_jw *w)
{
	char ip4[48] = "", ip6[64] = "";

	if (a->net == S1_NET_PLAIN)
		(void)snprintf(
		    ip4, sizeof(ip4), "192.0.2.%u", a->number % 254 + 1);
	else if (a->net == S1_NET_MANY)
		(void)snprintf(ip4, sizeof(ip4), "192.0.2.%u,172.17.0.1",
		    a->number % 254 + 1);
	if (a->net == S1_NET_MANY)
		(void)snprintf(ip6, sizeof(ip6),
		    "2001:db8:0:1::%x,fe80::200:5eff:fe00:53%02x", a->number,
		    a->number);
	else if (a->net == S1_NET_IPV6)
		(void)snprintf(ip6, sizeof(ip6), "2001:db8:0:6::%x", a->number);
	sc_jw_obj(w);
	s1_agent_put_place(a, w);
	mock_put_text(
	    w, "agentDetectionState", a->number % 3 == 0 ? NULL : "full_mode");
	sc_jw_kv(w, "agentDomain", a->domain);
	sc_jw_kv(w, "agentIpV4", ip4);
	sc_jw_kv(w, "agentIpV6", ip6);
	mock_put_null(w, "agentLastLoggedInUpn");
	mock_put_text(w, "agentLastLoggedInUserMail", a->user->mail);
	sc_jw_kv(w, "agentLastLoggedInUserName", a->user->login);
	sc_jw_kv(w, "agentMitigationMode",
	    a->number % 4 == 0 ? "detect" : "protect");
	sc_jw_kv(w, "agentOsName", a->os->name);
	sc_jw_kv(w, "agentOsRevision", a->os->revision);
	mock_put_time(w, "agentRegisteredAt", a->registered_us);
	sc_jw_kv(w, "agentUuid", a->uuid);
	sc_jw_kv(w, "agentVersion", a->version);
	sc_jw_kv(w, "assetVersion", "");
	s1_agent_put_cloud(a, w);
	sc_jw_kv(w, "externalIp", a->external);
	sc_jw_end(w, '}');
}

struct interface {
	const char *name, *mac, *inet, *inet2, *inet6;
};

static void
put_interface(
    const struct s1_agent *a, const struct interface *i, struct sc_jw *w)
{
	char id[24];

	(void)snprintf(id, sizeof(id), "15593424%04u%07u", a->number,
	    (unsigned)(unsigned char)i->name[0] * 65537U % 10000000U);
	sc_jw_obj(w);
	sc_jw_kv(w, "id", id);
	mock_put_strings(w, "inet", i->inet, i->inet2);
	mock_put_strings(w, "inet6", i->inet6, NULL);
	sc_jw_kv(w, "name", i->name);
	sc_jw_kv(w, "physical", i->mac);
	sc_jw_end(w, '}');
}

/* The ways in which MAC addresses are written in the field. */
static void
format_mac(const struct s1_agent *a, char mac[18])
{
	unsigned last = a->number & 0xff;

	if (a->number % 3 == 0)
		(void)snprintf(mac, 18, "00:00:5e:00:53:%02x", last);
	else if (a->number % 3 == 1)
		(void)snprintf(mac, 18, "00:00:5E:00:53:%02X", last);
	else
		(void)snprintf(mac, 18, "00-00-5E-00-53-%02X", last);
}

void
s1_agent_put_interfaces(const struct s1_agent *a, struct sc_jw *w)
{
	const bool windows = a->os->family == S1_WINDOWS;
	char mac[18], inet[16], inet6[40];
	struct interface i = { .name = windows ? "Ethernet" : "eth0",
		.mac = mac,
		.inet = inet,
		.inet6 = inet6 };

	format_mac(a, mac);
	(void)snprintf(inet, sizeof(inet), "192.0.2.%u", a->number % 254 + 1);
	(void)snprintf(inet6, sizeof(inet6), "2001:db8:0:%d::%x",
	    a->net == S1_NET_IPV6 ? 6 : 1, a->number);
	sc_jw_key(w, "networkInterfaces");
	sc_jw_arr(w);
	if (a->net == S1_NET_MANY) {
		const struct interface lo = { .name = "lo",
			.mac = "00:00:00:00:00:00",
			.inet = "127.0.0.1",
			.inet6 = "::1" };
		const struct interface docker = { .name = "docker0",
			.mac = "02:42:00:00:53:01",
			.inet = "172.17.0.1" };

		put_interface(a, &lo, w);
		put_interface(a, &docker, w);
	}
	if (a->net == S1_NET_INTERFACE)
		i.inet2 = "169.254.10.7";
	if (a->net == S1_NET_IPV6)
		i.inet = NULL;
	if (a->net == S1_NET_PLAIN)
		i.inet6 = NULL;
	if (a->net != S1_NET_EXTERNAL)
		put_interface(a, &i, w);
	sc_jw_end(w, ']');
}

void
s1_agent_put_scan(const struct s1_agent *a, struct sc_jw *w)
{
	bool finished = a->number % 4 != 0;
	int64_t begin = a->registered_us + 3600 * INT64_C(1000000) + 7;

	mock_put_null(w, "scanAbortedAt");
	if (finished) {
		mock_put_time(w, "scanFinishedAt", begin + DAY_US / 12);
		mock_put_time(w, "scanStartedAt", begin);
	} else {
		mock_put_null(w, "scanFinishedAt");
		mock_put_null(w, "scanStartedAt");
	}
	sc_jw_kv(w, "scanStatus", finished ? "finished" : "none");
}

void
s1_agent_put_realtime(
    const struct s1_agent *a, struct mock_rng *r, struct sc_jw *w)
{
	uint64_t threats = mock_rng_below(r, 4);
	bool reboot = a->number % 11 == 0;

	sc_jw_obj(w);
	s1_agent_put_place(a, w);
	sc_jw_kvi(w, "activeThreats", (int64_t)threats);
	sc_jw_kv(w, "agentComputerName", a->name);
	if (a->number % 13 == 0)
		mock_put_bool(w, "agentDecommissionedAt", false);
	else
		mock_put_null(w, "agentDecommissionedAt");
	sc_jw_kv(w, "agentDomain", a->domain);
	sc_jw_kv(w, "agentId", a->id);
	mock_put_bool(w, "agentInfected", threats > 0);
	mock_put_bool(w, "agentIsActive", a->active);
	mock_put_bool(w, "agentIsDecommissioned", false);
	sc_jw_kv(w, "agentMachineType", a->os->machine);
	sc_jw_kv(w, "agentMitigationMode",
	    a->number % 4 == 0 ? "detect" : "protect");
	sc_jw_kv(
	    w, "agentNetworkStatus", a->active ? "connected" : "disconnected");
	sc_jw_kv(w, "agentOsName", a->os->name);
	sc_jw_kv(w, "agentOsRevision", a->os->revision);
	sc_jw_kv(w, "agentOsType", a->os->type);
	sc_jw_kv(w, "agentUuid", a->uuid);
	sc_jw_kv(w, "agentVersion", a->version);
	s1_agent_put_interfaces(a, w);
	sc_jw_kv(w, "operationalState", "na");
	mock_put_bool(w, "rebootRequired", reboot);
	s1_agent_put_scan(a, w);
	mock_put_null(w, "storageName");
	mock_put_null(w, "storageType");
	mock_put_strings(
	    w, "userActionsNeeded", reboot ? "reboot_needed" : NULL, NULL);
	sc_jw_end(w, '}');
}
