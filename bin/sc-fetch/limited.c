#include <string.h>
#include <sysexits.h>

#include "sc/log.h"
#include "sc/prog.h"

#include "limited.h"

#define TROUBLE_MAX 3 /* records in a row: then it is the vendor */

bool
limited_is(const struct sc_stream *def, int status)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", status);
	for (size_t i = 0; i < def->ndegrade; i++) {
		if (strcmp(def->degrade[i], text) == 0)
			return true;
	}
	return false;
}

bool
limited_to_one(const struct sc_stream *def, int status, const struct sc_err *e,
    int *troubled)
{
	enum sc_class class = sc_err_class(e);

	if (sc_stopping() || limited_is(def, status))
		return false;
	if (status == 403 || status == 404) {
		*troubled = 0;
		return true;
	}
	if (class != SC_CLASS_VENDOR && class != SC_CLASS_NETWORK &&
	    class != SC_CLASS_PROTOCOL)
		return false;
	return ++*troubled < TROUBLE_MAX;
}

int
limited_take(struct reading *w, struct sc_err *e)
{
	const struct pager *p = &w->pager;
	int status = w->resp->status;

	/* Whatever else went wrong, behind an answer with that status. */
	if (e->code != EX_NOPERM && e->code != EX_PROTOCOL)
		return -1;
	if (!limited_is(p->def, status) &&
	    (p->def->parent == NULL || !limited_is(p->def->parent, status)))
		return -1;
	p->outcome->partial = true;
	/* A first run begins by the vendor's clock. */
	(void)reading_begins_too_late(w);
	/* Once is enough: it will be so for long. */
	sc_log(w->mark != NULL && w->mark->limited == status ? SC_LOG_DEBUG
							     : SC_LOG_WARN,
	    p->in->vendor->name,
	    "%s: %s; taken for something that this account does not have",
	    p->stream, e->msg);
	if (w->mark != NULL)
		w->mark->limited = status;
	*e = (struct sc_err){ 0 };
	return reading_state(w, e);
}
