#include "sc/log.h"

#include "repeat.h"

bool
repeat_met(struct pager *p, struct sc_slice key, struct sc_slice rev)
{
	enum keys_found found;

	if (p->def->paging == SC_PAGING_TOKEN)
		return false;
	found = keys_add(&p->walked, key, rev);
	if (found == KEYS_SAME)
		p->outcome->counts[SC_N_SEEN]++;
	if (found != KEYS_OTHER || p->def->paging != SC_PAGING_WALK)
		return found == KEYS_SAME;
	p->outcome->counts[SC_N_BAD]++;
	if (!p->warned)
		sc_log(SC_LOG_WARN, p->in->vendor->name,
		    "%s: one list has %.*s twice, with different contents; the "
		    "first counts, each other one is counted as bad",
		    p->stream, (int)(key.n < 80 ? key.n : 80), key.p);
	p->warned = true;
	return true;
}
