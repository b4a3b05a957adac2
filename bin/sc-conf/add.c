#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/file.h"
#include "sc/mem.h"
#include "sc/store.h"

#include "cmd.h"

#define SERVICE_USER "_sc"
#define TEXT_MAX     ((size_t)64 << 10)

/* A scalar that reads back as this text. */
static void
add_scalar(struct sc_buf *b, const char *text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789./_-:@+=";
	size_t n = strlen(text);

	if (n > 0 && text[strspn(text, plain)] == '\0' &&
	    strchr("-:@=", *text) == NULL && text[n - 1] != ':') {
		(void)sc_buf_adds(b, text);
		return;
	}
	(void)sc_buf_addc(b, '\'');
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\'')
			(void)sc_buf_addc(b, '\'');
		(void)sc_buf_addc(b, *p);
	}
	(void)sc_buf_addc(b, '\'');
}

static void
add_line(struct sc_buf *b, const char *key, const char *value)
{
	(void)sc_buf_addf(b, "%s: ", key);
	add_scalar(b, value);
	(void)sc_buf_addc(b, '\n');
}

static void
make_text(const struct plan *p, const char *realm, struct sc_buf *b)
{
	const struct sc_vendor *v = p->vendor;

	(void)sc_buf_addf(b,
	    "# %s.  \"sc-conf show %s\" explains every value.\n", v->title,
	    p->name);
	add_line(b, "vendor", v->name);
	(void)sc_buf_addf(b, "enabled: %s\n", p->disabled ? "no" : "yes");
	(void)sc_buf_adds(b,
	    "\n# Names the account in the ids of its records: keep it, also "
	    "when the\n# address changes.\n");
	add_line(b, "realm", realm);
	for (size_t i = 0; i < v->nsettings; i++) {
		const struct sc_setting *set = &v->settings[i];

		if (p->values[i] == NULL)
			continue;
		(void)sc_buf_addf(b, "\n# %s: %s.%s\n", set->label, set->help,
		    set->kind == SC_SETTING_SECRET ? "  It is kept in" : "");
		add_line(b, set->name, p->values[i]);
	}
	(void)sc_buf_addc(b, '\n');
	for (int i = 0; i < NCOMMON; i++) {
		if (i != REALM && p->common[i] != NULL)
			add_line(b, common_keys[i], p->common[i]);
	}
	if (p->allow_http)
		(void)sc_buf_adds(b, "allow_http: yes\n");
}

/* Root hands the file to the service: 0640 root:_sc. */
static int
give_to_service(const char *path, mode_t mode, struct sc_err *e)
{
	const struct passwd *pw = getpwnam(SERVICE_USER);

	if (geteuid() != 0 || pw == NULL)
		return 0;
	if (chown(path, 0, pw->pw_gid) == -1 || chmod(path, mode) == -1)
		return sc_fail_sys(e, EX_CANTCREAT, "%s", path);
	return 0;
}

static int
create(
    const char *path, const void *text, size_t n, mode_t mode, struct sc_err *e)
{
	if (sc_file_create(path, text, n, mode, e) == 0)
		return 0;
	if (e->sys == EEXIST)
		(void)sc_remedy(e, SC_CLASS_CONFIG,
		    "it exists and is never overwritten: take another name, "
		    "or remove it first");
	return -1;
}

static int
make_folder(
    const char *confdir, const char *name, mode_t mode, struct sc_err *e)
{
	char *path = sc_xasprintf("%s/%s", confdir, name);
	bool fresh = access(path, F_OK) == -1;
	int rc = sc_mkdir_p(path, mode, e);

	if (rc == 0 && fresh && (mode & 07) == 0)
		rc = give_to_service(path, mode, e);
	free(path);
	return rc;
}

/* CONFDIR/credentials/NAME.SETTING, absolute; the value becomes its name. */
static int
write_credential(struct plan *p, size_t i, struct sc_err *e)
{
	const struct sc_secret *s = &p->secrets[i];
	char confdir[PATH_MAX], *path, *line;
	int rc = -1;

	if (make_folder(p->prog->confdir, "credentials", 0750, e) == -1)
		return -1;
	if (realpath(p->prog->confdir, confdir) == NULL)
		return sc_fail_sys(e, EX_CANTCREAT, "%s", p->prog->confdir);
	path = sc_xasprintf("%s/credentials/%s.%s", confdir, p->name,
	    p->vendor->settings[i].name);
	line = sc_xasprintf("%s\n", s->p);
	if (create(path, line, s->n + 1, 0600, e) == 0) {
		p->values[i] = sc_xasprintf("file:%s", path);
		rc = give_to_service(path, 0640, e);
	}
	freezero(line, s->n + 1);
	free(path);
	return rc;
}

/* Takes back the credential files that this run has created. */
static void
undo(const struct plan *p)
{
	for (size_t i = 0; i < p->vendor->nsettings; i++) {
		if (p->secrets[i].p != NULL && p->values[i] != NULL)
			(void)unlink(p->values[i] + strlen("file:"));
	}
}

/* Reads the new file as every other program will. */
static int
try_out(const struct plan *p, struct sc_err *e)
{
	struct sc_integration *in;

	in = sc_integration_load(p->prog->confdir, p->name, e);
	if (in == NULL)
		return sc_ctx(
		    e, "the new file would be wrong, nothing is kept");
	sc_integration_free(in);
	return 0;
}

static char *
make_realm(struct plan *p, struct sc_err *e)
{
	char *realm;

	if (p->common[REALM] != NULL)
		return sc_xstrdup(p->common[REALM]);
	realm = sc_realm_default(
	    p->vendor, (const char *const *)p->values, p->common[URL]);
	if (realm == NULL)
		(void)sc_fail(e, EX_USAGE,
		    "the address of the vendor has no usable host name");
	return realm;
}

static int
write_files(struct plan *p, const char *realm, struct sc_err *e)
{
	char *path = sc_integration_path(p->prog->confdir, p->name);
	struct sc_buf b;
	int rc = -1;

	sc_buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < p->vendor->nsettings; i++) {
		if (p->secrets[i].p != NULL && write_credential(p, i, e) == -1)
			goto out;
	}
	make_text(p, realm, &b);
	if (b.full)
		rc = sc_fail(e, EX_USAGE, "the options are too long");
	else if (make_folder(p->prog->confdir, "integrations.d", 0755, e) == 0)
		rc = create(path, b.p, b.len, 0644, e);
	if (rc == 0 && (rc = try_out(p, e)) == -1)
		(void)unlink(path);
out:
	if (rc == -1)
		undo(p);
	sc_buf_fini(&b);
	free(path);
	return rc;
}

int
plan_write(struct plan *p, struct sc_err *e)
{
	char *realm;
	bool fresh;
	int rc;

	for (size_t i = 0; i < p->vendor->nsettings; i++) {
		char *value = p->values[i];

		if (value != NULL &&
		    p->vendor->settings[i].kind == SC_SETTING_HOST &&
		    sc_host_check(value) == NULL) {
			p->values[i] = sc_host_clean(value);
			free(value);
		}
	}
	if ((realm = make_realm(p, e)) == NULL)
		return -1;
	rc = sc_store_init(p->prog->statedir, &fresh, e);
	if (rc == 0)
		rc = write_files(p, realm, e);
	free(realm);
	return rc;
}

/* An option that the next command needs, unless it is the default. */
static void
print_option(
    char letter, const char *value, const char *var, const char *builtin)
{
	const char *env = getenv(var);

	if (env == NULL || *env == '\0')
		env = builtin;
	if (strcmp(env, value) != 0)
		(void)printf(" -%c %s", letter, value);
}

/* "PROGRAM WORD NAME", with the options that it needs. */
static void
print_command(const struct plan *p, const char *program, const char *word)
{
	(void)printf("%s", program);
	print_option('C', p->prog->confdir, "SC_CONFIG", "/etc/signal-client");
	print_option(
	    'S', p->prog->statedir, "SC_STATE", "/var/lib/signal-client");
	(void)printf(" %s %s\n", word, p->name);
}

static void
print_next(const struct plan *p)
{
	char *path = sc_integration_path(p->prog->confdir, p->name);

	(void)printf("wrote %s\ntry it: ", path);
	print_command(p, "sc-fetch", "--check");
	(void)printf("next: ");
	print_command(p, "sc-sched", "run");
	free(path);
}

int
cmd_add(struct sc_prog *prog, int argc, char *argv[], struct sc_err *e)
{
	struct plan p = { .prog = prog };
	int rc;

	p.vendor = sc_vendor_load(prog->confdir, argv[1], e);
	if (p.vendor == NULL)
		return -1;
	p.values = sc_xcalloc(p.vendor->nsettings, sizeof(*p.values));
	p.secrets = sc_xcalloc(p.vendor->nsettings, sizeof(*p.secrets));
	rc = plan_options(&p, argc - 1, argv + 1, e);
	if (rc == 0)
		rc = plan_write(&p, e);
	if (rc == 0)
		print_next(&p);
	for (size_t i = 0; i < p.vendor->nsettings; i++) {
		sc_secret_fini(&p.secrets[i]);
		free(p.values[i]);
	}
	free(p.secrets);
	free(p.values);
	sc_vendor_free(p.vendor);
	return rc;
}
