#ifndef SC_STATUS_H
#define SC_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "sc/conf.h"
#include "sc/prog.h"
#include "sc/store.h"

/*
 * What a person or a monitor wants to know of each configured stream, from
 * the configuration and the store's health table.
 */
enum sc_state {
	SC_STATE_DISABLED, /* switched off in the configuration */
	SC_STATE_NEW,      /* has never run */
	SC_STATE_OK,       /* the last run ended well */
	SC_STATE_PARTIAL,  /* ... but did not read all there is */
	SC_STATE_WAITING,  /* a quota or lock; goes on by itself */
	SC_STATE_FAILING   /* needs somebody; remedy says what */
};
const char *sc_state_name(enum sc_state);

struct sc_stream_status {
	char integration[64];
	char vendor[64];
	enum sc_state state;
	int64_t interval_ms;
	int64_t due_ms;          /* when the next run is due; 0: now */
	int64_t expires_ms;      /* when the credential does; 0: unknown */
	int64_t kept_ms;         /* before that nothing is lost; 0: unknown */
	struct sc_health health; /* health.stream is INTEGRATION.STREAM */
};

struct sc_status {
	struct sc_stream_status *streams;
	size_t n;
};

/*
 * Looks at all integrations, or at one if name is not NULL.  An integration
 * whose file is wrong is left out, logged and counted in *broken.  -1: the
 * store fails, there is no configuration folder, or the one integration cannot
 * be loaded.
 */
int sc_status_load(const struct sc_prog *, struct sc_store *, const char *name,
    struct sc_status *out, size_t *broken, struct sc_err *e);
/* Adds what is known of the credentials. */
void sc_status_expiry(struct sc_status *, const char *statedir);
void sc_status_fini(struct sc_status *);

/* Appends the whole as one JSON object (also STATEDIR/status.json). */
void sc_status_json(const struct sc_status *, struct sc_buf *);

/*
 * When a stream with this health is due: epoch ms, 0 for at once.  A refused
 * credential is probed after 15 minutes, then twice that, up to 6 hours; other
 * failures of the vendor and the way there after a random part of the doubled
 * interval, up to an hour.  Never earlier than the interval and not_before.
 */
int64_t sc_status_due(const struct sc_health *, int64_t interval_ms);

#endif
