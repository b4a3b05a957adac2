#include <stddef.h>

#include "mocksrv/sentinelone/s1_activity.h"
#include "sc/jsonw.h"

#define USER   "The management user {{ username }} "
#define AGENT  "The agent {{ computer_name }} "
#define KILLED "the threat: {{ file_name }}."

static const struct s1_kind kinds[] = {
	{ 19, S1_ON_THREAT, "New Malicious Threat Not Mitigated",
	    "Threat with confidence level malicious detected: {{ file_name "
	    "}}" },
	{ 20, S1_ON_THREAT, "New Threat Preemptive Block",
	    AGENT "blocked the threat: {{ file_name }} before it ran." },
	{ 4003, S1_ON_THREAT, "New Suspicious Threat Not Mitigated",
	    "Threat with confidence level suspicious detected: {{ file_name "
	    "}}" },
	{ 2001, S1_ON_THREAT, "Threat Mitigation Report Kill Success",
	    AGENT "successfully killed " KILLED },
	{ 2002, S1_ON_THREAT, "Threat Mitigation Report Remediate Success",
	    AGENT "successfully remediated " KILLED },
	{ 2003, S1_ON_THREAT, "Threat Mitigation Report Rollback Success",
	    AGENT "successfully rolled back " KILLED },
	{ 2004, S1_ON_THREAT, "Threat Mitigation Report Quarantine Success",
	    AGENT "successfully quarantined " KILLED },
	{ 2006, S1_ON_THREAT, "Threat Mitigation Report Kill Failed",
	    AGENT "failed to kill " KILLED },
	{ 2028, S1_ON_THREAT, "Threat Incident Status Changed",
	    USER "changed the incident status of {{ file_name }}." },
	{ 2030, S1_ON_THREAT, "Threat Analyst Verdict Changed",
	    USER "changed the analyst verdict of {{ file_name }}." },
	{ 4008, S1_ON_THREAT, "Threat Mitigation Status Changed",
	    "Status of threat {{ file_name }} on agent {{ computer_name }} "
	    "changed." },
	{ 27, S1_ON_LOGIN, "User Logged In",
	    USER "logged in to the management console with IP Address "
		 "{{ ip_address }}." },
	{ 33, S1_ON_LOGIN, "User Logged Out",
	    USER "logged out of the management console." },
	{ 133, S1_ON_LOGIN, "Existing User Login Failure",
	    USER "failed to log in to the management console." },
	{ 134, S1_ON_LOGIN, "Unknown User Login",
	    "Unknown user {{ username }} failed to log in from "
	    "{{ ip_address }}." },
	{ 3624, S1_ON_LOGIN, "User 2FA Verified",
	    USER "passed two-factor authentication." },
	{ 3625, S1_ON_LOGIN, "User 2FA Failed",
	    USER "failed two-factor authentication." },
	{ 17, S1_ON_AGENT, "Agent Subscribed",
	    AGENT "subscribed and joined the group." },
	{ 43, S1_ON_AGENT, "Agent Updated",
	    AGENT "was updated to a new version." },
	{ 47, S1_ON_AGENT, "Agent Decommissioned",
	    "The system decommissioned the agent {{ computer_name }}." },
	{ 51, S1_ON_AGENT, "Agent Uninstalled",
	    USER "uninstalled the agent {{ computer_name }}." },
	{ 71, S1_ON_AGENT, "Scan Initiated",
	    "System initiated a full disk scan on {{ computer_name }}." },
	{ 92, S1_ON_AGENT, "Scan Completed",
	    AGENT "completed a full disk scan." },
	{ 117, S1_ON_AGENT, "Agent Disabled",
	    USER "disabled the agent {{ computer_name }}." },
	{ 1001, S1_ON_AGENT, "Agent Disconnected From Network",
	    AGENT "was disconnected from the network." },
	{ 5009, S1_ON_AGENT, "Agent Moved To A Different Group",
	    AGENT "moved to another group." },
	{ 23, S1_ON_SETTINGS, "User Added",
	    USER "added a user to the console." },
	{ 24, S1_ON_SETTINGS, "User Modified", USER "modified a user." },
	{ 25, S1_ON_SETTINGS, "User Deleted", USER "deleted a user." },
	{ 56, S1_ON_SETTINGS, "Mitigation Mode Modified",
	    USER "changed the mitigation mode in {{ site_name }}." },
	{ 84, S1_ON_SETTINGS, "Fetch Files Toggled",
	    USER "changed the file fetch setting in {{ site_name }}." },
	{ 129, S1_ON_SETTINGS, "Decommission Policy Modified",
	    USER "changed the days until agents are decommissioned." },
	{ 3021, S1_ON_SETTINGS, "Hash Exclusion Deleted",
	    USER "deleted the Windows hash exclusion." },
	{ 5020, S1_ON_SETTINGS, "Site Created",
	    USER "created the site {{ site_name }}." },
	{ 3600, S1_ON_RULE, "Custom Rule Created",
	    USER "created the custom rule {{ rule_name }}." },
	{ 3608, S1_ON_RULE, "New Alert",
	    "Alert created for {{ rule_name }} detected on "
	    "{{ computer_name }}." },
	{ 3784, S1_ON_RULE, "Custom Rule Alert",
	    "The rule {{ rule_name }} matched on {{ computer_name }}." },
	{ 5125, S1_ON_DEVICE, "Device Control Blocked Event",
	    AGENT "blocked the connection of a USB device." },
	{ 5126, S1_ON_DEVICE, "Device Control Approved Event",
	    AGENT "approved the connection of a USB device." },
	{ 5232, S1_ON_DEVICE, "Firewall Control Blocked Event",
	    "Firewall Control blocked traffic on {{ computer_name }}." },
};

#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct s1_kind *
s1_kind_find(int code)
{
	size_t i = 0;

	while (i < NKINDS - 1 && kinds[i].code != code)
		i++;
	return &kinds[i];
}

/* The kinds of a topic stand together. */
const struct s1_kind *
s1_kind_pick(enum s1_topic topic, struct mock_rng *r)
{
	size_t from = 0, n = 0;

	while (kinds[from].topic != topic)
		from++;
	while (from + n < NKINDS && kinds[from + n].topic == topic)
		n++;
	return &kinds[from + mock_rng_below(r, n)];
}

void
s1_put_activity_types(struct sc_buf *b)
{
	struct sc_jw w;

	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_key(&w, "data");
	sc_jw_arr(&w);
	for (size_t i = 0; i < NKINDS; i++) {
		sc_jw_obj(&w);
		sc_jw_kv(&w, "action", kinds[i].action);
		sc_jw_kv(&w, "descriptionTemplate", kinds[i].text);
		sc_jw_kvi(&w, "id", kinds[i].code);
		sc_jw_end(&w, '}');
	}
	sc_jw_end(&w, ']');
	sc_jw_end(&w, '}');
}
