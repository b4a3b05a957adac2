#include <stdio.h>
#include <string.h>

#include "mocksrv/deepinstinct/di_fleet.h"

#define FLEET_PURPOSE 0x6469666c656574 /* "difleet" */
#define DAY_US        (INT64_C(86400) * 1000000)
/* Devices were registered before any plan that people use begins. */
#define REGISTERED_US (INT64_C(1735689600) * 1000000)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name; /* in the API */
	const char *title;
} oses[DI_OSES] = {
	[DI_ANDROID] = { "ANDROID", "Android" },
	[DI_IOS] = { "IOS", "iOS" },
	[DI_WINDOWS] = { "WINDOWS", "Windows" },
	[DI_MAC] = { "MAC", "Mac" },
	[DI_CHROME] = { "CHROME", "Chrome OS" },
	[DI_LINUX] = { "LINUX", "Linux" },
	[DI_AGENTLESS] = { "NETWORK_AGENTLESS", "Network Agentless" },
};

const struct di_msp di_msps[DI_MSPS] = {
	{ 1, "Nordwind Managed Security" },
	{ 4, "Przykład & Söhne MSSP" },
};

const struct di_tenant di_tenants[DI_TENANTS] = {
	{ 1, "Nordwind Logistics", &di_msps[0], "NORDWIND" },
	{ 2, "Example Clinics", &di_msps[0], "CLINICS" },
	{ 5, "Kraków – Łódź", &di_msps[1], "KRK" },
	{ 9, "東京営業所", &di_msps[1], "TOKYO" },
};

/* By the number of the device. */
static const struct {
	enum di_os os;
	bool server;
	const char *osv, *prefix;
} systems[] = {
	{ DI_WINDOWS, false, "Windows 11 Pro 23H2", "WS-" },
	{ DI_WINDOWS, false, "Windows 10 Enterprise 22H2", "NB-" },
	{ DI_WINDOWS, true, "Windows Server 2022 Standard", "SRV-" },
	{ DI_MAC, false, "macOS 14.4.1", "MacBook-" },
	{ DI_WINDOWS, false, "Windows 11 Enterprise 24H2", "BÜRO-" },
	{ DI_LINUX, false, "Ubuntu 22.04.4 LTS", "web-" },
	{ DI_WINDOWS, true, "Windows Server 2012 R2 Standard", "LEGACY-" },
	{ DI_ANDROID, false, "14", "Pixel " },
	{ DI_WINDOWS, false, "Windows 10 Pro 21H2", "営業-" },
	{ DI_CHROME, false, "ChromeOS 122.0", "kiosk-" },
	{ DI_WINDOWS, false, "Windows 11 Pro 24H2", "LAPTOP-" },
	{ DI_IOS, false, "17.4", "iPhone " },
	{ DI_AGENTLESS, false, "", "nas-" },
};

static const struct {
	const char *login;
	bool known;
} users[] = {
	{ "a.bergstrom", true },
	{ "zoë.müller", true },
	{ "łukasz.żak", true },
	{ "tanaka.愛", true },
	{ "svc_backup", true },
	{ "Administrator", true },
	{ "o'brien", true },
	{ "Жанна Иванова", true },
	{ "Public", false },
};

static const char *const tags[] = { "", "", "", "finance", "Außendienst",
	"tier-0;\"critical\"" };

const char *
di_os_name(enum di_os os)
{
	return oses[os].name;
}

void
di_group_make(struct di_group *g, unsigned i)
{
	unsigned kind = i % (DI_OSES + 1);
	const char *kind_of = "Default";

	*g = (struct di_group){ .id = (int)i + 1,
		.policy_id = (int)i + 1,
		.os = kind < DI_OSES ? (enum di_os)kind : DI_WINDOWS,
		.msp = &di_msps[i / (DI_OSES + 1)],
		.is_default = kind < DI_OSES };
	if (!g->is_default)
		kind_of = "Server";
	(void)snprintf(g->name, sizeof(g->name), "%s %s Group",
	    oses[g->os].title, kind_of);
	(void)snprintf(g->policy, sizeof(g->policy), "%s %s Policy",
	    oses[g->os].title, kind_of);
}

enum di_os
di_device_os(unsigned number)
{
	return systems[number % COUNT(systems)].os;
}

/* The ways in which addresses are written in the field. */
static void
make_addresses(struct di_device *d)
{
	unsigned n = d->number, low = n & 0xff;

	if (n % 11 == 4)
		(void)strlcpy(d->mac, "00:00:00:00:00:00", sizeof(d->mac));
	else if (n % 3 == 1)
		(void)snprintf(
		    d->mac, sizeof(d->mac), "00:00:5E:00:53:%02X", low);
	else
		(void)snprintf(
		    d->mac, sizeof(d->mac), "00:00:5e:00:53:%02x", low);
	if (n % 17 == 5)
		(void)snprintf(d->ip, sizeof(d->ip), "2001:db8:0:6::%x", n);
	else if (n % 3 == 0)
		(void)snprintf(d->ip, sizeof(d->ip), "192.0.2.%u", n % 254 + 1);
	else if (n % 19 != 7)
		(void)snprintf(d->ip, sizeof(d->ip), "10.20.%u.%u",
		    n / 250 % 250, n % 250 + 1);
}

void
di_device_make(struct di_device *d, uint64_t seed, unsigned number)
{
	struct mock_rng r = mock_rng_key(seed, FLEET_PURPOSE, number);
	size_t system = number % COUNT(systems);
	size_t user = mock_rng_below(&r, COUNT(users));
	size_t tenant = mock_rng_below(&r, DI_TENANTS);
	unsigned kind;

	/* Some were removed: their ids are free for ever. */
	*d = (struct di_device){ .number = number,
		.id = number + 1 + number / 9 };
	d->os = systems[system].os;
	d->osv = systems[system].osv;
	d->tenant = &di_tenants[tenant];
	d->is_tenant = number % 16 != 15;
	kind = systems[system].server ? DI_OSES : (unsigned)d->os;
	di_group_make(&d->group,
	    (unsigned)(d->tenant->msp - di_msps) * (DI_OSES + 1) + kind);
	d->login = users[user].login;
	d->user = users[user].known ? d->login : number % 2 == 0 ? "" : NULL;
	d->tag = tags[mock_rng_below(&r, COUNT(tags))];
	d->registered_us = REGISTERED_US +
	    (int64_t)mock_rng_below(&r, (uint64_t)(300 * DAY_US));
	d->online = mock_rng_percent(&r, 80);
	d->active = d->online || !mock_rng_percent(&r, 30);
	(void)snprintf(d->host, sizeof(d->host), "%s%04X",
	    systems[system].prefix, number * 2477U & 0xffff);
	make_addresses(d);
}
