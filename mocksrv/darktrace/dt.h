#ifndef MOCK_DT_H
#define MOCK_DT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/darktrace/dt_query.h"
#include "mocksrv/reply.h"
#include "mocksrv/table.h"
#include "sc/json.h"

/*
 * The lists of a Darktrace appliance: which records a query gets, in which
 * order, and which of their members.
 */
enum { DT_BREACHES, DT_EVENTS, DT_GROUPS, DT_DEVICES, DT_STREAMS };

/* What of all this nobody can promise, as the scenario has it. */
enum dt_order { DT_NEWEST = 0, DT_OLDEST, DT_AS_STORED };
enum dt_window { DT_BY_CREATED = 0, DT_BY_PERIODS };

struct dt_style {
	int64_t order;  /* enum dt_order, of breaches, events and groups */
	int64_t window; /* enum dt_window, of events */
	bool paging;    /* order= and count= have an effect */
	bool lone;      /* a list of one record is that record */
	bool births;    /* nothing is seen before it was created */
};

struct dt_filter;

struct dt_stream {
	const char *name; /* in scenarios: "model-breaches" */
	const struct mock_column *columns;
	const struct dt_param *params;
	size_t order_col; /* a time */
	size_t born_col;  /* when the record came to be; order_col if unknown */
	const char *extra;        /* a member that must be asked for */
	const char *const *lists; /* two arrays that `matches` looks into */
	bool (*matches)(const struct dt_filter *, size_t row);
};

enum {
	DT_B_PBID,
	DT_B_TIME,
	DT_B_CREATED,
	DT_B_ACK,
	DT_B_ACK_BY,
	DT_B_SCORE,
	DT_B_DID,
	DT_B_SID,
	DT_B_HOST,
	DT_B_PID_THEN,
	DT_B_PID,
	DT_B_UUID_THEN,
	DT_B_UUID
};
enum {
	DT_E_ID,
	DT_E_CREATED,
	DT_E_ACK,
	DT_E_PINNED,
	DT_E_SCORE,
	DT_E_GROUP,
	DT_E_CATEGORY,
	DT_E_GROUP_SCORE
};
enum {
	DT_G_ID,
	DT_G_START,
	DT_G_END,
	DT_G_ACK,
	DT_G_PINNED,
	DT_G_CATEGORY,
	DT_G_SCORE
};
enum {
	DT_D_DID,
	DT_D_SID,
	DT_D_IP,
	DT_D_MAC,
	DT_D_HOST,
	DT_D_LABEL,
	DT_D_SEEN,
	DT_D_FIRST
};

extern const struct mock_column dt_breach_columns[], dt_event_columns[],
    dt_group_columns[], dt_device_columns[];
extern const struct dt_stream dt_streams[DT_STREAMS];

/* A query at work on a table. */
struct dt_filter {
	const struct dt_query *q;
	const struct dt_style *style;
	const struct dt_stream *stream;
	struct mock_table *table;
	struct sc_json_plan *plan; /* of the stream's lists */
	bool any_time;             /* whatever the window */
};

void dt_filter_init(struct dt_filter *, const struct dt_stream *,
    struct mock_table *, const struct dt_query *, const struct dt_style *);
void dt_filter_fini(struct dt_filter *);
/* False for rows that the query does not get. */
bool dt_filter_passes(const struct dt_filter *, size_t row);
/* Remembers in the table which rows pass in this window or another one. */
void dt_filter_note(struct dt_filter *);

bool dt_breach_matches(const struct dt_filter *, size_t row);
bool dt_event_matches(const struct dt_filter *, size_t row);
bool dt_group_matches(const struct dt_filter *, size_t row);
bool dt_device_matches(const struct dt_filter *, size_t row);

/* Adds the record to the body, with what the query leaves of it. */
void dt_put_record(const struct dt_filter *, size_t row, struct mock_reply *);
/* True when responsedata names the member, or is not given. */
bool dt_wants(const struct dt_query *, struct sc_slice member);

/* Whole answers: a list; one record, false if there is none; device search. */
void dt_answer_list(const struct dt_filter *, struct mock_reply *);
bool dt_answer_one(const struct dt_filter *, struct mock_reply *);
/* -1: the order is none that devices have. */
int dt_answer_search(const struct dt_filter *, struct mock_reply *);

/* Answers that are made up on the spot. */
void dt_answer_status(const struct dt_query *, struct mock_reply *);
void dt_answer_summary(
    const struct dt_query *, size_t devices, struct mock_reply *);
void dt_answer_time(const struct dt_query *, struct mock_reply *);
void dt_answer_enums(const struct dt_query *, struct mock_reply *);

/*
 * Numbers that expandenums=true turns into words: the word for the value of a
 * filter of this type, NULL if there is none.
 */
const char *dt_enum_word(struct sc_json_val type, struct sc_json_val value);

#endif
