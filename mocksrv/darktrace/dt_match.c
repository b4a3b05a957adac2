#include <string.h>
#include <strings.h>

#include "mocksrv/darktrace/dt.h"
#include "sc/mem.h"

/* Sensors that are no networks have numbers below zero. */
#define SID_SAAS (-9)

static bool
is_text(const struct mock_table *t, size_t col, size_t row, const char *text)
{
	return sc_slice_is(mock_table_text(t, col, row), text);
}

static bool
same(struct sc_slice a, struct sc_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* A record without the number has the least. */
static bool
in_range(
    const struct mock_table *t, size_t col, size_t row, double min, double max)
{
	double v = 0;

	(void)dt_parse_number(mock_table_text(t, col, row), &v);
	return v >= min && v <= max;
}

static bool
in_window(const struct dt_filter *f, int64_t first_ms, int64_t last_ms)
{
	return f->any_time ||
	    (last_ms >= f->q->from_ms && first_ms <= f->q->to_ms);
}

/* True when the list has the number; an empty list has every one. */
static bool
has_number(struct sc_slice list, int64_t n)
{
	struct sc_slice v;
	int64_t each;

	if (list.n == 0)
		return true;
	while (mock_next_value(&list, &v)) {
		if (dt_parse_int(v, &each) == 0 && each == n)
			return true;
	}
	return false;
}

static bool
has_text(struct sc_slice list, struct sc_slice text)
{
	struct sc_slice v;

	while (mock_next_value(&list, &v)) {
		if (same(v, text))
			return true;
	}
	return false;
}

/* "office365*" against the module in "SaaS::Office365: jane@example.com". */
static bool
passes_saas(const struct dt_query *q, struct sc_slice host)
{
	static const char prefix[] = "SaaS::";
	const size_t n = sizeof(prefix) - 1;

	if (q->nsaas == 0)
		return true;
	if (host.n < n || memcmp(host.p, prefix, n) != 0)
		return false;
	host = (struct sc_slice){ host.p + n, host.n - n };
	for (size_t i = 0; i < q->nsaas; i++) {
		struct sc_slice p = q->saas[i];
		bool open = p.p[p.n - 1] == '*';

		p.n -= open;
		if (host.n < p.n || strncasecmp(host.p, p.p, p.n) != 0)
			continue;
		if (open || host.n == p.n || host.p[p.n] == ':')
			return true;
	}
	return false;
}

static bool
is_acknowledged_breach(const struct mock_table *t, size_t row)
{
	return is_text(t, DT_B_ACK, row, "true") ||
	    mock_table_text(t, DT_B_ACK_BY, row).n > 0;
}

/* The model's number and name, whether it stands in `then` or alone. */
static bool
passes_model(const struct dt_query *q, const struct mock_table *t, size_t row)
{
	if (q->pid != MOCK_ABSENT && t->numbers[DT_B_PID][row] != q->pid &&
	    t->numbers[DT_B_PID_THEN][row] != q->pid)
		return false;
	return q->uuid.n == 0 ||
	    same(mock_table_text(t, DT_B_UUID, row), q->uuid) ||
	    same(mock_table_text(t, DT_B_UUID_THEN, row), q->uuid);
}

bool
dt_breach_matches(const struct dt_filter *f, size_t row)
{
	const struct dt_query *q = f->q;
	const struct mock_table *t = f->table;
	int64_t at = t->numbers[q->by_creation ? DT_B_CREATED : DT_B_TIME][row];

	if (!q->acknowledged && is_acknowledged_breach(t, row))
		return false;
	if (q->pbid != MOCK_ABSENT)
		return t->numbers[DT_B_PBID][row] == q->pbid;
	return in_window(f, at, at) &&
	    in_range(t, DT_B_SCORE, row, q->min_score, q->max_score) &&
	    passes_model(q, t, row) &&
	    has_number(q->did, t->numbers[DT_B_DID][row]) &&
	    (!q->saas_only || t->numbers[DT_B_SID][row] == SID_SAAS) &&
	    passes_saas(q, mock_table_text(t, DT_B_HOST, row));
}

static int64_t
number_member(struct sc_json_val object, const char *name)
{
	int64_t n;

	return sc_json_int(sc_json_member(object, name), &n) == 0 ? n
								  : MOCK_ABSENT;
}

/* The stream's two lists in this record. */
static void
find_lists(const struct dt_filter *f, size_t row, struct sc_json_val out[2])
{
	struct sc_slice r = f->table->data->records[row];
	struct sc_err e = { 0 };

	(void)sc_json_scan(r.p, r.n, f->plan, 0, out, &e);
}

/* From the first begin to the last end of the activity. */
static bool
periods_in_window(const struct dt_filter *f, struct sc_json_val periods)
{
	struct sc_json_iter it = sc_json_iter(periods);
	struct sc_json_val each;

	if (f->any_time)
		return true;
	while (sc_json_next(&it, NULL, &each)) {
		if (in_window(f, number_member(each, "start"),
			number_member(each, "end")))
			return true;
	}
	return false;
}

/* What is asked of the devices of an event: one must fit, none be excluded. */
static bool
passes_devices(const struct dt_query *q, struct sc_json_val devices)
{
	struct sc_json_iter it = sc_json_iter(devices);
	bool fits = q->did.n == 0 && q->sid == MOCK_ABSENT && !q->saas_only;
	struct sc_json_val each;

	while (sc_json_next(&it, NULL, &each)) {
		bool plain = each.type == SC_JSON_NUMBER;
		int64_t did = MOCK_ABSENT, sid = MOCK_ABSENT;

		if (plain) {
			(void)sc_json_int(each, &did);
		} else {
			did = number_member(each, "did");
			sid = number_member(each, "sid");
		}
		if ((q->not_did.n > 0 && has_number(q->not_did, did)) ||
		    (q->not_sid.n > 0 && has_number(q->not_sid, sid)))
			return false;
		fits |= has_number(q->did, did) &&
		    (q->sid == MOCK_ABSENT || sid == q->sid) &&
		    (!q->saas_only || sid == SID_SAAS);
	}
	return fits;
}

/*
 * With true for some categories only these are wanted, with false all but
 * those.
 */
static bool
passes_category(const struct dt_query *q, struct sc_slice category)
{
	bool positive =
	    q->critical == 1 || q->suspicious == 1 || q->compliance == 1;
	int said = 0;

	if (sc_slice_is(category, "critical"))
		said = q->critical;
	else if (sc_slice_is(category, "suspicious"))
		said = q->suspicious;
	else if (sc_slice_is(category, "compliance"))
		said = q->compliance;
	return positive ? said == 1 : said != -1;
}

/* Pinned ones come whatever the window. */
static bool
skips_window(const struct dt_query *q, bool pinned)
{
	return pinned && (q->all_pinned || q->only_pinned);
}

bool
dt_event_matches(const struct dt_filter *f, size_t row)
{
	const struct dt_query *q = f->q;
	const struct mock_table *t = f->table;
	bool pinned = is_text(t, DT_E_PINNED, row, "true");
	int64_t at = t->numbers[DT_E_CREATED][row];
	struct sc_json_val lists[2] = { 0 };

	if ((q->only_pinned && !pinned) ||
	    (!q->acknowledged && is_text(t, DT_E_ACK, row, "true")))
		return false;
	if ((q->uuid.n > 0 &&
		!same(mock_table_text(t, DT_E_ID, row), q->uuid)) ||
	    (q->group.n > 0 &&
		!has_text(q->group, mock_table_text(t, DT_E_GROUP, row))))
		return false;
	if (!in_range(t, DT_E_SCORE, row, q->min_score, q->max_score) ||
	    !in_range(t, DT_E_GROUP_SCORE, row, q->min_group, q->max_group) ||
	    !passes_category(q, mock_table_text(t, DT_E_CATEGORY, row)))
		return false;
	if (f->style->window == DT_BY_CREATED && !skips_window(q, pinned) &&
	    !in_window(f, at, at))
		return false;
	find_lists(f, row, lists);
	if (f->style->window == DT_BY_PERIODS && !skips_window(q, pinned) &&
	    !periods_in_window(f, lists[0]))
		return false;
	return passes_devices(q, lists[1]);
}

static bool
has_event(struct sc_json_val events, struct sc_slice uuid)
{
	struct sc_json_iter it = sc_json_iter(events);
	struct sc_json_val each;

	while (sc_json_next(&it, NULL, &each)) {
		struct sc_json_val v = sc_json_member(each, "uuid");

		if (v.type == SC_JSON_STRING && v.raw.n == uuid.n + 2 &&
		    memcmp(v.raw.p + 1, uuid.p, uuid.n) == 0)
			return true;
	}
	return false;
}

bool
dt_group_matches(const struct dt_filter *f, size_t row)
{
	const struct dt_query *q = f->q;
	const struct mock_table *t = f->table;
	bool pinned = is_text(t, DT_G_PINNED, row, "true");
	struct sc_json_val lists[2] = { 0 };

	if ((q->only_pinned && !pinned) ||
	    (!q->acknowledged && is_text(t, DT_G_ACK, row, "true")))
		return false;
	if (q->group.n > 0 &&
	    !has_text(q->group, mock_table_text(t, DT_G_ID, row)))
		return false;
	if (!skips_window(q, pinned) &&
	    !in_window(
		f, t->numbers[DT_G_START][row], t->numbers[DT_G_END][row]))
		return false;
	if (!in_range(t, DT_G_SCORE, row, q->min_group, q->max_group) ||
	    !passes_category(q, mock_table_text(t, DT_G_CATEGORY, row)))
		return false;
	find_lists(f, row, lists);
	return (q->uuid.n == 0 || has_event(lists[0], q->uuid)) &&
	    passes_devices(q, lists[1]);
}

/* What /devicesearch looks into. */
static bool
is_found(const struct dt_query *q, const struct mock_table *t, size_t row)
{
	static const size_t cols[] = { DT_D_IP, DT_D_MAC, DT_D_HOST,
		DT_D_LABEL };

	for (size_t i = 0; i < sizeof(cols) / sizeof(cols[0]); i++) {
		struct sc_slice s = mock_table_text(t, cols[i], row);

		if (s.n > 0 &&
		    memmem(s.p, s.n, q->search.p, q->search.n) != NULL)
			return true;
	}
	return false;
}

bool
dt_device_matches(const struct dt_filter *f, size_t row)
{
	const struct dt_query *q = f->q;
	const struct mock_table *t = f->table;
	struct sc_slice mac = mock_table_text(t, DT_D_MAC, row);

	if (!has_number(q->did, t->numbers[DT_D_DID][row]) ||
	    (q->sid != MOCK_ABSENT && t->numbers[DT_D_SID][row] != q->sid))
		return false;
	if (q->ip.n > 0 && !same(mock_table_text(t, DT_D_IP, row), q->ip))
		return false;
	if (q->mac.n > 0 &&
	    (mac.n != q->mac.n || strncasecmp(mac.p, q->mac.p, mac.n) != 0))
		return false;
	if (q->since_ms != MOCK_ABSENT &&
	    t->numbers[DT_D_SEEN][row] < q->since_ms)
		return false;
	return passes_saas(q, mock_table_text(t, DT_D_HOST, row)) &&
	    (q->search.n == 0 || is_found(q, t, row));
}

void
dt_filter_init(struct dt_filter *f, const struct dt_stream *stream,
    struct mock_table *table, const struct dt_query *q,
    const struct dt_style *style)
{
	struct sc_err e = { 0 };

	*f = (struct dt_filter){
		.q = q, .style = style, .stream = stream, .table = table
	};
	if (stream->lists[0] != NULL)
		f->plan = sc_json_plan_new(stream->lists, 2, &e);
}

void
dt_filter_fini(struct dt_filter *f)
{
	sc_json_plan_free(f->plan);
}

bool
dt_filter_passes(const struct dt_filter *f, size_t row)
{
	int64_t born = f->table->numbers[f->stream->born_col][row];

	if (f->style->births && born > f->q->now_ms)
		return false;
	return f->stream->matches(f, row);
}

void
dt_filter_note(struct dt_filter *f)
{
	struct mock_table *t = f->table;

	if (t->wanted == NULL)
		t->wanted = sc_xcalloc(t->data->nrecords, sizeof(*t->wanted));
	f->any_time = true;
	for (size_t i = 0; i < t->data->nrecords; i++)
		t->wanted[i] = t->wanted[i] || dt_filter_passes(f, i);
	f->any_time = false;
}
