#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <paths.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "mocksrv/control.h"
#include "mocksrv/drill_impl.h"
#include "sc/clock.h"
#include "sc/mem.h"
#include "sc/prog.h"

#define OUTPUT_MAX ((size_t)1 << 30)
#define READY_FD   3

/* Where a child's descriptors 0 to 3 come from; -1: closed, or /dev/null. */
struct plumbing {
	int in, out, ready;
};

static const char *
inherited(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : fallback;
}

/* Nothing of the user's environment gets through by accident. */
static void
set_environment(struct drill *d)
{
	const char *vendors = inherited("SC_VENDORS", NULL);
	size_t n = 0;

	d->env = sc_xcalloc(7, sizeof(*d->env));
	d->env[n++] = sc_xasprintf("PATH=%s", inherited("PATH", _PATH_DEFPATH));
	d->env[n++] = sc_xasprintf("TMPDIR=%s", d->dir);
	d->env[n++] = sc_xasprintf("SC_CONFIG=%s", d->etc);
	d->env[n++] = sc_xasprintf("SC_STATE=%s", d->state);
	d->env[n++] = sc_xasprintf("SC_CLOCK=step:%s", d->clock);
	if (vendors != NULL)
		d->env[n++] = sc_xasprintf("SC_VENDORS=%s", vendors);
}

static int
make_clock(struct drill *d, struct sc_err *e)
{
	char *spec = sc_xasprintf("file:%s", d->clock);
	int rc = sc_clock_share(d->clock, d->o->start_ms, e);

	if (rc == 0)
		rc = sc_clock_set(spec, e);
	free(spec);
	return rc;
}

int
drill_open(struct drill *d, struct sc_err *e)
{
	char *log;

	d->dir =
	    sc_xasprintf("%s/sc-drill.XXXXXX", inherited("TMPDIR", "/tmp"));
	if (mkdtemp(d->dir) == NULL) {
		(void)sc_fail_sys(
		    e, EX_CANTCREAT, "temporary folder %s", d->dir);
		free(d->dir);
		d->dir = NULL;
		return -1;
	}
	d->etc = sc_xasprintf("%s/etc", d->dir);
	d->state = sc_xasprintf("%s/state", d->dir);
	d->clock = sc_xasprintf("%s/clock", d->dir);
	d->control = sc_xasprintf("%s/control", d->dir);
	log = sc_xasprintf("%s/log", d->dir);
	/* Made here, so that it is not handed to the service's account. */
	if (mkdir(d->state, 0700) == -1)
		(void)sc_fail_sys(e, EX_CANTCREAT, "%s", d->state);
	else if (!d->o->verbose &&
	    (d->log = open(
		 log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) == -1)
		(void)sc_fail_sys(e, EX_CANTCREAT, "%s", log);
	free(log);
	if (e->code != 0)
		return -1;
	set_environment(d);
	return make_clock(d, e);
}

static int
remove_one(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)st;
	(void)what;
	(void)ftw;
	(void)remove(path);
	return 0;
}

static void
end_mock(struct drill *d)
{
	if (d->mock <= 0)
		return;
	(void)close(d->mock_stdin);
	while (waitpid(d->mock, NULL, 0) == -1 && errno == EINTR)
		continue;
	d->mock = 0;
}

void
drill_close(struct drill *d)
{
	end_mock(d);
	if (d->journal != NULL)
		(void)fclose(d->journal);
	if (d->log != -1)
		(void)close(d->log);
	if (d->dir != NULL && !d->o->keep)
		(void)nftw(d->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	for (size_t i = 0; d->env != NULL && d->env[i] != NULL; i++)
		free(d->env[i]);
	for (size_t i = 0; i < d->nports; i++)
		free(d->ports[i].name);
	free(d->env);
	free(d->ports);
	free(d->control);
	free(d->clock);
	free(d->state);
	free(d->etc);
	free(d->dir);
}

/* Signals are the drill's own business, not inherited as blocked or ignored. */
static void
set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, defaults;

	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)posix_spawnattr_setflags(
	    attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawnattr_setsigmask(attr, &none);
	(void)posix_spawnattr_setsigdefault(attr, &defaults);
}

static int
spawn(const struct drill *d, char *const argv[], const struct plumbing *fds,
    pid_t *pid, struct sc_err *e)
{
	char *path = sc_prog_sibling(argv[0]);
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	int rc;

	(void)posix_spawn_file_actions_init(&fa);
	if (fds->in != -1)
		(void)posix_spawn_file_actions_adddup2(&fa, fds->in, 0);
	else
		(void)posix_spawn_file_actions_addopen(
		    &fa, 0, "/dev/null", O_RDONLY, 0);
	if (fds->out != -1)
		(void)posix_spawn_file_actions_adddup2(&fa, fds->out, 1);
	else
		(void)posix_spawn_file_actions_addopen(
		    &fa, 1, "/dev/null", O_WRONLY, 0);
	if (d->log != -1)
		(void)posix_spawn_file_actions_adddup2(&fa, d->log, 2);
	/* The last one: what it replaces has been copied. */
	if (fds->ready != -1)
		(void)posix_spawn_file_actions_adddup2(
		    &fa, fds->ready, READY_FD);
	(void)posix_spawnattr_init(&attr);
	set_attributes(&attr);
	rc = posix_spawnp(pid, path, &fa, &attr, argv, d->env);
	(void)posix_spawn_file_actions_destroy(&fa);
	(void)posix_spawnattr_destroy(&attr);
	if (rc != 0) {
		errno = rc;
		(void)sc_fail_sys(e, EX_OSERR, "start %s", path);
	}
	free(path);
	return rc == 0 ? 0 : -1;
}

static int
read_all(int fd, struct sc_buf *b)
{
	for (;;) {
		char *room = sc_buf_room(b, 65536);
		ssize_t n;

		if (room == NULL)
			return -1;
		n = read(fd, room, 65536);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		b->len += (size_t)n;
	}
}

/* The exit code, -1 when it was killed. */
static int
reap(pid_t pid, const char *name, struct sc_err *e)
{
	int status;

	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return sc_fail_sys(e, EX_OSERR, "wait for %s", name);
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return sc_fail(e, EX_SOFTWARE, "%s was ended by signal %d", name,
	    WTERMSIG(status));
}

int
drill_program(
    struct drill *d, char *const argv[], struct sc_buf *out, struct sc_err *e)
{
	struct plumbing fds = { -1, -1, -1 };
	int p[2] = { -1, -1 }, code;
	bool bad = false;
	pid_t pid;

	if (out != NULL && pipe2(p, O_CLOEXEC) == -1)
		return sc_fail_sys(e, EX_OSERR, "pipe");
	fds.out = p[1];
	code = spawn(d, argv, &fds, &pid, e);
	if (out != NULL)
		(void)close(p[1]);
	if (code == 0) {
		bad = out != NULL && read_all(p[0], out) == -1;
		code = reap(pid, argv[0], e);
	}
	if (out != NULL)
		(void)close(p[0]);
	return !bad ? code
		    : sc_fail(e, EX_SOFTWARE, "%s says too much", argv[0]);
}

/* "port=N", "tls_port=N", "port.NAME=N" */
static void
add_port(struct drill *d, const char *line)
{
	const char *eq = strchr(line, '=');
	struct drill_port p = { NULL, 0 };

	if (eq == NULL)
		return;
	if (strncmp(line, "port=", 5) == 0)
		p.name = sc_xstrdup(MOCK_PLAIN);
	else if (strncmp(line, "tls_port=", 9) == 0)
		p.name = sc_xstrdup(MOCK_TLS);
	else if (strncmp(line, "port.", 5) == 0)
		p.name = sc_xstrndup(line + 5, (size_t)(eq - line) - 5);
	else
		return;
	p.port = (int)strtol(eq + 1, NULL, 10);
	d->ports = sc_xreallocarray(d->ports, d->nports + 1, sizeof(*d->ports));
	d->ports[d->nports++] = p;
}

static int
start_mock(struct drill *d, int ready, int in, struct sc_err *e)
{
	const struct plumbing fds = { in, -1, ready };
	char *argv[] = { sc_xstrdup("sc-mock"),
		sc_xasprintf("--tls=%s/tls", d->dir),
		sc_xasprintf("--clock=file:%s", d->clock),
		sc_xasprintf("--journal=%s/journal.ndjson", d->dir),
		sc_xasprintf("--control=%s", d->control),
		sc_xasprintf("--ready-fd=%d", READY_FD),
		sc_xstrdup("--until-eof"),
		sc_xasprintf("--seed=%llu", (unsigned long long)d->o->seed),
		sc_xstrdup("--"), sc_xstrdup(d->o->scenario), NULL };
	int rc = spawn(d, argv, &fds, &d->mock, e);

	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	return rc;
}

static int
await_ready(struct drill *d, int fd, struct sc_err *e)
{
	char *path = sc_xasprintf("%s/journal.ndjson", d->dir);
	struct sc_buf b;
	char *at, *line;

	sc_buf_init(&b, OUTPUT_MAX);
	if (read_all(fd, &b) == 0 && b.len > 0) {
		(void)sc_buf_str(&b);
		at = b.p;
		while ((line = strsep(&at, "\n")) != NULL)
			add_port(d, line);
		d->journal = fopen(path, "re");
	}
	sc_buf_fini(&b);
	if (d->nports == 0)
		(void)sc_fail(e, EX_SOFTWARE,
		    "sc-mock did not start; --keep keeps %s/log", d->dir);
	else if (d->journal == NULL)
		(void)sc_fail_sys(e, EX_SOFTWARE, "%s", path);
	free(path);
	return d->journal != NULL ? 0 : -1;
}

int
drill_serve(struct drill *d, struct sc_err *e)
{
	int in[2], ready[2], rc;

	if (pipe2(in, O_CLOEXEC) == -1)
		return sc_fail_sys(e, EX_OSERR, "pipe");
	if (pipe2(ready, O_CLOEXEC) == -1) {
		(void)close(in[0]);
		(void)close(in[1]);
		return sc_fail_sys(e, EX_OSERR, "pipe");
	}
	rc = start_mock(d, ready[1], in[0], e);
	d->mock_stdin = in[1];
	(void)close(in[0]);
	(void)close(ready[1]);
	if (rc == 0)
		rc = await_ready(d, ready[0], e);
	else
		(void)close(in[1]);
	(void)close(ready[0]);
	return rc;
}

int
drill_command(struct drill *d, char *const words[], size_t n,
    struct sc_buf *out, struct sc_err *e)
{
	return mock_control_ask(d->control, words, n, out, e);
}
