#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/auth.h"
#include "mocksrv/proxy.h"
#include "sc/mem.h"

/* A page as such boxes send it, also to programs. */
static void
refuse(struct mock_reply *r, int status, const char *why)
{
	(void)sc_buf_addf(&r->text,
	    "<html>\n<head><title>%d %s</title></head>\n<body>\n"
	    "<h1>%s</h1>\n<p>%s</p>\n<hr>sc-mock, as a proxy\n</body>\n"
	    "</html>\n",
	    status, mock_reason(status), mock_reason(status), why);
	mock_reply_text(r, status, "text/html; charset=utf-8");
}

void
mock_proxy_unreachable(struct mock_reply *r)
{
	unsigned line = r->line;

	mock_reply_reset(r);
	r->line = line;
	refuse(r, 502, "Nobody listens at that port.");
}

/* "host:port" or, where a port may be left out, "host". */
static int
split_authority(
    struct sc_slice text, uint16_t usual, char **host, uint16_t *port)
{
	char *copy = sc_xstrndup(text.p, text.n), *colon, *end;
	const char *bad = NULL;

	*port = usual;
	*host = copy;
	colon = strrchr(copy, ':');
	end = *copy == '[' ? strchr(copy, ']') : colon;
	if (*copy == '[' && (end == NULL || (end[1] != '\0' && end[1] != ':')))
		return -1;
	if (colon != NULL && colon >= end) {
		*colon = '\0';
		*port = (uint16_t)strtonum(colon + 1, 1, UINT16_MAX, &bad);
	}
	if (*copy == '[') {
		*end = '\0';
		memmove(copy, copy + 1, strlen(copy));
	}
	return *copy != '\0' && *port != 0 && bad == NULL ? 0 : -1;
}

/* A name, or an address of this machine itself. */
static bool
is_here(const char *host)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strchr(host, ':') == NULL;
}

static bool
may_pass(const struct mock_listen *line, const struct mock_http *h,
    struct mock_reply *reply)
{
	if (line->user == NULL ||
	    mock_auth_basic(mock_http_header(h, "Proxy-Authorization"),
		line->user, line->password))
		return true;
	refuse(reply, 407, "This proxy wants to know who you are.");
	mock_reply_header(
	    reply, "Proxy-Authenticate", "Basic realm=\"sc-mock\"");
	return false;
}

/* Headers that are between the client and the proxy. */
static bool
is_for_proxy(struct sc_slice name)
{
	static const char *const names[] = { "connection", "keep-alive",
		"proxy-connection", "proxy-authorization", "te", "trailer",
		"transfer-encoding", "content-length", "upgrade", "expect" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (name.n == strlen(names[i]) &&
		    strncasecmp(name.p, names[i], name.n) == 0)
			return true;
	}
	return false;
}

/* The request as the target gets it; the body follows. */
static void
put_request(const struct mock_http *h, struct sc_slice path, struct sc_buf *b)
{
	(void)sc_buf_addf(b, "%.*s ", (int)h->method.n, h->method.p);
	if (path.n == 0 || *path.p != '/')
		(void)sc_buf_addc(b, '/');
	(void)sc_buf_add(b, path.p, path.n);
	(void)sc_buf_adds(b, " HTTP/1.1\r\n");
	for (size_t i = 0; i < h->nheaders; i++) {
		const struct mock_header *d = &h->headers[i];

		if (is_for_proxy(d->name))
			continue;
		(void)sc_buf_add(b, d->name.p, d->name.n);
		(void)sc_buf_adds(b, ": ");
		(void)sc_buf_add(b, d->value.p, d->value.n);
		(void)sc_buf_adds(b, "\r\n");
	}
	if (h->body.len > 0 || mock_http_header(h, "Content-Length").p != NULL)
		(void)sc_buf_addf(b, "Content-Length: %zu\r\n", h->body.len);
	(void)sc_buf_adds(b, "Connection: close\r\n\r\n");
}

/* Cuts "http://host:port" off; false when the target is not like that. */
static bool
cut_authority(
    struct sc_slice target, struct sc_slice *host, struct sc_slice *path)
{
	static const char scheme[] = "http://";
	size_t n = sizeof(scheme) - 1, end;

	if (target.n <= n || strncasecmp(target.p, scheme, n) != 0)
		return false;
	for (end = n; end < target.n; end++) {
		if (target.p[end] == '/' || target.p[end] == '?')
			break;
	}
	*host = (struct sc_slice){ target.p + n, end - n };
	*path = (struct sc_slice){ target.p + end, target.n - end };
	return true;
}

void
mock_proxy_answer(const struct mock_listen *line, const struct mock_http *h,
    struct mock_reply *reply)
{
	bool connects = sc_slice_is(h->method, "CONNECT");
	struct sc_slice authority = h->target, path = { 0 };
	char *host = NULL;
	uint16_t port;

	if (!may_pass(line, h, reply))
		return;
	if (!connects && !cut_authority(h->target, &authority, &path)) {
		refuse(reply, 400, "A proxy takes CONNECT and http:// only.");
		return;
	}
	if (split_authority(authority, connects ? 0 : 80, &host, &port) == -1) {
		refuse(reply, 400, "No host and port.");
	} else if (!is_here(host)) {
		refuse(reply, 403, "Addresses of other machines are refused.");
	} else {
		reply->tunnel = port;
		reply->raw = !connects;
		if (connects) {
			reply->reason = "Connection established";
		} else {
			/* The target's status passes by unread. */
			reply->status = 0;
			put_request(h, path, &reply->text);
		}
	}
	free(host);
}
