#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "sc/err.h"

static const char *const class_names[] = {
	[SC_CLASS_OK] = "OK",
	[SC_CLASS_AUTH] = "AUTH",
	[SC_CLASS_PERMISSION] = "PERMISSION",
	[SC_CLASS_REGION] = "REGION",
	[SC_CLASS_QUOTA] = "QUOTA",
	[SC_CLASS_CLOCK] = "CLOCK",
	[SC_CLASS_NETWORK] = "NETWORK",
	[SC_CLASS_PROXY] = "PROXY",
	[SC_CLASS_TLS] = "TLS",
	[SC_CLASS_VENDOR] = "VENDOR",
	[SC_CLASS_PROTOCOL] = "PROTOCOL",
	[SC_CLASS_SECRET] = "SECRET",
	[SC_CLASS_CONFIG] = "CONFIG",
	[SC_CLASS_DESTINATION] = "DESTINATION",
	[SC_CLASS_INPUT] = "INPUT",
	[SC_CLASS_LOCKED] = "LOCKED",
	[SC_CLASS_INTERNAL] = "INTERNAL",
};

#define NCLASSES (sizeof(class_names) / sizeof(class_names[0]))

int
sc_fail(struct sc_err *e, int code, const char *fmt, ...)
{
	va_list ap;

	*e = (struct sc_err){ .code = code };
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return -1;
}

int
sc_fail_sys(struct sc_err *e, int code, const char *fmt, ...)
{
	size_t len;
	va_list ap;
	int saved = errno;

	*e = (struct sc_err){ .code = code, .sys = saved };
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	(void)snprintf(
	    e->msg + len, sizeof(e->msg) - len, ": %s", strerror(saved));
	return -1;
}

int
sc_ctx(struct sc_err *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	size_t len;
	va_list ap;

	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	(void)snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", old);
	return -1;
}

int
sc_remedy(struct sc_err *e, enum sc_class class, const char *fmt, ...)
{
	va_list ap;

	e->class = class;
	va_start(ap, fmt);
	(void)vsnprintf(e->remedy, sizeof(e->remedy), fmt, ap);
	va_end(ap);
	return -1;
}

enum sc_class
sc_err_class(const struct sc_err *e)
{
	if (e->class != SC_CLASS_OK)
		return e->class;
	switch (e->code) {
	case EX_OK:
		return SC_CLASS_OK;
	case EX_DATAERR:
		return SC_CLASS_INPUT;
	case EX_NOHOST:
	case EX_UNAVAILABLE:
		return SC_CLASS_NETWORK;
	case EX_NOINPUT:
	case EX_CANTCREAT:
	case EX_IOERR:
		return SC_CLASS_DESTINATION;
	case EX_TEMPFAIL:
		return SC_CLASS_LOCKED;
	case EX_PROTOCOL:
		return SC_CLASS_PROTOCOL;
	case EX_NOPERM:
		return SC_CLASS_PERMISSION;
	case EX_USAGE:
	case EX_CONFIG:
		return SC_CLASS_CONFIG;
	default:
		return SC_CLASS_INTERNAL;
	}
}

const char *sc_class_name(enum sc_class class)
{
	return (size_t) class < NCLASSES ? class_names[class] : "INTERNAL";
}

int
sc_class_parse(const char *name)
{
	for (size_t i = 0; i < NCLASSES; i++) {
		if (strcmp(class_names[i], name) == 0)
			return (int)i;
	}
	return -1;
}

/*
 * A broken pipe is only the echo of a failure further down; a lock or a quota
 * heals by itself; what needs a person comes last.
 */
static int
severity(int code)
{
	static const int order[] = { EX_OK, 141, EX_TEMPFAIL, EX_NOHOST,
		EX_UNAVAILABLE, EX_PROTOCOL, EX_DATAERR, EX_IOERR, EX_CANTCREAT,
		EX_NOINPUT, EX_NOPERM, EX_USAGE, EX_CONFIG };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (order[i] == code)
			return (int)i;
	}
	return 100;
}

int
sc_exit_worse(int a, int b)
{
	return severity(a) >= severity(b) ? a : b;
}
