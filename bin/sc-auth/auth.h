#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "sc/buf.h"
#include "sc/conf.h"
#include "sc/secret.h"

/* A secret setting and, where it lies in a file, which state of it we hold. */
struct key {
	struct sc_secret secret;
	char *path; /* NULL: no file to watch */
	struct stat st;
};

struct auth {
	struct sc_integration *in;
	struct key *keys; /* one per setting of the vendor */
	bool masked;      /* answers go to somebody's eyes */
	/* The value of the setting that chooses the header, or NULL. */
	const char *choice;
	/* The vendor's clock minus ours, for the date in a signature. */
	int64_t offset_ms;
};

#define AUTH_MASK "********"

/* EX_CONFIG when the integration is unknown or wrong; reads no secret yet. */
struct auth *auth_new(const char *confdir, const char *name, struct sc_err *);
/*
 * Another value of that setting than the integration's; it must outlive the
 * struct.  EX_USAGE when the vendor does not know it.
 */
int auth_choose(struct auth *, const char *value, struct sc_err *);
void auth_free(struct auth *);

/*
 * Appends the header lines for a request.  Secrets are read when they are
 * needed first and again when their file has changed.
 */
int auth_sign(struct auth *, const char *method, const char *target,
    struct sc_buf *out, struct sc_err *);

/* Headers of a request that is signed with HMAC-SHA1. */
int auth_hmac(struct auth *, const char *method, const char *target,
    struct sc_buf *out, struct sc_err *);
/* A template with the settings in it; words: see sc_vendor_expand(). */
int auth_expand(struct auth *, const char *template, const char *const *words,
    struct sc_buf *out, struct sc_err *);
/* A header line from a template, with nothing that it cannot hold. */
int auth_header(struct auth *, const char *name, const char *template,
    const char *const *words, struct sc_buf *out, struct sc_err *);

/*
 * Appends the body of this name that the vendor's file describes, one line.
 * "expiry" is the only one.
 */
int auth_body(
    struct auth *, const char *name, struct sc_buf *out, struct sc_err *);

/* Appends what proxy_password stands for, one line. */
int auth_proxy(const struct auth *, struct sc_buf *out, struct sc_err *);

/*
 * "BYTES BLANKS" of a secret setting: how long it is, and how many blanks are
 * in it.
 */
int auth_facts(
    struct auth *, const char *name, struct sc_buf *out, struct sc_err *);

/*
 * Answers requests "METHOD TARGET [OFFSET]", "BODY NAME", "PROXY password" and
 * "FACTS NAME" from a descriptor until it ends; OFFSET is by how many
 * milliseconds the vendor's clock is ahead of ours: header lines, the body, the
 * password or the facts, and an empty line; or "!CODE CLASS message", the
 * remedy if there is one, and an empty line.  That is also the last it says
 * when it fails.
 */
int auth_serve(struct auth *, int in, int out, struct sc_err *);
/* Tells whoever is going to ask why there will be no answers. */
void auth_give_up(int fd, const struct sc_err *);

/*
 * Prints where each secret comes from, its file's mode and owner and its
 * length.  -1 when one of them cannot be used.
 */
int auth_check(struct auth *, struct sc_err *);

/* Room for every answer, so that a buffer never grows and leaves copies. */
#define AUTH_ANSWER_MAX ((size_t)64 << 10)

#endif
