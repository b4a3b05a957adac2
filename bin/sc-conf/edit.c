#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/file.h"
#include "sc/yaml.h"

#include "cmd.h"

/*
 * Appends the text with the value of `enabled` exchanged, or with one line
 * more; all other bytes stay.
 */
static void
edit_text(struct sc_slice text, const char *word, struct sc_buf *out)
{
	struct sc_yaml_span at;

	if (sc_yaml_find(text, "enabled", &at)) {
		(void)sc_buf_add(out, text.p, at.from);
		(void)sc_buf_adds(out, word);
		(void)sc_buf_add(out, text.p + at.to, text.n - at.to);
		return;
	}
	(void)sc_buf_add(out, text.p, text.n);
	if (text.n > 0 && text.p[text.n - 1] != '\n')
		(void)sc_buf_addc(out, '\n');
	(void)sc_buf_addf(out, "enabled: %s\n", word);
}

/* The change must mean what it should, whatever the file looks like. */
static int
check_text(
    const char *path, struct sc_slice text, bool wanted, struct sc_err *e)
{
	static const struct sc_yaml_field field = { .key = "enabled",
		.kind = SC_YAML_BOOL,
		.flags = SC_YAML_REQUIRED };
	static const struct sc_yaml_schema schema = {
		.fields = &field, .nfields = 1, .open = true
	};
	bool enabled = !wanted;

	if (sc_yaml_parse(path, text, &schema, &enabled, e) == 0 &&
	    enabled == wanted)
		return 0;
	return sc_fail(e, EX_CONFIG,
	    "%s: the line \"enabled\" cannot be changed here; edit the file",
	    path);
}

/* Replaces the file under the same mode and owner. */
static int
replace(const char *path, const struct sc_buf *b, struct sc_err *e)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return sc_fail_sys(e, EX_NOINPUT, "%s", path);
	if (sc_file_replace(path, b->p, b->len, st.st_mode & 07777, e) == -1)
		return -1;
	if (geteuid() == 0 && chown(path, st.st_uid, st.st_gid) == -1)
		return sc_fail_sys(e, EX_CANTCREAT, "owner of %s", path);
	return 0;
}

static int
edit_file(const char *path, bool wanted, struct sc_err *e)
{
	struct sc_slice text;
	struct sc_buf old, new;
	int rc;

	sc_buf_init(&old, SC_YAML_MAX_BYTES);
	sc_buf_init(&new, SC_YAML_MAX_BYTES);
	rc = sc_file_read(path, &old, e);
	if (rc == 0) {
		text = (struct sc_slice){ .p = old.p, .n = old.len };
		edit_text(text, wanted ? "yes" : "no", &new);
		text = (struct sc_slice){ .p = new.p, .n = new.len };
		rc = check_text(path, text, wanted, e);
	}
	if (rc == 0)
		rc = replace(path, &new, e);
	sc_secret_wipe(&new);
	sc_secret_wipe(&old);
	return rc;
}

static int
set_enabled(
    const struct sc_prog *prog, const char *name, bool wanted, struct sc_err *e)
{
	struct sc_integration *in;
	char path[PATH_MAX];
	int rc = 0;

	in = sc_integration_load(prog->confdir, name, e);
	if (in == NULL)
		return -1;
	/* A link keeps its place; what it points to is changed. */
	if (realpath(in->path, path) == NULL)
		rc = sc_fail_sys(e, EX_NOINPUT, "%s", in->path);
	else if (in->enabled != wanted)
		rc = edit_file(path, wanted, e);
	if (rc == 0)
		(void)printf("%s is %s%s\n", name,
		    in->enabled == wanted ? "already " : "",
		    wanted ? "enabled" : "disabled");
	sc_integration_free(in);
	return rc;
}

int
cmd_enable(struct sc_prog *prog, int argc, char *argv[], struct sc_err *e)
{
	(void)argc;
	return set_enabled(prog, argv[1], true, e);
}

int
cmd_disable(struct sc_prog *prog, int argc, char *argv[], struct sc_err *e)
{
	(void)argc;
	return set_enabled(prog, argv[1], false, e);
}
