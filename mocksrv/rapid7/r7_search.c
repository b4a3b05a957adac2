#include "mocksrv/rapid7/r7.h"
#include "sc/json.h"

/*
 * The bodies of the two searches.  Strings are decoded into q->text, which is
 * as large as the body and so never moves.
 */

static const struct {
	const char *name;
	size_t col;
	enum r7_about about;
	bool contains; /* the only operator; else EQUALS and IN */
} fields[] = {
	{ "title", R7_INV_TITLE, R7_ABOUT_COLUMNS, true },
	{ "actor_asset_hostname", 0, R7_ABOUT_ASSET, true },
	{ "actor_user_name", 0, R7_ABOUT_ACCOUNT, true },
	{ "status", R7_INV_STATUS, R7_ABOUT_COLUMNS, false },
	{ "source", R7_INV_SOURCE, R7_ABOUT_COLUMNS, false },
	{ "priority", R7_INV_PRIORITY, R7_ABOUT_COLUMNS, false },
	{ "rrn", R7_INV_RRN, R7_ABOUT_COLUMNS, false },
	{ "organization_id", R7_INV_ORGANIZATION, R7_ABOUT_COLUMNS, false },
	{ "assignee_id", 0, R7_ABOUT_NOBODY, false },
	{ "alert_rule_rrn", 0, R7_ABOUT_RULE, false },
	{ "alert_mitre_t_codes", 0, R7_ABOUT_TCODE, false },
};

static int
decode(struct r7_query *q, struct sc_json_val v, const char *what,
    struct sc_slice *out)
{
	size_t at = q->text.len;

	if (sc_json_str(v, &q->text) == -1)
		return r7_refuse(q, "%s must be a string", what);
	*out = (struct sc_slice){ q->text.p + at, q->text.len - at };
	return 0;
}

static bool
is_object(struct sc_slice text)
{
	struct sc_json_lex lex = { text.p, text.p + text.n };
	struct sc_json_val v;

	return sc_json_token(&lex, &v) == '{';
}

/* Sets out[] to the members of an object; -1 if it is none. */
static int
members(struct r7_query *q, struct sc_slice text, const char *const *names,
    size_t n, struct sc_json_val *out)
{
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(names, n, &e);
	int rc = sc_json_scan(text.p, text.n, plan, 0, out, &e);

	sc_json_plan_free(plan);
	if (rc == 0 && is_object(text))
		return 0;
	return r7_refuse(q, "JSON parse error");
}

/* True when there is something to walk over; -1 when it is no array. */
static int
has_array(struct r7_query *q, const char *what, struct sc_json_val v)
{
	if (v.type == SC_JSON_NONE || v.type == SC_JSON_NULL)
		return 0;
	return v.type == SC_JSON_ARRAY
	    ? 1
	    : r7_refuse(q, "%s must be an array", what);
}

/* A string, or with `many` an array of them. */
static int
take_values(
    struct r7_query *q, struct r7_test *t, struct sc_json_val v, bool many)
{
	struct sc_json_iter it;
	struct sc_json_val elem;
	struct sc_slice text = { 0 };

	if (t == NULL)
		return r7_refuse(q, "Too many criteria");
	t->any_case = true;
	if (!many) {
		if (decode(q, v, "value", &text) == -1)
			return -1;
		return r7_value_add(q, t, text);
	}
	if (v.type != SC_JSON_ARRAY)
		return r7_refuse(q, "value must be an array");
	it = sc_json_iter(v);
	while (sc_json_next(&it, NULL, &elem)) {
		if (decode(q, elem, "value", &text) == -1 ||
		    r7_value_add(q, t, text) == -1)
			return -1;
	}
	return 0;
}

static int
take_criterion(struct r7_query *q, struct sc_slice text)
{
	static const char *const names[] = { "field", "operator", "value" };
	struct sc_json_val v[3] = { 0 };
	struct r7_test *t;
	size_t i = 0, n = sizeof(fields) / sizeof(fields[0]);
	bool many;

	if (members(q, text, names, 3, v) == -1)
		return -1;
	while (i < n && !sc_json_is(v[0], fields[i].name))
		i++;
	if (i == n)
		return r7_refuse(q, "Invalid search field");
	many = sc_json_is(v[1], "IN");
	if (fields[i].contains ? !sc_json_is(v[1], "CONTAINS")
			       : !many && !sc_json_is(v[1], "EQUALS"))
		return r7_refuse(q, "Invalid operator for %s", fields[i].name);
	t = r7_test_add(q, fields[i].about, 1U << fields[i].col);
	if (t != NULL)
		t->contains = fields[i].contains;
	return take_values(q, t, v[2], many);
}

static int
take_sort(struct r7_query *q, enum r7_stream stream, const char *field,
    struct sc_slice text)
{
	const char *names[] = { field, "order" };
	struct sc_slice name = { 0 }, direction = { 0 };
	struct sc_json_val v[2] = { 0 };

	if (members(q, text, names, 2, v) == -1 ||
	    decode(q, v[0], field, &name) == -1 ||
	    decode(q, v[1], "order", &direction) == -1)
		return -1;
	return r7_sort_add(q, stream, name, direction);
}

static int
take_sorts(struct r7_query *q, enum r7_stream stream, const char *field,
    struct sc_json_val v)
{
	int some = has_array(q, "sort", v);
	struct sc_json_iter it;
	struct sc_json_val elem;

	if (some == 1) {
		it = sc_json_iter(v);
		while (sc_json_next(&it, NULL, &elem)) {
			if (take_sort(q, stream, field, elem.raw) == -1)
				return -1;
		}
	}
	return some == -1 ? -1 : 0;
}

/* Absent and null leave what is there. */
static int
take_time(
    struct r7_query *q, const char *name, struct sc_json_val v, int64_t *out_us)
{
	struct sc_slice text = { 0 };

	if (v.type == SC_JSON_NONE || v.type == SC_JSON_NULL)
		return 0;
	if (decode(q, v, name, &text) == -1)
		return -1;
	return r7_take_instant(q, name, text, out_us);
}

int
r7_search_parse(struct r7_query *q, struct sc_slice body)
{
	static const char *const names[] = { "search", "sort", "start_time",
		"end_time" };
	struct sc_json_val v[4] = { 0 }, elem;
	struct sc_json_iter it;
	int some;

	(void)sc_buf_room(&q->text, body.n + 1);
	if (members(q, body, names, 4, v) == -1 ||
	    (some = has_array(q, "search", v[0])) == -1)
		return -1;
	if (some == 1) {
		it = sc_json_iter(v[0]);
		while (sc_json_next(&it, NULL, &elem)) {
			if (take_criterion(q, elem.raw) == -1)
				return -1;
		}
	}
	if (take_sorts(q, R7_INVESTIGATIONS, "field", v[1]) == -1 ||
	    take_time(q, "start_time", v[2], &q->after_us) == -1 ||
	    take_time(q, "end_time", v[3], &q->before_us) == -1)
		return -1;
	if (q->nsorts == 0)
		q->sorts[q->nsorts++] =
		    (struct r7_sort){ R7_INV_PRIORITY, true };
	return 0;
}

/* {"field_ids":["status"],"operator":"EQUALS","terms":["OPEN"]} */
static int
take_term(struct r7_query *q, struct sc_slice text)
{
	static const char *const names[] = { "field_ids", "operator", "terms" };
	struct sc_json_val v[3] = { 0 }, elem;
	struct sc_slice name = { 0 };
	struct sc_json_iter it;
	uint32_t columns = 0;
	struct r7_test *t;
	bool contains;

	if (members(q, text, names, 3, v) == -1)
		return -1;
	if (v[0].type != SC_JSON_ARRAY)
		return r7_refuse(q, "field_ids must be an array");
	it = sc_json_iter(v[0]);
	while (sc_json_next(&it, NULL, &elem)) {
		int col;

		if (decode(q, elem, "field_ids", &name) == -1)
			return -1;
		col = r7_column_find(R7_AT_ALERTS, name);
		if (col == -1 ||
		    r7_columns[R7_AT_ALERTS][col].kind == MOCK_TIME)
			return r7_refuse(q, "Invalid field id");
		columns |= 1U << col;
	}
	contains = sc_json_is(v[1], "CONTAINS");
	if (!contains && !sc_json_is(v[1], "EQUALS"))
		return r7_refuse(q, "Invalid operator");
	if ((t = r7_test_add(q, R7_ABOUT_COLUMNS, columns)) != NULL)
		t->contains = contains;
	return take_values(q, t, v[2], true);
}

static int
take_terms(struct r7_query *q, struct sc_json_val v)
{
	int some = has_array(q, "terms", v);
	struct sc_json_iter it;
	struct sc_json_val elem;

	if (some == 1) {
		it = sc_json_iter(v);
		while (sc_json_next(&it, NULL, &elem)) {
			if (take_term(q, elem.raw) == -1)
				return -1;
		}
	}
	return some == -1 ? -1 : 0;
}

int
r7_at_search_parse(struct r7_query *q, struct sc_slice body)
{
	static const char *const names[] = { "search.start_time",
		"search.end_time", "search.leql", "search.terms", "sorts" };
	struct sc_json_val v[5] = { 0 };
	int64_t none = MOCK_ABSENT;

	(void)sc_buf_room(&q->text, body.n + 1);
	if (members(q, body, names, 5, v) == -1)
		return -1;
	q->after_us = none;
	if (take_time(q, "start_time", v[0], &q->after_us) == -1 ||
	    take_time(q, "end_time", v[1], &q->before_us) == -1)
		return -1;
	if (q->after_us == none)
		return r7_refuse(q, "start_time is required");
	if (v[2].type == SC_JSON_STRING && v[2].raw.n > 2)
		return r7_refuse(q, "sc-mock plays no leql");
	if (take_terms(q, v[3]) == -1 ||
	    take_sorts(q, R7_AT_ALERTS, "field_id", v[4]) == -1)
		return -1;
	if (q->nsorts == 0)
		q->sorts[q->nsorts++] = (struct r7_sort){ R7_AT_CREATED, true };
	return 0;
}
