#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/darktrace/dt_query.h"
#include "sc/json.h"
#include "sc/timefmt.h"

static int refuse(struct dt_query *, struct sc_slice name, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

static int
refuse(struct dt_query *q, struct sc_slice name, const char *fmt, ...)
{
	char text[96];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* The name comes from the request: only what JSON can carry. */
	(void)snprintf(q->why, sizeof(q->why), "%.*s: %s",
	    (int)(name.n < 40 ? sc_utf8_valid(name.p, name.n) : 0), name.p,
	    text);
	return -1;
}

int
dt_parse_int(struct sc_slice v, int64_t *out)
{
	bool minus = v.n > 0 && v.p[0] == '-';

	if (mock_parse_digits((struct sc_slice){ v.p + minus, v.n - minus },
		MOCK_MS_MAX, out) == -1)
		return -1;
	if (minus)
		*out = -*out;
	return 0;
}

int
dt_parse_number(struct sc_slice v, double *out)
{
	char text[32], *end;

	if (v.n == 0 || v.n >= sizeof(text))
		return -1;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '\0' || strchr("0123456789.eE+-", v.p[i]) == NULL)
			return -1;
	}
	memcpy(text, v.p, v.n);
	text[v.n] = '\0';
	*out = strtod(text, &end);
	return *end == '\0' ? 0 : -1;
}

static bool
is_word(struct sc_slice s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static int
take_bool(struct dt_query *q, const struct mock_param *p, bool *out)
{
	*out = is_word(p->value, "true");
	if (*out || is_word(p->value, "false"))
		return 0;
	return refuse(q, p->name, "expected true or false");
}

static int
take_flag(struct dt_query *q, const struct mock_param *p, int *out)
{
	bool yes;

	if (take_bool(q, p, &yes) == -1)
		return -1;
	*out = yes ? 1 : -1;
	return 0;
}

static int
take_int(struct dt_query *q, const struct mock_param *p, int64_t *out)
{
	if (dt_parse_int(p->value, out) == 0)
		return 0;
	return refuse(q, p->name, "expected a whole number");
}

static int
take_ints(struct dt_query *q, const struct mock_param *p, struct sc_slice *out)
{
	struct sc_slice list = p->value, v;
	int64_t n;

	*out = p->value;
	while (mock_next_value(&list, &v)) {
		if (dt_parse_int(v, &n) == -1)
			return refuse(q, p->name, "expected whole numbers");
	}
	return p->value.n > 0 ? 0 : refuse(q, p->name, "expected a number");
}

/* Of several bounds the narrowest counts. */
static int
take_bound(struct dt_query *q, const struct mock_param *p, enum dt_kind kind)
{
	bool date = kind == DT_P_FROM || kind == DT_P_TO;
	int64_t t = 0;

	if (!date) {
		if (take_int(q, p, &t) == -1)
			return -1;
	} else if (sc_time_parse_us(p->value.p, p->value.n, &t) == 0) {
		t /= 1000;
	} else {
		return refuse(q, p->name, "expected YYYY-MM-DD HH:MM:SS");
	}
	if (kind == DT_P_FROM || kind == DT_P_FROM_MS)
		q->from_ms = t > q->from_ms ? t : q->from_ms;
	else
		q->to_ms =
		    q->to_ms == MOCK_ABSENT || t < q->to_ms ? t : q->to_ms;
	return 0;
}

/* "90", "10min", "3hours": seconds unless a unit is given. */
static int
take_since(struct dt_query *q, const struct mock_param *p, int64_t *out)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "sec", 1 }, { "second", 1 },
		{ "m", 60 }, { "min", 60 }, { "minute", 60 }, { "h", 3600 },
		{ "hour", 3600 }, { "d", 86400 }, { "day", 86400 },
		{ "w", 604800 }, { "week", 604800 } };
	struct sc_slice n = p->value, unit;
	int64_t v;

	for (n.n = 0; n.n < p->value.n; n.n++) {
		if (n.p[n.n] < '0' || n.p[n.n] > '9')
			break;
	}
	unit = (struct sc_slice){ n.p + n.n, p->value.n - n.n };
	if (unit.n > 3 && unit.p[unit.n - 1] == 's')
		unit.n--;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (n.n > 9 || !sc_slice_is(unit, units[i].name) ||
		    dt_parse_int(n, &v) == -1)
			continue;
		*out = q->now_ms - v * units[i].seconds * 1000;
		return 0;
	}
	return refuse(q, p->name, "expected seconds or 10min");
}

static int
take_locale(struct dt_query *q, const struct mock_param *p)
{
	static const char *const known[] = { "en_US", "en_GB", "de_DE", "es_ES",
		"es_419", "fr_FR", "it_IT", "ja_JP", "ko_KR", "pt_BR",
		"zh_Hans", "zh_Hant" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (sc_slice_is(p->value, known[i]))
			return 0;
	}
	return refuse(q, p->name, "not a known locale");
}

static int
take_order(struct dt_query *q, const struct mock_param *p, int *out)
{
	*out = is_word(p->value, "asc") ? 1 : -1;
	if (*out == 1 || is_word(p->value, "desc"))
		return 0;
	return refuse(q, p->name, "expected ASC or DESC");
}

static int
take_saas(struct dt_query *q, const struct mock_param *p)
{
	if (p->value.n == 0 || q->nsaas == DT_SAAS_MAX)
		return refuse(
		    q, p->name, "expected up to %d patterns", DT_SAAS_MAX);
	q->saas[q->nsaas++] = p->value;
	return 0;
}

static int
take(struct dt_query *q, const struct dt_param *how, const struct mock_param *p)
{
	void *out = (char *)q + how->offset;
	bool idle;

	switch (how->kind) {
	case DT_P_BOOL:
		return take_bool(q, p, out);
	case DT_P_FLAG:
		return take_flag(q, p, out);
	case DT_P_IDLE:
		return take_bool(q, p, &idle);
	case DT_P_FROM_MS:
	case DT_P_TO_MS:
	case DT_P_FROM:
	case DT_P_TO:
		return take_bound(q, p, how->kind);
	case DT_P_INT:
		return take_int(q, p, out);
	case DT_P_NUMBER:
		if (dt_parse_number(p->value, out) == 0)
			return 0;
		return refuse(q, p->name, "expected a number");
	case DT_P_INTS:
		return take_ints(q, p, out);
	case DT_P_ORDER:
		return take_order(q, p, out);
	case DT_P_SINCE:
		return take_since(q, p, out);
	case DT_P_LOCALE:
		return take_locale(q, p);
	case DT_P_SAAS:
		return take_saas(q, p);
	case DT_P_TEXT:
	case DT_P_END:
	default:
		*(struct sc_slice *)out = p->value;
		return p->value.n > 0 ? 0 : refuse(q, p->name, "is empty");
	}
}

static bool
is_repeated(const struct mock_query *params, size_t i)
{
	struct sc_slice name = params->params[i].name;

	for (size_t k = 0; k < i; k++) {
		struct sc_slice other = params->params[k].name;

		if (other.n == name.n && memcmp(other.p, name.p, name.n) == 0)
			return true;
	}
	return false;
}

int
dt_query_parse(struct dt_query *q, const struct dt_param *known,
    struct sc_slice text, int64_t now_ms)
{
	*q = (struct dt_query){ .now_ms = now_ms,
		.from_ms = MOCK_ABSENT,
		.to_ms = MOCK_ABSENT,
		.since_ms = MOCK_ABSENT,
		.pbid = MOCK_ABSENT,
		.pid = MOCK_ABSENT,
		.sid = MOCK_ABSENT,
		.count = MOCK_ABSENT,
		.min_score = -DBL_MAX,
		.max_score = DBL_MAX,
		.min_group = -DBL_MAX,
		.max_group = DBL_MAX,
		.all_pinned = true,
		.device_at_top = true,
		.children = true };
	if (mock_query_parse(&q->params, text) == -1) {
		(void)strlcpy(q->why, "malformed query", sizeof(q->why));
		return -1;
	}
	for (size_t i = 0; i < q->params.nparams; i++) {
		const struct mock_param *p = &q->params.params[i];
		const struct dt_param *how = known;

		while (
		    how->kind != DT_P_END && !sc_slice_is(p->name, how->name))
			how++;
		if (how->kind == DT_P_END)
			return refuse(q, p->name, "unknown parameter");
		if (how->kind != DT_P_SAAS && is_repeated(&q->params, i))
			return refuse(q, p->name, "given more than once");
		if (take(q, how, p) == -1)
			return -1;
	}
	if (q->to_ms == MOCK_ABSENT)
		q->to_ms = now_ms;
	return 0;
}

void
dt_query_fini(struct dt_query *q)
{
	mock_query_fini(&q->params);
}
