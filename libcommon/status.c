#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/expiry.h"
#include "sc/jsonw.h"
#include "sc/keymark.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/status.h"

/* A credential that is refused too often may lock the account. */
#define PROBE_MS       (15 * INT64_C(60000))
#define PROBE_MAX_MS   (6 * INT64_C(3600000))
#define BACKOFF_MAX_MS INT64_C(3600000)

static const char *const state_names[] = {
	[SC_STATE_DISABLED] = "disabled",
	[SC_STATE_NEW] = "new",
	[SC_STATE_OK] = "ok",
	[SC_STATE_PARTIAL] = "partial",
	[SC_STATE_WAITING] = "waiting",
	[SC_STATE_FAILING] = "failing",
};

const char *
sc_state_name(enum sc_state s)
{
	return state_names[s];
}

/* first_ms, twice that after the second failure, and so on. */
static int64_t
doubled(int64_t first_ms, int64_t failures, int64_t most_ms)
{
	while (failures-- > 1 && first_ms < most_ms)
		first_ms *= 2;
	return first_ms < most_ms ? first_ms : most_ms;
}

/*
 * A number that differs from stream to stream and run to run, and is the same
 * for everybody who asks: SplitMix64 over an FNV-1a hash.
 */
static uint64_t
dice(const struct sc_health *h)
{
	uint64_t x = UINT64_C(0xcbf29ce484222325);

	for (const char *p = h->stream; *p != '\0'; p++)
		x = (x ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	x += (uint64_t)h->last_run_ms * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static int64_t
pause_ms(const struct sc_health *h, int64_t interval_ms)
{
	int64_t range;

	if (h->code == 0)
		return interval_ms;
	switch (sc_class_parse(h->class)) {
	case SC_CLASS_AUTH:
	case SC_CLASS_PERMISSION:
		return doubled(PROBE_MS, h->failures, PROBE_MAX_MS);
	case SC_CLASS_NETWORK:
	case SC_CLASS_PROXY:
	case SC_CLASS_TLS:
	case SC_CLASS_REGION:
	case SC_CLASS_VENDOR:
	case SC_CLASS_PROTOCOL:
		range = doubled(interval_ms, h->failures, BACKOFF_MAX_MS);
		return (int64_t)(dice(h) % (uint64_t)(range + 1));
	default:
		return interval_ms;
	}
}

int64_t
sc_status_due(const struct sc_health *h, int64_t interval_ms)
{
	int64_t pause = pause_ms(h, interval_ms), due = 0;

	if (h->last_run_ms > 0)
		due = h->last_run_ms +
		    (pause > interval_ms ? pause : interval_ms);
	return due > h->not_before_ms ? due : h->not_before_ms;
}

/* A hand-run pipeline leaves commits but no runs: it counts as well. */
static enum sc_state
judge(const struct sc_health *h, bool enabled)
{
	int class = sc_class_parse(h->class);

	if (!enabled)
		return SC_STATE_DISABLED;
	if (h->last_run_ms == 0)
		return h->last_commit_ms > 0 ? SC_STATE_OK : SC_STATE_NEW;
	if (h->code == 0)
		return h->last_ok_ms == h->last_run_ms ? SC_STATE_OK
						       : SC_STATE_PARTIAL;
	return class == SC_CLASS_QUOTA || class == SC_CLASS_LOCKED
	    ? SC_STATE_WAITING
	    : SC_STATE_FAILING;
}

/*
 * What came right after the last good run is forgotten first.  A walk always
 * sees all there is.
 */
static int64_t
kept_until(const struct sc_health *h, const struct sc_stream *def)
{
	return h->last_ok_ms > 0 && def->paging != SC_PAGING_WALK
	    ? h->last_ok_ms + def->retention_ms
	    : 0;
}

static bool
is_refused(const struct sc_health *h)
{
	int class = sc_class_parse(h->class);

	return class == SC_CLASS_AUTH || class == SC_CLASS_PERMISSION;
}

/* changed: the credential may be another one than the one refused. */
static int
add_stream(struct sc_status *out, const struct sc_integration *in,
    const struct sc_stream_conf *sc, struct sc_store *store, bool changed,
    struct sc_err *e)
{
	struct sc_stream_status *s;
	char name[160];

	out->streams =
	    sc_xreallocarray(out->streams, out->n + 1, sizeof(*out->streams));
	s = &out->streams[out->n];
	*s = (struct sc_stream_status){ .interval_ms = sc->interval_ms };
	(void)strlcpy(s->integration, in->name, sizeof(s->integration));
	(void)strlcpy(s->vendor, in->vendor->name, sizeof(s->vendor));
	(void)snprintf(name, sizeof(name), "%s.%s", in->name, sc->def->name);
	if (sc_store_health(store, name, &s->health, e) == -1)
		return -1;
	s->state = judge(&s->health, in->enabled && sc->enabled);
	s->due_ms = changed && is_refused(&s->health)
	    ? s->health.not_before_ms
	    : sc_status_due(&s->health, s->interval_ms);
	s->kept_ms = kept_until(&s->health, sc->def);
	out->n++;
	return 0;
}

/* *wrong: it is the integration's file that is, not the store. */
static int
add_integration(struct sc_status *out, const struct sc_prog *p,
    const char *name, struct sc_store *store, bool *wrong, struct sc_err *e)
{
	struct sc_integration *in = sc_integration_load(p->confdir, name, e);
	bool changed;
	int rc = 0;

	*wrong = in == NULL;
	if (in == NULL)
		return -1;
	changed = sc_keymark_changed(p->statedir, in);
	for (size_t i = 0; i < in->nstreams && rc == 0; i++)
		rc = add_stream(out, in, &in->streams[i], store, changed, e);
	sc_integration_free(in);
	return rc;
}

/* A new host has no integration yet; a mistyped folder is no such host. */
static int
check_confdir(const char *confdir, struct sc_err *e)
{
	if (access(confdir, R_OK | X_OK) == 0)
		return 0;
	(void)sc_fail_sys(e, EX_CONFIG, "no configuration: %s", confdir);
	return sc_remedy(e, SC_CLASS_CONFIG,
	    "choose the folder with -C, or let sc-conf add VENDOR NAME make "
	    "it");
}

int
sc_status_load(const struct sc_prog *p, struct sc_store *store,
    const char *name, struct sc_status *out, size_t *broken, struct sc_err *e)
{
	char **names = NULL;
	size_t n = 0;
	bool wrong;
	int rc;

	*out = (struct sc_status){ 0 };
	*broken = 0;
	if (name != NULL)
		rc = add_integration(out, p, name, store, &wrong, e);
	else if ((rc = check_confdir(p->confdir, e)) == 0)
		rc = sc_integration_list(p->confdir, &names, &n, e);
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = add_integration(out, p, names[i], store, &wrong, e);
		if (rc == 0 || !wrong)
			continue;
		sc_warn("%s", e->msg);
		(*broken)++;
		rc = 0;
	}
	sc_names_free(names, n);
	if (rc == -1)
		sc_status_fini(out);
	return rc;
}

void
sc_status_expiry(struct sc_status *st, const char *statedir)
{
	for (size_t i = 0; i < st->n; i++) {
		struct sc_stream_status *s = &st->streams[i];

		s->expires_ms =
		    sc_expiry_read(statedir, s->integration).expires_ms;
	}
}

void
sc_status_fini(struct sc_status *s)
{
	free(s->streams);
	*s = (struct sc_status){ 0 };
}

static void
put_stream(struct sc_jw *w, const struct sc_stream_status *s)
{
	const struct sc_health *h = &s->health;

	sc_jw_obj(w);
	sc_jw_kv(w, "stream", h->stream);
	sc_jw_kv(w, "integration", s->integration);
	sc_jw_kv(w, "vendor", s->vendor);
	sc_jw_kv(w, "state", sc_state_name(s->state));
	sc_jw_kv(w, "class", h->class[0] != '\0' ? h->class : NULL);
	sc_jw_kvi(w, "code", h->code);
	sc_jw_kv(w, "text", h->text[0] != '\0' ? h->text : NULL);
	sc_jw_kv(w, "remedy", h->remedy[0] != '\0' ? h->remedy : NULL);
	sc_jw_kvi(w, "interval_ms", s->interval_ms);
	sc_jw_kvi(w, "failures", h->failures);
	sc_jw_kvi(w, "artifacts", h->artifacts);
	sc_jw_kvms(w, "last_run", h->last_run_ms);
	sc_jw_kvms(w, "last_ok", h->last_ok_ms);
	sc_jw_kvms(w, "last_commit", h->last_commit_ms);
	sc_jw_kvms(w, "newest", h->newest_ms);
	sc_jw_kvms(w, "due", s->due_ms);
	sc_jw_kvms(w, "kept_until", s->kept_ms);
	sc_jw_kvms(w, "token_expires", s->expires_ms);
	sc_jw_end(w, '}');
}

void
sc_status_json(const struct sc_status *s, struct sc_buf *b)
{
	struct sc_jw w;

	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "v", 1);
	sc_jw_kvms(&w, "time", sc_clock_ms());
	sc_jw_key(&w, "streams");
	sc_jw_arr(&w);
	for (size_t i = 0; i < s->n; i++)
		put_stream(&w, &s->streams[i]);
	sc_jw_end(&w, ']');
	sc_jw_end(&w, '}');
	(void)sc_buf_addc(b, '\n');
}
