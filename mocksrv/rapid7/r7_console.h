#ifndef MOCK_R7_CONSOLE_H
#define MOCK_R7_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/bucket.h"
#include "mocksrv/rapid7/r7.h"
#include "mocksrv/vendor.h"

/*
 * An InsightIDR tenant as a scenario describes it, and its answers.
 */
enum r7_wrong_region {
	R7_REGION_BY_HOST = 0, /* only a Host of another region is wrong */
	R7_REGION_401,
	R7_REGION_404,
	R7_REGION_500
};
enum r7_key { R7_KEY_USER = 0, R7_KEY_ORGANIZATION };
enum r7_rate_headers { R7_RATE_AT = 0, R7_RATE_ALL, R7_RATE_NONE };
enum r7_at_time { R7_TIME_CREATED = 0, R7_TIME_UPDATED };

/* So many requests in a window that begins with the first of them. */
struct r7_window {
	struct mock_rate rate; /* n 0: no limit */
	int64_t end_ms;
	int64_t used;
};

struct r7_console {
	char *api_key, *region, *organization, *rate_limit, *failed_region;
	int64_t wrong_region, key, rate_headers, at_time; /* enums */
	int64_t failures; /* searches that failed_region fails; 0: all */
	int64_t index_delay_ms;
	bool needs_version, deep_pages_lose, retry_after, gzip, chunked;
	struct mock_feed feeds[R7_STREAMS];

	uint64_t seed, requests;
	int64_t failed; /* searches so far */
	struct r7_window window;
	struct r7_order order, at_order;
};

/* Counts a request; false: too many. */
bool r7_window_take(struct r7_window *, int64_t now_ms);
int64_t r7_window_left(const struct r7_window *);
/* Seconds until the next window, at least 1. */
int64_t r7_window_reset(const struct r7_window *, int64_t now_ms);

/* A request that found its route. */
struct r7_call {
	struct r7_console *console;
	const struct mock_http *http;
	int64_t now_ms;
	struct mock_reply *reply;
	struct sc_slice id;      /* in the path */
	enum r7_stream children; /* below it */
	bool at;                 /* of the newer API */
	char correlation[MOCK_UUID_BUF];
};

/* The vendor's error; a NULL message: the usual one for the status. */
void r7_fail(const struct r7_call *, int status, const char *message);
/* The streams now; the request is counted for one of them (or R7_STREAMS). */
struct r7_data r7_data(const struct r7_call *, enum r7_stream asked);
/* False with an answer given: the query cannot be understood. */
bool r7_parse(const struct r7_call *, enum r7_dialect, struct r7_query *);
/* The investigation in the path is there for this query. */
bool r7_find_investigation(const struct r7_call *, const struct r7_query *,
    const struct r7_data *, size_t *row);

/* Parts of a list: rows' values of a column, or whole records. */
#define R7_WHOLE SIZE_MAX
void r7_put_rows(struct mock_reply *, const struct mock_table *, size_t col,
    const size_t *rows, size_t n);

void r7_answer_list(const struct r7_call *);
void r7_answer_list_v1(const struct r7_call *);
void r7_answer_search(const struct r7_call *);
void r7_answer_one(const struct r7_call *);
void r7_answer_children(const struct r7_call *);
void r7_answer_product_alerts(const struct r7_call *);
void r7_answer_at_search(const struct r7_call *);
void r7_answer_at_rrns(const struct r7_call *);
void r7_answer_at_one(const struct r7_call *);
void r7_answer_at_children(const struct r7_call *);

/* These are members of struct mock_vendor. */
bool r7_console_knows(void *console, const struct mock_http *);
bool r7_console_answer(void *console, const struct mock_http *, int64_t now_ms,
    struct mock_reply *);
void r7_console_error(struct mock_reply *, int status);
extern const char *const r7_console_routes[];

extern const struct mock_vendor mock_rapid7;

#endif
