#ifndef SC_ERR_H
#define SC_ERR_H

/*
 * Error record filled in by functions that return -1 or NULL.  Zero-initialise
 * it ({ 0 }); it owns no memory and needs no release.  `code` is chosen where
 * the fault is understood; callers add context with sc_ctx() and never
 * translate.
 */
enum sc_class {
	SC_CLASS_OK = 0,
	SC_CLASS_AUTH,        /* the vendor refuses the credential */
	SC_CLASS_PERMISSION,  /* the credential lacks a right */
	SC_CLASS_REGION,      /* right key, wrong regional host */
	SC_CLASS_QUOTA,       /* rate limit; waiting is healthy */
	SC_CLASS_CLOCK,       /* our clock and the vendor's differ too much */
	SC_CLASS_NETWORK,     /* no name, refused, reset, time-out */
	SC_CLASS_PROXY,       /* the proxy refuses or fails */
	SC_CLASS_TLS,         /* certificate or handshake */
	SC_CLASS_VENDOR,      /* 5xx: the vendor is in trouble */
	SC_CLASS_PROTOCOL,    /* an answer that the contract does not allow */
	SC_CLASS_SECRET,      /* a secret reference cannot be read */
	SC_CLASS_CONFIG,      /* a setting is missing or wrong */
	SC_CLASS_DESTINATION, /* store or destination refuses or fails */
	SC_CLASS_INPUT,       /* stdin is not ours, or its producer died */
	SC_CLASS_LOCKED,      /* another run holds the lock or moved first */
	SC_CLASS_INTERNAL     /* our own bug or the operating system */
};

struct sc_err {
	int code;            /* EX_* from <sysexits.h> */
	int sys;             /* errno at the point of failure, or 0 */
	enum sc_class class; /* 0: derived from code by sc_err_class() */
	long long
	    not_before_ms; /* epoch ms; do not try earlier; 0 = any time */
	char msg[512];     /* one line, no trailing newline */
	char remedy[256];  /* what the user should do, or "" */
};

/* All three return -1 so that `return sc_fail(...)` reads well. */
int sc_fail(struct sc_err *, int code, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));
/* Appends ": strerror(errno)". */
int sc_fail_sys(struct sc_err *, int code, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));
/* Puts context in front of the message: "context: message". */
int sc_ctx(struct sc_err *, const char *, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* Sets the class and the remedy of a failure; returns -1. */
int sc_remedy(struct sc_err *, enum sc_class, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* The class of an error: e->class, or what its exit code stands for. */
enum sc_class sc_err_class(const struct sc_err *);
/* "AUTH", "OK", ...: the word used in outcome lines and health. */
const char *sc_class_name(enum sc_class);
/* Inverse of sc_class_name(); -1 for an unknown word. */
int sc_class_parse(const char *name);
/* The more severe of two exit codes (0 < 141 < 75 < 69 ... < 78). */
int sc_exit_worse(int a, int b);

#endif
