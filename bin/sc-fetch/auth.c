#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/buf.h"
#include "sc/file.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/prog.h"

#include "auth.h"

#define ANSWER_MAX  ((size_t)64 << 10)
#define HEADERS_MAX 32
#define AUTH_ARGS   8

struct auth {
	pid_t pid;
	int to;
	int from;
	struct sc_buf in; /* the answer under way */
	const char *headers[HEADERS_MAX];
	int64_t offset_ms; /* of the vendor's clock */
	char *proxy;       /* its password; NULL: not asked for */
};

static int
spawn(struct auth *a, const char *const argv[AUTH_ARGS], const int in[2],
    const int out[2], struct sc_err *e)
{
	char *path = sc_prog_sibling("sc-auth");
	char *args[AUTH_ARGS];
	posix_spawn_file_actions_t fa;
	int rc;

	/* The type wants them writable; nothing writes them. */
	memcpy(args, argv, sizeof(args));
	(void)posix_spawn_file_actions_init(&fa);
	(void)posix_spawn_file_actions_adddup2(&fa, in[0], STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&fa, out[1], STDOUT_FILENO);
	rc = posix_spawnp(&a->pid, path, &fa, NULL, args, environ);
	(void)posix_spawn_file_actions_destroy(&fa);
	if (rc != 0) {
		errno = rc;
		(void)sc_fail_sys(e, EX_OSERR, "start %s", path);
	}
	free(path);
	return rc == 0 ? 0 : -1;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

struct auth *
auth_start(const char *confdir, const char *integration, const char *as,
    struct sc_err *e)
{
	const char *const argv[AUTH_ARGS] = { "sc-auth", "-C", confdir, "-s",
		as != NULL ? "--as" : integration, as,
		as != NULL ? integration : NULL, NULL };
	struct auth *a = sc_xcalloc(1, sizeof(*a));
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, rc = -1;

	sc_buf_init(&a->in, ANSWER_MAX);
	a->to = a->from = -1;
	if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1)
		(void)sc_fail_sys(e, EX_OSERR, "pipe to sc-auth");
	else
		rc = spawn(a, argv, in, out, e);
	close_fd(&in[0]);
	close_fd(&out[1]);
	a->to = in[1];
	a->from = out[0];
	if (rc == 0)
		return a;
	auth_stop(a);
	return NULL;
}

static void
forget_answer(struct auth *a)
{
	if (a->in.len > 0)
		explicit_bzero(a->in.p, a->in.len);
	sc_buf_reset(&a->in);
}

/* Returns how the child ended: its exit code, or 128 + signal. */
static int
reap(struct auth *a)
{
	int status = 0;

	close_fd(&a->to);
	close_fd(&a->from);
	if (a->pid > 0) {
		while (waitpid(a->pid, &status, 0) == -1 && errno == EINTR)
			;
	}
	a->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
auth_stop(struct auth *a)
{
	if (a == NULL)
		return;
	(void)reap(a);
	forget_answer(a);
	sc_buf_fini(&a->in);
	freezero(a->proxy, a->proxy != NULL ? strlen(a->proxy) : 0);
	free(a);
}

/* The child has ended by itself; it has said why on stderr. */
static int
ended(struct auth *a, struct sc_err *e)
{
	int code = reap(a);

	if (code == 0)
		return sc_fail(e, EX_SOFTWARE, "sc-auth ended with no answer");
	if (code >= EX__BASE && code <= EX__MAX)
		return sc_fail(e, code, "sc-auth gave up");
	return sc_fail(
	    e, EX_SOFTWARE, "sc-auth ended with %d and no answer", code);
}

/* The fault is on our side (errno); how the child ends now says nothing. */
static int
cut_off(struct auth *a, const char *what, struct sc_err *e)
{
	int sys = errno;

	(void)reap(a);
	errno = sys;
	return sc_fail_sys(e, EX_OSERR, "%s sc-auth", what);
}

/*
 * "!CODE CLASS message" and perhaps a line with the remedy: why there are no
 * headers.
 */
static int
refused(char *line, struct sc_err *e)
{
	char *remedy = line + strcspn(line, "\n"), *rest, class[16];
	long code = strtol(line + 1, &rest, 10);
	size_t n;
	int known;

	*remedy++ = '\0';
	remedy[strcspn(remedy, "\n")] = '\0';
	rest += strspn(rest, " ");
	n = strcspn(rest, " ");
	(void)snprintf(class, sizeof(class), "%.*s", (int)n, rest);
	rest += n + strspn(rest + n, " ");
	known = sc_class_parse(class);
	if (code < EX__BASE || code > EX__MAX || known == -1)
		return sc_fail(e, EX_SOFTWARE, "sc-auth: unexpected answer");
	(void)sc_fail(e, (int)code, "%s", rest);
	return sc_remedy(e, (enum sc_class)known, "%s", remedy);
}

/* An empty line ends it. */
static bool
is_whole(struct auth *a)
{
	const char *text = sc_buf_str(&a->in);

	return *text == '\n' || strstr(text, "\n\n") != NULL;
}

static int
read_answer(struct auth *a, struct sc_err *e)
{
	while (!is_whole(a)) {
		char *to = sc_buf_room(&a->in, 4096);
		ssize_t n;

		if (to == NULL)
			return sc_fail(
			    e, EX_SOFTWARE, "sc-auth: the answer is too long");
		do {
			n = read(a->from, to, 4096);
		} while (n == -1 && errno == EINTR);
		if (n == -1)
			return cut_off(a, "read from", e);
		if (n == 0)
			return ended(a, e);
		a->in.len += (size_t)n;
	}
	return 0;
}

/* The vendor may repeat a credential in what it answers. */
static void
teach(const char *header)
{
	const char *word = header + strcspn(header, ":");

	/* "Scheme credential": either may be all of it, or have blanks. */
	while ((word = strchr(word, ' ')) != NULL) {
		word++;
		sc_log_secret(word, strlen(word));
	}
}

/* Cuts the answer into lines in place. */
static int
cut_lines(struct auth *a, size_t *n, struct sc_err *e)
{
	char *line = a->in.p, *end;

	*n = 0;
	/* Only the last request's credentials are worth remembering. */
	sc_log_forget();
	if (a->proxy != NULL)
		sc_log_secret(a->proxy, strlen(a->proxy));
	for (; (end = strchr(line, '\n')) != line; line = end + 1) {
		if (*n == HEADERS_MAX)
			return sc_fail(
			    e, EX_SOFTWARE, "sc-auth: too many headers");
		*end = '\0';
		teach(line);
		a->headers[(*n)++] = line;
	}
	return 0;
}

/* Sends "WHAT WHICH" and reads the answer, unless it is a refusal. */
static int
ask(struct auth *a, const char *what, const char *which, struct sc_err *e)
{
	char *request;
	int rc;

	if (a->pid == 0)
		return sc_fail(e, EX_SOFTWARE, "sc-auth is gone");
	forget_answer(a);
	request = sc_xasprintf("%s %s\n", what, which);
	rc = sc_write_all(a->to, request, strlen(request));
	free(request);
	/* Who takes no more requests may have said why. */
	if (rc == -1 && errno != EPIPE)
		return cut_off(a, "write to", e);
	if (read_answer(a, e) == -1)
		return -1;
	if (*a->in.p != '!')
		return 0;
	return refused(a->in.p, e);
}

void
auth_set_offset(struct auth *a, int64_t ms)
{
	a->offset_ms = ms;
}

int
auth_headers(struct auth *a, const char *method, const char *target,
    const char *const **headers, size_t *n, struct sc_err *e)
{
	char *dated = NULL;
	int rc;

	if (a->offset_ms != 0)
		dated = sc_xasprintf("%s %" PRId64, target, a->offset_ms);
	rc = ask(a, method, dated != NULL ? dated : target, e);
	free(dated);
	if (rc == -1)
		return -1;
	*headers = a->headers;
	return cut_lines(a, n, e);
}

const char *
auth_proxy(struct auth *a, struct sc_err *e)
{
	if (a->proxy == NULL && ask(a, "PROXY", "password", e) == 0) {
		const char *line = a->in.p;

		/* "password VALUE" */
		line += strcspn(line, " \n");
		line += *line == ' ';
		a->proxy = sc_xstrndup(line, strcspn(line, "\n"));
		sc_log_secret(a->proxy, strlen(a->proxy));
		forget_answer(a);
	}
	return a->proxy;
}

int
auth_body(struct auth *a, const char *name, struct sc_buf *b, struct sc_err *e)
{
	int rc;

	if (ask(a, "BODY", name, e) == -1)
		return -1;
	rc = sc_buf_add(b, a->in.p, strcspn(a->in.p, "\n"));
	forget_answer(a);
	return rc == 0 ? 0 : sc_fail(e, EX_SOFTWARE, "sc-auth: too long");
}

int
auth_facts(struct auth *a, const char *name, size_t *bytes, size_t *blanks,
    struct sc_err *e)
{
	char *rest;

	if (ask(a, "FACTS", name, e) == -1)
		return -1;
	*bytes = strtoul(a->in.p, &rest, 10);
	*blanks = strtoul(rest, NULL, 10);
	forget_answer(a);
	return 0;
}
