#include <string.h>

#include "mocksrv/deepinstinct/di_generate.h"
#include "mocksrv/deepinstinct/di_story.h"
#include "mocksrv/put.h"
#include "sc/timefmt.h"

#define EVENT_PURPOSE      0x64696576 /* "diev" */
#define SUSPICIOUS_PURPOSE 0x64697375 /* "disu" */
#define SECOND             INT64_C(1000000)
#define DAY                (86400 * SECOND)
#define HASH_BUF           65
/* Every so manieth record takes the next story in turn. */
#define ROUND 3
/* Ids: a slot for each event, the last one of five for a suspicious one. */
#define SLOT  5
#define FIRST 1000
/* After so many records a thousand ids are missing: they were archived. */
#define ARCHIVED 97

struct event {
	struct mock_rng rng;
	const struct di_story *story;
	struct di_device device;
	int64_t id;
	int64_t agent_us, inserted_us, closed_us, again_us;
	uint64_t repeats;
	bool closed;
	char hash[HASH_BUF], archive[HASH_BUF];
};

static void
make_id(struct event *e, uint64_t i, bool suspicious)
{
	e->id = (int64_t)(FIRST + i * SLOT + i / ARCHIVED * 1000);
	e->id +=
	    suspicious ? SLOT - 1 : (int64_t)mock_rng_below(&e->rng, SLOT - 1);
}

/* Some moment from the insertion to the end of the plan. */
static int64_t
later(struct event *e, const struct mock_plan *p)
{
	int64_t room = p->start_us + p->span_us - e->inserted_us;

	return e->inserted_us +
	    (int64_t)mock_rng_below(&e->rng, (uint64_t)room + 1);
}

/* The server's time has the order of the ids, the agent's has none. */
static void
make_times(struct event *e, const struct mock_plan *p, uint64_t i)
{
	int64_t slice = di_slice_us(p);
	int64_t age = 10000 + (int64_t)mock_rng_below(&e->rng, 400000);

	e->inserted_us = p->start_us + slice * (int64_t)i +
	    (int64_t)mock_rng_below(&e->rng, (uint64_t)slice);
	if (mock_rng_percent(&e->rng, 5)) /* it was offline */
		age += (int64_t)mock_rng_below(&e->rng, 20 * DAY);
	e->agent_us = e->inserted_us - age;
	if (mock_rng_percent(&e->rng, 5)) /* on the second, by chance */
		e->agent_us = e->agent_us / SECOND * SECOND;
	e->closed = mock_rng_percent(&e->rng, 40);
	if (e->closed)
		e->closed_us = later(e, p);
	if (mock_rng_percent(&e->rng, 25)) {
		e->repeats = 1 + mock_rng_below(&e->rng, 40);
		e->again_us = later(e, p);
	}
}

static void
pick_device(struct event *e, uint64_t seed)
{
	unsigned n = (unsigned)mock_rng_below(&e->rng, DI_FLEET);

	while (di_device_os(n) != e->story->os)
		n = (n + 1) % DI_FLEET;
	di_device_make(&e->device, seed, n);
}

static void
make_hashes(struct event *e)
{
	mock_random_hex(&e->rng, e->hash, HASH_BUF - 1);
	(void)strlcpy(e->archive, e->hash, sizeof(e->archive));
	if (mock_rng_percent(&e->rng, 30))
		mock_random_hex(&e->rng, e->archive, HASH_BUF - 1);
}

static void
make_event(
    struct event *e, const struct mock_plan *p, uint64_t i, bool suspicious)
{
	size_t n = suspicious ? di_suspicion_count() : di_story_count();
	size_t k;

	*e = (struct event){
		.rng = mock_rng_key(
		    p->seed, suspicious ? SUSPICIOUS_PURPOSE : EVENT_PURPOSE, i)
	};
	k = i % ROUND == 0 ? i / ROUND % n : mock_rng_below(&e->rng, n);
	e->story = suspicious ? di_suspicion(k) : di_story(k);
	make_id(e, i, suspicious);
	make_times(e, p, i);
	pick_device(e, p->seed);
	make_hashes(e);
}

/* As Python writes a time: no fraction when it is zero. */
static void
put_time(struct sc_jw *w, const char *key, int64_t us)
{
	char text[SC_TIME_BUF];

	sc_jw_kv(w, key, sc_time_format(us, us % SECOND == 0 ? 0 : 6, text));
}

static void
put_late(struct sc_jw *w, const char *key, int64_t us)
{
	if (us == 0)
		mock_put_null(w, key);
	else
		put_time(w, key, us);
}

/* Mostly a text, but clients were warned that it need not be. */
static void
put_path(struct event *e, struct sc_jw *w)
{
	const char *p = e->story->path;
	struct sc_buf b;

	if (p == NULL) {
		mock_put_null(w, "path");
		return;
	}
	sc_buf_init(&b, 512);
	for (; *p != '\0'; p++) {
		if (*p == '@')
			(void)sc_buf_adds(&b, e->device.login);
		else
			(void)sc_buf_addc(&b, *p);
	}
	sc_jw_key(w, "path");
	if (mock_rng_percent(&e->rng, 2)) {
		sc_jw_arr(w);
		sc_jw_strn(w, b.p, b.len);
		sc_jw_end(w, ']');
	} else {
		sc_jw_strn(w, b.p, b.len);
	}
	sc_buf_fini(&b);
}

static void
put_classified(const struct di_story *s, struct sc_jw *w)
{
	sc_jw_obj(w);
	sc_jw_kv(w, "tactic", s->tactic);
	sc_jw_kv(w, "technique_id", s->technique);
	sc_jw_end(w, '}');
}

/* Nobody has published its shape: any that a string can be found in. */
static void
put_mitre(struct event *e, struct sc_jw *w)
{
	static const char key[] = "mitre_classifications";
	const struct di_story *s = e->story;
	uint64_t form = mock_rng_below(&e->rng, 6);

	if (form == 0) /* before 3.3 */
		return;
	sc_jw_key(w, key);
	if (form == 1 && s->technique == NULL) {
		sc_jw_null(w);
	} else if (form == 2 && s->technique != NULL) {
		put_classified(s, w);
	} else {
		sc_jw_arr(w);
		if (s->technique != NULL && form == 3)
			sc_jw_str(w, s->technique);
		else if (s->technique != NULL)
			put_classified(s, w);
		if (s->technique != NULL && form == 4)
			sc_jw_str(w, "Execution: T1204, T1566.001");
		sc_jw_end(w, ']');
	}
}

static void
put_recorded(const struct di_device *d, struct sc_jw *w)
{
	sc_jw_key(w, "recorded_device_info");
	sc_jw_obj(w);
	sc_jw_kv(w, "os", di_os_name(d->os));
	sc_jw_kv(w, "mac_address", d->mac);
	sc_jw_kv(w, "hostname", d->host);
	sc_jw_kv(w, "tag", d->tag);
	sc_jw_kv(w, "group_name", d->group.name);
	sc_jw_kv(w, "policy_name", d->group.policy);
	if (d->is_tenant)
		sc_jw_kv(w, "tenant_name", d->tenant->name);
	sc_jw_end(w, '}');
}

static void
put_certificate(struct event *e, struct sc_jw *w)
{
	bool is_signed = mock_rng_percent(&e->rng, 15);
	char thumbprint[41];

	mock_random_hex(&e->rng, thumbprint, 40);
	mock_put_text(
	    w, "certificate_thumbprint", is_signed ? thumbprint : NULL);
	mock_put_text(w, "certificate_vendor_name",
	    is_signed ? "Beispiel Software GmbH, \"München\"" : NULL);
}

/* Events that are not about a file have none of these. */
static void
put_file(struct event *e, struct sc_jw *w)
{
	bool uploaded = mock_rng_percent(&e->rng, 30);

	sc_jw_kv(w, "file_type", e->story->file_type);
	sc_jw_kv(w, "file_hash", e->hash);
	mock_put_text(w, "file_archive_hash",
	    mock_rng_percent(&e->rng, 90) ? e->archive : NULL);
	put_path(e, w);
	if (mock_rng_percent(&e->rng, 95))
		sc_jw_kvi(w, "file_size",
		    (int64_t)mock_rng_below(&e->rng, INT64_C(5000000000)));
	else
		mock_put_null(w, "file_size");
	put_certificate(e, w);
	sc_jw_kv(w, "file_status", uploaded ? "UPLOADED" : "NOT_UPLOADED");
	sc_jw_kv(w, "sandbox_status",
	    uploaded ? "READY_TO_GENERATE" : "NOT_READY_TO_GENERATE");
	sc_jw_kv(w, "model", "FileEvent");
}

static void
put_state(struct event *e, struct sc_jw *w)
{
	static const char *const actions[] = { "FILE_UPLOADED_SUCCESSFULLY",
		"FILE_UPLOADED_FAILED", "QUARANTINE_SUCCESS", NULL, NULL };
	static const char *const comments[] = { NULL, NULL, NULL, NULL,
		"Fehlalarm? – JB\nsiehe Ticket 4711",
		"=HYPERLINK(\"http://example.com/\") 🚨", "" };
	bool by_brain = mock_rng_percent(&e->rng, 20);

	put_late(w, "close_timestamp", e->closed_us);
	if (e->closed)
		sc_jw_kv(
		    w, "close_trigger", by_brain ? "BRAIN" : "CLOSED_BY_ADMIN");
	else
		mock_put_text(w, "close_trigger", by_brain ? "NONE" : NULL);
	sc_jw_kvi(w, "reoccurrence_count", (int64_t)e->repeats);
	put_late(w, "last_reoccurrence", e->again_us);
	mock_put_text(w, "last_action",
	    actions[e->story->file_type != NULL ? mock_rng_below(&e->rng, 5)
						: 3]);
	sc_jw_kv(w, "status", e->closed ? "CLOSED" : "OPEN");
	mock_put_text(w, "comment", comments[mock_rng_below(&e->rng, 7)]);
}

static void
put_kind(const struct event *e, struct sc_jw *w)
{
	sc_jw_kvi(w, "id", e->id);
	sc_jw_kvi(w, "device_id", e->device.id);
	sc_jw_kv(w, "type", e->story->type);
	mock_put_text(w, "trigger", e->story->trigger);
	sc_jw_kv(w, "action", e->story->action);
	put_time(w, "timestamp", e->agent_us);
	put_time(w, "insertion_timestamp", e->inserted_us);
}

void
di_event_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	struct event e;
	struct sc_jw w;

	make_event(&e, p, i, false);
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	if (e.story->file_type != NULL)
		put_file(&e, &w);
	else if (e.story->path != NULL)
		put_path(&e, &w);
	mock_put_text(&w, "threat_severity", e.story->severity);
	mock_put_text(&w, "deep_classification", e.story->classification);
	put_kind(&e, &w);
	put_state(&e, &w);
	put_recorded(&e.device, &w);
	put_mitre(&e, &w);
	di_put_tenant(&e.device, &w);
	sc_jw_end(&w, '}');
}

/* Nobody has published its shape either. */
static void
put_remediation(struct event *e, struct sc_jw *w)
{
	uint64_t form = mock_rng_below(&e->rng, 4);

	if (form == 0)
		return;
	sc_jw_key(w, "remediation");
	if (form == 1) {
		sc_jw_null(w);
	} else if (form == 2) {
		sc_jw_str(w, "TERMINATE_PROCESS");
	} else {
		sc_jw_arr(w);
		sc_jw_obj(w);
		sc_jw_kv(w, "action", "DELETE_FILE");
		sc_jw_kv(w, "status", e->closed ? "SUCCESS" : "FAILED");
		sc_jw_end(w, '}');
		sc_jw_end(w, ']');
	}
}

void
di_suspicious_record(const struct mock_plan *p, uint64_t i, struct sc_buf *b)
{
	struct event e;
	struct sc_jw w;

	make_event(&e, p, i, true);
	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	put_kind(&e, &w);
	sc_jw_kv(&w, "status", e.closed ? "CLOSED" : "OPEN");
	mock_put_text(&w, "close_trigger", e.closed ? "CLOSED_BY_ADMIN" : NULL);
	put_recorded(&e.device, &w);
	put_mitre(&e, &w);
	mock_put_text(&w, "file_type", e.story->file_type);
	mock_put_text(&w, "file_archive_hash",
	    e.story->file_type != NULL ? e.archive : NULL);
	put_path(&e, &w);
	mock_put_text(&w, "rule_trigger", e.story->rule);
	put_remediation(&e, &w);
	di_put_tenant(&e.device, &w);
	sc_jw_end(&w, '}');
}
