#ifndef MOCK_DT_QUERY_H
#define MOCK_DT_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/query.h"
#include "mocksrv/table.h"

/* How the value of a parameter reads. */
enum dt_kind {
	DT_P_END = 0, /* no parameter: ends a table */
	DT_P_BOOL,    /* bool: true, false; Python's True as well */
	DT_P_FLAG,    /* int: the same as 1 and -1; 0 when not given */
	DT_P_IDLE,    /* the same, without effect */
	DT_P_FROM_MS, /* int64_t, ms: bounds; both included */
	DT_P_TO_MS,
	DT_P_FROM, /* the same as date and time */
	DT_P_TO,
	DT_P_INT,    /* int64_t */
	DT_P_NUMBER, /* double */
	DT_P_INTS,   /* struct sc_slice: whole numbers with commas between */
	DT_P_TEXT,   /* struct sc_slice, not empty */
	DT_P_ORDER,  /* int: ASC 1, DESC -1 */
	DT_P_SINCE,  /* int64_t, ms: a time so long ago */
	DT_P_LOCALE, /* checked, without effect */
	DT_P_SAAS    /* may be repeated; into saas */
};

struct dt_param {
	const char *name;
	enum dt_kind kind;
	size_t offset; /* in struct dt_query */
};

#define DT_SAAS_MAX 8

/* What a request asks for; numbers that are not given are MOCK_ABSENT. */
struct dt_query {
	int64_t now_ms;
	int64_t from_ms, to_ms; /* to_ms: now unless given */
	int64_t since_ms;
	int64_t pbid, pid, sid, count, offset;
	double min_score, max_score, min_group, max_group;
	struct sc_slice did, not_did, not_sid, group, uuid, ip, mac, search,
	    order_by, members;
	struct sc_slice saas[DT_SAAS_MAX];
	size_t nsaas;
	int order;
	int critical, suspicious, compliance;
	bool by_creation, acknowledged, saas_only;
	bool all_pinned; /* true unless given */
	bool only_pinned;
	bool extra; /* the member that comes only when asked for */
	bool expand, historic, minimal;
	bool device_at_top; /* true unless given */
	bool children;      /* true unless given */

	struct mock_query params; /* what the slices point into */
	char why[160];            /* the refusal */
};

extern const struct dt_param dt_breach_params[], dt_event_params[],
    dt_group_params[], dt_device_params[], dt_search_params[],
    dt_status_params[], dt_summary_params[], dt_no_params[];

/*
 * Checks every parameter, also for being known at all.  -1 with `why` set.
 * Release with fini either way.
 */
int dt_query_parse(struct dt_query *, const struct dt_param *,
    struct sc_slice text, int64_t now_ms);
void dt_query_fini(struct dt_query *);

/* A whole number, with a sign or without. */
int dt_parse_int(struct sc_slice, int64_t *out);
/* A decimal number; -1 also for nothing. */
int dt_parse_number(struct sc_slice, double *out);

#endif
