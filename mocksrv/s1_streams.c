#include "mocksrv/s1.h"

#define REALTIME "agentRealtimeInfo."
#define THREAT   "threatInfo."

static const struct s1_column threat_columns[] = {
	{ "id", "id", S1_ID, true },
	{ "createdAt", THREAT "createdAt", S1_TIME, true },
	{ "updatedAt", THREAT "updatedAt", S1_TIME, true },
	{ "siteId", REALTIME "siteId", S1_TEXT, true },
	{ "siteName", REALTIME "siteName", S1_TEXT, true },
	{ "accountId", REALTIME "accountId", S1_TEXT, false },
	{ "groupId", REALTIME "groupId", S1_TEXT, false },
	{ "agentComputerName", REALTIME "agentComputerName", S1_TEXT, true },
	{ "agentMachineType", REALTIME "agentMachineType", S1_TEXT, true },
	{ "agentVersion", REALTIME "agentVersion", S1_TEXT, true },
	{ "agentOsType", REALTIME "agentOsType", S1_TEXT, false },
	{ "analystVerdict", THREAT "analystVerdict", S1_TEXT, false },
	{ "confidenceLevel", THREAT "confidenceLevel", S1_TEXT, false },
	{ "incidentStatus", THREAT "incidentStatus", S1_TEXT, false },
	{ "mitigationStatus", THREAT "mitigationStatus", S1_TEXT, true },
	{ "classification", THREAT "classification", S1_TEXT, true },
	{ "filePath", THREAT "filePath", S1_TEXT, true },
	{ "contentHash", THREAT "sha1", S1_TEXT, true },
	{ "collectionId", THREAT "collectionId", S1_TEXT, true },
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
static const struct s1_column activity_columns[] = {
	{ "id", "id", S1_ID, true },
	{ "createdAt", "createdAt", S1_TIME, true },
	{ "activityType", "activityType", S1_INT, true },
	{ "activityUuid", "activityUuid", S1_TEXT, false },
	{ "siteId", "siteId", S1_TEXT, false },
	{ "accountId", "accountId", S1_TEXT, false },
	{ "groupId", "groupId", S1_TEXT, false },
	{ "agentId", "agentId", S1_TEXT, false },
	{ "threatId", "threatId", S1_TEXT, false },
	{ "userId", "userId", S1_TEXT, false },
	{ "ruleId", "data.ruleId", S1_TEXT, false },
	{ "alertId", "data.alertId", S1_TEXT, false },
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

static const struct s1_column agent_columns[] = {
	{ "id", "id", S1_ID, true },
	{ "createdAt", "createdAt", S1_TIME, true },
	{ "updatedAt", "updatedAt", S1_TIME, true },
	{ "registeredAt", "registeredAt", S1_TIME, true },
	{ "lastActiveDate", "lastActiveDate", S1_TIME, true },
	{ "computerName", "computerName", S1_TEXT, true },
	{ "uuid", "uuid", S1_TEXT, true },
	{ "siteId", "siteId", S1_TEXT, true },
	{ "siteName", "siteName", S1_TEXT, true },
	{ "accountId", "accountId", S1_TEXT, false },
	{ "groupId", "groupId", S1_TEXT, false },
	{ "osType", "osType", S1_TEXT, true },
	{ "machineType", "machineType", S1_TEXT, true },
	{ "networkStatus", "networkStatus", S1_TEXT, true },
	{ "isActive", "isActive", S1_BOOL, false },
	{ "isDecommissioned", "isDecommissioned", S1_BOOL, false },
	{ "isPendingUninstall", "isPendingUninstall", S1_BOOL, false },
	{ "isUninstalled", "isUninstalled", S1_BOOL, false },
	{ "isUpToDate", "isUpToDate", S1_BOOL, false },
	{ "infected", "infected", S1_BOOL, false },
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
	{ "threats", "ThreatView", threat_columns, threat_lists, NULL },
	{ "activities", "Activity", activity_columns, activity_lists,
	    "includeHidden" },
	{ "agents", "AgentView", agent_columns, agent_lists, NULL },
};
