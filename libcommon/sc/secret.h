#ifndef SC_SECRET_H
#define SC_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * A secret in memory.  Wiped by sc_secret_fini().  Loading one teaches it to
 * the logger, so that it can never be printed.
 */
struct sc_secret {
	char *p; /* NUL-terminated */
	size_t n;
};
void sc_secret_fini(struct sc_secret *);
/* Overwrites and releases a buffer that may hold one. */
void sc_secret_wipe(struct sc_buf *);

#define SC_SECRET_MAX 16384

/*
 * Resolves a reference as it stands in a configuration file:
 *
 *	file:PATH	the file's content (trailing white space cut)
 *	cred:NAME	$CREDENTIALS_DIRECTORY/NAME
 *	env:NAME	the environment variable
 *	exec:COMMAND	first line of the command's output (/bin/sh -c)
 *	anything else	the literal value; allowed only if conf_path (the file
 *			it stands in) is 0600, or 0640 to the service group
 *
 * what: the setting's name, for messages.  Errors are EX_CONFIG, class SECRET,
 * and name the reference, never its value.
 */
int sc_secret_load(const char *ref, const char *what, const char *conf_path,
    struct sc_secret *out, struct sc_err *e);

/*
 * What sc_secret_load() does with the bytes that it has read: cuts white space
 * at both ends and refuses what is not a key (empty, several lines, quotes, a
 * word such as "Bearer" in front).  For secrets that are typed in.
 */
int sc_secret_take(
    const char *p, size_t n, struct sc_secret *out, struct sc_err *e);

/*
 * The same refusals without reading the secret: an incomplete reference, a
 * literal value in a file that others can read.
 */
int sc_secret_check(
    const char *ref, const char *what, const char *conf_path, struct sc_err *e);
/* True when it has none of the prefixes above: it is the secret itself. */
bool sc_secret_is_literal(const char *ref);
/*
 * The file that a file: or cred: reference stands for; NULL for other kinds
 * and where $CREDENTIALS_DIRECTORY is not set.  Caller's.
 */
char *sc_secret_path(const char *ref);

#endif
