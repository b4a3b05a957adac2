#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mocksrv/put.h"
#include "mocksrv/sentinelone/s1_threatinfo.h"

static const struct {
	char letter;
	const char *name;
} actions[] = { { 'k', "kill" }, { 'q', "quarantine" }, { 'r', "remediate" },
	{ 'b', "rollback" }, { 'u', "unquarantine" },
	{ 'n', "network_quarantine" }, { 'm', "remove_macros" } };

/* What the console shows for its own words. */
static const struct {
	const char *word, *text;
} descriptions[] = {
	{ "undefined", "Undefined" },
	{ "true_positive", "True positive" },
	{ "false_positive", "False positive" },
	{ "suspicious", "Suspicious" },
	{ "unresolved", "Unresolved" },
	{ "in_progress", "In progress" },
	{ "resolved", "Resolved" },
	{ "not_mitigated", "Not mitigated" },
	{ "mitigated", "Mitigated" },
	{ "marked_as_benign", "Marked as benign" },
	{ "agent_policy", "Agent Policy" },
	{ "full_disk_scan", "Full Disk Scan" },
	{ "on_demand_scan", "On-Demand Scan" },
	{ "console_api", "Console API" },
	{ "star_active", "Custom Rule" },
	{ "dv_command", "Deep Visibility Command" },
};

static void
put_described(struct sc_jw *w, const char *key, const char *word)
{
	char name[40];

	sc_jw_kv(w, key, word);
	(void)snprintf(name, sizeof(name), "%sDescription", key);
	for (size_t i = 0; i < sizeof(descriptions) / sizeof(descriptions[0]);
	     i++) {
		if (strcmp(descriptions[i].word, word) == 0)
			sc_jw_kv(w, name, descriptions[i].text);
	}
}

static const char *
action_name(char letter)
{
	size_t n = sizeof(actions) / sizeof(actions[0]);

	for (size_t i = 0; i < n; i++) {
		if (actions[i].letter == tolower((unsigned char)letter))
			return actions[i].name;
	}
	return "kill";
}

static void
put_counters(struct sc_jw *w, const char *status, uint64_t total)
{
	bool ok = strcmp(status, "success") == 0;
	bool failed = strcmp(status, "failed") == 0;

	sc_jw_key(w, "actionsCounters");
	sc_jw_obj(w);
	sc_jw_kvi(w, "failed", failed ? (int64_t)total : 0);
	sc_jw_kvi(w, "notFound", 0);
	sc_jw_kvi(w, "pendingReboot", !ok && !failed ? (int64_t)total : 0);
	sc_jw_kvi(w, "success", ok ? (int64_t)total : 0);
	sc_jw_kvi(w, "total", (int64_t)total);
	sc_jw_end(w, '}');
}

static void
put_mitigation(
    struct s1_threat *t, const char *action, int64_t us, struct sc_jw *w)
{
	const char *status = action[1] == '?' ? "pending-reboot" : "success";
	char report[64], id[24];
	int64_t agent_us = us / 1000 * 1000;

	if (isupper((unsigned char)*action))
		status = "failed";
	(void)snprintf(id, sizeof(id), "15593%014" PRIu64,
	    mock_rng_below(&t->rng, UINT64_C(100000000000000)));
	(void)snprintf(
	    report, sizeof(report), "/threats/mitigation-report/%s", id);
	sc_jw_obj(w);
	sc_jw_kv(w, "action", action_name(*action));
	/* The counters come later, with an update. */
	if (t->updated_us < t->created_us)
		mock_put_null(w, "actionsCounters");
	else
		put_counters(w, status, 1 + mock_rng_below(&t->rng, 5));
	mock_put_bool(w, "agentSupportsReport", t->agent.number % 5 != 0);
	mock_put_bool(w, "groupNotFound", false);
	mock_put_time(w, "lastUpdate", us + 1017);
	mock_put_text(
	    w, "latestReport", t->agent.number % 5 != 0 ? report : NULL);
	mock_put_time(w, "mitigationEndedAt", agent_us);
	mock_put_time(w, "mitigationStartedAt", agent_us - 3000);
	sc_jw_kv(w, "reportId", id);
	sc_jw_kv(w, "status", status);
	sc_jw_end(w, '}');
}

void
s1_put_mitigations(struct s1_threat *t, struct sc_jw *w)
{
	const char *a = t->story->actions;
	int64_t us = t->mitigated_us;

	sc_jw_key(w, "mitigationStatus");
	sc_jw_arr(w);
	for (; *a != '\0'; a++) {
		if (*a == '?')
			continue;
		put_mitigation(t, a, us, w);
		us += 41000;
	}
	sc_jw_end(w, ']');
}

static void
put_engine(const struct s1_story *s, struct sc_jw *w)
{
	sc_jw_key(w, "detectionEngines");
	sc_jw_arr(w);
	sc_jw_obj(w);
	sc_jw_kv(w, "key", s->engine);
	sc_jw_kv(w, "title", s->title);
	sc_jw_end(w, '}');
	sc_jw_end(w, ']');
	mock_put_text(w, "detectionType", s->detection);
	mock_put_strings(w, "engines", s->title, NULL);
}

static void
put_judgement(const struct s1_story *s, struct sc_jw *w)
{
	bool resolved = strcmp(s->incident, "resolved") == 0;
	bool benign = strcmp(s->mitigation, "marked_as_benign") == 0;

	put_described(w, "analystVerdict", s->verdict);
	mock_put_bool(w, "automaticallyResolved", resolved && !benign);
	mock_put_text(w, "classification", s->classification);
	mock_put_text(w, "classificationSource", s->source);
	mock_put_text(w, "cloudFilesHashVerdict",
	    s->source == NULL                     ? NULL
		: strcmp(s->source, "Cloud") == 0 ? "black"
						  : "provider_unknown");
	sc_jw_kv(w, "confidenceLevel", s->confidence);
	mock_put_bool(w, "externalTicketExists", false);
	mock_put_null(w, "externalTicketId");
	put_described(w, "incidentStatus", s->incident);
	put_described(w, "mitigationStatus", s->mitigation);
	mock_put_bool(w, "mitigatedPreemptively", s->preempted);
	put_described(w, "initiatedBy", s->initiated);
	mock_put_null(w, "initiatingUserId");
	mock_put_text(w, "initiatingUsername",
	    strcmp(s->initiated, "console_api") == 0 ? "Jürgen Beispiel"
						     : NULL);
	mock_put_bool(w, "failedActions", strpbrk(s->actions, "KQRB") != NULL);
	mock_put_bool(w, "pendingActions", strchr(s->actions, '?') != NULL);
	mock_put_bool(w, "rebootRequired", strchr(s->actions, '?') != NULL);
	mock_put_bool(w, "reachedEventsLimit", false);
}

void
s1_threat_path(const struct s1_threat *t, char *out, size_t cap)
{
	const char *user = t->agent.user->login, *file = t->story->file;

	if (*user == '\0')
		user = "Public";
	if (file == NULL)
		*out = '\0';
	else if (t->story->family == S1_WINDOWS)
		(void)snprintf(out, cap,
		    "\\Device\\HarddiskVolume%u\\Users\\%s\\Downloads\\%s",
		    t->agent.number % 3 + 1, user, file);
	else if (t->story->family == S1_MACOS)
		(void)snprintf(out, cap, "/Users/%s/Downloads/%s", user, file);
	else
		(void)snprintf(
		    out, cap, "/var/tmp/.%u/%s", t->agent.number, file);
}

/* "EXE" from "setup.exe"; NULL when there is none. */
static const char *
format_extension(const char *file, char out[8])
{
	const char *dot = file != NULL ? strrchr(file, '.') : NULL;
	size_t n = 0;

	if (dot == NULL)
		return NULL;
	for (dot++; *dot != '\0' && n < 7; dot++)
		out[n++] = (char)toupper((unsigned char)*dot);
	out[n] = '\0';
	return out;
}

static void
put_hashes(struct s1_threat *t, struct sc_jw *w)
{
	bool file = t->story->file != NULL;
	char hex[65];

	mock_random_hex(&t->rng, hex, 32);
	mock_put_text(
	    w, "md5", file && mock_rng_percent(&t->rng, 40) ? hex : NULL);
	mock_random_hex(&t->rng, hex, 40);
	sc_jw_kv(w, "sha1", file && mock_rng_percent(&t->rng, 90) ? hex : "");
	mock_random_hex(&t->rng, hex, 64);
	mock_put_text(
	    w, "sha256", file && mock_rng_percent(&t->rng, 50) ? hex : NULL);
}

static void
put_macros(struct s1_threat *t, struct sc_jw *w)
{
	char hex[41];

	if (strchr(t->story->actions, 'm') == NULL) {
		mock_put_null(w, "macroModules");
		return;
	}
	mock_random_hex(&t->rng, hex, 40);
	sc_jw_key(w, "macroModules");
	sc_jw_arr(w);
	sc_jw_obj(w);
	sc_jw_kv(w, "moduleName", "ThisDocument");
	sc_jw_kv(w, "sha1", hex);
	sc_jw_end(w, '}');
	sc_jw_end(w, ']');
}

static void
put_file(struct s1_threat *t, struct sc_jw *w)
{
	const struct s1_story *s = t->story;
	bool is_signed = s->file != NULL && mock_rng_percent(&t->rng, 20);
	char path[160], extension[8];

	s1_threat_path(t, path, sizeof(path));
	mock_put_text(
	    w, "browserType", mock_rng_percent(&t->rng, 5) ? "chrome" : NULL);
	sc_jw_kv(
	    w, "certificateId", is_signed ? "CN=Example Software GmbH" : "");
	mock_put_text(w, "fileExtension", format_extension(s->file, extension));
	sc_jw_kv(w, "fileExtensionType", s->kind);
	sc_jw_kv(w, "filePath", path);
	sc_jw_kvi(w, "fileSize",
	    s->file != NULL ? (int64_t)mock_rng_below(&t->rng, 40000000) : 0);
	sc_jw_kv(w, "fileVerificationType",
	    is_signed ? "SignedVerified" : "NotSigned");
	mock_put_bool(w, "isFileless", s->file == NULL);
	if (s->file == NULL)
		mock_put_null(w, "isValidCertificate");
	else
		mock_put_bool(w, "isValidCertificate", is_signed);
	put_hashes(t, w);
	put_macros(t, w);
	sc_jw_kv(w, "publisherName", is_signed ? "EXAMPLE SOFTWARE GMBH" : "");
}

static void
put_process(struct s1_threat *t, struct sc_jw *w)
{
	static const char *const parents[] = { "explorer.exe", "outlook.exe",
		"powershell.exe", "wscript.exe" };
	const char *user = t->agent.user->login;
	bool windows = t->story->family == S1_WINDOWS;
	char full[96] = "";

	if (*user != '\0' && mock_rng_percent(&t->rng, 85))
		(void)snprintf(full, sizeof(full), "%s%s",
		    windows ? "NORDWIND\\" : "", user);
	mock_put_text(w, "maliciousProcessArguments",
	    t->story->file != NULL
		? NULL
		: "-NoP -W Hidden -Enc \"RQBYAEEATQBQAEwARQA=\""
		  "\t# \"zitiert\"");
	mock_put_text(w, "originatorProcess",
	    windows ? parents[mock_rng_below(&t->rng, 4)]
		: t->story->family == S1_LINUX ? "bash"
					       : NULL);
	sc_jw_kv(w, "processUser", full);
	mock_put_null(w, "rootProcessUpn");
	sc_jw_kv(w, "storyline", t->storyline);
}

void
s1_put_threat_info(struct s1_threat *t, struct sc_jw *w)
{
	const struct s1_story *s = t->story;
	char collection[24];

	(void)snprintf(collection, sizeof(collection), "2147%015" PRIu64,
	    mock_rng_below(&t->rng, UINT64_C(1000000000000000)));
	sc_jw_key(w, "threatInfo");
	sc_jw_obj(w);
	put_judgement(s, w);
	sc_jw_kv(w, "collectionId", collection);
	mock_put_time(w, "createdAt", t->created_us);
	put_engine(s, w);
	put_file(t, w);
	mock_put_time(w, "identifiedAt", t->identified_us);
	put_process(t, w);
	sc_jw_kv(w, "threatId", t->id);
	sc_jw_kv(w, "threatName",
	    s->file != NULL                     ? s->file
		: mock_rng_percent(&t->rng, 50) ? "powershell.exe (CLI 1f0a)"
						: "");
	mock_put_time(w, "updatedAt", t->updated_us);
	sc_jw_end(w, '}');
}
