#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "sc/clock.h"
#include "sc/file.h"
#include "sc/http.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"

/*
 * A server of one answer: a child that takes one connection, reads the
 * request, sends the bytes as they are and closes.
 */
struct server {
	pid_t pid;
	int port;
	int request; /* what the client sent can be read here */
};

/* STAY: the connection stays open, and nothing more comes. */
enum ending { CLOSE, RESET, STAY };

static int
listen_somewhere(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_return_code(bind(fd, (struct sockaddr *)&a, n), 0);
	assert_return_code(listen(fd, 1), 0);
	assert_return_code(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static void
child(int fd, int report, const void *bytes, size_t n, enum ending ending)
{
	const struct linger hard = { .l_onoff = 1 };
	char buf[8192];
	size_t len = 0;
	ssize_t got;
	int c;

	/* Nobody ends it when the test fails. */
	(void)alarm(60);
	c = accept(fd, NULL, NULL);
	/* A TLS hello has no empty line: one read is enough of it. */
	while ((got = read(c, buf + len, sizeof(buf) - len)) > 0) {
		len += (size_t)got;
		if (buf[0] == 0x16 || memmem(buf, len, "\r\n\r\n", 4) != NULL)
			break;
	}
	(void)sc_write_all(report, buf, len);
	(void)sc_write_all(c, bytes, n);
	if (ending == STAY)
		(void)pause();
	if (ending == RESET)
		(void)setsockopt(c, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	(void)close(c);
	_exit(0);
}

static struct server
serve_bytes(const void *bytes, size_t n, enum ending ending)
{
	struct server s;
	int p[2], fd = listen_somewhere(&s.port);

	assert_return_code(pipe2(p, O_CLOEXEC), 0);
	s.pid = fork();
	if (s.pid == 0)
		child(fd, p[1], bytes, n, ending);
	(void)close(fd);
	(void)close(p[1]);
	s.request = p[0];
	return s;
}

static struct server
serve(const char *answer)
{
	return serve_bytes(answer, strlen(answer), CLOSE);
}

/* Ends the server; its request goes to text where that is wanted. */
static void
finish(struct server s, char *text, size_t cap)
{
	ssize_t n = 0;

	if (text != NULL) {
		n = read(s.request, text, cap - 1);
		text[n > 0 ? n : 0] = '\0';
	}
	(void)close(s.request);
	(void)kill(s.pid, SIGKILL);
	(void)waitpid(s.pid, NULL, 0);
}

/* The client under test, made anew for each exchange. */
static int
get_with(const struct sc_http_opts *o, const char *scheme, int port,
    struct sc_http_resp *r, struct sc_err *e)
{
	const char *const headers[] = { "X-Key: k-1" };
	char url[256];
	struct sc_http_req q = {
		.method = "GET", .url = url, .headers = headers, .nheaders = 1
	};
	struct sc_http *h = sc_http_new(o, e);
	int rc;

	assert_non_null(h);
	(void)snprintf(url, sizeof(url), "%s://127.0.0.1:%d/a/../b?secret=1",
	    scheme, port);
	rc = sc_http_do(h, &q, r, e);
	sc_http_free(h);
	return rc;
}

static int
get(const char *scheme, int port, size_t max_body, struct sc_http_resp *r,
    struct sc_err *e)
{
	const struct sc_http_opts o = {
		.max_body = max_body, .connect_ms = 5000, .total_ms = 5000
	};

	return get_with(&o, scheme, port, r, e);
}

static int
get_answer(const char *answer, struct sc_http_resp *r, struct sc_err *e)
{
	struct server s = serve(answer);
	int rc = get("http", s.port, 0, r, e);

	finish(s, NULL, 0);
	return rc;
}

static void
expect_body(const char *answer, int status, const char *body)
{
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };

	if (get_answer(answer, &r, &e) == -1)
		fail_msg("refused: %s", e.msg);
	assert_int_equal(r.status, status);
	assert_string_equal(sc_buf_str(&r.body), body);
	sc_http_resp_fini(&r);
}

static void
expect_fault(
    const char *answer, int code, enum sc_class class, const char *part)
{
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };

	assert_int_equal(get_answer(answer, &r, &e), -1);
	if (strstr(e.msg, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, e.msg);
	assert_int_equal(e.code, code);
	assert_int_equal(sc_err_class(&e), class);
	assert_null(strstr(e.msg, "secret"));
	sc_http_resp_fini(&r);
}

static void
a_whole_answer_of_any_status_is_an_answer(void **state)
{
	(void)state;
	expect_body(
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}");
	expect_body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
	    200, "{}");
	expect_body("HTTP/1.1 204 No Content\r\n\r\n", 204, "");
	expect_body("HTTP/1.1 100 Continue\r\n\r\n"
		    "HTTP/1.1 500 Oops\r\nContent-Length: 1\r\n\r\nx",
	    500, "x");
	/* A redirect is an answer like any other. */
	expect_body("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
		    "Content-Length: 0\r\n\r\n",
	    302, "");
}

static void
gzip_is_undone(void **state)
{
	static const unsigned char answer[] =
	    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: 22\r\n\r\n"
	    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\xae\x05\x00\x43"
	    "\xbf\xa6\xa3\x02\x00\x00\x00";
	struct server s = serve_bytes(answer, sizeof(answer) - 1, CLOSE);
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(get("http", s.port, 0, &r, &e), 0);
	assert_string_equal(sc_buf_str(&r.body), "{}");
	finish(s, NULL, 0);
	/* What was packed counts, not what came over the wire. */
	s = serve_bytes(answer, sizeof(answer) - 1, CLOSE);
	assert_int_equal(get("http", s.port, 1, &r, &e), -1);
	assert_non_null(strstr(e.msg, "larger than 1 bytes"));
	finish(s, NULL, 0);
	sc_http_resp_fini(&r);
	expect_fault("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		     "Content-Length: 2\r\n\r\n{}",
	    EX_PROTOCOL, SC_CLASS_PROTOCOL, "");
}

static void
an_answer_that_was_cut_off_is_none(void **state)
{
	static const int code = EX_UNAVAILABLE;
	static const enum sc_class class = SC_CLASS_NETWORK;

	(void)state;
	expect_fault("", code, class, "Empty reply");
	expect_fault("HTTP/1.1 200 OK\r\nContent-Le", code, class,
	    "the header does not end");
	expect_fault("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n", code,
	    class, "the header does not end");
	expect_fault("HTTP/1.1 200 OK\r\n\r\n{\"data\":[]}", code, class,
	    "neither a length nor chunks");
	expect_fault(
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", code, class, "");
	expect_fault("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "2\r\n{}\r\n",
	    code, class, "");
	expect_fault("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "zz\r\n{}\r\n",
	    code, class, "");
}

static void
a_reset_is_the_networks_fault(void **state)
{
	static const char answer[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}";
	struct server s = serve_bytes(answer, sizeof(answer) - 1, RESET);
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(get("http", s.port, 0, &r, &e), -1);
	assert_int_equal(e.code, EX_UNAVAILABLE);
	assert_int_equal(sc_err_class(&e), SC_CLASS_NETWORK);
	sc_http_resp_fini(&r);
	finish(s, NULL, 0);
}

/* How long a server that says no more than this is listened to. */
static int64_t
patience(const struct sc_http_opts *o, const char *answer, const char *part)
{
	struct server s = serve_bytes(answer, strlen(answer), STAY);
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };
	int64_t began = sc_clock_mono();

	assert_int_equal(get_with(o, "http", s.port, &r, &e), -1);
	if (strstr(e.msg, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, e.msg);
	assert_int_equal(e.code, EX_UNAVAILABLE);
	assert_int_equal(sc_err_class(&e), SC_CLASS_NETWORK);
	assert_non_null(strstr(e.remedy, "a proxy or a firewall"));
	finish(s, NULL, 0);
	sc_http_resp_fini(&r);
	return sc_clock_mono() - began;
}

static void
a_vendor_that_falls_silent_is_given_up(void **state)
{
	static const char begun[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{";
	const struct sc_http_opts whole = { .total_ms = 200 };
	const struct sc_http_opts slow = { .total_ms = 60000, .slow_s = 1 };

	(void)state;
	assert_in_range(patience(&whole, "", "timed out"), 150, 5000);
	assert_in_range(patience(&whole, begun, "timed out"), 150, 5000);
	/* Long before the whole time is over. */
	assert_in_range(patience(&slow, begun, "too slow"), 900, 10000);
}

/* A host that is there and does not take the connection. */
static void
a_connection_that_does_not_come_about_is_given_up(void **state)
{
	const struct sc_http_opts o = { .connect_ms = 200, .total_ms = 60000 };
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };
	int port, fill[4], fd = listen_somewhere(&port);
	int64_t began;

	(void)state;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)port);
	for (size_t i = 0; i < sizeof(fill) / sizeof(fill[0]); i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fill[i], (struct sockaddr *)&a, sizeof(a));
	}
	began = sc_clock_mono();
	assert_int_equal(get_with(&o, "http", port, &r, &e), -1);
	assert_in_range(sc_clock_mono() - began, 150, 5000);
	assert_int_equal(e.code, EX_UNAVAILABLE);
	assert_int_equal(sc_err_class(&e), SC_CLASS_NETWORK);
	assert_non_null(strstr(e.remedy, "can reach the host"));
	for (size_t i = 0; i < sizeof(fill) / sizeof(fill[0]); i++)
		(void)close(fill[i]);
	(void)close(fd);
	sc_http_resp_fini(&r);
}

/* What this process has read so far, from whatever file. */
static long long
bytes_read(void)
{
	FILE *f = fopen("/proc/self/io", "re");
	long long n = -1;

	if (f == NULL)
		return -1;
	if (fscanf(f, "rchar: %lld", &n) != 1)
		n = -1;
	(void)fclose(f);
	return n;
}

static void
authorities_are_looked_up_not_read_as_a_bundle(void **state)
{
	char ca_file[] = BUNDLE;
	const struct sc_net net = { .ca_file = ca_file };
	struct sc_http_opts o = { .total_ms = 5000 };
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };
	long long bundle, folder;
	struct server s;
	struct stat st;

	(void)state;
	if (stat(BUNDLE, &st) == -1 || bytes_read() == -1)
		skip();
	/* The context is made before the first byte is sent. */
	s = serve_bytes("", 0, CLOSE);
	folder = bytes_read();
	assert_int_equal(get_with(&o, "https", s.port, &r, &e), -1);
	folder = bytes_read() - folder;
	finish(s, NULL, 0);
	s = serve_bytes("", 0, CLOSE);
	o.net = &net;
	bundle = bytes_read();
	assert_int_equal(get_with(&o, "https", s.port, &r, &e), -1);
	bundle = bytes_read() - bundle;
	finish(s, NULL, 0);
	sc_http_resp_fini(&r);
	assert_true(bundle >= st.st_size);
	assert_true(folder < st.st_size / 4);
}

static void
garbage_and_contradictions_are_refused(void **state)
{
	(void)state;
	expect_fault("garbage\r\n\r\n", EX_PROTOCOL, SC_CLASS_PROTOCOL, "");
	expect_fault("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
		     "Content-Length: 7\r\n\r\n{}12345",
	    EX_PROTOCOL, SC_CLASS_PROTOCOL, "2 lengths");
}

static void
header_and_body_have_limits(void **state)
{
	static const char line[] =
	    "X-Fill: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };
	struct server s;
	struct sc_buf b;

	(void)state;
	s = serve("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901");
	assert_int_equal(get("http", s.port, 10, &r, &e), -1);
	assert_non_null(strstr(e.msg, "larger than 10 bytes"));
	assert_int_equal(e.code, EX_PROTOCOL);
	finish(s, NULL, 0);

	sc_buf_init(&b, (size_t)1 << 20);
	(void)sc_buf_adds(&b, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
	while (b.len < (size_t)300 << 10)
		(void)sc_buf_adds(&b, line);
	(void)sc_buf_adds(&b, "\r\n");
	s = serve_bytes(b.p, b.len, CLOSE);
	assert_int_equal(get("http", s.port, 0, &r, &e), -1);
	assert_non_null(strstr(e.msg, "the header is larger than"));
	assert_int_equal(e.code, EX_PROTOCOL);
	finish(s, NULL, 0);
	sc_buf_fini(&b);
	sc_http_resp_fini(&r);
}

static void
the_request_is_sent_as_it_was_given(void **state)
{
	struct server s = serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };
	char request[4096];

	(void)state;
	/* Nothing listens there: it would fail if it were used. */
	assert_return_code(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	assert_int_equal(get("http", s.port, 0, &r, &e), 0);
	finish(s, request, sizeof(request));
	assert_ptr_equal(
	    strstr(request, "GET /a/../b?secret=1 HTTP/1.1\r\n"), request);
	assert_non_null(strstr(request, "\r\nX-Key: k-1\r\n"));
	assert_non_null(strstr(
	    request, "\r\nUser-Agent: signal-client/" SC_VERSION "\r\n"));
	assert_non_null(strstr(request, "\r\nAccept-Encoding: gzip\r\n"));
	assert_return_code(unsetenv("http_proxy"), 0);
	sc_http_resp_fini(&r);
}

static void
unreachable_hosts_are_named_without_the_query(void **state)
{
	const struct sc_http_opts o = { 0 };
	struct sc_http_req q = { .method = "GET" };
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };
	struct sc_http *h = sc_http_new(&o, &e);
	char url[128];
	int port;

	(void)state;
	(void)close(listen_somewhere(&port));
	(void)snprintf(
	    url, sizeof(url), "http://me:pw@127.0.0.1:%d/x?y=z", port);
	q.url = url;
	assert_int_equal(sc_http_do(h, &q, &r, &e), -1);
	assert_int_equal(e.code, EX_UNAVAILABLE);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/x: ", port);
	assert_memory_equal(e.msg, url, strlen(url));

	/* A label of 64 letters: refused before any name server is asked. */
	q.url = "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaa.test/";
	assert_int_equal(sc_http_do(h, &q, &r, &e), -1);
	assert_int_equal(e.code, EX_NOHOST);
	assert_int_equal(sc_err_class(&e), SC_CLASS_NETWORK);

	q.url = "ftp://127.0.0.1/";
	assert_int_equal(sc_http_do(h, &q, &r, &e), -1);
	sc_http_free(h);
	sc_http_resp_fini(&r);
}

static void
a_proxys_refusal_is_the_proxys(void **state)
{
	struct server s = serve("HTTP/1.1 407 Proxy Authentication Required\r\n"
				"Content-Length: 0\r\n\r\n");
	char proxy[64];
	char from[] = "proxy in FILE";
	const struct sc_net net = { .proxy = proxy, .proxy_from = from };
	const struct sc_http_opts o = { .net = &net };
	struct sc_http_req q = { .method = "GET",
		.url = "https://vendor.example/" };
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };
	struct sc_http *h;

	(void)state;
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", s.port);
	h = sc_http_new(&o, &e);
	assert_int_equal(sc_http_do(h, &q, &r, &e), -1);
	assert_int_equal(sc_err_class(&e), SC_CLASS_PROXY);
	assert_int_equal(e.code, EX_UNAVAILABLE);
	finish(s, NULL, 0);
	/* The server is gone now. */
	assert_int_equal(sc_http_do(h, &q, &r, &e), -1);
	assert_int_equal(sc_err_class(&e), SC_CLASS_PROXY);
	sc_http_free(h);
	sc_http_resp_fini(&r);
}

/* Asks by a proxy that answers so, or not at all. */
static void
ask_by_proxy(const char *answer, enum ending ending, char *request, size_t cap,
    struct sc_err *e)
{
	struct server s = serve_bytes(answer, strlen(answer), ending);
	char proxy[64], from[] = "proxy in FILE", user[] = "u";
	const struct sc_net net = {
		.proxy = proxy, .proxy_user = user, .proxy_from = from
	};
	const struct sc_http_opts o = { .net = &net, .connect_ms = 200 };
	struct sc_http_req q = { .method = "GET",
		.url = "https://vendor.example/" };
	struct sc_http_resp r = { 0 };
	struct sc_http *h;

	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", s.port);
	h = sc_http_new(&o, e);
	sc_http_proxy_password(h, "p:w");
	assert_int_equal(sc_http_do(h, &q, &r, e), -1);
	assert_non_null(strstr(e->msg, "https://vendor.example/: by proxy "));
	assert_non_null(strstr(e->msg, proxy));
	sc_http_free(h);
	sc_http_resp_fini(&r);
	finish(s, request, cap);
}

static void
a_proxy_that_says_nothing_is_named(void **state)
{
	char request[1024];
	struct sc_err e = { 0 };

	(void)state;
	ask_by_proxy("", STAY, request, sizeof(request), &e);
	assert_int_equal(sc_err_class(&e), SC_CLASS_PROXY);
	assert_int_equal(e.code, EX_UNAVAILABLE);
	assert_non_null(strstr(e.msg, "timeout"));
	assert_non_null(strstr(e.remedy, "proxy in FILE"));
	/* "u:p:w" */
	assert_non_null(
	    strstr(request, "Proxy-Authorization: Basic dTpwOnc=\r\n"));
	/* The tunnel stands, and what is behind it says nothing. */
	ask_by_proxy(
	    "HTTP/1.1 200 OK\r\n\r\n", STAY, request, sizeof(request), &e);
	assert_int_equal(sc_err_class(&e), SC_CLASS_NETWORK);
	assert_non_null(strstr(e.msg, "timeout"));
	assert_string_equal(
	    e.remedy, "check that the proxy can reach the host");
	/* Garbage, and the end, in the place of an answer. */
	ask_by_proxy("garbage", CLOSE, request, sizeof(request), &e);
	assert_int_equal(sc_err_class(&e), SC_CLASS_PROXY);
	ask_by_proxy("", CLOSE, request, sizeof(request), &e);
	assert_int_equal(sc_err_class(&e), SC_CLASS_PROXY);
}

static void
a_peek_sends_nothing(void **state)
{
	struct server s = serve("HTTP/1.1 200 OK\r\n\r\n");
	struct sc_http_opts o = { .connect_ms = 2000 };
	struct sc_tls_peer peer = { .accepted = true };
	struct sc_err e = { 0 };
	struct sc_http *h = sc_http_new(&o, &e);
	char text[256];

	(void)state;
	/* No TLS: there is nothing to be seen. */
	(void)snprintf(text, sizeof(text), "http://127.0.0.1:%d/", s.port);
	assert_int_equal(sc_http_peek(h, text, &peer, &e), 0);
	assert_false(peer.accepted);
	assert_string_equal(peer.pin, "");
	sc_http_free(h);
	finish(s, text, sizeof(text));
	assert_string_equal(text, "");
}

static void
tls_faults_and_cut_handshakes_are_told_apart(void **state)
{
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };
	struct server s = serve("HTTP/1.1 400 Bad Request\r\n\r\n");
	char hello[4096];
	ssize_t n;

	(void)state;
	assert_int_equal(get("https", s.port, 0, &r, &e), -1);
	assert_int_equal(e.code, EX_CONFIG);
	assert_int_equal(sc_err_class(&e), SC_CLASS_TLS);
	/* HTTP/1.1 is all that is offered. */
	n = read(s.request, hello, sizeof(hello));
	assert_in_range(n, 100, sizeof(hello));
	assert_non_null(memmem(hello, (size_t)n, "\x08http/1.1", 9));
	assert_null(memmem(hello, (size_t)n, "\x02h2", 3));
	finish(s, NULL, 0);

	/* The network's fault, not the certificate's. */
	s = serve_bytes("", 0, CLOSE);
	assert_int_equal(get("https", s.port, 0, &r, &e), -1);
	assert_int_equal(sc_err_class(&e), SC_CLASS_NETWORK);
	finish(s, NULL, 0);
	s = serve_bytes("", 0, RESET);
	assert_int_equal(get("https", s.port, 0, &r, &e), -1);
	assert_int_equal(sc_err_class(&e), SC_CLASS_NETWORK);
	finish(s, NULL, 0);
	sc_http_resp_fini(&r);
}

static void
type_and_date_are_read(void **state)
{
	struct sc_http_resp r = { 0 };
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(
	    get_answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
		       "Content-Type: text/html; charset=utf-8\r\n"
		       "Date: Sun, 22 Nov 2026 13:00:00 GMT\r\n\r\n",
		&r, &e),
	    0);
	assert_string_equal(r.type, "text/html; charset=utf-8");
	assert_int_equal(r.date_ms, INT64_C(1795352400000));
	assert_int_equal(r.retry_after_ms, -1);
	assert_int_equal(get_answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
				    "Date: yesterday\r\n\r\n",
			     &r, &e),
	    0);
	assert_string_equal(r.type, "");
	assert_int_equal(r.date_ms, 0);
	sc_http_resp_fini(&r);
}

static void
retry_after_has_two_forms_and_limits(void **state)
{
	static const struct {
		const char *lines;
		int64_t ms;
	} rows[] = {
		{ "Retry-After: 7\r\n", 7000 },
		{ "Retry-After: 0\r\n", 0 },
		{ "Retry-After: 99999999999999999999\r\n", 86400000 },
		{ "Retry-After: -5\r\n", -1 },
		{ "Retry-After: soon\r\n", -1 },
		{ "Retry-After: 1.5\r\n", -1 },
		{ "Retry-After: \r\n", -1 },
		/* By the vendor's clock where it shows one. */
		{ "Date: Sun, 22 Nov 2026 13:00:00 GMT\r\n"
		  "Retry-After: Sun, 22 Nov 2026 13:00:09 GMT\r\n",
		    9000 },
		{ "Date: Sun, 22 Nov 2026 13:00:00 GMT\r\n"
		  "Retry-After: Sun, 22 Nov 2026 12:00:00 GMT\r\n",
		    0 },
		{ "Date: Sun, 22 Nov 2026 13:00:00 GMT\r\n"
		  "Retry-After: Sun, 22 Nov 2099 12:00:00 GMT\r\n",
		    86400000 },
		/* By ours where it does not. */
		{ "Retry-After: Sun, 22 Nov 2026 12:00:30 GMT\r\n", 30000 },
	};
	struct sc_err e = { 0 };

	(void)state;
	assert_int_equal(sc_clock_set("@2026-11-22T12:00:00Z", &e), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sc_http_resp r = { 0 };
		char answer[512];

		(void)snprintf(answer, sizeof(answer),
		    "HTTP/1.1 429 No\r\nContent-Length: 0\r\n%s\r\n",
		    rows[i].lines);
		assert_int_equal(get_answer(answer, &r, &e), 0);
		if (r.retry_after_ms != rows[i].ms)
			fail_msg("%s: %lld", rows[i].lines,
			    (long long)r.retry_after_ms);
		sc_http_resp_fini(&r);
	}
	assert_int_equal(sc_clock_set(NULL, &e), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_answer_of_any_status_is_an_answer),
		cmocka_unit_test(gzip_is_undone),
		cmocka_unit_test(an_answer_that_was_cut_off_is_none),
		cmocka_unit_test(a_reset_is_the_networks_fault),
		cmocka_unit_test(a_vendor_that_falls_silent_is_given_up),
		cmocka_unit_test(
		    a_connection_that_does_not_come_about_is_given_up),
		cmocka_unit_test(
		    authorities_are_looked_up_not_read_as_a_bundle),
		cmocka_unit_test(garbage_and_contradictions_are_refused),
		cmocka_unit_test(header_and_body_have_limits),
		cmocka_unit_test(the_request_is_sent_as_it_was_given),
		cmocka_unit_test(unreachable_hosts_are_named_without_the_query),
		cmocka_unit_test(a_proxys_refusal_is_the_proxys),
		cmocka_unit_test(a_proxy_that_says_nothing_is_named),
		cmocka_unit_test(a_peek_sends_nothing),
		cmocka_unit_test(tls_faults_and_cut_handshakes_are_told_apart),
		cmocka_unit_test(type_and_date_are_read),
		cmocka_unit_test(retry_after_has_two_forms_and_limits),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
