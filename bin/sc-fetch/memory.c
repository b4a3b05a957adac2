#include <string.h>

#include "sc/timefmt.h"

#include "memory.h"
#include "note.h"

static const char reads[] = "read ", waits[] = "wait ", gone[] = "gone";

void
memory_name(
    struct sc_buf *b, const struct sc_stream *parents, struct sc_slice id)
{
	sc_buf_reset(b);
	(void)sc_buf_addf(b, "%s/", parents->name);
	(void)sc_buf_add(b, id.p, id.n);
}

const char *
memory_id(const struct sc_stream *parents, const char *name)
{
	size_t n = strlen(parents->name);

	return strncmp(name, parents->name, n) == 0 && name[n] == '/'
	    ? name + n + 1
	    : NULL;
}

bool
memory_is_waiting(struct sc_slice aux)
{
	return aux.n > sizeof(waits) - 1 &&
	    memcmp(aux.p, waits, sizeof(waits) - 1) == 0;
}

int
memory_find(const struct reading *w, struct sc_slice name, struct memory *m,
    struct sc_err *e)
{
	const struct pager *p = &w->pager;
	const size_t word = sizeof(reads) - 1; /* both are as long */
	struct sc_object o;
	int64_t us;
	int rc;

	*m = (struct memory){ 0 };
	if (p->store == NULL)
		return 0;
	rc = sc_store_object(p->store, sc_slice_of(p->stream), name, &o, e);
	if (rc != 1)
		return rc;
	m->reads = strncmp(o.aux, reads, word) == 0;
	if (m->reads)
		(void)strlcpy(m->state, o.aux + word, sizeof(m->state));
	m->waits = memory_is_waiting(sc_slice_of(o.aux)) &&
	    sc_time_parse_us(o.aux + word, strlen(o.aux + word), &us) == 0;
	if (m->waits)
		m->since_ms = us / 1000;
	return 0;
}

static int
keep(const struct reading *w, struct sc_slice name, struct sc_slice aux,
    struct sc_err *e)
{
	if (w->positions == NULL)
		return 0;
	return note_put(w->pager.out, w->pager.stream, name, aux, e);
}

int
memory_read(const struct reading *w, struct sc_slice name,
    struct sc_slice state, struct sc_err *e)
{
	char text[SC_AUX_MAX + 1];
	int n = snprintf(
	    text, sizeof(text), "%s%.*s", reads, (int)state.n, state.p);

	return keep(w, name, (struct sc_slice){ text, (size_t)n }, e);
}

int
memory_wait(const struct reading *w, struct sc_slice name, int64_t since_ms,
    struct sc_err *e)
{
	char text[sizeof(waits) + SC_TIME_BUF], when[SC_TIME_BUF];

	(void)snprintf(text, sizeof(text), "%s%s", waits,
	    sc_time_format(since_ms * 1000, 0, when));
	return keep(w, name, sc_slice_of(text), e);
}

int
memory_gone(const struct reading *w, struct sc_slice name, struct sc_err *e)
{
	return keep(w, name, sc_slice_of(gone), e);
}
