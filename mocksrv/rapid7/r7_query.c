#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/http.h"
#include "mocksrv/rapid7/r7.h"
#include "sc/json.h"
#include "sc/timefmt.h"

#define WINDOW_US (INT64_C(28) * 86400 * 1000000)
#define SIZE      20
/* All strings of a body have room, so that none has to move. */
#define TEXT_MAX (MOCK_BODY_MAX + 1)

int
r7_refuse(struct r7_query *q, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(q->why, sizeof(q->why), fmt, ap);
	va_end(ap);
	return -1;
}

struct r7_test *
r7_test_add(struct r7_query *q, enum r7_about about, uint32_t columns)
{
	struct r7_test *t = &q->tests[q->ntests];

	if (q->ntests == R7_TESTS_MAX)
		return NULL;
	q->ntests++;
	*t = (struct r7_test){
		.about = about, .columns = columns, .first = q->nvalues
	};
	return t;
}

int
r7_value_add(struct r7_query *q, struct r7_test *t, struct sc_slice value)
{
	if (q->nvalues == R7_VALUES_MAX)
		return r7_refuse(q, "Too many values");
	q->values[q->nvalues++] = value;
	t->n++;
	return 0;
}

int
r7_sort_add(struct r7_query *q, enum r7_stream stream, struct sc_slice name,
    struct sc_slice direction)
{
	int col = r7_column_find(stream, name);

	if (col == -1 || !r7_columns[stream][col].sortable)
		return r7_refuse(q, "Invalid sort field");
	if (!sc_slice_is(direction, "ASC") && !sc_slice_is(direction, "DESC"))
		return r7_refuse(q, "Invalid sort direction");
	if (q->nsorts == R7_SORTS_MAX)
		return r7_refuse(q, "Too many sort fields");
	q->sorts[q->nsorts++] =
	    (struct r7_sort){ (size_t)col, sc_slice_is(direction, "DESC") };
	return 0;
}

/* A local time tells no instant: "Z" or an offset has to be there. */
static bool
has_zone(struct sc_slice v)
{
	if (v.n < 20 || v.p[10] != 'T')
		return false;
	return v.p[v.n - 1] == 'Z' ||
	    (v.p[v.n - 3] == ':' &&
		(v.p[v.n - 6] == '+' || v.p[v.n - 6] == '-'));
}

int
r7_take_instant(struct r7_query *q, const char *name, struct sc_slice value,
    int64_t *out_us)
{
	if (has_zone(value) && sc_time_parse_us(value.p, value.n, out_us) == 0)
		return 0;
	return r7_refuse(q, "%s is not an ISO-8601 timestamp", name);
}

static int
take_int(struct r7_query *q, const char *name, struct sc_slice v, int64_t lo,
    int64_t hi, int64_t *out)
{
	int64_t n;

	if (mock_parse_digits(v, INT64_MAX, &n) == -1)
		return r7_refuse(q, "%s is not a valid integer", name);
	if (n < lo || n > hi)
		return r7_refuse(
		    q, "%s must be between %d and %d", name, (int)lo, (int)hi);
	*out = n;
	return 0;
}

/* Clients in Python send True and False. */
static int
take_bool(struct r7_query *q, const char *name, struct sc_slice v, bool *out)
{
	*out = v.n == 4 && strncasecmp(v.p, "true", 4) == 0;
	if (*out || (v.n == 5 && strncasecmp(v.p, "false", 5) == 0))
		return 0;
	return r7_refuse(q, "%s is not a valid boolean", name);
}

static int
take_sort(struct r7_query *q, struct sc_slice v)
{
	const char *comma = v.n > 0 ? memchr(v.p, ',', v.n) : NULL;
	struct sc_slice name = v, direction = { 0 };

	if (comma == NULL)
		return r7_refuse(q, "Invalid sort");
	name.n = (size_t)(comma - v.p);
	direction = (struct sc_slice){ comma + 1, v.n - name.n - 1 };
	return r7_sort_add(q, R7_INVESTIGATIONS, name, direction);
}

static bool
is_known(const char *const *known, struct sc_slice v)
{
	for (; *known != NULL; known++) {
		if (sc_slice_is(v, *known))
			return true;
	}
	return false;
}

/* Any of the values; an empty list is none. */
static int
take_list(struct r7_query *q, const char *name, struct sc_slice rest,
    size_t col, const char *const *known)
{
	struct r7_test *t;
	struct sc_slice v;

	if (rest.n == 0)
		return 0;
	if ((t = r7_test_add(q, R7_ABOUT_COLUMNS, 1U << col)) == NULL)
		return r7_refuse(q, "Too many filters");
	while (mock_next_value(&rest, &v)) {
		if (!is_known(known, v))
			return r7_refuse(q, "Invalid value for %s", name);
		if (r7_value_add(q, t, v) == -1)
			return -1;
		/* "None" comes back under either name. */
		if (sc_slice_is(v, "UNSPECIFIED") &&
		    r7_value_add(q, t, sc_slice_of("UNMAPPED")) == -1)
			return -1;
	}
	return 0;
}

/* Every one of the values has to be there. */
static int
take_tags(struct r7_query *q, struct sc_slice rest)
{
	struct sc_slice v;

	while (mock_next_value(&rest, &v)) {
		struct r7_test *t =
		    r7_test_add(q, R7_ABOUT_COLUMNS, 1U << R7_INV_TAGS);

		if (t == NULL)
			return r7_refuse(q, "Too many tags");
		if (r7_value_add(q, t, v) == -1)
			return -1;
	}
	return 0;
}

static int
take_email(struct r7_query *q, struct sc_slice v)
{
	struct r7_test *t =
	    r7_test_add(q, R7_ABOUT_COLUMNS, 1U << R7_INV_EMAIL);

	return t != NULL ? r7_value_add(q, t, v)
			 : r7_refuse(q, "Too many filters");
}

static const char *const statuses[] = { "OPEN", "INVESTIGATING", "WAITING",
	"CLOSED", NULL };
static const char *const sources[] = { "ALERT", "USER", "MANUAL", "HUNT",
	"AUTOMATION", NULL };
static const char *const priorities[] = { "CRITICAL", "HIGH", "MEDIUM", "LOW",
	"UNSPECIFIED", NULL };

enum param {
	INDEX,
	SIZE_OF,
	STATUSES,
	SOURCES,
	PRIORITIES,
	EMAIL,
	START,
	END,
	SORT,
	TAGS,
	MULTI,
	RRNS_ONLY,
	STRICT,
	NPARAMS
};

static const struct {
	const char *name;
	unsigned dialects;
} params[NPARAMS] = {
	[INDEX] = { "index", ~(unsigned)(R7_ONE | R7_AT_RRNS) },
	[SIZE_OF] = { "size", ~(unsigned)(R7_ONE | R7_AT_RRNS) },
	[STATUSES] = { "statuses", R7_LIST | R7_LIST_V1 },
	[SOURCES] = { "sources", R7_LIST },
	[PRIORITIES] = { "priorities", R7_LIST },
	[EMAIL] = { "assignee.email", R7_LIST },
	[START] = { "start_time", R7_LIST | R7_LIST_V1 },
	[END] = { "end_time", R7_LIST | R7_LIST_V1 },
	[SORT] = { "sort", R7_LIST },
	[TAGS] = { "tags", R7_LIST },
	[MULTI] = { "multi-customer",
	    R7_LIST | R7_SEARCH | R7_ONE | R7_CHILDREN },
	[RRNS_ONLY] = { "rrns_only", R7_AT_SEARCH },
	[STRICT] = { "strict", R7_AT_RRNS },
};

static int
take(struct r7_query *q, enum r7_dialect d, enum param which, struct sc_slice v)
{
	const char *name = params[which].name;

	switch (which) {
	case INDEX:
		return take_int(q, name, v, 0, INT32_MAX, &q->index);
	case SIZE_OF:
		return take_int(q, name, v, 1,
		    d == R7_LIST_V1 ? R7_SIZE_MAX_V1 : R7_SIZE_MAX, &q->size);
	case STATUSES:
		return take_list(q, name, v, R7_INV_STATUS, statuses);
	case SOURCES:
		return take_list(q, name, v, R7_INV_SOURCE, sources);
	case PRIORITIES:
		return take_list(q, name, v, R7_INV_PRIORITY, priorities);
	case EMAIL:
		return take_email(q, v);
	case START:
		return r7_take_instant(q, name, v, &q->after_us);
	case END:
		return r7_take_instant(q, name, v, &q->before_us);
	case SORT:
		return take_sort(q, v);
	case TAGS:
		return take_tags(q, v);
	case MULTI:
		return take_bool(q, name, v, &q->multi_customer);
	case RRNS_ONLY:
		return take_bool(q, name, v, &q->rrns_only);
	case STRICT:
		return take_bool(q, name, v, &q->strict);
	case NPARAMS:
	default:
		return 0;
	}
}

static void
set_defaults(struct r7_query *q, enum r7_dialect d, int64_t now_ms)
{
	q->size = SIZE;
	q->after_us = MOCK_ABSENT;
	q->before_us = now_ms * 1000;
	if (d == R7_LIST || d == R7_SEARCH)
		q->after_us = q->before_us - WINDOW_US;
	if (d == R7_LIST_V1)
		q->before_us = INT64_MAX;
}

static void
default_sort(struct r7_query *q, enum r7_dialect d)
{
	if (q->nsorts > 0)
		return;
	q->nsorts = 1;
	q->sorts[0] = (struct r7_sort){
		d == R7_LIST_V1 ? R7_INV_CREATED : R7_INV_PRIORITY, true
	};
}

/* Of a parameter that is repeated the first one counts. */
int
r7_query_parse(
    struct r7_query *q, enum r7_dialect d, struct sc_slice text, int64_t now_ms)
{
	bool seen[NPARAMS] = { false };

	*q = (struct r7_query){ 0 };
	sc_buf_init(&q->text, TEXT_MAX);
	set_defaults(q, d, now_ms);
	if (mock_query_parse(&q->params, text) == -1)
		return r7_refuse(q, "Malformed query string");
	for (size_t i = 0; i < q->params.nparams; i++) {
		const struct mock_param *p = &q->params.params[i];

		for (enum param k = 0; k < NPARAMS; k++) {
			if ((params[k].dialects & d) == 0 || seen[k] ||
			    !sc_slice_is(p->name, params[k].name))
				continue;
			seen[k] = true;
			if (take(q, d, k, p->value) == -1)
				return -1;
		}
	}
	if (d == R7_LIST || d == R7_LIST_V1)
		default_sort(q, d);
	return 0;
}

void
r7_query_fini(struct r7_query *q)
{
	sc_buf_fini(&q->text);
	mock_query_fini(&q->params);
}
