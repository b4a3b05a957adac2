#include <stdlib.h>
#include <string.h>

#include "sc/expiry.h"
#include "sc/file.h"
#include "sc/json.h"
#include "sc/jsonw.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#define FILE_MAX ((size_t)4096)
#define DAY_MS   INT64_C(86400000)

static int64_t
get_time(struct sc_json_val v)
{
	char *text = sc_json_dup(v);
	int64_t us = 0;

	if (text != NULL)
		(void)sc_time_parse_us(text, strlen(text), &us);
	free(text);
	return us / 1000;
}

struct sc_expiry
sc_expiry_read(const char *statedir, const char *integration)
{
	static const char *const paths[] = { "asked", "expires" };
	char *path = sc_xasprintf("%s/expiry/%s", statedir, integration);
	struct sc_json_val v[2] = { 0 };
	struct sc_expiry x = { 0 };
	struct sc_json_plan *plan;
	struct sc_err e = { 0 };
	struct sc_buf b;

	sc_buf_init(&b, FILE_MAX);
	plan = sc_json_plan_new(paths, 2, &e);
	if (sc_file_read(path, &b, &e) == 0)
		(void)sc_json_scan(b.p, b.len, plan, SC_JSON_UTF8, v, &e);
	x.asked_ms = get_time(v[0]);
	x.expires_ms = get_time(v[1]);
	sc_json_plan_free(plan);
	sc_buf_fini(&b);
	free(path);
	return x;
}

int
sc_expiry_write(const char *statedir, const char *integration,
    const struct sc_expiry *x, struct sc_err *e)
{
	char *path = sc_xasprintf("%s/expiry/%s", statedir, integration);
	char *slash = strrchr(path, '/');
	struct sc_buf b;
	struct sc_jw w;
	int rc;

	sc_buf_init(&b, FILE_MAX);
	sc_jw_init(&w, &b);
	sc_jw_obj(&w);
	sc_jw_kvms(&w, "asked", x->asked_ms);
	sc_jw_kvms(&w, "expires", x->expires_ms);
	sc_jw_end(&w, '}');
	(void)sc_buf_addc(&b, '\n');
	*slash = '\0';
	rc = sc_mkdir_p(path, 02770, e);
	*slash = '/';
	if (rc == 0)
		rc = sc_file_replace(path, b.p, b.len, 0640, e);
	sc_buf_fini(&b);
	free(path);
	return rc;
}

int64_t
sc_expiry_days(int64_t expires_ms, int64_t now_ms)
{
	int64_t left = expires_ms - now_ms;

	return left < 0 ? -1 - (-left - 1) / DAY_MS : left / DAY_MS;
}
