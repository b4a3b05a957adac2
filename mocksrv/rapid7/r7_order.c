#include <stdlib.h>
#include <string.h>

#include "mocksrv/rapid7/r7.h"
#include "sc/mem.h"

struct sorting {
	const struct mock_table *table;
	const struct r7_sort *sorts;
	size_t nsorts;
};

/* "None" has two names; INFO and its long form are of two APIs. */
static int
rank_of(struct sc_slice priority)
{
	static const struct {
		const char *name;
		int rank;
	} ranks[] = { { "CRITICAL", 5 }, { "HIGH", 4 }, { "MEDIUM", 3 },
		{ "LOW", 2 }, { "INFO", 1 }, { "INFORMATIONAL", 1 } };

	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
		if (sc_slice_is(priority, ranks[i].name))
			return ranks[i].rank;
	}
	return 0;
}

static int
compare_texts(struct sc_slice a, struct sc_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

static int
compare_by(const struct mock_table *t, size_t col, size_t a, size_t b)
{
	struct sc_slice ta, tb;

	if (t->numbers[col] != NULL)
		return (t->numbers[col][a] > t->numbers[col][b]) -
		    (t->numbers[col][a] < t->numbers[col][b]);
	ta = mock_table_text(t, col, a);
	tb = mock_table_text(t, col, b);
	if (strcmp(t->columns[col].name, "priority") == 0)
		return rank_of(ta) - rank_of(tb);
	return compare_texts(ta, tb);
}

static int
compare_rows(const void *pa, const void *pb, void *arg)
{
	const struct sorting *s = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	for (size_t i = 0; i < s->nsorts; i++) {
		int d = compare_by(s->table, s->sorts[i].col, a, b);

		if (d != 0)
			return s->sorts[i].desc ? -d : d;
	}
	return (a > b) - (a < b);
}

static bool
is_cached(const struct r7_order *o, const struct sorting *s)
{
	if (o->table != s->table || o->nsorts != s->nsorts)
		return false;
	for (size_t i = 0; i < s->nsorts; i++) {
		if (o->sorts[i].col != s->sorts[i].col ||
		    o->sorts[i].desc != s->sorts[i].desc)
			return false;
	}
	return true;
}

const uint32_t *
r7_order_get(struct r7_order *o, const struct mock_table *t,
    const struct r7_sort *sorts, size_t nsorts)
{
	struct sorting s = { t, sorts, nsorts };
	size_t n = t->data->nrecords;

	if (is_cached(o, &s))
		return o->rows;
	r7_order_fini(o);
	o->rows = sc_xcalloc(n, sizeof(*o->rows));
	for (size_t i = 0; i < n; i++)
		o->rows[i] = (uint32_t)i;
	qsort_r(o->rows, n, sizeof(*o->rows), compare_rows, &s);
	o->table = t;
	o->nsorts = nsorts;
	memcpy(o->sorts, sorts, nsorts * sizeof(*sorts));
	return o->rows;
}

void
r7_order_fini(struct r7_order *o)
{
	free(o->rows);
	*o = (struct r7_order){ 0 };
}
