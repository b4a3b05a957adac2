#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/conf.h"
#include "sc/mem.h"

#define FOLDER "integrations.d"
#define SUFFIX ".yaml"

bool
sc_name_valid(const char *s)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t n = strlen(s);

	return n > 0 && n <= SC_NAME_MAX && strchr(first, *s) != NULL &&
	    strspn(s, rest) == n;
}

char *
sc_integration_path(const char *confdir, const char *name)
{
	return sc_xasprintf("%s/" FOLDER "/%s" SUFFIX, confdir, name);
}

void
sc_names_add(char ***names, size_t *n, char *name)
{
	*names = sc_xreallocarray(*names, *n + 1, sizeof(**names));
	(*names)[(*n)++] = name;
}

void
sc_names_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
sc_names_sort(char **names, size_t n)
{
	if (n > 0)
		qsort(names, n, sizeof(*names), by_name);
}

/* The integration's name if the file is one, else NULL. */
static char *
name_of_file(const char *file)
{
	size_t n = strlen(file), tail = sizeof(SUFFIX) - 1;
	char *name;

	if (n <= tail || strcmp(file + n - tail, SUFFIX) != 0)
		return NULL;
	name = sc_xstrndup(file, n - tail);
	if (sc_name_valid(name))
		return name;
	free(name);
	return NULL;
}

bool
sc_integration_is_file(const char *file)
{
	char *name = name_of_file(file);

	free(name);
	return name != NULL;
}

int
sc_integration_list(
    const char *confdir, char ***names, size_t *n, struct sc_err *e)
{
	char *path = sc_xasprintf("%s/" FOLDER, confdir);
	const struct dirent *ent;
	DIR *d = opendir(path);
	int rc = 0;

	*names = NULL;
	*n = 0;
	if (d == NULL && errno != ENOENT)
		rc = sc_fail_sys(e, EX_CONFIG, "%s", path);
	free(path);
	if (d == NULL)
		return rc;
	while ((ent = readdir(d)) != NULL) {
		char *name = name_of_file(ent->d_name);

		if (name != NULL)
			sc_names_add(names, n, name);
	}
	(void)closedir(d);
	sc_names_sort(*names, *n);
	return 0;
}

static int
unknown_stream(
    const struct sc_integration *in, const char *name, struct sc_err *e)
{
	const char **list = sc_xcalloc(in->nstreams, sizeof(*list));
	const char *near;

	for (size_t i = 0; i < in->nstreams; i++)
		list[i] = in->streams[i].def->name;
	near = sc_nearest(name, list, in->nstreams);
	if (near != NULL)
		(void)sc_fail(e, EX_CONFIG,
		    "%s has no stream \"%.40s\"; did you mean \"%s\"?",
		    in->name, name, near);
	else
		(void)sc_fail(e, EX_CONFIG,
		    "%s has no stream \"%.40s\"; \"sc-conf show %s\" lists "
		    "them",
		    in->name, name, in->name);
	free(list);
	return -1;
}

static const struct sc_stream_conf *
find_stream(const struct sc_integration *in, const char *name, struct sc_err *e)
{
	for (size_t i = 0; i < in->nstreams; i++) {
		if (strcmp(in->streams[i].def->name, name) == 0)
			return &in->streams[i];
	}
	(void)unknown_stream(in, name, e);
	return NULL;
}

struct sc_integration *
sc_target_load(const char *confdir, const char *target,
    const struct sc_stream_conf **stream, struct sc_err *e)
{
	size_t n = strcspn(target, ".");
	char *name = sc_xstrndup(target, n);
	struct sc_integration *in = NULL;

	*stream = NULL;
	if (!sc_name_valid(name) ||
	    (target[n] == '.' && !sc_name_valid(target + n + 1)))
		(void)sc_fail(e, EX_USAGE,
		    "\"%.80s\" is not INTEGRATION or INTEGRATION.STREAM",
		    target);
	else
		in = sc_integration_load(confdir, name, e);
	free(name);
	if (in == NULL || target[n] == '\0')
		return in;
	if ((*stream = find_stream(in, target + n + 1, e)) == NULL) {
		sc_integration_free(in);
		return NULL;
	}
	return in;
}
