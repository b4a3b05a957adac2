#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "sc/log.h"

#include "auth.h"

/* "0640 root:_sc" of the file behind the reference, "-" where none is. */
static void
describe_file(const char *path, char *out, size_t cap)
{
	const struct passwd *pw;
	const struct group *gr;
	struct stat st;

	if (path == NULL || stat(path, &st) == -1) {
		(void)snprintf(out, cap, "-");
		return;
	}
	if ((st.st_mode & 037) != 0)
		sc_warn("%s can be used by others than its owner and group: "
			"chmod 0640 %s",
		    path, path);
	pw = getpwuid(st.st_uid);
	gr = getgrgid(st.st_gid);
	(void)snprintf(out, cap, "%04o %s:%s", (unsigned)st.st_mode & 07777,
	    pw != NULL ? pw->pw_name : "?", gr != NULL ? gr->gr_name : "?");
}

static int
check_key(struct auth *a, size_t i, struct sc_err *e)
{
	const struct sc_setting *set = &a->in->vendor->settings[i];
	const char *ref = a->in->values[i];
	bool literal = sc_secret_is_literal(ref);
	char *path = literal ? NULL : sc_secret_path(ref);
	struct sc_secret secret;
	char file[128];
	int rc;

	describe_file(literal ? a->in->path : path, file, sizeof(file));
	free(path);
	rc = sc_secret_load(ref, set->name, a->in->path, &secret, e);
	(void)printf("%-16s  %-20s  ", set->name, file);
	if (rc == 0)
		(void)printf("%5zu  ", secret.n);
	else
		(void)printf("    -  ");
	(void)printf("%s\n", literal ? "in the integration file" : ref);
	sc_secret_fini(&secret);
	return rc;
}

int
auth_check(struct auth *a, struct sc_err *e)
{
	const struct sc_vendor *v = a->in->vendor;
	struct sc_err why = { 0 };
	int rc = 0;

	(void)printf(
	    "%-16s  %-20s  %5s  %s\n", "SETTING", "FILE", "BYTES", "REFERENCE");
	for (size_t i = 0; i < v->nsettings; i++) {
		if (v->settings[i].kind != SC_SETTING_SECRET ||
		    a->in->values[i] == NULL)
			continue;
		/* The last failure is the caller's; those before are told. */
		if (rc == -1)
			sc_error("%s; %s", e->msg, e->remedy);
		if (check_key(a, i, &why) == -1) {
			*e = why;
			rc = -1;
		}
	}
	return rc;
}
