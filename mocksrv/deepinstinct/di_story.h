#ifndef MOCK_DI_STORY_H
#define MOCK_DI_STORY_H

#include <stddef.h>

#include "mocksrv/deepinstinct/di_fleet.h"

/*
 * What generated events tell about.  Every value that the API is known to use
 * is in here at least once.
 */
struct di_story {
	enum di_os os;
	const char *type;
	const char *trigger; /* NULL: null */
	const char *action;
	const char *severity;       /* NULL: null; of events only */
	const char *classification; /* deep_classification, or NULL */
	const char *file_type;      /* NULL: not about a file */
	const char *path;           /* '@' is who is logged in; NULL: null */
	const char *rule;           /* rule_trigger, of suspicious ones only */
	const char *tactic, *technique; /* MITRE's; NULL: not classified */
};

size_t di_story_count(void);
const struct di_story *di_story(size_t i);
size_t di_suspicion_count(void);
const struct di_story *di_suspicion(size_t i);

#endif
