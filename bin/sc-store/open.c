#include "cmd.h"

struct sc_store *
open_store(const struct sc_prog *p, enum sc_store_mode mode, struct sc_err *e)
{
	if (sc_prog_become(p, e) == -1)
		return NULL;
	return sc_store_open(p->statedir, mode, e);
}
