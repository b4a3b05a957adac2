#include <inttypes.h>
#include <string.h>

#include "sc/jsonw.h"
#include "sc/log.h"

#include "page.h"

int
pager_schema(struct pager *p, struct sc_err *e)
{
	const struct sc_integration *in = p->in;
	struct sc_jw w;

	sc_msg_begin(p->out, &w);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "type", "SCHEMA");
	sc_jw_kv(&w, "stream", p->stream);
	sc_jw_key(&w, "key_properties");
	sc_jw_arr(&w);
	/* Singer can name top-level members only. */
	if (strchr(p->def->id, '.') == NULL)
		sc_jw_str(&w, p->def->id);
	sc_jw_end(&w, ']');
	sc_jw_kvraw(&w, "schema", sc_slice_of("{\"type\":\"object\"}"));
	sc_jw_key(&w, "source");
	sc_jw_obj(&w);
	sc_jw_kv(&w, "vendor", in->vendor->name);
	sc_jw_kv(&w, "integration", in->name);
	sc_jw_kv(&w, "stream", p->def->name);
	sc_jw_kv(&w, "realm", in->realm);
	sc_jw_kv(&w, "tenant", in->tenant);
	sc_jw_kv(&w, "org_id", in->org_id);
	sc_jw_end(&w, '}');
	sc_jw_end(&w, '}');
	return sc_msg_end(p->out, e);
}

void
pager_judge_times(struct pager *p)
{
	/* Other positions are not made of the records' times. */
	bool stands = p->timed == 0 && p->def->paging == SC_PAGING_TOKEN;

	if (p->untimed == 0)
		return;
	if (stands)
		p->outcome->partial = true;
	sc_log(SC_LOG_WARN, p->in->vendor->name,
	    "%s: no usable time (%s) in %" PRId64 " of %" PRId64
	    " records; they are kept%s",
	    p->stream, p->def->time, p->untimed, p->untimed + p->timed,
	    stands ? ", but the mark stands still" : "");
}
