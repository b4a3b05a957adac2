#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "sc/expiry.h"
#include "sc/mem.h"

#include "check_stages.h"

#define CONNECT_MS     10000 /* as long as sc-fetch waits */
#define SHOWN_MAX      3
#define CERT_WARN_DAYS 30

/* Where the connection goes: to the vendor, or to the proxy. */
struct peer {
	char host[256];
	char port[8];
	bool proxy;
	bool plain; /* http to the vendor */
};

static struct peer
find_peer(const struct sc_integration *in)
{
	const char *url = in->net.proxy != NULL ? in->net.proxy : in->origin;
	const char *host = strstr(url, "://") + 3, *end;
	struct peer p = { .proxy = in->net.proxy != NULL,
		.plain = strncmp(in->origin, "http:", 5) == 0 };
	const char *usual = strncmp(url, "https:", 6) == 0 ? "443" : "80";
	size_t n;

	/* What libcurl takes for a proxy. */
	if (p.proxy && *usual == '8')
		usual = "1080";
	end = *host == '[' ? strchr(host, ']') : NULL;
	if (end != NULL)
		end += 1;
	else
		end = host + strcspn(host, ":/");
	n = (size_t)(end - host);
	/* Without the brackets of an IPv6 address. */
	if (*host == '[') {
		host++;
		n -= 2;
	}
	(void)snprintf(p.host, sizeof(p.host), "%.*s", (int)n, host);
	if (*end == ':')
		(void)snprintf(p.port, sizeof(p.port), "%.*s",
		    (int)strcspn(end + 1, "/"), end + 1);
	else
		(void)strlcpy(p.port, usual, sizeof(p.port));
	return p;
}

static void
numeric(const struct addrinfo *a, char *out, size_t cap)
{
	if (getnameinfo(a->ai_addr, a->ai_addrlen, out, (socklen_t)cap, NULL, 0,
		NI_NUMERICHOST) != 0)
		(void)strlcpy(out, "?", cap);
}

void
stage_name(struct check *c, struct step *s)
{
	const struct peer p = find_peer(c->in);
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM };
	struct sc_err e = { 0 };
	char text[64];
	size_t n = 0;
	int rc = getaddrinfo(p.host, p.port, &hints, &c->addrs);

	if (rc != 0) {
		(void)sc_fail(&e, EX_NOHOST, "%s%s has no address: %s",
		    p.proxy ? "the proxy " : "", p.host,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
		(void)sc_remedy(&e, p.proxy ? SC_CLASS_PROXY : SC_CLASS_NETWORK,
		    "check %s and this machine's name resolution (getent hosts "
		    "%s)",
		    p.proxy ? "the proxy setting" : "the host", p.host);
		step_fail(s, &e);
		return;
	}
	numeric(c->addrs, text, sizeof(text));
	if (strcmp(text, p.host) == 0) {
		step_say(s, "%s%s is an address", p.proxy ? "the proxy " : "",
		    p.host);
		return;
	}
	step_say(s, "%s%s is", p.proxy ? "the proxy " : "", p.host);
	for (const struct addrinfo *a = c->addrs; a != NULL; a = a->ai_next) {
		if (n++ == SHOWN_MAX)
			break;
		numeric(a, text, sizeof(text));
		step_say(s, "%s %s", n > 1 ? "," : "", text);
	}
}

/* 0, or -1 with errno. */
static int
finish_connect(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(errno);
	int fault = 0, n;

	if (errno != EINPROGRESS)
		return -1;
	do {
		n = poll(&pfd, 1, CONNECT_MS);
	} while (n == -1 && errno == EINTR && !sc_stopping());
	if (n == -1)
		return -1;
	if (n == 0)
		fault = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &len) == -1)
		return -1;
	errno = fault;
	return fault == 0 ? 0 : -1;
}

static int
try_address(const struct addrinfo *a)
{
	int fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
	int rc, saved;

	if (fd == -1)
		return -1;
	rc = connect(fd, a->ai_addr, a->ai_addrlen);
	if (rc == -1)
		rc = finish_connect(fd);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return rc;
}

void
stage_tcp(struct check *c, struct step *s)
{
	const struct peer p = find_peer(c->in);
	struct sc_err e = { 0 };
	char text[64] = "";

	for (const struct addrinfo *a = c->addrs; a != NULL; a = a->ai_next) {
		numeric(a, text, sizeof(text));
		if (try_address(a) == 0) {
			step_say(s, "%s%s port %s answers",
			    p.proxy ? "the proxy " : "", text, p.port);
			return;
		}
		(void)sc_fail_sys(
		    &e, EX_UNAVAILABLE, "%s port %s", text, p.port);
	}
	(void)sc_remedy(&e, p.proxy ? SC_CLASS_PROXY : SC_CLASS_NETWORK,
	    p.proxy ? "check the proxy setting, and that this machine may "
		      "reach %s on port %s"
		    : "this machine must reach %s on port %s: look at "
		      "firewalls, or set \"proxy\"",
	    p.host, p.port);
	step_fail(s, &e);
}

/* Dates of certificates are about the real time, whatever SC_CLOCK says. */
static int64_t
days_left(const struct sc_tls_peer *cert)
{
	return sc_expiry_days(cert->until_ms, (int64_t)time(NULL) * 1000);
}

static void
put_certificate(const struct sc_tls_peer *cert, struct sc_jw *w)
{
	sc_jw_kv(w, "subject", cert->subject);
	sc_jw_kv(w, "issuer", cert->issuer);
	sc_jw_kv(w, "names", cert->names);
	sc_jw_kvms(w, "expires", cert->until_ms);
	sc_jw_kv(w, "fingerprint", cert->fingerprint);
	sc_jw_kv(w, "pin", cert->pin);
}

static void
judge_certificate(
    const struct check *c, const struct sc_tls_peer *cert, struct step *s)
{
	int64_t days = days_left(cert);

	if (c->in->net.ntls_pins > 0) {
		step_say(s, "recognized by tls_pin, issuer %s", cert->issuer);
		return;
	}
	step_say(
	    s, "issuer %s, expires in %" PRId64 " days", cert->issuer, days);
	if (days < CERT_WARN_DAYS)
		step_warn(s,
		    "%s: have the certificate renewed in time, or tell who "
		    "runs the host",
		    cert->subject);
}

static void
look_at_certificate(struct check *c, struct step *s)
{
	char *url = sc_xasprintf("%s/", c->in->origin);
	struct sc_tls_peer cert = { 0 };
	struct sc_err e = { 0 };
	int rc = sc_http_peek(c->client.http, url, &cert, &e);

	free(url);
	if (cert.pin[0] != '\0')
		put_certificate(&cert, &s->member);
	if (rc == 0) {
		judge_certificate(c, &cert, s);
		return;
	}
	step_fail(s, &e);
	/* What it says is only shown: the person has to compare it. */
	if (cert.pin[0] != '\0' && !cert.accepted)
		step_paste(s, "tls_pin", cert.pin);
}

void
stage_tls(struct check *c, struct step *s)
{
	if (!find_peer(c->in).plain) {
		look_at_certificate(c, s);
	} else if (c->in->allow_http) {
		step_say(s, "none: the key travels without encryption");
		step_warn(s, "write https:// in \"url\" if the host can do it");
	} else {
		step_say(s, "none: plain http to this machine");
	}
}
