#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mocksrv/darktrace/dt_world.h"
#include "sc/timefmt.h"

#define DEVICE_PURPOSE 0x646576696365 /* "device" */
#define DAY_MS         (INT64_C(86400) * 1000)
/* Devices were seen before any plan that people use begins. */
#define FIRST_MS INT64_C(1735689600000)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const users[] = { "jane.doe", "o'brien", "zoë.müller",
	"tanaka.愛", "svc_backup", "łukasz.żak", "Жанна" };

void
dt_open(struct sc_jw *w, const char *key, char bracket)
{
	sc_jw_key(w, key);
	if (bracket == '[')
		sc_jw_arr(w);
	else
		sc_jw_obj(w);
}

void
dt_put_thousandths(struct sc_jw *w, const char *key, int64_t n)
{
	char text[32];

	(void)snprintf(
	    text, sizeof(text), "%" PRId64 ".%03" PRId64, n / 1000, n % 1000);
	sc_jw_kvraw(w, key, sc_slice_of(text));
}

void
dt_random_uuid(struct mock_rng *r, char out[DT_UUID_BUF])
{
	mock_random_hex(r, out, DT_UUID_BUF - 1);
	out[8] = out[13] = out[18] = out[23] = '-';
	out[14] = '4';
}

static void
name_device(struct dt_device *d)
{
	static const char *const modules[] = { "Office365", "Slack", "Zoom",
		"AzureActiveDirectory" };
	const char *user = users[d->number / DT_KINDS % COUNT(users)];
	unsigned n = d->number;

	switch (d->kind) {
	case DT_DESKTOP:
	case DT_LAPTOP:
		(void)snprintf(d->hostname, sizeof(d->hostname),
		    "%s-%04x.corp.example.com",
		    d->kind == DT_LAPTOP ? "nb" : "ws", n * 2477U & 0xffff);
		break;
	case DT_CSENSOR:
		(void)snprintf(d->hostname, sizeof(d->hostname), "LT-%05u",
		    n * 7919U % 100000U);
		break;
	case DT_SERVER:
		(void)snprintf(d->hostname, sizeof(d->hostname),
		    "srv-büro-%u.corp.example.com", n);
		break;
	case DT_HIDDEN:
		(void)snprintf(d->hostname, sizeof(d->hostname),
		    "#%u.corp.example.com", 10442U + n * 131U);
		break;
	case DT_SAAS:
		(void)snprintf(d->hostname, sizeof(d->hostname),
		    "SaaS::%s: %s.%u@example.com",
		    modules[n / DT_KINDS % COUNT(modules)], user, n);
		break;
	case DT_DNS:
	case DT_BARE:
	case DT_KINDS:
	default:
		break;
	}
}

void
dt_device_make(struct dt_device *d, uint64_t seed, unsigned number)
{
	struct mock_rng r = mock_rng_key(seed, DEVICE_PURPOSE, number);
	unsigned host = number % 250 + 2, net = number / 250 % 250;

	*d = (struct dt_device){ .number = number,
		.did = (int)number + 1,
		.kind = (enum dt_device_kind)(number % DT_KINDS),
		.sid = (int)(number % 7) + 1 };
	d->first_ms = FIRST_MS +
	    (int64_t)mock_rng_below(&r, UINT64_C(300) * 86400) * 1000;
	if (d->kind == DT_CSENSOR)
		d->sid = -11;
	if (d->kind == DT_SAAS)
		d->sid = -9;
	name_device(d);
	if (d->kind == DT_HIDDEN)
		(void)snprintf(
		    d->ip, sizeof(d->ip), "10.0.%u.#%u", net, 28000 + host);
	else if (d->kind != DT_SAAS && d->kind != DT_CSENSOR &&
	    d->kind != DT_BARE)
		(void)snprintf(d->ip, sizeof(d->ip), "10.20.%u.%u", net, host);
	if (d->kind == DT_DESKTOP || d->kind == DT_LAPTOP)
		(void)snprintf(d->mac, sizeof(d->mac), "00:00:5e:00:53:%02x",
		    number & 0xff);
}

static void
put_addresses(const struct dt_device *d, int64_t seen_ms, struct sc_jw *w)
{
	int64_t hour_ms = seen_ms / 3600000 * 3600000;
	char time[SC_TIME_BUF], ip6[40];

	if (d->ip[0] == '\0')
		return;
	(void)sc_time_format(hour_ms * 1000, 0, time);
	time[10] = ' ';
	sc_jw_kv(w, "ip", d->ip);
	if (d->kind == DT_SERVER) {
		(void)snprintf(ip6, sizeof(ip6), "2001:db8::%x", d->number);
		sc_jw_kv(w, "ip6", ip6);
	}
	dt_open(w, "ips", '[');
	sc_jw_obj(w);
	sc_jw_kv(w, "ip", d->ip);
	sc_jw_kvi(w, "timems", hour_ms);
	sc_jw_kvn(w, "time", (struct sc_slice){ time, 19 });
	sc_jw_kvi(w, "sid", d->sid);
	if (d->number % 5 == 2)
		sc_jw_kvi(w, "vlan", 120);
	sc_jw_end(w, '}');
	sc_jw_end(w, ']');
}

static void
put_credentials(const struct dt_device *d, int64_t seen_ms, struct sc_jw *w)
{
	const char *user = users[d->number / DT_KINDS % COUNT(users)];

	if (d->kind != DT_SERVER && d->kind != DT_LAPTOP)
		return;
	dt_open(w, "credentials", '[');
	if (d->kind == DT_SERVER) {
		sc_jw_str(w, user);
		sc_jw_str(w, "Administrator");
	} else {
		sc_jw_obj(w);
		sc_jw_kvi(w, "lastSeen", seen_ms - 60000);
		sc_jw_kv(w, "credential", user);
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, ']');
}

static void
put_tags(const struct dt_device *d, struct sc_jw *w)
{
	if (d->kind != DT_LAPTOP && d->kind != DT_SERVER)
		return;
	dt_open(w, "tags", '[');
	sc_jw_obj(w);
	sc_jw_kvi(w, "tid", 54);
	sc_jw_kvi(w, "expiry", 0);
	sc_jw_kvi(w, "thid", 54);
	sc_jw_kv(w, "name",
	    d->kind == DT_SERVER ? "Internet Facing System" : "Außendienst");
	mock_put_bool(w, "restricted", false);
	dt_open(w, "data", '{');
	mock_put_bool(w, "auto", d->number % 2 == 0);
	sc_jw_kvi(w, "color", 110);
	sc_jw_kv(w, "description", "");
	if (d->kind == DT_SERVER)
		sc_jw_kv(w, "visibility", "Public");
	sc_jw_end(w, '}');
	mock_put_bool(w, "isReferenced", true);
	sc_jw_end(w, '}');
	sc_jw_end(w, ']');
}

void
dt_put_device_members(
    const struct dt_device *d, int64_t seen_ms, struct sc_jw *w)
{
	static const struct {
		const char *name, *label, *os;
	} types[DT_KINDS] = {
		[DT_DESKTOP] = { "desktop", "Desktop", "Windows 11" },
		[DT_CSENSOR] = { "laptop", "Laptop", NULL },
		[DT_SERVER] = { "server", "Server", "Linux 5.15" },
		[DT_HIDDEN] = { "desktop", "Desktop", NULL },
		[DT_SAAS] = { "saasprovider", "SaaS Account", NULL },
		[DT_DNS] = { "dnsserver", "DNS Server", NULL },
		[DT_LAPTOP] = { "laptop", "Laptop", "Windows 10" },
	};

	sc_jw_kvi(w, "did", d->did);
	if (d->mac[0] != '\0') {
		sc_jw_kv(w, "macaddress", d->mac);
		sc_jw_kv(w, "vendor",
		    d->kind == DT_LAPTOP ? "" : "Example Devices Ltd");
	}
	put_addresses(d, seen_ms, w);
	sc_jw_kvi(w, "sid", d->sid);
	if (d->hostname[0] != '\0')
		sc_jw_kv(w, "hostname", d->hostname);
	if (d->kind == DT_DNS)
		sc_jw_kv(w, "devicelabel", "Auflöser – 東京");
	else if (d->number % 9 == 1)
		sc_jw_kv(w, "devicelabel", "vSensor 01");
	if (d->kind == DT_BARE)
		return;
	sc_jw_kvi(w, "firstSeen", d->first_ms);
	sc_jw_kvi(w, "lastSeen", seen_ms);
	sc_jw_kv(w, "os", types[d->kind].os);
	sc_jw_kv(w, "typename", types[d->kind].name);
	sc_jw_kv(w, "typelabel", types[d->kind].label);
	put_credentials(d, seen_ms, w);
	put_tags(d, w);
}

void
dt_put_device(const struct dt_device *d, int64_t seen_ms, struct sc_jw *w)
{
	sc_jw_obj(w);
	dt_put_device_members(d, seen_ms, w);
	sc_jw_end(w, '}');
}
