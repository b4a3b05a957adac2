#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sc/file.h"
#include "sc/keymark.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/secret.h"

#define MARK_MAX ((size_t)16 << 10)

/* The mtime can be set, the ctime cannot.  False when nobody can tell. */
static bool
add_file(struct sc_buf *b, const char *what, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		(void)sc_buf_addf(b, "%s missing\n", what);
		return errno == ENOENT;
	}
	(void)sc_buf_addf(b, "%s %ju %ju %jd %jd.%09ld %jd.%09ld\n", what,
	    (uintmax_t)st.st_dev, (uintmax_t)st.st_ino, (intmax_t)st.st_size,
	    (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
	    (intmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	return true;
}

/*
 * Only file: references count: systemd makes the files of credentials anew for
 * each start of a unit.
 */
static bool
look(const struct sc_integration *in, struct sc_buf *b)
{
	static const char prefix[] = "file:";
	const struct sc_vendor *v = in->vendor;
	bool known = add_file(b, "integration", in->path);

	for (size_t i = 0; i < v->nsettings; i++) {
		const char *ref = in->values[i];

		if (v->settings[i].kind == SC_SETTING_SECRET && ref != NULL &&
		    strncmp(ref, prefix, strlen(prefix)) == 0)
			known &= add_file(
			    b, v->settings[i].name, ref + strlen(prefix));
	}
	return known && !b->full;
}

static char *
mark_path(const char *statedir, const struct sc_integration *in)
{
	return sc_xasprintf("%s/keys/%s", statedir, in->name);
}

static bool
is_same(const char *path, const struct sc_buf *now)
{
	struct sc_err e = { 0 };
	struct sc_buf old;
	bool same;

	sc_buf_init(&old, MARK_MAX);
	same = sc_file_read(path, &old, &e) == 0 && old.len == now->len &&
	    memcmp(old.p, now->p, now->len) == 0;
	sc_buf_fini(&old);
	return same;
}

void
sc_keymark_write(const char *statedir, const struct sc_integration *in)
{
	char *path = mark_path(statedir, in), *slash = strrchr(path, '/');
	struct sc_err e = { 0 };
	struct sc_buf now;
	int rc = 0;

	sc_buf_init(&now, MARK_MAX);
	(void)look(in, &now);
	if (!is_same(path, &now)) {
		*slash = '\0';
		rc = sc_mkdir_p(path, 02770, &e);
		*slash = '/';
		if (rc == 0)
			rc = sc_file_replace(path, now.p, now.len, 0640, &e);
	}
	if (rc == -1)
		sc_warn("%s", e.msg);
	sc_buf_fini(&now);
	free(path);
}

bool
sc_keymark_changed(const char *statedir, const struct sc_integration *in)
{
	char *path = mark_path(statedir, in);
	struct stat st;
	struct sc_buf now;
	bool changed;

	sc_buf_init(&now, MARK_MAX);
	changed =
	    stat(path, &st) == 0 && look(in, &now) && !is_same(path, &now);
	sc_buf_fini(&now);
	free(path);
	return changed;
}
