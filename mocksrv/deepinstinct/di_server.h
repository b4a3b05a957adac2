#ifndef MOCK_DI_SERVER_H
#define MOCK_DI_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/deepinstinct/di.h"
#include "mocksrv/vendor.h"

/*
 * A Deep Instinct server (D-Appliance or cloud) as a scenario describes it,
 * and its answers.
 */

/* How the key stands in Authorization. */
enum di_auth { DI_AUTH_RAW = 0, DI_AUTH_BEARER, DI_AUTH_BOTH };

/* Of the product; the path says v1 in all of them. */
enum di_version { DI_V3 = 0, DI_V25, DI_V23 };

enum di_tenancy { DI_TENANCY_MULTI = 0, DI_TENANCY_SINGLE };

struct di_server {
	char *key;
	int64_t auth;    /* enum di_auth */
	int64_t version; /* enum di_version */
	int64_t tenancy; /* enum di_tenancy */
	int64_t msp;     /* the key is for this one only; 0: for all */
	struct di_style style;
	struct mock_feed feeds[DI_STREAMS];
};

/* A request that found its route. */
struct di_call {
	struct di_server *server;
	const struct mock_http *http;
	int64_t now_ms;
	struct mock_reply *reply;
	size_t stream;
	int64_t id; /* the number in the path */
};

/* {"statusText":text}. */
void di_refuse(struct mock_reply *, int status, const char *text);
/*
 * The number that a request gives under each name.  Any other parameter, one
 * given twice or one that is no number is refused, because the vendor has no
 * other and does not say so.  NULL name ends; -1: the reply is complete.
 */
struct di_number {
	const char *name;
	int64_t max, *out;
};
int di_read_numbers(const struct di_call *, const struct di_number *);

/* Lists that are the same whatever the datasets are. */
void di_answer_groups(const struct di_call *);
void di_answer_policies(const struct di_call *);
void di_answer_policy_data(const struct di_call *);
void di_answer_msps(const struct di_call *);
void di_answer_tenants(const struct di_call *);

/* These are members of struct mock_vendor. */
bool di_server_knows(void *server, const struct mock_http *);
bool di_server_answer(void *server, const struct mock_http *, int64_t now_ms,
    struct mock_reply *);
void di_server_error(struct mock_reply *, int status);
extern const char *const di_server_routes[];

extern const struct mock_vendor mock_deep_instinct;

#endif
