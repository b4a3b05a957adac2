#ifndef MOCK_R7_WORLD_H
#define MOCK_R7_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/generate.h"
#include "mocksrv/put.h"
#include "sc/jsonw.h"

/*
 * The made-up customers whose incidents the generated records tell about.
 * Addresses are from the documentation ranges, names are invented.
 */
struct r7_organization {
	const char *id, *name;
	const char *region;  /* in the RRNs of investigations */
	const char *at_name; /* in those of the newer API */
	const char *customer_id, *customer, *code, *group;
	const char *product_token;
};

/* What the evidence of a rule looks like. */
enum r7_event { R7_EVENT_AUTH, R7_EVENT_PROCESS, R7_EVENT_FORWARDED };

struct r7_rule {
	const char *name, *description;
	const char *source; /* alert_source */
	const char *code;   /* in its RRN */
	const char *tcodes[3];
	enum r7_event event;
	const char *priority;
	const char *command; /* of the process */
};

struct r7_user {
	const char *name, *account, *mail, *id;
};

/*
 * Something that happened; investigation i of a plan.  Every ninth has been
 * opened by hand: no rule fired, and there are no alerts.
 */
#define R7_RRN_BUF 96
struct r7_incident {
	struct mock_rng rng; /* for whoever writes about it */
	uint64_t number;
	const struct r7_organization *org;
	const struct r7_rule *rule;
	const struct r7_user *user;
	bool manual;
	int64_t created_us;
	char rrn[R7_RRN_BUF];
	char at_rrn[R7_RRN_BUF]; /* of its first at-alert */
	char host[32];
	char address[16];
};

void r7_incident_make(
    struct r7_incident *, const struct mock_plan *, uint64_t i);
/*
 * Of a plan for `per` records about each incident, the incident that record i
 * is about (never a manual one) and, in *plan, the plan of the incidents.
 */
uint64_t r7_incident_of(const struct mock_plan *records, uint64_t per,
    uint64_t i, struct mock_plan *plan);

/* The incident and the RRN of at-alert i. */
void r7_at_alert_of(struct r7_incident *, const struct mock_plan *, uint64_t i,
    char rrn[R7_RRN_BUF]);

/* Alerts of an incident: 3, or 6 if the next one is manual. */
#define R7_ALERTS_EACH 3
uint64_t r7_alert_count(const struct r7_incident *, const struct mock_plan *);
int64_t r7_alert_time(
    const struct r7_incident *, const struct mock_plan *, uint64_t j);

/* Up to `digits` (3 or 6) fraction digits without zeros at the end. */
void r7_put_time(struct sc_jw *, const char *key, int64_t us, int digits);
/* An array of those before the first NULL. */
void r7_put_strings(
    struct sc_jw *, const char *key, const char *const *texts, size_t max);

#endif
