#ifndef MOCK_R7_GENERATE_H
#define MOCK_R7_GENERATE_H

#include "mocksrv/generate.h"

/*
 * With the same seed, start and span n investigations, 3n alerts, n product
 * alerts, n at-alerts, 2n evidences and 2n actors belong together.
 */
extern const struct mock_generator mock_r7_generators[];

void r7_investigation_record(
    const struct mock_plan *, uint64_t i, struct sc_buf *);
void r7_alert_record(const struct mock_plan *, uint64_t i, struct sc_buf *);
void r7_product_alert_record(
    const struct mock_plan *, uint64_t i, struct sc_buf *);
void r7_at_alert_record(const struct mock_plan *, uint64_t i, struct sc_buf *);
void r7_evidence_record(const struct mock_plan *, uint64_t i, struct sc_buf *);
void r7_actor_record(const struct mock_plan *, uint64_t i, struct sc_buf *);

#endif
