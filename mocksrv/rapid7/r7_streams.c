#include <string.h>

#include "mocksrv/rapid7/r7.h"

/* The sortable ones have the names that `sort` takes. */
const struct mock_column r7_investigation_columns[] = {
	[R7_INV_RRN] = { "rrn", "rrn", MOCK_TEXT, true },
	[R7_INV_ORGANIZATION] = { "organization_id", "organization_id",
	    MOCK_TEXT, false },
	[R7_INV_TITLE] = { "title", "title", MOCK_JSON, false },
	[R7_INV_SOURCE] = { "source", "source", MOCK_TEXT, false },
	[R7_INV_STATUS] = { "status", "status", MOCK_TEXT, false },
	[R7_INV_PRIORITY] = { "priority", "priority", MOCK_TEXT, true },
	[R7_INV_DISPOSITION] = { "disposition", "disposition", MOCK_JSON,
	    false },
	[R7_INV_ASSIGNEE] = { "assignee", "assignee", MOCK_JSON, false },
	[R7_INV_EMAIL] = { "assignee.email", "assignee.email", MOCK_JSON,
	    false },
	[R7_INV_CREATED] = { "created_time", "created_time", MOCK_TIME, true },
	[R7_INV_LATEST] = { "alerts_most_recent_created_time",
	    "latest_alert_time", MOCK_TIME, true },
	[R7_INV_TAGS] = { "tags", "tags", MOCK_JSON, false },
	/* Records do not tell which of their alerts are detections. */
	{ "alerts_most_recent_detection_created_time", "latest_alert_time",
	    MOCK_TIME, true },
	{ 0 },
};

const struct mock_column r7_alert_columns[] = {
	[R7_INNER] = { "alert", "alert", MOCK_JSON, false },
	[R7_PARENT] = { "investigation", "investigation", MOCK_TEXT, false },
	[R7_ALERT_CREATED] = { "created_time", "alert.created_time", MOCK_TIME,
	    true },
	[R7_ALERT_RULE] = { "rule", "alert.detection_rule_rrn", MOCK_JSON,
	    false },
	[R7_ALERT_RULE_RRN] = { "rule_rrn", "alert.detection_rule_rrn.rule_rrn",
	    MOCK_JSON, false },
	[R7_ALERT_TYPE] = { "type", "alert.alert_type", MOCK_JSON, false },
	[R7_ALERT_DESCRIPTION] = { "description",
	    "alert.alert_type_description", MOCK_JSON, false },
	[R7_ALERT_FIRST] = { "first_event_time", "alert.first_event_time",
	    MOCK_TIME, false },
	{ 0 },
};

const struct mock_column r7_product_alert_columns[] = {
	[R7_INNER] = { "alert", "alert", MOCK_JSON, false },
	[R7_PARENT] = { "investigation", "investigation", MOCK_TEXT, false },
	{ 0 },
};

/* Those behind the first four: what the terms of a search may be about. */
const struct mock_column r7_at_alert_columns[] = {
	[R7_AT_RRN] = { "rrn", "rrn", MOCK_TEXT, true },
	[R7_AT_CREATED] = { "created_at", "created_at", MOCK_TIME, true },
	[R7_AT_UPDATED] = { "updated_at", "updated_at", MOCK_TIME, true },
	[R7_AT_INVESTIGATION] = { "investigation_rrn", "investigation_rrn",
	    MOCK_TEXT, false },
	{ "alerted_at", "alerted_at", MOCK_TIME, true },
	{ "ingested_at", "ingested_at", MOCK_TIME, true },
	{ "priority", "priority", MOCK_TEXT, true },
	{ "status", "status", MOCK_TEXT, false },
	{ "disposition", "disposition", MOCK_TEXT, false },
	{ "responsibility", "responsibility", MOCK_TEXT, false },
	{ "external_source", "external_source", MOCK_JSON, false },
	{ "title", "title", MOCK_JSON, false },
	{ "type", "type", MOCK_JSON, false },
	{ "rule.rrn", "rule.rrn", MOCK_JSON, false },
	{ "rule.mitre_tcodes", "rule.mitre_tcodes", MOCK_JSON, false },
	{ "organization.id", "organization.id", MOCK_TEXT, false },
	{ "organization.region", "organization.region", MOCK_TEXT, false },
	{ "tags", "tags", MOCK_JSON, false },
	{ 0 },
};

const struct mock_column r7_evidence_columns[] = {
	[R7_INNER] = { "evidence", "evidence", MOCK_JSON, false },
	[R7_PARENT] = { "alert", "alert", MOCK_TEXT, false },
	{ 0 },
};

const struct mock_column r7_actor_columns[] = {
	[R7_INNER] = { "actor", "actor", MOCK_JSON, false },
	[R7_PARENT] = { "alert", "alert", MOCK_TEXT, false },
	[R7_ACTOR_INVESTIGATION] = { "investigation", "investigation",
	    MOCK_TEXT, false },
	[R7_ACTOR_TYPE] = { "type", "actor.type", MOCK_TEXT, false },
	[R7_ACTOR_NAME] = { "display_name", "actor.display_name", MOCK_JSON,
	    false },
	{ 0 },
};

const struct mock_column *const r7_columns[R7_STREAMS] = {
	[R7_INVESTIGATIONS] = r7_investigation_columns,
	[R7_ALERTS] = r7_alert_columns,
	[R7_PRODUCT_ALERTS] = r7_product_alert_columns,
	[R7_AT_ALERTS] = r7_at_alert_columns,
	[R7_EVIDENCES] = r7_evidence_columns,
	[R7_ACTORS] = r7_actor_columns,
};

int
r7_column_find(enum r7_stream stream, struct sc_slice name)
{
	const struct mock_column *c = r7_columns[stream];

	for (int i = 0; c[i].name != NULL; i++) {
		if (sc_slice_is(name, c[i].name))
			return i;
	}
	return -1;
}

struct r7_kin
r7_kin(struct mock_table *t, size_t col, struct sc_slice text)
{
	const struct mock_key first = { .text = text, .id = -1 };
	struct r7_kin k = { t, col, text, 0 };

	if (t != NULL)
		k.at = mock_table_seek(t, col, false, &first);
	return k;
}

bool
r7_kin_next(struct r7_kin *k, size_t *row)
{
	struct sc_slice text;

	if (k->table == NULL || k->at == k->table->data->nrecords)
		return false;
	*row = mock_table_row(k->table, k->col, false, k->at++);
	text = mock_table_text(k->table, k->col, *row);
	return text.n == k->text.n && memcmp(text.p, k->text.p, text.n) == 0;
}
