#include <string.h>
#include <strings.h>

#include "mocksrv/rapid7/r7.h"
#include "sc/json.h"

/* Longer texts are in no record that makes sense. */
#define TEXT_MAX ((size_t)1024 * 1024)

static bool
is_equal(const struct r7_test *t, struct sc_slice a, struct sc_slice b)
{
	if (a.n != b.n || a.n == 0)
		return a.n == b.n;
	return t->any_case ? strncasecmp(a.p, b.p, a.n) == 0
			   : memcmp(a.p, b.p, a.n) == 0;
}

static bool
has_part(const struct r7_test *t, struct sc_slice text, struct sc_slice part)
{
	for (size_t i = 0; i + part.n <= text.n; i++) {
		if (is_equal(t, (struct sc_slice){ text.p + i, part.n }, part))
			return true;
	}
	return false;
}

static bool
text_fits(
    const struct r7_query *q, const struct r7_test *t, struct sc_slice text)
{
	for (size_t i = t->first; i < t->first + t->n; i++) {
		if (t->contains ? has_part(t, text, q->values[i])
				: is_equal(t, text, q->values[i]))
			return true;
	}
	return false;
}

static bool
string_fits(const struct r7_query *q, const struct r7_test *t,
    const struct sc_json_val *v)
{
	struct sc_slice inside = { v->raw.p + 1, v->raw.n - 2 };
	struct sc_buf b;
	bool fits;

	if (v->type != SC_JSON_STRING)
		return false;
	if (memchr(v->raw.p, '\\', v->raw.n) == NULL)
		return text_fits(q, t, inside);
	sc_buf_init(&b, TEXT_MAX);
	(void)sc_json_str(*v, &b);
	fits = text_fits(q, t, (struct sc_slice){ b.p, b.len });
	sc_buf_fini(&b);
	return fits;
}

/* A string, or one of an array of them. */
static bool
json_fits(
    const struct r7_query *q, const struct r7_test *t, struct sc_slice raw)
{
	struct sc_json_val v = { .raw = raw }, elem;
	struct sc_json_iter it;

	if (raw.n == 0)
		return false;
	if (*raw.p == '"') {
		v.type = SC_JSON_STRING;
		return string_fits(q, t, &v);
	}
	if (*raw.p != '[')
		return false;
	v.type = SC_JSON_ARRAY;
	it = sc_json_iter(v);
	while (sc_json_next(&it, NULL, &elem)) {
		if (string_fits(q, t, &elem))
			return true;
	}
	return false;
}

static bool
column_fits(const struct r7_query *q, const struct r7_test *t,
    const struct mock_table *table, size_t col, size_t row)
{
	struct sc_slice text = mock_table_text(table, col, row);

	if (table->columns[col].kind == MOCK_JSON)
		return json_fits(q, t, text);
	return text_fits(q, t, text);
}

static bool
actor_fits(const struct r7_query *q, const struct r7_test *t,
    const struct r7_data *d, struct sc_slice investigation)
{
	const char *type = t->about == R7_ABOUT_ASSET ? "ASSET" : "ACCOUNT";
	struct mock_table *actors = d->tables[R7_ACTORS];
	struct r7_kin kin =
	    r7_kin(actors, R7_ACTOR_INVESTIGATION, investigation);
	size_t row;

	while (r7_kin_next(&kin, &row)) {
		if (sc_slice_is(
			mock_table_text(actors, R7_ACTOR_TYPE, row), type) &&
		    column_fits(q, t, actors, R7_ACTOR_NAME, row))
			return true;
	}
	return false;
}

/* The rule is a string, an object with the string in it, or null. */
static bool
rule_fits(const struct r7_query *q, const struct r7_test *t,
    const struct r7_data *d, struct sc_slice investigation)
{
	struct mock_table *alerts = d->tables[R7_ALERTS];
	struct r7_kin kin = r7_kin(alerts, R7_PARENT, investigation);
	size_t row;

	while (r7_kin_next(&kin, &row)) {
		if (column_fits(q, t, alerts, R7_ALERT_RULE, row) ||
		    column_fits(q, t, alerts, R7_ALERT_RULE_RRN, row))
			return true;
	}
	return false;
}

static bool
tcode_fits(const struct r7_query *q, const struct r7_test *t,
    const struct r7_data *d, struct sc_slice investigation)
{
	struct mock_table *at = d->tables[R7_AT_ALERTS];
	struct r7_kin kin = r7_kin(at, R7_AT_INVESTIGATION, investigation);
	int col =
	    r7_column_find(R7_AT_ALERTS, sc_slice_of("rule.mitre_tcodes"));
	size_t row;

	while (r7_kin_next(&kin, &row)) {
		if (column_fits(q, t, at, (size_t)col, row))
			return true;
	}
	return false;
}

static bool
any_column_fits(const struct r7_query *q, const struct r7_test *t,
    const struct mock_table *table, size_t row)
{
	for (size_t c = 0; c < table->ncolumns; c++) {
		if ((t->columns >> c & 1) != 0 &&
		    column_fits(q, t, table, c, row))
			return true;
	}
	return false;
}

static bool
test_fits(const struct r7_query *q, const struct r7_test *t,
    const struct r7_data *d, enum r7_stream stream, size_t row)
{
	const struct mock_table *table = d->tables[stream];

	switch (t->about) {
	case R7_ABOUT_ASSET:
	case R7_ABOUT_ACCOUNT:
		return actor_fits(
		    q, t, d, mock_table_text(table, R7_INV_RRN, row));
	case R7_ABOUT_RULE:
		return rule_fits(
		    q, t, d, mock_table_text(table, R7_INV_RRN, row));
	case R7_ABOUT_TCODE:
		return tcode_fits(
		    q, t, d, mock_table_text(table, R7_INV_RRN, row));
	case R7_ABOUT_NOBODY:
		return false;
	case R7_ABOUT_COLUMNS:
	default:
		return any_column_fits(q, t, table, row);
	}
}

bool
r7_matches(const struct r7_query *q, const struct r7_data *d,
    enum r7_stream stream, size_t row)
{
	for (size_t i = 0; i < q->ntests; i++) {
		if (!test_fits(q, &q->tests[i], d, stream, row))
			return false;
	}
	return true;
}

void
r7_page_add(struct r7_page *p, const struct r7_query *q, size_t row)
{
	int64_t first = q->index * q->size;

	if (p->seen >= first && p->seen < first + q->size)
		p->rows[p->n++] = row;
	p->seen++;
}
