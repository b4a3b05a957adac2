#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <readpassphrase.h>

#include "sc/mem.h"

#include "cmd.h"

const char *const common_keys[NCOMMON] = {
	[URL] = "url",
	[REALM] = "realm",
	[INTERVAL] = "interval",
	[TENANT] = "tenant",
	[ORG_ID] = "org_id",
	[LABEL] = "label",
	[CA_FILE] = "ca_file",
	[TLS_NAME] = "tls_name",
	[TLS_PIN] = "tls_pin",
	[PROXY] = "proxy",
	[PROXY_PASSWORD] = "proxy_password",
	[PROXY_CA_FILE] = "proxy_ca_file",
	[NO_PROXY] = "no_proxy",
	[KEEP] = "keep",
	[DROP] = "drop",
};

/* Values of options: those of setting i start at FORMS * i. */
enum { ARGV_FORM, FILE_FORM, REF_FORM, FORMS };
enum {
	OPT_COMMON = SC_OPT_OWN,
	OPT_ALLOW_HTTP = OPT_COMMON + NCOMMON,
	OPT_DISABLED,
	OPT_SETTING
};

/* What the settings' options said: a file, "-" or a reference. */
struct form {
	const char *file;
	const char *ref;
};

/* The options of one vendor's add, and their names to be released. */
struct options {
	struct option *all;
	char **names;
	size_t n;
};

char *
option_name(const char *setting, const char *suffix)
{
	char *name = sc_xasprintf("%s%s", setting, suffix);

	for (char *p = name; *p != '\0'; p++) {
		if (*p == '_')
			*p = '-';
	}
	return name;
}

static void
add_option(struct options *o, char *name, int has_arg, int val)
{
	sc_names_add(&o->names, &o->n, name);
	/* One more, zeroed: the end. */
	o->all = sc_xreallocarray(o->all, o->n + 1, sizeof(*o->all));
	o->all[o->n - 1] =
	    (struct option){ .name = name, .has_arg = has_arg, .val = val };
	o->all[o->n] = (struct option){ 0 };
}

static void
add_setting(struct options *o, const struct sc_setting *set, int val)
{
	if (set->kind != SC_SETTING_SECRET) {
		add_option(
		    o, option_name(set->name, ""), required_argument, val);
		return;
	}
	add_option(o, option_name(set->name, ""), optional_argument, val);
	add_option(o, option_name(set->name, "-file"), required_argument,
	    val + FILE_FORM);
	add_option(o, option_name(set->name, "-ref"), required_argument,
	    val + REF_FORM);
}

static void
make_options(struct options *o, const struct sc_vendor *v)
{
	add_option(o, sc_xstrdup("help"), no_argument, 'h');
	add_option(o, sc_xstrdup("allow-http"), no_argument, OPT_ALLOW_HTTP);
	add_option(o, sc_xstrdup("disabled"), no_argument, OPT_DISABLED);
	for (int i = 0; i < NCOMMON; i++)
		add_option(o,
		    option_name(
			common_keys[i], i == PROXY_PASSWORD ? "-ref" : ""),
		    required_argument, OPT_COMMON + i);
	for (size_t i = 0; i < v->nsettings; i++)
		add_setting(o, &v->settings[i], OPT_SETTING + (int)i * FORMS);
}

static void
free_options(struct options *o)
{
	sc_names_free(o->names, o->n);
	free(o->all);
}

/* Only the option's name is shown: a secret may stand behind the "=". */
static int
unknown_option(const struct options *o, const char *arg, struct sc_err *e)
{
	char *word = sc_xstrndup(arg, strcspn(arg, "="));
	const char *near;

	near = sc_nearest(
	    word + strspn(word, "-"), (const char *const *)o->names, o->n);
	for (size_t i = 0; i < o->n && near != NULL; i++) {
		/* The form with a secret behind it is there to be refused. */
		if (o->names[i] == near &&
		    o->all[i].has_arg == optional_argument)
			near = o->names[i + 1];
	}
	if (near != NULL)
		(void)sc_fail(e, EX_USAGE,
		    "unknown option \"%.40s\"; did you mean \"--%s\"?", word,
		    near);
	else
		(void)sc_fail(e, EX_USAGE,
		    "unknown option \"%.40s\"; sc-conf -h lists them", word);
	free(word);
	return -1;
}

/* A proxy's password, too, does not belong where everybody can see it. */
static int
check_proxy(const struct plan *p, struct sc_err *e)
{
	const char *proxy = p->common[PROXY], *ref = p->common[PROXY_PASSWORD];
	const char *user = proxy != NULL ? strstr(proxy, "://") : NULL;
	const char *at = user != NULL ? strrchr(user, '@') : NULL;

	if (at != NULL &&
	    memchr(user + 3, ':', (size_t)(at - user - 3)) != NULL)
		return sc_fail(e, EX_USAGE,
		    "a password on the command line is seen by every user of "
		    "this machine; use --proxy http://USER@HOST:PORT and "
		    "--proxy-password-ref file:/PATH");
	if (ref != NULL && sc_secret_is_literal(ref))
		return sc_fail(e, EX_USAGE,
		    "a reference starts with file:, cred:, env: or exec:");
	return 0;
}

static int
secret_in_argv(const struct sc_setting *set, struct sc_err *e)
{
	char *name = option_name(set->name, "");

	(void)sc_fail(e, EX_USAGE,
	    "a secret on the command line is seen by every user of this "
	    "machine; use --%s-file FILE (- for stdin), or leave it out to "
	    "be asked",
	    name);
	free(name);
	return -1;
}

static int
take_setting(struct plan *p, struct form *forms, int val, struct sc_err *e)
{
	size_t i = (size_t)(val / FORMS);
	const struct sc_setting *set = &p->vendor->settings[i];

	if (val % FORMS == FILE_FORM) {
		forms[i].file = optarg;
	} else if (val % FORMS == REF_FORM) {
		forms[i].ref = optarg;
	} else if (set->kind == SC_SETTING_SECRET) {
		return secret_in_argv(set, e);
	} else {
		free(p->values[i]);
		p->values[i] = sc_xstrdup(optarg);
	}
	return 0;
}

static int
take_option(struct plan *p, struct form *forms, int c, struct sc_err *e)
{
	if (c >= OPT_SETTING)
		return take_setting(p, forms, c - OPT_SETTING, e);
	if (c == OPT_ALLOW_HTTP)
		p->allow_http = true;
	else if (c == OPT_DISABLED)
		p->disabled = true;
	else
		p->common[c - OPT_COMMON] = optarg;
	return 0;
}

static int
parse(struct plan *p, struct form *forms, const struct options *o, int argc,
    char *argv[], struct sc_err *e)
{
	int c;

	optind = 0; /* start again, with argv[1] */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", o->all, NULL)) != -1) {
		if (c == 'h')
			sc_prog_opt(p->prog, c);
		if (c == '?' && optopt > 0 && optopt <= CHAR_MAX)
			return sc_fail(
			    e, EX_USAGE, "unknown option \"-%c\"", optopt);
		if (c == '?')
			return unknown_option(o, argv[optind - 1], e);
		if (c == ':')
			return sc_fail(e, EX_USAGE,
			    "option \"%s\" needs a value", argv[optind - 1]);
		if (take_option(p, forms, c, e) == -1)
			return -1;
	}
	if (argc - optind != 1)
		return sc_fail(e, EX_USAGE,
		    "add takes a vendor and one name for the integration");
	p->name = argv[optind];
	return 0;
}

static int
ask(const struct sc_setting *set, struct sc_secret *out, struct sc_err *e)
{
	char *prompt = sc_xasprintf("%s: ", set->label);
	char *typed = sc_xcalloc(1, SC_SECRET_MAX);
	int rc;

	if (readpassphrase(prompt, typed, SC_SECRET_MAX,
		RPP_ECHO_OFF | RPP_REQUIRE_TTY) == NULL)
		rc = sc_fail_sys(e, EX_USAGE, "ask for the %s", set->label);
	else
		rc = sc_secret_take(typed, strlen(typed), out, e);
	freezero(typed, SC_SECRET_MAX);
	free(prompt);
	return rc;
}

static int
read_secret(const struct sc_setting *set, const char *file,
    struct sc_secret *out, struct sc_err *e)
{
	char cwd[PATH_MAX], *ref;
	int rc;

	if (strcmp(file, "-") == 0) {
		if (isatty(STDIN_FILENO) == 1)
			return ask(set, out, e);
		file = "/dev/stdin";
	}
	/* References are absolute; what people type need not be. */
	if (*file != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
		return sc_fail_sys(e, EX_NOINPUT, "the current folder");
	ref = *file == '/' ? sc_xasprintf("file:%s", file)
			   : sc_xasprintf("file:%s/%s", cwd, file);
	rc = sc_secret_load(ref, set->name, NULL, out, e);
	free(ref);
	return rc;
}

static int
take_secret(struct plan *p, size_t i, const struct form *form, struct sc_err *e)
{
	const struct sc_setting *set = &p->vendor->settings[i];

	if (form->file != NULL && form->ref != NULL)
		return sc_fail(e, EX_USAGE,
		    "\"%s\" is given as a file and as a reference", set->name);
	if (form->file != NULL)
		return read_secret(set, form->file, &p->secrets[i], e);
	if (form->ref == NULL) {
		if (set->required && isatty(STDIN_FILENO) == 1)
			return ask(set, &p->secrets[i], e);
		return 0;
	}
	if (sc_secret_is_literal(form->ref))
		return sc_fail(e, EX_USAGE,
		    "a reference starts with file:, cred:, env: or exec:");
	p->values[i] = sc_xstrdup(form->ref);
	return sc_secret_check(form->ref, set->name, NULL, e);
}

static int
check_given(const struct plan *p, size_t i, struct sc_err *e)
{
	const struct sc_setting *set = &p->vendor->settings[i];
	bool secret = set->kind == SC_SETTING_SECRET;
	char *name;

	if (!set->required || p->values[i] != NULL || p->secrets[i].p != NULL ||
	    (p->common[URL] != NULL &&
		sc_template_uses(p->vendor->origin, set->name)))
		return 0;
	name = option_name(set->name, secret ? "-file FILE" : " VALUE");
	(void)sc_fail(e, EX_USAGE, "--%s is needed (%s: %s)", name, set->label,
	    set->help);
	if (!secret && set->example != NULL)
		(void)sc_remedy(
		    e, SC_CLASS_CONFIG, "for example %s", set->example);
	free(name);
	return -1;
}

/* Before anybody is asked for a key. */
static int
check_name(const struct plan *p, struct sc_err *e)
{
	char *path;
	bool taken;

	if (!sc_name_valid(p->name))
		return sc_fail(e, EX_USAGE,
		    "\"%.80s\" cannot be a name: small letters, digits, - and "
		    "_, at most %d",
		    p->name, SC_NAME_MAX);
	path = sc_integration_path(p->prog->confdir, p->name);
	taken = access(path, F_OK) == 0;
	if (taken)
		(void)sc_fail(e, EX_CANTCREAT,
		    "%s exists and is never overwritten; take another name",
		    path);
	free(path);
	return taken ? -1 : 0;
}

int
plan_options(struct plan *p, int argc, char *argv[], struct sc_err *e)
{
	struct options o = { 0 };
	size_t n = p->vendor->nsettings;
	struct form *forms = sc_xcalloc(n, sizeof(*forms));
	int rc;

	make_options(&o, p->vendor);
	rc = parse(p, forms, &o, argc, argv, e);
	if (rc == 0)
		rc = check_name(p, e);
	if (rc == 0)
		rc = check_proxy(p, e);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (p->vendor->settings[i].kind == SC_SETTING_SECRET)
			rc = take_secret(p, i, &forms[i], e);
	}
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = check_given(p, i, e);
	free(forms);
	free_options(&o);
	return rc;
}
