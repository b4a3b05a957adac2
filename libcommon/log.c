#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sc/jsonw.h"
#include "sc/log.h"
#include "sc/mem.h"

#define LINE_MAX_BYTES 4096
#define MASK           "[REDACTED]"
#define MAX_NEEDLES    96

struct needle {
	char *p;
	size_t n;
};

/* One logger a process; there is no second one to keep apart. */
static struct {
	const char *prog;
	enum sc_level max;
	bool json;
	bool journal;
	struct needle needles[MAX_NEEDLES];
	size_t nneedles;
} lg = { .prog = "signal-client", .max = SC_LOG_INFO };

static const char *const words[] = {
	[SC_LOG_ERROR] = "ERROR",
	[SC_LOG_WARN] = "WARN",
	[SC_LOG_INFO] = "INFO",
	[SC_LOG_DEBUG] = "DEBUG",
};

/* True when stderr is the stream that systemd announces as the journal's. */
static bool
stderr_is_journal(void)
{
	const char *env = getenv("JOURNAL_STREAM");
	struct stat st;
	char id[64];

	if (env == NULL || fstat(STDERR_FILENO, &st) == -1)
		return false;
	(void)snprintf(id, sizeof(id), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(env, id) == 0;
}

void
sc_log_init(const char *prog)
{
	lg.prog = prog;
	lg.journal = stderr_is_journal();
}

void
sc_log_verbose(int verbose)
{
	lg.max = verbose > 0 ? SC_LOG_DEBUG : SC_LOG_INFO;
}

int
sc_log_format(const char *format)
{
	if (strcmp(format, "json") != 0 && strcmp(format, "text") != 0)
		return -1;
	lg.json = strcmp(format, "json") == 0;
	return 0;
}

static void
add_needle(const char *p, size_t n)
{
	struct needle *d;

	for (size_t i = 0; i < lg.nneedles; i++) {
		if (lg.needles[i].n == n && memcmp(lg.needles[i].p, p, n) == 0)
			return;
	}
	if (lg.nneedles == MAX_NEEDLES)
		return;
	d = &lg.needles[lg.nneedles++];
	d->p = sc_xstrndup(p, n);
	d->n = n;
}

/* Base64 without padding: also matches inside a longer padded text. */
static size_t
base64(const char *p, size_t n, const char *digits, char *out)
{
	size_t o = 0;
	unsigned acc = 0, bits = 0;

	for (size_t i = 0; i < n; i++) {
		acc = (acc << 8 | (unsigned char)p[i]) & 0xffffff;
		for (bits += 8; bits >= 6; bits -= 6)
			out[o++] = digits[acc >> (bits - 6) & 63];
	}
	return o;
}

static size_t
percent(const char *p, size_t n, const char *hex, char *out)
{
	size_t o = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (strchr("-._~", c) != NULL || (c >= '0' && c <= '9') ||
		    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
			out[o++] = (char)c;
			continue;
		}
		out[o++] = '%';
		out[o++] = hex[c >> 4];
		out[o++] = hex[c & 15];
	}
	return o;
}

void
sc_log_secret(const char *value, size_t n)
{
	static const char std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				  "nopqrstuvwxyz0123456789+/";
	static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				  "nopqrstuvwxyz0123456789-_";
	char *tmp;

	if (n < 4)
		return;
	tmp = sc_xmalloc(n * 3 + 4);
	add_needle(value, n);
	/* The last group's bits depend on what follows: leave them out. */
	add_needle(tmp, base64(value, n - n % 3, std, tmp));
	add_needle(tmp, base64(value, n - n % 3, url, tmp));
	add_needle(tmp, percent(value, n, "0123456789ABCDEF", tmp));
	add_needle(tmp, percent(value, n, "0123456789abcdef", tmp));
	explicit_bzero(tmp, n * 3 + 4);
	free(tmp);
}

void
sc_log_forget(void)
{
	for (size_t i = 0; i < lg.nneedles; i++) {
		explicit_bzero(lg.needles[i].p, lg.needles[i].n);
		free(lg.needles[i].p);
	}
	lg.nneedles = 0;
}

/* The longest needle that starts at p, 0 if none. */
static size_t
needle_at(const char *p, size_t n)
{
	size_t best = 0;

	for (size_t i = 0; i < lg.nneedles; i++) {
		const struct needle *d = &lg.needles[i];

		if (d->n <= n && d->n > best && memcmp(d->p, p, d->n) == 0)
			best = d->n;
	}
	return best;
}

void
sc_log_redact(const char *text, char *out, size_t cap)
{
	size_t n = strlen(text), o = 0, hit;
	size_t mask = sizeof(MASK) - 1;

	for (size_t i = 0; i < n && o + 1 < cap;) {
		if ((hit = needle_at(text + i, n - i)) == 0) {
			out[o++] = text[i++];
			continue;
		}
		if (o + mask + 1 > cap)
			break;
		memcpy(out + o, MASK, mask);
		o += mask;
		i += hit;
	}
	if (cap > 0)
		out[o] = '\0';
}

size_t
sc_log_control(const char *s)
{
	unsigned char c = (unsigned char)s[0], next;

	if (c == 0xc2) {
		next = (unsigned char)s[1];
		return next >= 0x80 && next <= 0x9f ? 2 : 0;
	}
	return c != '\0' && (c < 0x20 || c == 0x7f);
}

/* Control bytes become \xNN: a log line stays a line. */
static void
add_escaped(struct sc_buf *b, const char *s)
{
	for (size_t n; *s != '\0'; s += n) {
		if ((n = sc_log_control(s)) == 0) {
			(void)sc_buf_addc(b, *s);
			n = 1;
			continue;
		}
		for (size_t i = 0; i < n; i++)
			(void)sc_buf_addf(b, "\\x%02x", (unsigned char)s[i]);
	}
}

static void
format_json(struct sc_buf *b, enum sc_level level, const char *subject,
    const char *text)
{
	struct sc_jw w;

	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "level", words[level]);
	sc_jw_kv(&w, "program", lg.prog);
	sc_jw_kv(&w, "subject", subject);
	sc_jw_kv(&w, "msg", text);
	sc_jw_end(&w, '}');
}

static void
format_text(struct sc_buf *b, enum sc_level level, const char *subject,
    const char *text)
{
	static const char priority[] = { '3', '4', '6', '7' };

	if (lg.journal)
		(void)sc_buf_addf(b, "<%c>", priority[level]);
	else
		(void)sc_buf_addf(b, "[%s] ", words[level]);
	(void)sc_buf_addf(b, "%s: ", subject);
	add_escaped(b, text);
}

void
sc_log(enum sc_level level, const char *subject, const char *fmt, ...)
{
	char raw[LINE_MAX_BYTES], safe[LINE_MAX_BYTES];
	struct sc_buf b;
	int saved = errno;
	va_list ap;

	if (level > lg.max)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	sc_log_redact(raw, safe, sizeof(safe));
	explicit_bzero(raw, sizeof(raw));
	sc_buf_init(&b, (size_t)LINE_MAX_BYTES * 8);
	if (subject == NULL)
		subject = lg.prog;
	if (lg.json)
		format_json(&b, level, subject, safe);
	else
		format_text(&b, level, subject, safe);
	(void)sc_buf_addc(&b, '\n');
	(void)!write(STDERR_FILENO, b.p, b.len);
	sc_buf_fini(&b);
	errno = saved;
}
