#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/file.h"
#include "sc/json.h"
#include "sc/log.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#include "capture.h"
#include "fixture.h"
#include "scrub.h"

#define INDEX      "capture.scenario"
#define ANSWER_MAX ((size_t)256 << 20)

struct capture {
	const struct sc_integration *in;
	char *dir;
	int index;
	unsigned n;
	unsigned failed; /* of them without an answer */
	struct scrub *scrub;
};

static bool
is_empty(DIR *d)
{
	const struct dirent *f;

	while ((f = readdir(d)) != NULL) {
		if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0)
			return false;
	}
	return true;
}

static int
open_folder(const char *dir, struct sc_err *e)
{
	bool empty;
	DIR *d;

	if (sc_mkdir_p(dir, 0700, e) == -1)
		return -1;
	if ((d = opendir(dir)) == NULL)
		return sc_fail_sys(e, EX_CANTCREAT, "open %s", dir);
	empty = is_empty(d);
	(void)closedir(d);
	if (!empty) {
		(void)sc_fail(e, EX_CANTCREAT, "%s is not empty", dir);
		return sc_remedy(e, SC_CLASS_CONFIG,
		    "give --capture a new or an empty folder");
	}
	if (chmod(dir, 0700) == -1)
		return sc_fail_sys(e, EX_CANTCREAT, "%s", dir);
	return 0;
}

static int
open_index(struct capture *c, struct sc_err *e)
{
	char *path = sc_xasprintf("%s/" INDEX, c->dir);

	c->index = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (c->index == -1)
		(void)sc_fail_sys(e, EX_CANTCREAT, "create %s", path);
	free(path);
	return c->index == -1 ? -1 : 0;
}

/* The customer's names, and what the vendor's file calls secrets. */
static void
learn(struct scrub *s, const struct sc_integration *in)
{
	char *host = sc_host_clean(in->origin);

	/* Everybody has a localhost. */
	if (host != NULL && strcmp(host, "localhost") != 0 &&
	    strncmp(host, "127.", 4) != 0 && strchr(host, ':') == NULL)
		scrub_name(s, host);
	free(host);
	/* Other realms than hosts are ordinary words. */
	if (strchr(in->realm, '.') != NULL)
		scrub_name(s, in->realm);
	for (size_t i = 0; i < in->vendor->nstreams; i++) {
		const struct sc_stream *def = &in->vendor->streams[i];

		for (size_t k = 0; k < def->nredact; k++) {
			const char *dot = strrchr(def->redact[k], '.');

			scrub_member(s, dot != NULL ? dot + 1 : def->redact[k]);
		}
	}
}

struct capture *
capture_open(const char *dir, const struct sc_integration *in, struct sc_err *e)
{
	struct capture *c = sc_xcalloc(1, sizeof(*c));

	c->in = in;
	c->dir = sc_xstrdup(dir);
	c->index = -1;
	c->scrub = scrub_new();
	learn(c->scrub, in);
	if (open_folder(dir, e) == 0 && open_index(c, e) == 0)
		return c;
	capture_close(c);
	return NULL;
}

void
capture_close(struct capture *c)
{
	if (c == NULL)
		return;
	if (c->n > 0)
		sc_log(SC_LOG_INFO, c->in->vendor->name,
		    "captured %u answers into %s; they still name people and "
		    "machines",
		    c->n - c->failed, c->dir);
	if (c->index != -1)
		(void)close(c->index);
	scrub_free(c->scrub);
	free(c->dir);
	free(c);
}

/* All of the value, and the word behind a scheme such as "Bearer". */
static void
learn_header(struct scrub *s, const char *header)
{
	const char *value = header + strcspn(header, ":"), *word;

	value += *value == ':';
	value += strspn(value, " \t");
	word = strrchr(value, ' ');
	scrub_secret(s, sc_slice_of(value));
	if (word != NULL)
		scrub_secret(s, sc_slice_of(word + 1));
}

/* A body that is sent may hold credentials as well. */
static void
learn_body(struct scrub *s, const char *body)
{
	struct sc_json_lex lex = { body, body + strlen(body) };
	struct sc_json_val v;
	struct sc_err e;
	char *text;
	int kind;

	if (sc_json_scan(lex.p, strlen(body), NULL, 0, NULL, &e) == -1)
		return;
	while ((kind = sc_json_token(&lex, &v)) != 0) {
		if (kind != 'v' || (text = sc_json_dup(v)) == NULL)
			continue;
		scrub_secret(s, sc_slice_of(text));
		explicit_bzero(text, strlen(text));
		free(text);
	}
}

/* The time of the first answer is the time at which all are played. */
static void
put_preamble(
    const struct capture *c, const struct exchange *x, struct sc_buf *out)
{
	int64_t ms = x->resp->date_ms > 0 ? x->resp->date_ms : sc_clock_ms();
	char text[SC_TIME_BUF];

	(void)sc_time_format(ms * 1000, 3, text);
	(void)sc_buf_addf(out,
	    "# What %s answered, without secrets.  People and machines are "
	    "still in it.\n"
	    "# Clients should live by SC_CLOCK=@%s as well.\n"
	    "clock %s\n",
	    c->in->vendor->name, text, text);
}

static int
append(struct capture *c, const struct sc_buf *line, struct sc_err *e)
{
	if (line->full)
		return sc_fail(
		    e, EX_SOFTWARE, "capture: the request is too long");
	if (sc_write_all(c->index, line->p, line->len) == -1 ||
	    fdatasync(c->index) == -1)
		return sc_fail_sys(e, EX_IOERR, "write %s/" INDEX, c->dir);
	return 0;
}

static int
refuse(const struct capture *c, const struct exchange *x, struct sc_err *e)
{
	struct sc_buf request;

	sc_buf_init(&request, 200);
	fixture_request(c->scrub, x, &request);
	(void)sc_fail(e, EX_SOFTWARE,
	    "capture: a secret is still in what was answered to %s; it was "
	    "not written",
	    request.full ? x->req->method : sc_buf_str(&request));
	sc_buf_fini(&request);
	return sc_remedy(e, SC_CLASS_CONFIG,
	    "the vendor sends the credential back in a form that cannot be "
	    "taken out; make this fixture by hand");
}

/* The answer first: a line of the index never names a file that is missing. */
static int
write_both(struct capture *c, const struct exchange *x,
    const struct sc_buf *answer, const char *name, const struct sc_buf *line,
    struct sc_err *e)
{
	char *path;
	int rc;

	if (!scrub_is_clean(
		c->scrub, (struct sc_slice){ line->p, line->len }) ||
	    !scrub_is_clean(
		c->scrub, (struct sc_slice){ answer->p, answer->len }))
		return refuse(c, x, e);
	path = sc_xasprintf("%s/%s", c->dir, name);
	rc = sc_file_create(path, answer->p, answer->len, 0600, e);
	free(path);
	return rc == -1 ? -1 : append(c, line, e);
}

/* When nothing came there is nothing to play. */
static int
note_fault(struct capture *c, const struct exchange *x, struct sc_buf *line,
    struct sc_err *e)
{
	(void)sc_buf_adds(line, "# no answer to ");
	fixture_request(c->scrub, x, line);
	(void)sc_buf_adds(line, ": ");
	(void)scrub_text(c->scrub, sc_slice_of(x->fault->msg), line);
	(void)sc_buf_addc(line, '\n');
	c->failed++;
	if (!scrub_is_clean(c->scrub, (struct sc_slice){ line->p, line->len }))
		return refuse(c, x, e);
	return append(c, line, e);
}

static int
put_exchange(struct capture *c, const struct exchange *x, struct sc_buf *line,
    struct sc_err *e)
{
	struct sc_buf answer, name;
	int rc;

	if (x->fault != NULL &&
	    (x->fault->code != EX_UNAVAILABLE || x->resp->head.len == 0))
		return note_fault(c, x, line, e);
	sc_buf_init(&answer, ANSWER_MAX);
	sc_buf_init(&name, FIXTURE_LINE_MAX);
	fixture_name(c->scrub, x, c->n, &name);
	(void)sc_buf_adds(line, "replay ");
	fixture_request(c->scrub, x, line);
	fixture_conditions(c->scrub, x, line);
	(void)sc_buf_addf(line, " file=%s\n", sc_buf_str(&name));
	rc = fixture_answer(c->scrub, x, &answer, e);
	if (rc == 0)
		rc = write_both(c, x, &answer, sc_buf_str(&name), line, e);
	sc_buf_fini(&answer);
	sc_buf_fini(&name);
	return rc;
}

int
capture_write(struct capture *c, const struct exchange *x, struct sc_err *e)
{
	struct sc_buf line;
	int rc;

	for (size_t i = 0; i < x->nauth; i++)
		learn_header(c->scrub, x->auth[i]);
	if (x->req->body != NULL)
		learn_body(c->scrub, x->req->body);
	sc_buf_init(&line, FIXTURE_LINE_MAX);
	if (c->n++ == 0)
		put_preamble(c, x, &line);
	rc = put_exchange(c, x, &line, e);
	sc_buf_fini(&line);
	return rc;
}
