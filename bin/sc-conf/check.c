#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "sc/log.h"
#include "sc/mem.h"

#include "cmd.h"

/* The file of a secret is looked at, never read. */
static int
check_secret_file(const char *key, const char *path, struct sc_err *e)
{
	struct stat st;

	if (stat(path, &st) == -1 && errno == EACCES) {
		sc_warn("%s: not visible to this user, not checked", path);
		return 0;
	}
	if (stat(path, &st) == -1)
		return sc_fail_sys(e, EX_CONFIG, "\"%s\" (file:%s)", key, path);
	if ((st.st_mode & 037) != 0)
		sc_warn("%s can be used by others than its owner and group: "
			"chmod 0640 %s",
		    path, path);
	return 0;
}

static int
check_one(const char *confdir, const char *name, struct sc_err *e)
{
	struct sc_integration *in = sc_integration_load(confdir, name, e);
	const char *secret;
	int rc = 0;

	if (in == NULL)
		return -1;
	secret = in->net.proxy_secret;
	for (size_t i = 0; i < in->vendor->nsettings && rc == 0; i++) {
		const struct sc_setting *set = &in->vendor->settings[i];
		const char *value = in->values[i];

		if (set->kind != SC_SETTING_SECRET || value == NULL ||
		    strncmp(value, "file:", 5) != 0)
			continue;
		if ((rc = check_secret_file(set->name, value + 5, e)) == -1)
			(void)sc_ctx(e, "%s", in->path);
	}
	if (rc == 0 && secret != NULL && strncmp(secret, "file:", 5) == 0 &&
	    (rc = check_secret_file("proxy_password", secret + 5, e)) == -1)
		(void)sc_ctx(e, "%s", in->net.proxy_path);
	sc_integration_free(in);
	return rc;
}

/* Files that nobody will ever read, such as editors' copies. */
static void
warn_strangers(const char *confdir)
{
	char *path = sc_xasprintf("%s/integrations.d", confdir);
	DIR *d = opendir(path);
	const struct dirent *ent;

	while (d != NULL && (ent = readdir(d)) != NULL) {
		if (strcmp(ent->d_name, ".") == 0 ||
		    strcmp(ent->d_name, "..") == 0)
			continue;
		if (!sc_integration_is_file(ent->d_name))
			sc_warn("%s/%s is not read: not NAME.yaml, NAME being "
				"small letters, digits, - and _",
			    path, ent->d_name);
	}
	if (d != NULL)
		(void)closedir(d);
	free(path);
}

static size_t
check_names(const char *confdir, char *const *names, size_t n)
{
	size_t broken = 0;

	for (size_t i = 0; i < n; i++) {
		struct sc_err why = { 0 };

		if (check_one(confdir, names[i], &why) == 0) {
			(void)printf("ok %s\n", names[i]);
			continue;
		}
		sc_error("%s%s%s", why.msg, why.remedy[0] != '\0' ? "; " : "",
		    why.remedy);
		broken++;
	}
	return broken;
}

int
cmd_check(struct sc_prog *prog, int argc, char *argv[], struct sc_err *e)
{
	size_t n = (size_t)argc - 1, broken;
	char **names = NULL;

	if (n > 0) {
		broken = check_names(prog->confdir, argv + 1, n);
	} else {
		if (sc_integration_list(prog->confdir, &names, &n, e) == -1)
			return -1;
		warn_strangers(prog->confdir);
		broken = check_names(prog->confdir, names, n);
		sc_names_free(names, n);
	}
	if (broken > 0)
		return sc_fail(
		    e, EX_CONFIG, "%zu of %zu files are wrong", broken, n);
	return 0;
}
