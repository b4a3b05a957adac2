#ifndef MOCK_SCENARIO_H
#define MOCK_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "mocksrv/http.h"
#include "mocksrv/listen.h"
#include "mocksrv/reply.h"
#include "mocksrv/rule.h"
#include "mocksrv/vendor.h"
#include "sc/err.h"

/*
 * A scenario file with everything it names, loaded.  The counters of its
 * rules start at zero.  References are counted, because an answer on its way
 * borrows data from the scenario that gave it.
 */
struct mock_scenario {
	unsigned refs;
	bool unmarked; /* answers do not say where they come from */
	STAILQ_HEAD(mock_rules, mock_rule) rules;
	struct mock_listens listens;
	struct mock_serve {
		const struct mock_vendor *vendor;
		char *name;
		char *on; /* the only listener; NULL: all */
		void *state;
		unsigned line;
	} * serves;
	size_t nserves;
};

#define MOCK_SCENARIO_MAX_BYTES ((size_t)64 * 1024 * 1024)

/*
 * NULL with EX_CONFIG and "FILE:LINE: what".  The path may be that of a folder
 * with a capture.scenario.
 */
struct mock_scenario *mock_scenario_load(
    const struct mock_source *, struct sc_err *);
/* The same from the file's text. */
struct mock_scenario *mock_scenario_read(
    const struct mock_source *, struct sc_slice text, struct sc_err *);
struct mock_scenario *mock_scenario_ref(struct mock_scenario *);
void mock_scenario_unref(struct mock_scenario *); /* NULL is fine */

/*
 * "clock TIME": the time at which the scenario is played unless sc-mock is
 * told another one.
 */
int mock_clock_parse(const struct mock_line *, int64_t *ms, struct sc_err *);
/* From now on no rule but replay lines and no listen line applies. */
void mock_scenario_calm(struct mock_scenario *);

/* Its listen lines. */
const struct mock_listens *mock_scenario_listens(const struct mock_scenario *);

/*
 * Answers the request: fills in and compiles the reply.  False when neither a
 * rule nor a vendor knows it; the reply then is a 404 that says so.
 */
bool mock_scenario_answer(struct mock_scenario *, const struct mock_http *,
    int64_t now_ms, struct mock_reply *);

#endif
