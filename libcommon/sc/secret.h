#ifndef SC_SECRET_H
#define SC_SECRET_H

#include <stddef.h>

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

#endif
