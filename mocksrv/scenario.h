#ifndef MOCK_SCENARIO_H
#define MOCK_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/http.h"
#include "mocksrv/listen.h"
#include "mocksrv/reply.h"
#include "mocksrv/vendor.h"
#include "sc/err.h"

/*
 * A scenario file with everything it names, loaded.  The counters of its
 * rules start at zero.  References are counted, because an answer on its way
 * borrows data from the scenario that gave it.
 */
struct mock_scenario;

/* NULL with EX_CONFIG and "FILE:LINE: what". */
struct mock_scenario *mock_scenario_load(
    const struct mock_source *, struct sc_err *);
struct mock_scenario *mock_scenario_ref(struct mock_scenario *);
void mock_scenario_unref(struct mock_scenario *); /* NULL is fine */

/* Its listen lines. */
const struct mock_listens *mock_scenario_listens(const struct mock_scenario *);

/*
 * Answers the request: fills in and compiles the reply.  False when neither a
 * rule nor a vendor knows it; the reply then is a 404 that says so.
 */
bool mock_scenario_answer(struct mock_scenario *, const struct mock_http *,
    int64_t now_ms, struct mock_reply *);

#endif
