#include "mocksrv/darktrace/dt_generate.h"

#define DEVICE_PURPOSE 0x736565 /* "see" */

const struct mock_generator mock_dt_generators[] = {
	{ "model-breaches", dt_breach_record },
	{ "ai-analyst", dt_event_record },
	{ "groups", dt_group_record },
	{ "devices", dt_device_record },
	{ NULL, NULL },
};

/* Devices as the appliance knows them at the end of the plan. */
void
dt_device_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	struct mock_rng r = mock_rng_key(p->seed, DEVICE_PURPOSE, i);
	int64_t span_s = p->span_us / 1000000;
	int64_t seen_ms = p->start_us / 1000000 * 1000;
	struct dt_device d;
	struct sc_jw w;

	dt_device_make(&d, p->seed, (unsigned)i);
	seen_ms += (int64_t)mock_rng_below(&r, (uint64_t)span_s + 1) * 1000;
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	dt_put_device_members(&d, seen_ms, &w);
	if (d.kind == DT_LAPTOP) {
		mock_put_bool(&w, "quarantine", i % 16 == 7);
		dt_open(&w, "customFields", '{');
		dt_open(&w, "DT-AUTO", '{');
		sc_jw_end(&w, '}');
		sc_jw_end(&w, '}');
	}
	sc_jw_end(&w, '}');
}
