#include <stdlib.h>
#include <string.h>

#include "mocksrv/listen.h"
#include "sc/log.h"
#include "sc/mem.h"

static const char *const manners[] = { "answered", "refused", "silent", "reset",
	"proxy", NULL };

static int
parse_text(const struct mock_word *w, char **out)
{
	free(*out);
	*out = sc_xstrdup(w->value);
	if (strcmp(w->key, "password") == 0)
		sc_log_secret(*out, strlen(*out));
	return 0;
}

static int
parse_expect(struct mock_listen *n, const struct mock_line *l,
    const struct mock_word *w, struct sc_err *e)
{
	n->mute = strcmp(w->value, "ignore") == 0;
	return n->mute
	    ? 0
	    : mock_line_fail(l, e, "expect=%s: expected ignore", w->value);
}

static int
parse_word(struct mock_listen *n, const struct mock_line *l,
    const struct mock_word *w, const struct mock_source *src, struct sc_err *e)
{
	static const char *const known[] = { "tls", "as", "expect", "user",
		"password", MOCK_WINDOW_WORDS, NULL };
	int rc;

	if (mock_line_check(l, w, known, e) == -1)
		return -1;
	if ((rc = mock_window_read(&n->window, l, w, src, e)) != 1)
		return rc;
	if (strcmp(w->key, "tls") == 0)
		rc = n->cert =
		    mock_line_choice(l, "tls", w->value, mock_cert_names, e);
	else if (strcmp(w->key, "user") == 0)
		rc = parse_text(w, &n->user);
	else if (strcmp(w->key, "password") == 0)
		rc = parse_text(w, &n->password);
	else if (strcmp(w->key, "expect") == 0)
		rc = parse_expect(n, l, w, e);
	else
		rc = n->manner =
		    mock_line_choice(l, "as", w->value, manners, e);
	return rc == -1 ? -1 : 0;
}

/* Letters, digits and dashes: the name becomes part of "port.NAME=N". */
static bool
is_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return *name != '\0' && strlen(name) < 64 &&
	    name[strspn(name, good)] == '\0';
}

int
mock_listen_parse(struct mock_listens *all, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	struct mock_listen *n;

	if (l->n < 2 || l->words[1].value != NULL || !is_name(l->words[1].key))
		return mock_line_fail(
		    l, e, "expected the listener's name, of a-z, 0-9 and -");
	n = sc_xcalloc(1, sizeof(*n));
	*n = (struct mock_listen){ .name = sc_xstrdup(l->words[1].key),
		.line = l->number,
		.cert = -1,
		.window = MOCK_WINDOW_ALWAYS };
	STAILQ_INSERT_TAIL(all, n, link);
	for (size_t i = 2; i < l->n; i++) {
		if (parse_word(n, l, &l->words[i], src, e) == -1)
			return -1;
	}
	if (n->cert != -1 && strcmp(n->name, MOCK_PLAIN) == 0)
		return mock_line_fail(l, e, "%s never speaks TLS", n->name);
	if ((n->user == NULL) != (n->password == NULL) ||
	    (n->user != NULL && n->manner != MOCK_PROXY))
		return mock_line_fail(
		    l, e, "user= and password= go together, with as=proxy");
	return mock_window_ready(&n->window, l, src, e);
}

void
mock_listens_fini(struct mock_listens *all)
{
	struct mock_listen *n;

	while ((n = STAILQ_FIRST(all)) != NULL) {
		STAILQ_REMOVE_HEAD(all, link);
		if (n->password != NULL)
			explicit_bzero(n->password, strlen(n->password));
		free(n->password);
		free(n->user);
		free(n->name);
		free(n);
	}
}

struct mock_conduct
mock_listens_now(
    const struct mock_listens *all, const char *name, int64_t now_ms)
{
	struct mock_conduct c = {
		.cert = strcmp(name, MOCK_TLS) == 0 ? MOCK_CERT_GOOD : -1
	};
	const struct mock_listen *n;

	for (n = STAILQ_FIRST(all); n != NULL; n = STAILQ_NEXT(n, link)) {
		if (strcmp(n->name, name) != 0)
			continue;
		/* That it speaks TLS at all does not change with time. */
		if (n->cert != -1 && c.cert == -1)
			c.cert = MOCK_CERT_GOOD;
		if (!mock_window_open(&n->window, now_ms))
			continue;
		c.manner = (enum mock_manner)n->manner;
		c.line = n;
		if (n->cert != -1)
			c.cert = n->cert;
	}
	return c;
}
