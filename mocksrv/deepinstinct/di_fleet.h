#ifndef MOCK_DI_FLEET_H
#define MOCK_DI_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/generate.h"

/*
 * The made-up service provider whose customers' devices the generated events
 * happen on: a fixed number of devices, each the same in every record of a
 * seed, and as many more as somebody asks for, on which nothing happens.
 * Addresses are from ranges for documentation or private use, names are
 * invented.
 */
#define DI_FLEET 97

enum di_os {
	DI_ANDROID = 0,
	DI_IOS,
	DI_WINDOWS,
	DI_MAC,
	DI_CHROME,
	DI_LINUX,
	DI_AGENTLESS,
	DI_OSES
};
const char *di_os_name(enum di_os);

#define DI_MSPS    2
#define DI_TENANTS 4

struct di_msp {
	int id;
	const char *name;
};
extern const struct di_msp di_msps[DI_MSPS];

struct di_tenant {
	int id;
	const char *name;
	const struct di_msp *msp;
	const char *domain; /* of its Windows network */
};
extern const struct di_tenant di_tenants[DI_TENANTS];

/* A group of devices and its policy: one for each system, and for servers. */
#define DI_GROUPS (DI_MSPS * (DI_OSES + 1))

struct di_group {
	int id, policy_id;
	enum di_os os;
	const struct di_msp *msp;
	bool is_default;
	char name[40], policy[40];
};
void di_group_make(struct di_group *, unsigned i);

struct di_device {
	unsigned number;
	int64_t id;
	enum di_os os;
	const char *osv;
	const struct di_tenant *tenant;
	bool is_tenant; /* false: the record does not name any */
	struct di_group group;
	const char *user;  /* "" nobody is logged in; NULL: not known */
	const char *login; /* as in paths; never empty */
	const char *tag;
	char host[40], mac[18], ip[40];
	int64_t registered_us;
	bool online, active;
};

/* The operating system of a device, without making it. */
enum di_os di_device_os(unsigned number);
void di_device_make(struct di_device *, uint64_t seed, unsigned number);

#endif
