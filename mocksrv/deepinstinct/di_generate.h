#ifndef MOCK_DI_GENERATE_H
#define MOCK_DI_GENERATE_H

#include <stdint.h>

#include "mocksrv/deepinstinct/di_fleet.h"
#include "mocksrv/generate.h"
#include "sc/jsonw.h"

/*
 * Made-up Deep Instinct records.  The streams of one seed tell one story:
 * events and suspicious events happen on the first DI_FLEET devices, and draw
 * their ids from one series, in which each kind finds gaps.
 */

/* "events" and so on; ends with a NULL name. */
extern const struct mock_generator mock_di_generators[];

void di_event_record(const struct mock_plan *, uint64_t i, struct sc_buf *);
void di_suspicious_record(
    const struct mock_plan *, uint64_t i, struct sc_buf *);
void di_device_record(const struct mock_plan *, uint64_t i, struct sc_buf *);
void di_audit_record(const struct mock_plan *, uint64_t i, struct sc_buf *);

/* Each record has its own slice of the span: sorted, and never equal. */
int64_t di_slice_us(const struct mock_plan *);
/* msp_name .. tenant_id, if the device's records have them. */
void di_put_tenant(const struct di_device *, struct sc_jw *);

#endif
