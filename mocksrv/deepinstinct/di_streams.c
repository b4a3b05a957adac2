#include "mocksrv/deepinstinct/di.h"

/*
 * Filters spell two members with one r where the records have two; so the
 * name of a column is the filter's, the path the record's.  device_id is no
 * filter: nobody was ever seen to send it.
 */
const struct mock_column di_event_columns[] = {
	[DI_COLUMN_ID] = { "id", "id", MOCK_KEY, true },
	[DI_COLUMN_MSP] = { "msp_id", "msp_id", MOCK_INT, false },
	{ "msp_name", "msp_name", MOCK_TEXT, false },
	{ "tenant_id", "tenant_id", MOCK_INT, false },
	{ "tenant_name", "tenant_name", MOCK_TEXT, false },
	{ "status", "status", MOCK_TEXT, false },
	{ "threat_severity", "threat_severity", MOCK_TEXT, false },
	{ "trigger", "trigger", MOCK_TEXT, false },
	{ "type", "type", MOCK_TEXT, false },
	{ "action", "action", MOCK_TEXT, false },
	{ "timestamp", "timestamp", MOCK_TIME, false },
	{ "insertion_timestamp", "insertion_timestamp", MOCK_TIME, false },
	{ "close_timestamp", "close_timestamp", MOCK_TIME, false },
	{ "last_reoccurence", "last_reoccurrence", MOCK_TIME, false },
	{ "reoccurence_count", "reoccurrence_count", MOCK_INT, false },
	{ "close_trigger", "close_trigger", MOCK_TEXT, false },
	{ "last_action", "last_action", MOCK_TEXT, false },
	{ "comment", "comment", MOCK_TEXT, false },
	{ "file_hash", "file_hash", MOCK_TEXT, false },
	{ "file_type", "file_type", MOCK_TEXT, false },
	{ "file_archive_hash", "file_archive_hash", MOCK_TEXT, false },
	{ "path", "path", MOCK_TEXT, false },
	{ "certificate_thumbprint", "certificate_thumbprint", MOCK_TEXT,
	    false },
	{ "certificate_vendor_name", "certificate_vendor_name", MOCK_TEXT,
	    false },
	{ "deep_classification", "deep_classification", MOCK_TEXT, false },
	{ "file_status", "file_status", MOCK_TEXT, false },
	{ "sandbox_status", "sandbox_status", MOCK_TEXT, false },
	{ "file_size", "file_size", MOCK_INT, false },
	{ 0 },
};

const struct mock_column di_device_columns[] = {
	[DI_COLUMN_ID] = { "id", "id", MOCK_KEY, true },
	[DI_COLUMN_MSP] = { "msp_id", "msp_id", MOCK_INT, false },
	{ 0 },
};

const struct mock_column di_audit_columns[] = {
	{ "category", "category", MOCK_TEXT, false },
	{ 0 },
};

const struct di_stream di_streams[DI_STREAMS] = {
	[DI_EVENTS] = { "events", "events", "event", "after_event_id" },
	[DI_SUSPICIOUS] = { "suspicious-events", "events", "event",
	    "after_event_id" },
	[DI_DEVICES] = { "devices", "devices", NULL, "after_device_id" },
	[DI_AUDIT] = { "audit-logs", NULL, NULL, NULL },
};
