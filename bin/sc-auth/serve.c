#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sc/file.h"
#include "sc/prog.h"

#include "auth.h"

/* A request line: a cursor may be long, but not this long. */
#define REQUEST_MAX ((size_t)64 << 10)
#define OFFSET_MAX  INT64_C(9000000000000) /* some 285 years */

static void
wipe(struct sc_buf *b)
{
	if (b->cap > 0)
		explicit_bzero(b->p, b->cap);
	sc_buf_reset(b);
}

/* One line, whatever the text holds. */
static void
put_line(struct sc_buf *out, const char *text)
{
	size_t from = out->len;

	(void)sc_buf_adds(out, text);
	for (size_t i = from; i < out->len; i++) {
		if ((unsigned char)out->p[i] < 0x20)
			out->p[i] = ' ';
	}
	(void)sc_buf_addc(out, '\n');
}

static void
refuse(struct sc_buf *out, const struct sc_err *e)
{
	wipe(out);
	(void)sc_buf_addf(
	    out, "!%d %s ", e->code, sc_class_name(sc_err_class(e)));
	put_line(out, e->msg);
	if (e->remedy[0] != '\0')
		put_line(out, e->remedy);
}

void
auth_give_up(int fd, const struct sc_err *e)
{
	struct sc_buf b;

	sc_buf_init(&b, AUTH_ANSWER_MAX);
	refuse(&b, e);
	(void)sc_buf_addc(&b, '\n');
	(void)sc_write_all(fd, b.p, b.len);
	sc_buf_fini(&b);
}

/* "METHOD TARGET [OFFSET]", of which TARGET and the rest are here. */
static int
sign(struct auth *a, const char *method, char *target, struct sc_buf *out,
    struct sc_err *e)
{
	char *offset = strchr(target, ' ');
	const char *wrong = NULL;

	a->offset_ms = 0;
	if (offset != NULL) {
		*offset++ = '\0';
		a->offset_ms =
		    strtonum(offset, -OFFSET_MAX, OFFSET_MAX, &wrong);
	}
	if (wrong != NULL)
		return sc_fail(e, EX_USAGE, "OFFSET must be milliseconds");
	return auth_sign(a, method, target, out, e);
}

static int
answer(struct auth *a, char *line, struct sc_buf *out, int fd, struct sc_err *e)
{
	char *target = strchr(line, ' ');
	struct sc_err why = { 0 };
	int rc;

	if (target != NULL)
		*target++ = '\0';
	if (target == NULL)
		rc = sc_fail(&why, EX_USAGE, "a request is METHOD TARGET");
	else if (strcmp(line, "BODY") == 0)
		rc = auth_body(a, target, out, &why);
	else if (strcmp(line, "PROXY") == 0)
		rc = auth_proxy(a, out, &why);
	else if (strcmp(line, "FACTS") == 0)
		rc = auth_facts(a, target, out, &why);
	else
		rc = sign(a, line, target, out, &why);
	if (rc == -1)
		refuse(out, &why);
	(void)sc_buf_addc(out, '\n');
	rc = sc_write_all(fd, out->p, out->len);
	wipe(out);
	if (rc == -1 && errno == EPIPE)
		return sc_fail(e, SC_EX_PIPE, "%s", "");
	return rc == -1 ? sc_fail_sys(e, EX_IOERR, "write the answer") : 0;
}

/* Answers the whole lines in the buffer and removes them. */
static int
answer_lines(struct auth *a, struct sc_buf *in, struct sc_buf *out, int fd,
    struct sc_err *e)
{
	char *eol;

	while (in->len > 0 && (eol = memchr(in->p, '\n', in->len)) != NULL) {
		*eol = '\0';
		if (answer(a, in->p, out, fd, e) == -1)
			return -1;
		sc_buf_drop(in, (size_t)(eol + 1 - in->p));
	}
	return 0;
}

static int
serve(struct auth *a, int in_fd, int out_fd, struct sc_buf *in,
    struct sc_buf *out, struct sc_err *e)
{
	for (;;) {
		char *to = sc_buf_room(in, 4096);
		ssize_t n;

		if (to == NULL)
			return sc_fail(
			    e, EX_DATAERR, "a request line is too long");
		n = read(in_fd, to, 4096);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return sc_fail_sys(e, EX_IOERR, "read a request");
		if (n == 0)
			break;
		in->len += (size_t)n;
		if (answer_lines(a, in, out, out_fd, e) == -1)
			return -1;
	}
	return in->len == 0
	    ? 0
	    : sc_fail(e, EX_UNAVAILABLE, "the last request is cut off");
}

int
auth_serve(struct auth *a, int in_fd, int out_fd, struct sc_err *e)
{
	struct sc_buf in, out;
	int rc;

	sc_buf_init(&in, REQUEST_MAX);
	sc_buf_init(&out, AUTH_ANSWER_MAX);
	(void)sc_buf_room(&out, AUTH_ANSWER_MAX);
	rc = serve(a, in_fd, out_fd, &in, &out, e);
	if (rc == -1 && e->code != SC_EX_PIPE)
		auth_give_up(out_fd, e);
	sc_secret_wipe(&out);
	sc_buf_fini(&in);
	return rc;
}
