#include "mocksrv/darktrace/dt.h"

const struct mock_column dt_breach_columns[] = {
	[DT_B_PBID] = { "pbid", "pbid", MOCK_INT, true },
	[DT_B_TIME] = { "time", "time", MOCK_INT, true },
	[DT_B_CREATED] = { "creationTime", "creationTime", MOCK_INT, true },
	[DT_B_ACK] = { "acknowledged", "acknowledged", MOCK_TEXT, false },
	[DT_B_ACK_BY] = { "acknowledgedBy", "acknowledged.username", MOCK_TEXT,
	    false },
	[DT_B_SCORE] = { "score", "score", MOCK_TEXT, false },
	[DT_B_DID] = { "did", "device.did", MOCK_INT, false },
	[DT_B_SID] = { "sid", "device.sid", MOCK_INT, false },
	[DT_B_HOST] = { "hostname", "device.hostname", MOCK_TEXT, false },
	[DT_B_PID_THEN] = { "pidThen", "model.then.pid", MOCK_INT, false },
	[DT_B_PID] = { "pid", "model.pid", MOCK_INT, false },
	[DT_B_UUID_THEN] = { "uuidThen", "model.then.uuid", MOCK_TEXT, false },
	[DT_B_UUID] = { "uuid", "model.uuid", MOCK_TEXT, false },
	{ 0 },
};

const struct mock_column dt_event_columns[] = {
	[DT_E_ID] = { "id", "id", MOCK_TEXT, false },
	[DT_E_CREATED] = { "createdAt", "createdAt", MOCK_INT, true },
	[DT_E_ACK] = { "acknowledged", "acknowledged", MOCK_TEXT, false },
	[DT_E_PINNED] = { "pinned", "pinned", MOCK_TEXT, false },
	[DT_E_SCORE] = { "aiaScore", "aiaScore", MOCK_TEXT, false },
	[DT_E_GROUP] = { "currentGroup", "currentGroup", MOCK_TEXT, false },
	[DT_E_CATEGORY] = { "groupCategory", "groupCategory", MOCK_TEXT,
	    false },
	[DT_E_GROUP_SCORE] = { "groupScore", "groupScore", MOCK_TEXT, false },
	{ 0 },
};

const struct mock_column dt_group_columns[] = {
	[DT_G_ID] = { "id", "id", MOCK_TEXT, false },
	[DT_G_START] = { "start", "start", MOCK_INT, true },
	[DT_G_END] = { "end", "end", MOCK_INT, true },
	[DT_G_ACK] = { "acknowledged", "acknowledged", MOCK_TEXT, false },
	[DT_G_PINNED] = { "pinned", "pinned", MOCK_TEXT, false },
	[DT_G_CATEGORY] = { "category", "category", MOCK_TEXT, false },
	[DT_G_SCORE] = { "groupScore", "groupScore", MOCK_TEXT, false },
	{ 0 },
};

/* The names are those that orderBy= of /devicesearch knows. */
const struct mock_column dt_device_columns[] = {
	[DT_D_DID] = { "did", "did", MOCK_INT, true },
	[DT_D_SID] = { "sid", "sid", MOCK_INT, false },
	[DT_D_IP] = { "ip", "ip", MOCK_TEXT, true },
	[DT_D_MAC] = { "macaddress", "macaddress", MOCK_TEXT, true },
	[DT_D_HOST] = { "hostname", "hostname", MOCK_TEXT, true },
	[DT_D_LABEL] = { "devicelabel", "devicelabel", MOCK_TEXT, true },
	[DT_D_SEEN] = { "lastSeen", "lastSeen", MOCK_INT, true },
	[DT_D_FIRST] = { "firstSeen", "firstSeen", MOCK_INT, true },
	{ "vendor", "vendor", MOCK_TEXT, true },
	{ "os", "os", MOCK_TEXT, true },
	{ "typelabel", "typelabel", MOCK_TEXT, true },
	{ 0 },
};

static const char *const no_lists[2];
static const char *const event_lists[2] = { "periods", "breachDevices" };
static const char *const group_lists[2] = { "incidentEvents", "devices" };

const struct dt_stream dt_streams[DT_STREAMS] = {
	[DT_BREACHES] = { "model-breaches", dt_breach_columns, dt_breach_params,
	    DT_B_TIME, DT_B_CREATED, "breachUrl", no_lists, dt_breach_matches },
	[DT_EVENTS] = { "ai-analyst", dt_event_columns, dt_event_params,
	    DT_E_CREATED, DT_E_CREATED, "incidentEventUrl", event_lists,
	    dt_event_matches },
	[DT_GROUPS] = { "groups", dt_group_columns, dt_group_params, DT_G_START,
	    DT_G_START, "groupUrl", group_lists, dt_group_matches },
	[DT_DEVICES] = { "devices", dt_device_columns, dt_device_params,
	    DT_D_FIRST, DT_D_FIRST, "tags", no_lists, dt_device_matches },
};
