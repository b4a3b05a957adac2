#include "mocksrv/deepinstinct/di_generate.h"
#include "mocksrv/put.h"

#define AUDIT_PURPOSE 0x64696175646974 /* "diaudit" */

const struct mock_generator mock_di_generators[] = {
	{ "events", di_event_record },
	{ "suspicious-events", di_suspicious_record },
	{ "devices", di_device_record },
	{ "audit-logs", di_audit_record },
	{ NULL, NULL },
};

int64_t
di_slice_us(const struct mock_plan *p)
{
	return p->span_us / (int64_t)p->n;
}

void
di_put_tenant(const struct di_device *d, struct sc_jw *w)
{
	if (!d->is_tenant)
		return;
	sc_jw_kv(w, "msp_name", d->tenant->msp->name);
	sc_jw_kvi(w, "msp_id", d->tenant->msp->id);
	sc_jw_kv(w, "tenant_name", d->tenant->name);
	sc_jw_kvi(w, "tenant_id", d->tenant->id);
}

/* Of an entry only the category is known; the rest is what a log has. */
void
di_audit_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	static const char *const categories[] = { "LOGIN", "FAILED_LOGIN",
		"LOGOUT", "POLICY" };
	static const char *const people[] = { "ada@example.com",
		"jürgen@example.com", "admin' OR '1'='1", "花子@example.com" };
	struct mock_rng r = mock_rng_key(p->seed, AUDIT_PURPOSE, i);
	int64_t slice = di_slice_us(p);
	struct sc_jw w;

	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "id", (int64_t)i + 1);
	mock_put_time(&w, "timestamp",
	    p->start_us + slice * (int64_t)i +
		(int64_t)mock_rng_below(&r, (uint64_t)slice));
	sc_jw_kv(&w, "category", categories[mock_rng_below(&r, 4)]);
	sc_jw_kv(&w, "username", people[mock_rng_below(&r, 4)]);
	sc_jw_end(&w, '}');
}
