#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "conf_impl.h"
#include "sc/buf.h"
#include "sc/http.h"
#include "sc/mem.h"

#define HOST_CHARS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"

/* The parts of an address as people paste it; absent ones are empty. */
struct address {
	struct sc_slice scheme, user, host, port, path;
};

static struct sc_slice
slice(const char *from, const char *to)
{
	return (struct sc_slice){ .p = from, .n = (size_t)(to - from) };
}

static const char *
find(const char *from, const char *to, char c)
{
	const char *p = memchr(from, c, (size_t)(to - from));

	return p != NULL ? p : to;
}

/* Host and port of "host:port" or "[host]:port". */
static void
split_host(struct address *a, const char *p, const char *end)
{
	const char *colon;

	if (p < end && *p == '[')
		colon = find(find(p, end, ']'), end, ':');
	else
		colon = find(p, end, ':');
	a->host = slice(p, colon);
	if (colon < end)
		a->port = slice(colon + 1, end);
}

static struct address
split(const char *text)
{
	struct address a = { 0 };
	const char *p = text + strspn(text, " \t\r\n");
	const char *end = p + strlen(p), *stop, *at;

	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	if ((stop = strstr(p, "://")) != NULL) {
		a.scheme = slice(p, stop);
		p = stop + 3;
	}
	if (p > end)
		p = end;
	stop = p + strcspn(p, "/?#\\");
	if (stop > end)
		stop = end;
	a.path = slice(stop, end);
	at = memrchr(p, '@', (size_t)(stop - p));
	if (at != NULL) {
		a.user = slice(p, at);
		p = at + 1;
	}
	split_host(&a, p, stop);
	return a;
}

/* Lower-case copy of a usable host, NULL otherwise. */
static char *
clean(struct sc_slice host)
{
	struct in6_addr addr;
	char *s;

	while (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0 || host.n > 253)
		return NULL;
	s = sc_xstrndup(host.p, host.n);
	for (char *p = s; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (*s == '[' && s[host.n - 1] == ']') {
		s[host.n - 1] = '\0';
		if (inet_pton(AF_INET6, s + 1, &addr) == 1) {
			s[host.n - 1] = ']';
			return s;
		}
	} else if (*s != '.' && s[strspn(s, HOST_CHARS)] == '\0') {
		return s;
	}
	free(s);
	return NULL;
}

char *
sc_host_clean(const char *text)
{
	return clean(split(text).host);
}

const char *
sc_host_check(const char *text)
{
	struct address a = split(text);
	char *host = clean(a.host);

	free(host);
	if (host == NULL)
		return "has no usable host name";
	if (a.port.n > 0 && !sc_slice_is(a.port, "443"))
		return "names a port; leave it out, or write "
		       "\"url: https://HOST:PORT\"";
	return NULL;
}

/* host: as clean() returns it. */
static bool
is_loopback(const char *host)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

bool
conf_is_local(const char *url)
{
	char *host = sc_host_clean(url);
	bool local = host != NULL && is_loopback(host);

	free(host);
	return local;
}

static bool
scheme_is(const struct address *a, const char *name)
{
	return a->scheme.n == strlen(name) &&
	    strncasecmp(a->scheme.p, name, a->scheme.n) == 0;
}

/* Appends ":port" unless it is the default; false if it is not a port. */
static bool
add_port(struct sc_buf *b, struct sc_slice port, int64_t usual)
{
	char text[6] = "";
	const char *why;
	long long n;

	if (port.n == 0)
		return true;
	if (port.n >= sizeof(text) || !isdigit((unsigned char)*port.p))
		return false;
	memcpy(text, port.p, port.n);
	n = strtonum(text, 1, 65535, &why);
	if (why != NULL)
		return false;
	if (n != usual)
		(void)sc_buf_addf(b, ":%lld", n);
	return true;
}

char *
sc_origin_clean(const char *url, bool allow_http, struct sc_err *e)
{
	struct address a = split(url);
	char *host = clean(a.host), *origin = NULL;
	bool plain = scheme_is(&a, "http");
	struct sc_buf b;

	sc_buf_init(&b, 512);
	if (!plain && !scheme_is(&a, "https"))
		(void)sc_fail(e, EX_CONFIG, "must start with https://");
	else if (a.user.p != NULL)
		(void)sc_fail(
		    e, EX_CONFIG, "must not have a user or a password");
	else if (host == NULL)
		(void)sc_fail(e, EX_CONFIG, "has no usable host name");
	else if (a.path.n > 1 || (a.path.n == 1 && *a.path.p != '/'))
		(void)sc_fail(e, EX_CONFIG,
		    "must end after the host; the path is the vendor's");
	else if (plain && !allow_http && !is_loopback(host))
		(void)sc_fail(e, EX_CONFIG,
		    "would send the key without encryption: write https://, or "
		    "add \"allow_http: yes\"");
	else {
		(void)sc_buf_addf(
		    &b, "%s://%s", plain ? "http" : "https", host);
		if (add_port(&b, a.port, plain ? 80 : 443))
			origin = sc_xstrdup(sc_buf_str(&b));
		else
			(void)sc_fail(e, EX_CONFIG, "has a bad port number");
	}
	sc_buf_fini(&b);
	free(host);
	return origin;
}

/* NULL where it cannot be one. */
static char *
decode(struct sc_slice text)
{
	struct sc_buf b;
	char *out = NULL;
	bool fine;

	sc_buf_init(&b, 1024);
	fine = sc_url_decode(&b, text.p, text.n) == 0 && b.len > 0;
	for (size_t i = 0; i < b.len; i++)
		fine = fine && (unsigned char)b.p[i] >= 0x20 && b.p[i] != 0x7f;
	if (fine)
		out = sc_xstrndup(b.p, b.len);
	if (b.p != NULL)
		explicit_bzero(b.p, b.cap);
	sc_buf_fini(&b);
	return out;
}

static const char *
split_user(struct sc_slice user, struct conf_proxy *p)
{
	const char *end = user.p + user.n, *colon = find(user.p, end, ':');

	if ((p->user = decode(slice(user.p, colon))) == NULL)
		return "has no usable user before its \"@\"";
	if (colon < end &&
	    (p->password = decode(slice(colon + 1, end))) == NULL)
		return "has no usable password before its \"@\"";
	return NULL;
}

/* Fills in p as far as it gets. */
static const char *
split_proxy(const struct address *a, struct conf_proxy *p)
{
	char *host = clean(a->host);
	bool plain = scheme_is(a, "http");
	const char *why = NULL;
	struct sc_buf b;

	sc_buf_init(&b, 512);
	(void)sc_buf_addf(
	    &b, "%s://%s", plain ? "http" : "https", host != NULL ? host : "");
	if (!plain && !scheme_is(a, "https"))
		why = "must start with http:// or https://";
	else if (host == NULL)
		why = "has no usable host name";
	else if (a->path.n > 1 || (a->path.n == 1 && *a->path.p != '/'))
		why = "must end after the port";
	else if (plain && a->port.n == 0)
		why = "needs the proxy's port: http://HOST:PORT";
	else if (!add_port(&b, a->port, 0))
		why = "has a bad port number";
	else
		p->url = sc_xstrdup(sc_buf_str(&b));
	sc_buf_fini(&b);
	free(host);
	if (why == NULL && a->user.p != NULL)
		why = split_user(a->user, p);
	return why;
}

void
conf_proxy_fini(struct conf_proxy *p)
{
	free(p->url);
	free(p->user);
	freezero(p->password, p->password != NULL ? strlen(p->password) : 0);
	*p = (struct conf_proxy){ 0 };
}

const char *
conf_proxy_split(const char *text, struct conf_proxy *out)
{
	struct address a = split(text);
	struct conf_proxy p = { 0 };
	const char *why = split_proxy(&a, &p);

	if (why != NULL || out == NULL)
		conf_proxy_fini(&p);
	if (out != NULL)
		*out = p;
	return why;
}
