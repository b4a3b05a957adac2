#ifndef MOCK_DT_WORLD_H
#define MOCK_DT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/generate.h"
#include "mocksrv/put.h"
#include "sc/jsonw.h"

/*
 * The made-up network that an appliance watches: its devices and the models
 * that breach on them.  Addresses are private or from the documentation
 * ranges, names are invented.
 */
#define DT_FLEET    61
#define DT_UUID_BUF 37

/* How much is known of a device, and in which form. */
enum dt_device_kind {
	DT_DESKTOP,
	DT_CSENSOR, /* no address, sensor -11 */
	DT_SERVER,  /* two addresses, logins as text */
	DT_HIDDEN,  /* made anonymous by the appliance */
	DT_SAAS,    /* an account, sensor -9 */
	DT_DNS,     /* a label in another script */
	DT_BARE,    /* hardly anything */
	DT_LAPTOP,  /* logins as objects, tags, vendor "" */
	DT_KINDS
};

struct dt_device {
	unsigned number;
	int did, sid;
	enum dt_device_kind kind;
	char ip[24], hostname[64], mac[18]; /* "": not known */
	int64_t first_ms;
};

void dt_device_make(struct dt_device *, uint64_t seed, unsigned number);
/* The device as a value, as it stands in breaches; seen_ms: for the last time.
 */
void dt_put_device(const struct dt_device *, int64_t seen_ms, struct sc_jw *);
/* Its members alone, for whoever adds more. */
void dt_put_device_members(
    const struct dt_device *, int64_t seen_ms, struct sc_jw *);

struct dt_model {
	const char *name;
	const char *uuid;
	const char *category; /* NULL: from a time without */
	const char *behaviour;
	const char *tag;    /* NULL: no tags; "": one empty tag beside it */
	const char *action; /* antigena's; NULL: none */
	const char *technique, *technique_name, *tactic; /* NULL: none */
	const char *metric, *label;
	const char *description, *message;
	/* What was seen; NULL and 0 where there was nothing of the kind. */
	const char *host, *ip, *uri, *agent, *text;
	const char *protocol, *application; /* numbers, as enums */
	int port;
	int pid, mlid, priority;
	bool inbound;
	bool compliance;
	bool system; /* about the appliance itself: no device */
	bool saas;
	bool weighted; /* logic.type */
};

unsigned dt_model_count(void);
const struct dt_model *dt_model(unsigned i);

/* What records are written with, beside mocksrv/put.h. */
/* "key":[ or "key":{ */
void dt_open(struct sc_jw *, const char *key, char bracket);
/* Thousandths: 541 is 0.541. */
void dt_put_thousandths(struct sc_jw *, const char *key, int64_t);
/* Of version 4. */
void dt_random_uuid(struct mock_rng *, char out[DT_UUID_BUF]);

#endif
