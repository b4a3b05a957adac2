#include "mocksrv/sentinelone/s1_story.h"

#define MITRE "https://attack.mitre.org/techniques/"

const struct s1_indicator s1_indicators[S1_INDICATORS] = {
	{ "General",
	    "This binary imports functions used to raise kernel "
	    "exceptions.",
	    "Execution", 43, { { "T1106", MITRE "T1106/" } } },
	{ "InfoStealer", "The process read the memory of the logon service.",
	    "Credential Access", 118,
	    { { "T1003.001", MITRE "T1003/001/" },
		{ "T1555", MITRE "T1555/" } } },
	{ "Ransomware", "Many files were rewritten within a few seconds.",
	    "Impact", 203, { { "T1486", MITRE "T1486/" } } },
	{ "Ransomware", "Shadow copies were deleted.", "Impact", 204,
	    { { "T1490", MITRE "T1490/" } } },
	{ "Evasion", "Indirect command was executed.", "Defense Evasion", 312,
	    { { "T1202", MITRE "T1202/" }, { "T1218", MITRE "T1218/" } } },
	{ "Persistence",
	    "Application registered itself to become persistent "
	    "via a scheduled task.",
	    "Persistence", 197, { { "T1053.005", MITRE "T1053/005/" } } },
	{ "Exploitation", "The stack of a thread was pivoted.", "Execution",
	    401, { { "T1203", MITRE "T1203/" } } },
	{ "Lateral Movement", "A remote service was created.",
	    "Lateral Movement", 502,
	    { { "T1021.002", MITRE "T1021/002/" },
		{ "T1569.002", MITRE "T1569/002/" } } },
	{ "Discovery", "Account and group membership was listed.", "Discovery",
	    610, { { "T1087", MITRE "T1087/" } } },
	{ "Malware", "Detected by the static engine.", NULL, 700,
	    { { NULL, NULL } } },
	{ "Post Exploitation", "A script was run from memory: “Befehl”.",
	    "Execution", 812, { { "T1059.001", MITRE "T1059/001/" } } },
	{ "Command and Control", "Beacon-like traffic to one host.",
	    "Command and Control", 901, { { "T1071.001", "" } } },
};

#define UNTOUCHED "not_mitigated", "undefined", "unresolved"
#define HANDLED   "mitigated", "undefined", "unresolved"
#define CONFIRMED "mitigated", "true_positive", "resolved"
#define POLICY    "agent_policy"

static const struct s1_story stories[] = {
	{ S1_WINDOWS, "Malware", "Cloud", "malicious", "static", "reputation",
	    "Reputation", "invoice_2291.exe", "Executable", "kq", HANDLED,
	    POLICY, 9, false, false },
	{ S1_WINDOWS, "Ransomware", "Behavioral", "malicious", "dynamic",
	    "executables", "Behavioral AI", "bildschirmschoner.scr",
	    "Executable", "", UNTOUCHED, POLICY, 2, false, false },
	{ S1_WINDOWS, "Ransomware", "Behavioral", "malicious", "dynamic",
	    "executables", "Behavioral AI", "Angebot Frühjahr.pdf.exe",
	    "Executable", "kqrb", CONFIRMED, POLICY, 3, false, false },
	{ S1_WINDOWS, "Trojan", "Static", "malicious", "static",
	    "pre_execution", "On-Write DFI", "setup_codec.exe", "Executable",
	    "q", HANDLED, "full_disk_scan", 9, false, false },
	{ S1_WINDOWS, "Infostealer", "Behavioral", "malicious", "dynamic",
	    "executables", "Behavioral AI", "credview.exe", "Executable", "k",
	    HANDLED, POLICY, 1, false, false },
	{ S1_WINDOWS, "Exploit", "Engine", "malicious", "dynamic", "exploits",
	    "Anti Exploitation / Fileless", "viewer.exe", "Executable", "k",
	    HANDLED, POLICY, 6, false, false },
	{ S1_WINDOWS, "PUA", "Static", "suspicious", "static", "pup",
	    "Potentially unwanted applications", "toolbar-installer.msi",
	    "Executable", "", UNTOUCHED, POLICY, 9, false, false },
	{ S1_WINDOWS, "Lateral Movement", "Behavioral", "malicious", "dynamic",
	    "lateral_movement", "Lateral Movement", NULL, "None", "kn", HANDLED,
	    POLICY, 7, false, false },
	{ S1_LINUX, "Hacktool", "Cloud", "suspicious", "static",
	    "sentinelone_cloud", "SentinelOne Cloud", "portsweep", "Executable",
	    "q", HANDLED, POLICY, 8, false, false },
	{ S1_LINUX, "Cryptominer", "Cloud", "malicious", "dynamic",
	    "application_control", "Application Control", "kworker-xm",
	    "Executable", "kqr", CONFIRMED, POLICY, 11, false, true },
	{ S1_WINDOWS, NULL, NULL, "suspicious", "dynamic", "penetration",
	    "Intrusion Detection", NULL, "None", "", UNTOUCHED, POLICY, 10,
	    false, false },
	{ S1_WINDOWS, "Malware", "Cloud", "malicious", "static", "reputation",
	    "Reputation", "hausverwaltung.exe", "Executable", "qu",
	    "marked_as_benign", "false_positive", "resolved", POLICY, 9, false,
	    false },
	{ S1_WINDOWS, "General", "Static", "suspicious", "static",
	    "pre_execution_suspicious", "On-Write DFI - Suspicious",
	    "kalkül.xlsm", "Document", "", "not_mitigated", "false_positive",
	    "resolved", "on_demand_scan", 9, false, false },
	{ S1_WINDOWS, "Backdoor", "Behavioral", "malicious", "dynamic",
	    "remote_shell", "Remote Shell", "svchelper.dll", "Executable",
	    "Kq?", "not_mitigated", "undefined", "in_progress", POLICY, 11,
	    false, false },
	{ S1_WINDOWS, "Worm", "Static", "malicious", "static", "pre_execution",
	    "On-Write DFI", "autorun-helper.exe", "Executable", "kr", HANDLED,
	    POLICY, 5, false, false },
	{ S1_WINDOWS, "Downloader", "Static", "suspicious", "static",
	    "data_files", "Documents, Scripts", "Rechnung März.docm",
	    "Document", "m", CONFIRMED, POLICY, 10, false, false },
	{ S1_WINDOWS, "Manual", "Engine", "n/a", NULL, "manual", "Manual",
	    "remote-help.exe", "Executable", "q", "mitigated", "suspicious",
	    "in_progress", "console_api", 0, false, false },
	{ S1_MACOS, "Virus", "Cloud", "suspicious", "static", "user_blacklist",
	    "User-Defined Blacklist", "Updater.dmg", "Misc", "q", CONFIRMED,
	    POLICY, 9, false, false },
	{ S1_WINDOWS, "Rootkit", "Behavioral", "malicious", "dynamic",
	    "executables", "Behavioral AI", "nullflt.sys", "Misc", "kq?",
	    "mitigated", "undefined", "in_progress", POLICY, 4, false, false },
	{ S1_WINDOWS, NULL, NULL, "suspicious", "static",
	    "pre_execution_suspicious", "On-Write DFI - Suspicious", "neu.bin",
	    "None", "q", HANDLED, "full_disk_scan", 9, false, false },
	{ S1_LINUX, "Malware", "Cloud", "malicious", "dynamic",
	    "application_control", "Application Control", "entry.sh", "Misc",
	    "", UNTOUCHED, "star_active", 10, false, true },
	{ S1_WINDOWS, "Malware", "Engine", "malicious", "static",
	    "pre_execution", "On-Write DFI", "dropper.js", "Misc", "", HANDLED,
	    POLICY, 9, true, false },
	{ S1_MACOS, "PUA", "Cloud", "suspicious", "static", "sentinelone_cloud",
	    "SentinelOne Cloud", "SearchHelper.pkg", "Misc", "q", HANDLED,
	    "dv_command", 9, false, false },
};

size_t
s1_story_count(void)
{
	return sizeof(stories) / sizeof(stories[0]);
}

const struct s1_story *
s1_story(size_t i)
{
	return &stories[i];
}
