#include "mocksrv/rapid7/r7.h"
#include "sc/jsonw.h"
#include "sc/timefmt.h"

#define UUID_PURPOSE 0x7531 /* "u1" */

void
r7_uuid_of(struct sc_slice rrn, char out[MOCK_UUID_BUF])
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	struct mock_rng r;

	for (size_t i = 0; i < rrn.n; i++)
		h = (h ^ (unsigned char)rrn.p[i]) * UINT64_C(0x100000001b3);
	r = mock_rng_key(h, UUID_PURPOSE, rrn.n);
	mock_random_uuid(&r, out);
}

static void
put_time(struct sc_jw *w, const char *key, int64_t us)
{
	char text[SC_TIME_BUF];

	sc_jw_kv(w, key, sc_time_format(us, 3, text));
}

static void
put_raw(struct sc_jw *w, const char *key, struct sc_slice json)
{
	sc_jw_kvraw(w, key, json.n > 0 ? json : sc_slice_of("null"));
}

/* Here all that was detected is told in three members. */
static void
put_alerts(struct sc_jw *w, struct mock_table *alerts, struct sc_slice rrn)
{
	struct r7_kin kin = r7_kin(alerts, R7_PARENT, rrn);
	size_t row;

	sc_jw_key(w, "alerts");
	sc_jw_arr(w);
	while (r7_kin_next(&kin, &row)) {
		int64_t first = alerts->numbers[R7_ALERT_FIRST][row];

		if (first == MOCK_ABSENT)
			first = alerts->numbers[R7_ALERT_CREATED][row];
		sc_jw_obj(w);
		put_raw(w, "type", mock_table_text(alerts, R7_ALERT_TYPE, row));
		put_raw(w, "type_description",
		    mock_table_text(alerts, R7_ALERT_DESCRIPTION, row));
		put_time(w, "first_event_time", first);
		sc_jw_end(w, '}');
	}
	sc_jw_end(w, ']');
}

/* An assignee that is not there is not told as null. */
void
r7_put_v1(const struct r7_data *d, size_t row, struct sc_buf *b)
{
	const struct mock_table *t = d->tables[R7_INVESTIGATIONS];
	struct sc_slice rrn = mock_table_text(t, R7_INV_RRN, row);
	struct sc_slice assignee = mock_table_text(t, R7_INV_ASSIGNEE, row);
	char uuid[MOCK_UUID_BUF];
	struct sc_jw w;

	r7_uuid_of(rrn, uuid);
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "id", uuid);
	sc_jw_kvn(&w, "rrn", rrn);
	put_raw(&w, "title", mock_table_text(t, R7_INV_TITLE, row));
	sc_jw_kvn(&w, "status", mock_table_text(t, R7_INV_STATUS, row));
	sc_jw_kvn(&w, "source", mock_table_text(t, R7_INV_SOURCE, row));
	put_raw(&w, "disposition", mock_table_text(t, R7_INV_DISPOSITION, row));
	if (assignee.n > 0 && *assignee.p == '{')
		sc_jw_kvraw(&w, "assignee", assignee);
	put_alerts(&w, d->tables[R7_ALERTS], rrn);
	put_time(&w, "created_time", t->numbers[R7_INV_CREATED][row]);
	sc_jw_end(&w, '}');
}
