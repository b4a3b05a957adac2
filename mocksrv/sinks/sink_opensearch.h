#ifndef MOCK_SINK_OPENSEARCH_H
#define MOCK_SINK_OPENSEARCH_H

#include "mocksrv/sinks/sink.h"
#include "mocksrv/sinks/sink_bulk.h"
#include "mocksrv/sinks/sink_fail.h"

/* An OpenSearch cluster, as far as one writes into it. */
struct sink_opensearch {
	struct sink sink; /* first */
	char *user, *password;
	char *apikey;
	struct sink_fails fails;
	struct sink_map versions; /* of index and id */
	int64_t made_ids;
	int64_t writes; /* for _seq_no */
};

/* What became of an item. */
struct sink_outcome {
	int status;
	int64_t version;   /* of a document that was written */
	const char *error; /* NULL: it was */
	char why[700];
};

/* Carries the item out; gives it an id if it has none. */
void sink_opensearch_write(
    struct sink_opensearch *, struct sink_bulk_item *, struct sink_outcome *);
/* The version of a document; 0: there is none. */
int64_t sink_opensearch_version(
    struct sink_opensearch *, const char *index, const char *id);
/* What was kept by a run before, or before the scenario was loaded again. */
void sink_opensearch_recall(struct sink_opensearch *);

#endif
