#include <string.h>

#include "sc/conf.h"

#include "field.h"

static const struct field fields[] = {
	{ "id", FIELD_TEXT, true },
	{ "hash", FIELD_TEXT, false },
	{ "org_id", FIELD_TEXT, true },
	{ "appliance_id", FIELD_TEXT, false },

	{ "clientIP", FIELD_TEXT, false },
	{ "clientPort", FIELD_TEXT, false },
	{ "clientHostname", FIELD_TEXT, false },
	{ "clientMAC", FIELD_TEXT, false },
	{ "clientBytes", FIELD_TEXT, false },
	{ "clientPackets", FIELD_TEXT, false },

	{ "serverIP", FIELD_TEXT, false },
	{ "serverPort", FIELD_TEXT, false },
	{ "serverHostname", FIELD_TEXT, false },
	{ "serverMAC", FIELD_TEXT, false },
	{ "serverBytes", FIELD_TEXT, false },
	{ "serverPackets", FIELD_TEXT, false },

	{ "protocol", FIELD_TEXT, false },
	{ "totalBytes", FIELD_TEXT, false },
	{ "fqdn", FIELD_TEXT, false },

	{ "userName", FIELD_TEXT, false },
	{ "emailFrom", FIELD_TEXT, false },
	{ "emailTo", FIELD_TEXT, false },
	{ "emailSubject", FIELD_TEXT, false },
	{ "emailClient", FIELD_TEXT, false },
	{ "emailSendingServer", FIELD_TEXT, false },

	{ "fileName", FIELD_TEXT, false },
	{ "fileHash", FIELD_TEXT, false },
	{ "filePath", FIELD_TEXT, false },

	{ "streamName", FIELD_TEXT, false },
	{ "messageType", FIELD_TEXT, false },
	{ "action", FIELD_TEXT, false },
	{ "tags", FIELD_TEXTS, false },

	/* Numbers compare as people expect in keep and drop. */
	{ "severityCode", FIELD_NUMBER, false },
	{ "severityLabel", FIELD_TEXT, false },

	{ "ruleName", FIELD_TEXT, false },
	{ "ruleCategory", FIELD_TEXT, false },
	{ "cve", FIELD_TEXT, false },
	{ "cveDescription", FIELD_TEXT, false },
	{ "matchedLeadRules", FIELD_NUMBERS, false },
	{ "attackTechniqueIds", FIELD_TEXTS, false },
	{ "stixIndicatorIds", FIELD_TEXTS, false },
	{ "matchedPredicateRules", FIELD_NUMBERS, false },

	{ "senderHost", FIELD_TEXT, true },
	{ "sourceInfo", FIELD_TEXT, true },
	{ "program", FIELD_TEXT, false },
	{ "pid", FIELD_TEXT, false },
	{ "application", FIELD_TEXT, false },
	{ "vendorCode", FIELD_TEXT, false },
	{ "uri", FIELD_TEXT, false },

	{ "facilityCode", FIELD_TEXT, false },
	{ "facilityLabel", FIELD_TEXT, false },
	{ "priority", FIELD_TEXT, false },

	{ "geoRegion", FIELD_TEXT, false },

	{ "startTimeUTC", FIELD_TEXT, false },
	{ "endTimeUTC", FIELD_TEXT, false },

	{ "message", FIELD_TEXT, true },

	{ "productIds", FIELD_NUMBERS, false },
	{ "clientSetIds", FIELD_NUMBERS, false },
	{ "serverSetIds", FIELD_NUMBERS, false },
	{ "fileSetIds", FIELD_NUMBERS, false },
	{ "userSetIds", FIELD_NUMBERS, false },
};

enum { NFIELDS = sizeof(fields) / sizeof(fields[0]) };
_Static_assert(NFIELDS == 61, "an artifact has 61 fields");

static const struct field own = { "x_...", FIELD_ANY, false };

const struct field *
field_find(const char *name)
{
	for (size_t i = 0; i < NFIELDS; i++) {
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	}
	return strncmp(name, "x_", 2) == 0 && name[2] != '\0' ? &own : NULL;
}

const char *
field_nearest(const char *name)
{
	const char *names[NFIELDS];

	for (size_t i = 0; i < NFIELDS; i++)
		names[i] = fields[i].name;
	return sc_nearest(name, names, NFIELDS);
}
