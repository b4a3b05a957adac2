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

static bool
is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value != NULL && *value != '\0';
}

/* Other programs here would take the proxy that the environment names. */
static bool
leaves_proxy(const struct sc_integration *in)
{
	return in->net.proxy == NULL && !in->net.proxy_excepted &&
	    in->via.proxy == NULL &&
	    (is_set("HTTPS_PROXY") || is_set("https_proxy"));
}

static void
advise_proxy(const struct check *c, struct step *s)
{
	if (!leaves_proxy(c->in))
		return;
	step_advise(s,
	    "HTTPS_PROXY is set here and has no effect: a line of "
	    "the file would use it");
	step_paste(s, "proxy", "env");
}

static int
no_address(
    const struct check *c, const struct peer *p, int fault, struct sc_err *e)
{
	(void)sc_fail(e, EX_NOHOST, "%s%s has no address: %s",
	    p->proxy ? "the proxy " : "", p->host,
	    fault == EAI_SYSTEM ? strerror(errno) : gai_strerror(fault));
	if (p->proxy)
		return sc_remedy(e, SC_CLASS_PROXY,
		    "check %.120s, and this machine's name resolution",
		    c->in->net.proxy_from);
	return sc_remedy(e, SC_CLASS_NETWORK,
	    "check the host and this machine's name resolution (getent hosts "
	    "%.100s)",
	    p->host);
}

static void
tell_addresses(const struct check *c, const struct peer *p, struct step *s)
{
	char text[64];
	size_t n = 0;

	step_say(s, "%s%s is", p->proxy ? "the proxy " : "", p->host);
	for (const struct addrinfo *a = c->addrs; a != NULL && n < SHOWN_MAX;
	     a = a->ai_next) {
		numeric(a, text, sizeof(text));
		if (strcmp(text, p->host) == 0)
			(void)strlcpy(text, "an address", sizeof(text));
		step_say(s, "%s %s", n++ > 0 ? "," : "", text);
	}
	if (p->proxy)
		step_say(s, " (%s)", c->in->net.proxy_from);
	else if (leaves_proxy(c->in))
		step_say(s, "; HTTPS_PROXY is set here and has no effect");
}

void
stage_name(struct check *c, struct step *s)
{
	const struct peer p = find_peer(c->in);
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM };
	struct sc_err e = { 0 };
	int rc = getaddrinfo(p.host, p.port, &hints, &c->addrs);

	if (rc == 0) {
		tell_addresses(c, &p, s);
		return;
	}
	(void)no_address(c, &p, rc, &e);
	step_fail(s, &e);
	advise_proxy(c, s);
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
	if (p.proxy)
		(void)sc_remedy(&e, SC_CLASS_PROXY,
		    "check that the proxy runs and the address in %.120s is "
		    "right",
		    c->in->net.proxy_from);
	else
		(void)sc_remedy(&e, SC_CLASS_NETWORK,
		    "this machine must reach %.100s on port %s: look at "
		    "firewalls, or set \"proxy\"",
		    p.host, p.port);
	step_fail(s, &e);
	advise_proxy(c, s);
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

/* What it shows may be anybody's: the person has to compare it. */
static void
offer_pin(const struct check *c, const struct sc_tls_peer *cert, struct step *s)
{
	const struct sc_net *net = &c->in->net;

	if (net->ntls_pins > 0 || net->ca_file != NULL)
		step_advise(s, "put it in the place of the line \"%s\"",
		    net->ntls_pins > 0 ? "tls_pin" : "ca_file");
	step_paste(s, "tls_pin", cert->pin);
}

static void
look_at_certificate(struct check *c, struct step *s)
{
	char *url = sc_xasprintf("%s/", c->in->origin);
	struct sc_tls_peer cert = { 0 };
	struct sc_err e = { 0 };
	int rc = retry_proxy(&c->client, &e);

	if (rc == 0)
		rc = sc_http_peek(c->client.http, url, &cert, &e);
	free(url);
	if (cert.pin[0] != '\0')
		put_certificate(&cert, &s->member);
	if (rc == 0) {
		judge_certificate(c, &cert, s);
		return;
	}
	step_fail(s, &e);
	if (cert.pin[0] != '\0' && !cert.accepted)
		offer_pin(c, &cert, s);
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
