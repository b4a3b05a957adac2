#ifndef MOCK_S1_FLEET_H
#define MOCK_S1_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/generate.h"
#include "mocksrv/put.h"
#include "sc/jsonw.h"

/*
 * The made-up customer whose endpoints the generated threats happen on: a
 * fixed number of agents, each the same in every record of a seed, and as many
 * more as somebody asks for, on which nothing happens.  Addresses
 * are from the documentation ranges, names are invented.
 */
#define S1_FLEET 97

enum s1_family { S1_WINDOWS, S1_LINUX, S1_MACOS };

/* How an agent is reachable: each is a way for address mapping to go wrong. */
enum s1_net {
	S1_NET_PLAIN,     /* one address, one interface */
	S1_NET_MANY,      /* a comma list, docker and loopback interfaces */
	S1_NET_INTERFACE, /* only the interfaces know the address */
	S1_NET_IPV6,      /* no IPv4 at all */
	S1_NET_EXTERNAL   /* nothing but the external address */
};

struct s1_site {
	const char *account_id, *account;
	const char *site_id, *site;
	const char *group_id, *group;
};

struct s1_os {
	enum s1_family family;
	const char *type, *name, *revision, *machine;
};

struct s1_user {
	const char *login; /* as in paths */
	const char *mail;  /* NULL: not known */
};

struct s1_agent {
	unsigned number;
	const struct s1_site *site;
	const struct s1_os *os;
	const struct s1_user *user;
	enum s1_net net;
	const char *domain, *version;
	char name[32], id[24], uuid[MOCK_UUID_BUF], external[16];
	int64_t registered_us;
	bool active, cloud;
};

/* The operating system of an agent, without making it. */
enum s1_family s1_agent_family(unsigned number);
void s1_agent_make(struct s1_agent *, uint64_t seed, unsigned number);

/* Members that records of several kinds share. */
void s1_agent_put_place(const struct s1_agent *, struct sc_jw *);
void s1_agent_put_cloud(const struct s1_agent *, struct sc_jw *);
void s1_agent_put_interfaces(const struct s1_agent *, struct sc_jw *);
void s1_agent_put_scan(const struct s1_agent *, struct sc_jw *);
/* The values of agentDetectionInfo and agentRealtimeInfo. */
void s1_agent_put_detection(const struct s1_agent *, struct sc_jw *);
void s1_agent_put_realtime(
    const struct s1_agent *, struct mock_rng *, struct sc_jw *);

#endif
