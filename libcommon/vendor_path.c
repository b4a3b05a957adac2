#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/conf.h"
#include "sc/mem.h"
#include "sc/vendor.h"
#include "vendor_impl.h"

struct names {
	char **v;
	size_t n;
};

/* The folders that hold vendors, the first one wins. */
static struct names
search_path(const char *confdir)
{
	const char *env = getenv("SC_VENDORS");
	struct names dirs = { 0 };

	sc_names_add(&dirs.v, &dirs.n, sc_xasprintf("%s/vendors", confdir));
	if (env == NULL || *env == '\0') {
		sc_names_add(&dirs.v, &dirs.n,
		    sc_xstrdup(SC_PREFIX "/share/signal-client/vendors"));
		return dirs;
	}
	for (;;) {
		size_t n = strcspn(env, ":");

		if (n > 0)
			sc_names_add(&dirs.v, &dirs.n, sc_xstrndup(env, n));
		if (env[n] == '\0')
			return dirs;
		env += n + 1;
	}
}

static char *
if_readable(char *path)
{
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

char *
sc_vendor_file(
    const char *confdir, const char *vendor, const char *file, bool local_only)
{
	struct names dirs;
	char *found = NULL;

	if (!sc_name_valid(vendor) || strchr(file, '/') != NULL)
		return NULL;
	dirs = search_path(confdir);
	for (size_t i = 0; i < dirs.n && found == NULL; i++) {
		if (i == 0 || !local_only)
			found = if_readable(
			    sc_xasprintf("%s/%s/%s", dirs.v[i], vendor, file));
	}
	sc_names_free(dirs.v, dirs.n);
	return found;
}

static bool
known(const struct names *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->v[i], name) == 0)
			return true;
	}
	return false;
}

/* A folder counts as a vendor when it has the vendor.yaml. */
static void
add_vendor(struct names *list, const char *dir, const char *name)
{
	char *file;

	if (!sc_name_valid(name) || known(list, name))
		return;
	file = if_readable(sc_xasprintf("%s/%s/vendor.yaml", dir, name));
	if (file != NULL)
		sc_names_add(&list->v, &list->n, sc_xstrdup(name));
	free(file);
}

static int
add_folder(struct names *list, const char *dir, struct sc_err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *ent;

	if (d == NULL)
		return errno == ENOENT
		    ? 0
		    : sc_fail_sys(e, EX_CONFIG, "vendor folder %s", dir);
	while ((ent = readdir(d)) != NULL)
		add_vendor(list, dir, ent->d_name);
	(void)closedir(d);
	return 0;
}

int
sc_vendor_list(const char *confdir, char ***names, size_t *n, struct sc_err *e)
{
	struct names dirs = search_path(confdir), list = { 0 };
	int rc = 0;

	for (size_t i = 0; i < dirs.n && rc == 0; i++)
		rc = add_folder(&list, dirs.v[i], e);
	sc_names_free(dirs.v, dirs.n);
	if (rc == -1) {
		sc_names_free(list.v, list.n);
		return -1;
	}
	sc_names_sort(list.v, list.n);
	*names = list.v;
	*n = list.n;
	return 0;
}

int
vendor_unknown(const char *confdir, const char *name, struct sc_err *e)
{
	const char *near;
	char **names;
	size_t n;

	if (sc_vendor_list(confdir, &names, &n, e) == -1)
		return -1;
	near = sc_nearest(name, (const char *const *)names, n);
	if (near != NULL)
		(void)sc_fail(e, EX_CONFIG,
		    "unknown vendor \"%.40s\"; did you mean \"%s\"?", name,
		    near);
	else
		(void)sc_fail(e, EX_CONFIG, "unknown vendor \"%.40s\"", name);
	if (n == 0)
		(void)sc_remedy(e, SC_CLASS_CONFIG,
		    "no vendors were found: set SC_VENDORS to the folder that "
		    "has them");
	else if (near == NULL)
		(void)sc_remedy(e, SC_CLASS_CONFIG,
		    "\"sc-conf vendors\" lists what there is");
	sc_names_free(names, n);
	return -1;
}
