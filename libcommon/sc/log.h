#ifndef SC_LOG_H
#define SC_LOG_H

#include <stdarg.h>
#include <stddef.h>

/*
 * The only way text reaches stderr.  One line, one write(2); control bytes
 * are escaped, errno is preserved.  Every known secret is replaced by
 * "[REDACTED]" in the finished line, by value: as it is, base64 and
 * URL-encoded, so no caller has to remember which field is secret.
 *
 *	[INFO] sentinelone: fetched 12 threats integration=acme-s1 pages=1
 *
 * Under systemd (stderr is the journal) the level is a <6> prefix.
 */
enum sc_level { SC_LOG_ERROR, SC_LOG_WARN, SC_LOG_INFO, SC_LOG_DEBUG };

/* prog: static string; used in JSON lines and as the default subject. */
void sc_log_init(const char *prog);
void sc_log_verbose(int verbose); /* 0: up to INFO; 1: DEBUG too */
/* "text" or "json"; -1 for anything else. */
int sc_log_format(const char *format);

/*
 * Teaches the logger a secret (at least 4 bytes; shorter ones are ignored, as
 * they would blank out ordinary words).  Copies are kept until
 * sc_log_forget(), which wipes them.
 */
void sc_log_secret(const char *value, size_t n);
void sc_log_forget(void);
/*
 * Copies text to out (NUL-terminated, cut at cap) with every known secret
 * replaced: for texts that leave the process by another way than the log.
 */
void sc_log_redact(const char *text, char *out, size_t cap);
/*
 * How many bytes of the control character are that s begins with, 0 if it
 * begins with something else.  Those of 8 bits count too: in UTF-8 they have
 * two bytes, and terminals obey them.
 */
size_t sc_log_control(const char *s);

/* subject: vendor or program, printed before the colon. */
void sc_log(enum sc_level, const char *subject, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

#define sc_error(...) sc_log(SC_LOG_ERROR, NULL, __VA_ARGS__)
#define sc_warn(...)  sc_log(SC_LOG_WARN, NULL, __VA_ARGS__)
#define sc_info(...)  sc_log(SC_LOG_INFO, NULL, __VA_ARGS__)
#define sc_debug(...) sc_log(SC_LOG_DEBUG, NULL, __VA_ARGS__)

#endif
