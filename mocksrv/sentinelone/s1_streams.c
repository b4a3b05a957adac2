#include "mocksrv/sentinelone/s1.h"

#define REALTIME "agentRealtimeInfo."
#define THREAT   "threatInfo."

const struct mock_column s1_threat_columns[] = {
	{ "id", "id", MOCK_ID, true },
	{ "createdAt", THREAT "createdAt", MOCK_TIME, true },
	{ "updatedAt", THREAT "updatedAt", MOCK_TIME, true },
	{ "siteId", REALTIME "siteId", MOCK_TEXT, true },
	{ "siteName", REALTIME "siteName", MOCK_TEXT, true },
	{ "accountId", REALTIME "accountId", MOCK_TEXT, false },
	{ "groupId", REALTIME "groupId", MOCK_TEXT, false },
	{ "agentComputerName", REALTIME "agentComputerName", MOCK_TEXT, true },
	{ "agentMachineType", REALTIME "agentMachineType", MOCK_TEXT, true },
	{ "agentVersion", REALTIME "agentVersion", MOCK_TEXT, true },
	{ "agentOsType", REALTIME "agentOsType", MOCK_TEXT, false },
	{ "analystVerdict", THREAT "analystVerdict", MOCK_TEXT, false },
	{ "confidenceLevel", THREAT "confidenceLevel", MOCK_TEXT, false },
	{ "incidentStatus", THREAT "incidentStatus", MOCK_TEXT, false },
	{ "mitigationStatus", THREAT "mitigationStatus", MOCK_TEXT, true },
	{ "classification", THREAT "classification", MOCK_TEXT, true },
	{ "filePath", THREAT "filePath", MOCK_TEXT, true },
	{ "contentHash", THREAT "sha1", MOCK_TEXT, true },
	{ "collectionId", THREAT "collectionId", MOCK_TEXT, true },
	{ 0 },
};

static const struct s1_list threat_lists[] = {
	{ "ids", "id" },
	{ "siteIds", "siteId" },
	{ "accountIds", "accountId" },
	{ "groupIds", "groupId" },
	{ "osTypes", "agentOsType" },
	{ "analystVerdicts", "analystVerdict" },
	{ "confidenceLevels", "confidenceLevel" },
	{ "classifications", "classification" },
	{ "contentHashes", "contentHash" },
	{ "incidentStatuses", "incidentStatus" },
	{ "mitigationStatuses", "mitigationStatus" },
	{ 0 },
};

/* The log has an updatedAt in each record, and no way to ask for it. */
const struct mock_column s1_activity_columns[] = {
	{ "id", "id", MOCK_ID, true },
	{ "createdAt", "createdAt", MOCK_TIME, true },
	{ "activityType", "activityType", MOCK_INT, true },
	{ "activityUuid", "activityUuid", MOCK_TEXT, false },
	{ "siteId", "siteId", MOCK_TEXT, false },
	{ "accountId", "accountId", MOCK_TEXT, false },
	{ "groupId", "groupId", MOCK_TEXT, false },
	{ "agentId", "agentId", MOCK_TEXT, false },
	{ "threatId", "threatId", MOCK_TEXT, false },
	{ "userId", "userId", MOCK_TEXT, false },
	{ "ruleId", "data.ruleId", MOCK_TEXT, false },
	{ "alertId", "data.alertId", MOCK_TEXT, false },
	{ 0 },
};

static const struct s1_list activity_lists[] = {
	{ "ids", "id" },
	{ "activityTypes", "activityType" },
	{ "activityUuids", "activityUuid" },
	{ "siteIds", "siteId" },
	{ "accountIds", "accountId" },
	{ "groupIds", "groupId" },
	{ "agentIds", "agentId" },
	{ "threatIds", "threatId" },
	{ "userIds", "userId" },
	{ "ruleIds", "ruleId" },
	{ "alertIds", "alertId" },
	{ 0 },
};

const struct mock_column s1_agent_columns[] = {
	{ "id", "id", MOCK_ID, true },
	{ "createdAt", "createdAt", MOCK_TIME, true },
	{ "updatedAt", "updatedAt", MOCK_TIME, true },
	{ "registeredAt", "registeredAt", MOCK_TIME, true },
	{ "lastActiveDate", "lastActiveDate", MOCK_TIME, true },
	{ "computerName", "computerName", MOCK_TEXT, true },
	{ "uuid", "uuid", MOCK_TEXT, true },
	{ "siteId", "siteId", MOCK_TEXT, true },
	{ "siteName", "siteName", MOCK_TEXT, true },
	{ "accountId", "accountId", MOCK_TEXT, false },
	{ "groupId", "groupId", MOCK_TEXT, false },
	{ "osType", "osType", MOCK_TEXT, true },
	{ "machineType", "machineType", MOCK_TEXT, true },
	{ "networkStatus", "networkStatus", MOCK_TEXT, true },
	{ "isActive", "isActive", MOCK_BOOL, false },
	{ "isDecommissioned", "isDecommissioned", MOCK_BOOL, false },
	{ "isPendingUninstall", "isPendingUninstall", MOCK_BOOL, false },
	{ "isUninstalled", "isUninstalled", MOCK_BOOL, false },
	{ "isUpToDate", "isUpToDate", MOCK_BOOL, false },
	{ "infected", "infected", MOCK_BOOL, false },
	{ 0 },
};

static const struct s1_list agent_lists[] = {
	{ "ids", "id" },
	{ "uuids", "uuid" },
	{ "siteIds", "siteId" },
	{ "accountIds", "accountId" },
	{ "groupIds", "groupId" },
	{ "osTypes", "osType" },
	{ "machineTypes", "machineType" },
	{ "networkStatuses", "networkStatus" },
	{ "isActive", "isActive" },
	{ "isDecommissioned", "isDecommissioned" },
	{ "isPendingUninstall", "isPendingUninstall" },
	{ "isUninstalled", "isUninstalled" },
	{ "isUpToDate", "isUpToDate" },
	{ "infected", "infected" },
	{ 0 },
};

const struct s1_stream s1_streams[S1_STREAMS] = {
	{ "threats", "ThreatView", s1_threat_columns, threat_lists, NULL },
	{ "activities", "Activity", s1_activity_columns, activity_lists,
	    "includeHidden" },
	{ "agents", "AgentView", s1_agent_columns, agent_lists, NULL },
};
