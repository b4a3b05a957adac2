#include "mocksrv/darktrace/dt_query.h"

/* The parameters that each path takes. */
#define AT(member) offsetof(struct dt_query, member)

#define WINDOW                            \
	{ "starttime", DT_P_FROM_MS, 0 }, \
	{                                 \
		"endtime", DT_P_TO_MS, 0  \
	}

const struct dt_param dt_breach_params[] = {
	WINDOW,
	{ "from", DT_P_FROM, 0 },
	{ "to", DT_P_TO, 0 },
	{ "creationtime", DT_P_BOOL, AT(by_creation) },
	{ "includeacknowledged", DT_P_BOOL, AT(acknowledged) },
	{ "includesuppressed", DT_P_IDLE, 0 },
	{ "expandenums", DT_P_BOOL, AT(expand) },
	{ "historicmodelonly", DT_P_BOOL, AT(historic) },
	{ "includebreachurl", DT_P_BOOL, AT(extra) },
	{ "deviceattop", DT_P_BOOL, AT(device_at_top) },
	{ "minimal", DT_P_BOOL, AT(minimal) },
	{ "fulldevicedetails", DT_P_IDLE, 0 },
	{ "minscore", DT_P_NUMBER, AT(min_score) },
	{ "pbid", DT_P_INT, AT(pbid) },
	{ "pid", DT_P_INT, AT(pid) },
	{ "uuid", DT_P_TEXT, AT(uuid) },
	{ "did", DT_P_INTS, AT(did) },
	{ "group", DT_P_TEXT, AT(group) },
	{ "saasonly", DT_P_BOOL, AT(saas_only) },
	{ "saasfilter", DT_P_SAAS, 0 },
	{ "responsedata", DT_P_TEXT, AT(members) },
	{ "order", DT_P_ORDER, AT(order) },
	{ "count", DT_P_INT, AT(count) },
	{ 0 },
};

#define ANALYST                                                         \
	WINDOW, { "includeacknowledged", DT_P_BOOL, AT(acknowledged) }, \
	    { "includeallpinned", DT_P_BOOL, AT(all_pinned) },          \
	    { "includeonlypinned", DT_P_BOOL, AT(only_pinned) },        \
	    { "locale", DT_P_LOCALE, 0 },                               \
	    { "groupcritical", DT_P_FLAG, AT(critical) },               \
	    { "groupsuspicious", DT_P_FLAG, AT(suspicious) },           \
	    { "groupcompliance", DT_P_FLAG, AT(compliance) },           \
	    { "mingroupscore", DT_P_NUMBER, AT(min_group) },            \
	    { "maxgroupscore", DT_P_NUMBER, AT(max_group) },            \
	    { "did", DT_P_INTS, AT(did) },                              \
	    { "excludedid", DT_P_INTS, AT(not_did) },                   \
	    { "groupid", DT_P_TEXT, AT(group) },                        \
	{                                                               \
		"uuid", DT_P_TEXT, AT(uuid)                             \
	}

const struct dt_param dt_event_params[] = {
	ANALYST,
	{ "includeincidenteventurl", DT_P_BOOL, AT(extra) },
	{ "minscore", DT_P_NUMBER, AT(min_score) },
	{ "maxscore", DT_P_NUMBER, AT(max_score) },
	{ "sid", DT_P_INT, AT(sid) },
	{ "excludesid", DT_P_INTS, AT(not_sid) },
	{ "master", DT_P_IDLE, 0 },
	{ "saasonly", DT_P_BOOL, AT(saas_only) },
	{ 0 },
};

const struct dt_param dt_group_params[] = {
	ANALYST,
	{ "includegroupurl", DT_P_BOOL, AT(extra) },
	{ 0 },
};

const struct dt_param dt_device_params[] = {
	{ "did", DT_P_INTS, AT(did) },
	{ "ip", DT_P_TEXT, AT(ip) },
	{ "iptime", DT_P_FROM, 0 }, /* no device moves here */
	{ "mac", DT_P_TEXT, AT(mac) },
	{ "sid", DT_P_INT, AT(sid) },
	{ "seensince", DT_P_SINCE, AT(since_ms) },
	{ "count", DT_P_INT, AT(count) },
	{ "includetags", DT_P_BOOL, AT(extra) },
	{ "cloudsecurity", DT_P_IDLE, 0 },
	{ "saasfilter", DT_P_SAAS, 0 },
	{ "responsedata", DT_P_TEXT, AT(members) },
	{ 0 },
};

const struct dt_param dt_search_params[] = {
	{ "count", DT_P_INT, AT(count) },
	{ "offset", DT_P_INT, AT(offset) },
	{ "orderBy", DT_P_TEXT, AT(order_by) },
	{ "order", DT_P_ORDER, AT(order) },
	{ "query", DT_P_TEXT, AT(search) },
	{ "seensince", DT_P_SINCE, AT(since_ms) },
	{ 0 },
};

const struct dt_param dt_status_params[] = {
	{ "fast", DT_P_IDLE, 0 },
	{ "includechildren", DT_P_BOOL, AT(children) },
	{ "responsedata", DT_P_TEXT, AT(members) },
	{ 0 },
};

const struct dt_param dt_summary_params[] = {
	{ "responsedata", DT_P_TEXT, AT(members) },
	{ "eventtype", DT_P_TEXT, AT(search) },
	{ "endtime", DT_P_TO_MS, 0 },
	{ "to", DT_P_TO, 0 },
	{ "hours", DT_P_INT, AT(count) },
	{ "csensor", DT_P_IDLE, 0 },
	{ "mitreTactics", DT_P_IDLE, 0 },
	{ 0 },
};

const struct dt_param dt_no_params[] = { { 0 } };
