#ifndef FETCH_CHECK_STAGES_H
#define FETCH_CHECK_STAGES_H

#include <netdb.h>
#include <stdint.h>

#include "sc/conf.h"
#include "sc/http.h"

#include "check.h"
#include "reading.h"
#include "retry.h"
#include "step.h"

/* Private to check*.c: the stages of a check, and what they hand on. */

struct check {
	const struct sc_prog *prog;
	const struct check_opts *opts;
	struct steps steps;
	struct sc_integration *in;
	const struct sc_stream_conf *only; /* NULL: all enabled streams */
	struct client client;
	struct sc_http_resp resp;
	struct addrinfo *addrs; /* of the vendor, or of the proxy */
	/* The vendor's clock minus ours, from the first answer with a Date. */
	int64_t offset_ms;
	bool has_offset;
	bool may_ask; /* there is a credential, and the vendor is the vendor */
	/* The answer to the question that proves the credential. */
	bool asked;
	struct sc_err refused; /* code 0: it is taken */
	char *account;         /* its body */
	size_t naccount;
	/* Of the stream whose permission was the last to be looked at. */
	int64_t newest_us; /* 0: none */
	size_t nrecords;
};

/* Each says in the step how it went. */

/* check_config.c */
void stage_configuration(struct check *, struct step *);
void stage_secret(struct check *, struct step *);

/* check_net.c */
void stage_name(struct check *, struct step *);
void stage_tcp(struct check *, struct step *);
void stage_tls(struct check *, struct step *);

/* check_vendor.c */
void stage_service(struct check *, struct step *);
void stage_clock(struct check *, struct step *);
void stage_credentials(struct check *, struct step *);
void stage_account(struct check *, struct step *);
void stage_expiry(struct check *, struct step *);

/* check_stream.c */
void stage_permission(struct check *, const struct sc_stream *, struct step *);
void stage_newest(struct check *, const struct sc_stream *, struct step *);
/* The smallest request that proves that a stream may be read. */
int stream_ask(
    struct check *, struct client *, const struct sc_stream *, struct sc_err *);
/* Its parameters, with what the vendor's file has for a check; free() it. */
struct sc_pair *stream_query(const struct sc_check *, const struct sc_stream *);

/* check_list.c */
/*
 * A page with a number; of children, those of the first parent in a page.  1:
 * it is in c->resp, 0: there are no parents.
 */
int list_get(struct check *, struct client *, const struct sc_stream *,
    const struct window *, struct sc_err *);

/* check_find.c */
void check_find(struct check *);
/* Whether another value of the setting leads to another host. */
bool check_may_find(const struct sc_integration *);

/* What they share. */

/* Whether the stream is to be looked at. */
bool check_wants(const struct check *, const struct sc_stream_conf *);
/*
 * GETs a path behind the base, and learns the vendor's time.  What a probe's
 * `body` asks for must be in the answer.
 */
int check_ask(
    struct check *, struct client *, const struct sc_probe *, struct sc_err *);
/* The vendor's time, from the first answer that has it. */
void check_learn_time(struct check *);
/* Asks for it, once, whether the credential is taken: c->refused. */
void check_ask_credential(struct check *);
/* The vendor's time, as well as it is known. */
int64_t check_now(const struct check *);
/* Names the command that finds the region, where there is one to find. */
void check_advise_region(const struct check *, struct step *);

#endif
