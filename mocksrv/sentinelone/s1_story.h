#ifndef MOCK_S1_STORY_H
#define MOCK_S1_STORY_H

#include <stdbool.h>
#include <stddef.h>

#include "mocksrv/sentinelone/s1_fleet.h"

/*
 * Kinds of threat.  Every branch that a mapping of threats has to take
 * (classification, confidence, verdict, mitigation) is in here at least once.
 */
struct s1_story {
	enum s1_family family;
	const char *classification, *source; /* NULL: not classified */
	const char *confidence;
	const char *detection; /* "static", "dynamic" or NULL */
	const char *engine;    /* key of detectionEngines */
	const char *title;     /* its display name */
	const char *file;      /* name of the file; NULL: fileless */
	const char *kind;      /* fileExtensionType */
	/*
	 * Mitigations, one letter each: k kill, q quarantine, r remediate,
	 * b rollback, u unquarantine, n network_quarantine, m
	 * remove_macros; upper case: it failed; '?' behind it: pending.
	 */
	const char *actions;
	const char *mitigation; /* threatInfo.mitigationStatus */
	const char *verdict;
	const char *incident;
	const char *initiated; /* initiatedBy */
	unsigned indicator;    /* the first of those shown */
	bool preempted;
	bool container;
};

size_t s1_story_count(void);
const struct s1_story *s1_story(size_t i);

struct s1_technique {
	const char *name, *link;
};

struct s1_indicator {
	const char *category, *description, *tactic;
	int id;
	struct s1_technique techniques[2];
};

#define S1_INDICATORS 12
extern const struct s1_indicator s1_indicators[S1_INDICATORS];

#endif
