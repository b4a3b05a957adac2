#ifndef MOCK_SINK_HEC_H
#define MOCK_SINK_HEC_H

#include "mocksrv/sinks/sink.h"
#include "mocksrv/sinks/sink_map.h"

/* What Splunk's HTTP Event Collector says, by its own numbers. */
enum sink_hec_code {
	HEC_SUCCESS = 0,
	HEC_TOKEN_DISABLED = 1,
	HEC_TOKEN_REQUIRED = 2,
	HEC_INVALID_AUTHORIZATION = 3,
	HEC_INVALID_TOKEN = 4,
	HEC_NO_DATA = 5,
	HEC_INVALID_FORMAT = 6,
	HEC_INCORRECT_INDEX = 7,
	HEC_INTERNAL_ERROR = 8,
	HEC_BUSY = 9,
	HEC_CHANNEL_MISSING = 10,
	HEC_INVALID_CHANNEL = 11,
	HEC_EVENT_REQUIRED = 12,
	HEC_EVENT_BLANK = 13,
	HEC_ACK_DISABLED = 14,
	HEC_INDEXED_FIELDS = 15,
	HEC_QUERY_TOKEN = 16,
	HEC_HEALTHY = 17
};

/*
 * Cuts the next event, a JSON object, off a body of several.  1: there it is,
 * whole and checked; 0: nothing but blanks is left; -1: what comes next is no
 * event.
 */
int sink_hec_next(struct sc_slice *body, struct sc_slice *event);
/* What is wrong with an event; index: the only one allowed, or NULL. */
enum sink_hec_code sink_hec_check(struct sc_slice text, const char *index);

/* Acknowledgement, by channel. */
struct sink_acks {
	struct sink_map next;   /* ackId that a channel gets next */
	struct sink_map places; /* in pending, counted from 1 */
	struct sink_ack {
		uint64_t channel;
		int64_t id;
		int64_t since_ms;
		int64_t polls;
	} * pending;
	size_t n;
};

/* As a collector has it by default, more may not wait. */
#define SINK_ACKS_MAX 100000

/* The ackId of an accepted request; -1: too many are waiting. */
int64_t sink_acks_add(struct sink_acks *, uint64_t channel, int64_t now_ms);

/* When an ackId is reported as true. */
struct sink_ack_terms {
	bool never;
	int64_t polls;    /* not before this many were in vain */
	int64_t after_ms; /* ... and this time has passed */
};
/* Asks for one; what was reported as true is forgotten. */
bool sink_acks_ask(struct sink_acks *, const struct sink_ack_terms *,
    uint64_t channel, int64_t id, int64_t now_ms);
void sink_acks_fini(struct sink_acks *);

#endif
