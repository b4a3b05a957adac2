#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/msg.h"
#include "sc/report.h"

#define KEYS_MAX 16

/* What happened to a stream's artifacts. */
struct tally {
	int64_t stored;
	int64_t known;
	int64_t newest_ms;
};

struct stream {
	char *stream; /* INTEGRATION.STREAM */
	/* From its SCHEMA. */
	bool announced;
	char *vendor, *integration, *name, *realm, *tenant; /* "" if absent */
	char *keys[KEYS_MAX];                               /* key_properties */
	size_t nkeys;
	/* What this run did. */
	struct tally all, batch;
	bool touched; /* belongs to the batch */
	/* The bookmark generation that STATEs name, and what we made of it. */
	bool moved;
	int64_t gen_read, gen_now;
};

/* All streams of a run, sorted by name. */
struct streams {
	struct stream **v;
	size_t n;
	struct stream *last; /* of the last look-up: mostly the next one too */
};
void streams_fini(struct streams *);

/* NULL when there is none. */
struct stream *streams_find(struct streams *, struct sc_slice name);
/* The same for a JSON string as it stands in a message. */
struct stream *streams_find_json(struct streams *, struct sc_json_val name);
/* Makes it when there is none; EX_DATAERR for a bad name or too many. */
struct stream *streams_get(
    struct streams *, struct sc_slice name, struct sc_err *e);
/*
 * Takes in a SCHEMA.  Without our "source" it is a foreign tap's: vendor
 * "singer", the integration is what stands before the first dot.
 */
int streams_announce(
    struct streams *, const struct sc_msg *schema, struct sc_err *e);

/* Adds one artifact to the batch's tally. */
void stream_count(struct stream *, bool stored, int64_t event_ms);
/* The batch is safe: its tallies go into the run's. */
void streams_settle(struct streams *);
/* Sum of all, and the outcome line of this stage. */
struct tally streams_total(const struct streams *);
void streams_report(const struct streams *, const struct sc_err *);

#endif
