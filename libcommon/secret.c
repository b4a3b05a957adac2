#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/buf.h"
#include "sc/command.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/secret.h"

#define EXEC_LIMIT_MS   10000
#define SERVICE_GROUP   "signal-client"
#define CREDENTIALS_VAR "CREDENTIALS_DIRECTORY"

enum kind { LITERAL, IN_FILE, IN_CREDENTIAL, IN_ENV, FROM_COMMAND };

static const char *const prefixes[] = {
	[LITERAL] = "",
	[IN_FILE] = "file:",
	[IN_CREDENTIAL] = "cred:",
	[IN_ENV] = "env:",
	[FROM_COMMAND] = "exec:",
};

/* *rest: what follows the prefix. */
static enum kind
kind_of(const char *ref, const char **rest)
{
	for (int i = IN_FILE; i <= FROM_COMMAND; i++) {
		size_t n = strlen(prefixes[i]);

		if (strncmp(ref, prefixes[i], n) == 0) {
			*rest = ref + n;
			return (enum kind)i;
		}
	}
	*rest = ref;
	return LITERAL;
}

bool
sc_secret_is_literal(const char *ref)
{
	const char *rest;

	return kind_of(ref, &rest) == LITERAL;
}

char *
sc_secret_path(const char *ref)
{
	const char *rest, *dir;

	switch ((int)kind_of(ref, &rest)) {
	case IN_FILE:
		return sc_xstrdup(rest);
	case IN_CREDENTIAL:
		dir = getenv(CREDENTIALS_VAR);
		return dir != NULL ? sc_xasprintf("%s/%s", dir, rest) : NULL;
	default:
		return NULL;
	}
}

void
sc_secret_fini(struct sc_secret *s)
{
	freezero(s->p, s->n);
	*s = (struct sc_secret){ 0 };
}

void
sc_secret_wipe(struct sc_buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	sc_buf_fini(b);
}

/* A literal is as safe as the file that it stands in. */
static int
check_literal(const char *what, const char *conf_path, struct sc_err *e)
{
	const struct group *gr;
	struct stat st;

	if (conf_path == NULL || stat(conf_path, &st) == -1)
		st.st_mode = 0777;
	if ((st.st_mode & 077) == 0)
		return 0;
	gr = getgrnam(SERVICE_GROUP);
	if ((st.st_mode & 037) == 0 && gr != NULL && st.st_gid == gr->gr_gid)
		return 0;
	(void)sc_fail(e, EX_CONFIG,
	    "\"%s\" holds the secret itself, in a file that others can read",
	    what);
	return sc_remedy(e, SC_CLASS_SECRET,
	    "put it into a file of its own and write file:PATH (or cred:NAME, "
	    "env:NAME, exec:COMMAND), or make the configuration file 0600");
}

int
sc_secret_check(
    const char *ref, const char *what, const char *conf_path, struct sc_err *e)
{
	const char *rest, *why = NULL;

	switch (kind_of(ref, &rest)) {
	case LITERAL:
		return check_literal(what, conf_path, e);
	case IN_FILE:
		if (*rest != '/')
			why = "needs an absolute path: file:/...";
		break;
	case IN_CREDENTIAL:
		if (*rest == '\0' || *rest == '.' || strchr(rest, '/') != NULL)
			why = "needs the name of a credential: cred:NAME";
		break;
	case IN_ENV:
		if (*rest == '\0' || strchr(rest, '=') != NULL)
			why = "needs the name of a variable: env:NAME";
		break;
	case FROM_COMMAND:
	default:
		if (*rest == '\0')
			why = "needs a command line: exec:COMMAND";
		break;
	}
	if (why == NULL)
		return 0;
	(void)sc_fail(e, EX_CONFIG, "\"%s\" %s", what, why);
	e->class = SC_CLASS_SECRET;
	return -1;
}

/*
 * Reads into memory that b has already, so that no copy is left behind by a
 * growing buffer.
 */
static int
read_file(const char *path, struct sc_buf *b, struct sc_err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	ssize_t n = fd;

	while (fd != -1 && b->len < b->max) {
		n = read(fd, b->p + b->len, b->max - b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		b->len += (size_t)n;
	}
	if (n == -1)
		rc = sc_fail_sys(e, EX_CONFIG, "cannot be read");
	else if (b->len > SC_SECRET_MAX)
		rc = sc_fail(
		    e, EX_CONFIG, "is longer than %d bytes", SC_SECRET_MAX);
	if (fd != -1)
		(void)close(fd);
	if (rc == -1)
		(void)sc_remedy(e, SC_CLASS_SECRET,
		    "check that the file is there and that this user may "
		    "read it (0640, group _sc)");
	return rc;
}

static int
read_credential(const char *ref, struct sc_buf *b, struct sc_err *e)
{
	char *path = sc_secret_path(ref);
	int rc;

	if (path == NULL) {
		(void)sc_fail(e, EX_CONFIG, "%s is not set", CREDENTIALS_VAR);
		return sc_remedy(e, SC_CLASS_SECRET,
		    "systemd sets it for units that have LoadCredential=; "
		    "elsewhere use file:PATH");
	}
	rc = read_file(path, b, e);
	free(path);
	return rc;
}

static int
read_env(const char *name, struct sc_buf *b, struct sc_err *e)
{
	const char *value = getenv(name);

	if (value == NULL) {
		(void)sc_fail(e, EX_CONFIG, "the variable is not set");
		return sc_remedy(e, SC_CLASS_SECRET,
		    "set it for this program (systemd: EnvironmentFile=), or "
		    "use file:PATH");
	}
	if (sc_buf_adds(b, value) == -1)
		return sc_fail(e, EX_CONFIG, "is too long");
	return 0;
}

/* Only the first line counts. */
static int
read_command(const char *command, struct sc_buf *b, struct sc_err *e)
{
	const char *eol;

	if (sc_command_read(command, EXEC_LIMIT_MS, b, e) == -1)
		return sc_remedy(e, SC_CLASS_SECRET,
		    "run the command by hand, as the user of this program");
	eol = memchr(b->p, '\n', b->len);
	if (eol != NULL)
		b->len = (size_t)(eol - b->p);
	return 0;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct sc_slice
trim(const char *p, size_t n)
{
	struct sc_slice s = { .p = p, .n = n };

	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && is_space(*s.p)) {
		s.p++;
		s.n--;
	}
	return s;
}

/* What people paste by mistake; none of it is part of a key. */
static const char *
check_value(struct sc_slice s)
{
	static const char *const words[] = { "ApiToken ", "Bearer ", "Token ",
		"Basic ", "Authorization:" };

	if (s.n == 0)
		return "is empty";
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\n' || c == '\r')
			return "has more than one line";
		if (c < 0x20 || c == 0x7f)
			return "holds a control byte: it is no text";
	}
	if ((*s.p == '"' || *s.p == '\'') && s.p[s.n - 1] == *s.p)
		return "is in quotes: leave them out";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		if (s.n >= n && strncasecmp(s.p, words[i], n) == 0)
			return "starts like a header: give only the key, "
			       "without the word before it";
	}
	return NULL;
}

int
sc_secret_take(const char *p, size_t n, struct sc_secret *out, struct sc_err *e)
{
	struct sc_slice s = trim(p, n);
	const char *why = check_value(s);

	*out = (struct sc_secret){ 0 };
	if (why != NULL) {
		(void)sc_fail(e, EX_CONFIG, "the secret %s", why);
		return sc_remedy(
		    e, SC_CLASS_SECRET, "copy the key again, completely");
	}
	out->p = sc_xstrndup(s.p, s.n);
	out->n = s.n;
	sc_log_secret(out->p, out->n);
	return 0;
}

static int
read_raw(const char *ref, struct sc_buf *b, struct sc_err *e)
{
	const char *rest;

	switch (kind_of(ref, &rest)) {
	case IN_FILE:
		return read_file(rest, b, e);
	case IN_CREDENTIAL:
		return read_credential(ref, b, e);
	case IN_ENV:
		return read_env(rest, b, e);
	case FROM_COMMAND:
		return read_command(rest, b, e);
	case LITERAL:
	default:
		if (sc_buf_adds(b, ref) == -1)
			return sc_fail(e, EX_CONFIG, "is too long");
		return 0;
	}
}

int
sc_secret_load(const char *ref, const char *what, const char *conf_path,
    struct sc_secret *out, struct sc_err *e)
{
	struct sc_buf b;
	int rc;

	*out = (struct sc_secret){ 0 };
	if (sc_secret_check(ref, what, conf_path, e) == -1)
		return -1;
	sc_buf_init(&b, SC_SECRET_MAX + 1);
	(void)sc_buf_room(&b, SC_SECRET_MAX + 1);
	rc = read_raw(ref, &b, e);
	if (rc == 0)
		rc = sc_secret_take(b.p, b.len, out, e);
	if (rc == -1) {
		e->class = SC_CLASS_SECRET;
		if (sc_secret_is_literal(ref))
			(void)sc_ctx(e, "\"%s\"", what);
		else
			(void)sc_ctx(e, "\"%s\" (%.200s)", what, ref);
	}
	sc_secret_wipe(&b);
	return rc;
}
