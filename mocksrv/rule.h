#ifndef MOCK_RULE_H
#define MOCK_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "mocksrv/bucket.h"
#include "mocksrv/canned.h"
#include "mocksrv/delay.h"
#include "mocksrv/http.h"
#include "mocksrv/line.h"
#include "mocksrv/match.h"
#include "mocksrv/mutate.h"
#include "mocksrv/reply.h"
#include "mocksrv/window.h"
#include "sc/err.h"

struct mock_source;

/* The form of a body that no file gives. */
enum mock_as { MOCK_AS_JSON = 0, MOCK_AS_HTML, MOCK_AS_LOGIN, MOCK_AS_EMPTY };

enum mock_gzip { MOCK_GZIP_BROKEN = 0, MOCK_GZIP_YES };

/* So many bytes behind the status line's first or the head's last one. */
struct mock_place {
	bool given;
	bool behind_head;
	int64_t bytes;
};

/*
 * A line "METHOD PATH [condition...] [answer]" of a scenario.  With status= or
 * file= it gives the answer itself; without, it only edits the answer that
 * would have been given: delay=, drip=, cut-after=, frame= and the like.
 */
struct mock_rule {
	STAILQ_ENTRY(mock_rule) link;
	unsigned line;
	uint64_t seed;
	char *method;  /* "*": any */
	char *path;    /* '*' in it: any run of bytes */
	char *request; /* of a replay line: its words without file=; or NULL */

	/* Conditions, in the order in which they are asked. */
	char *on; /* the listener; NULL: any */
	struct mock_test *tests;
	size_t ntests;
	struct mock_window window;
	int64_t from;
	int64_t times;  /* 0: no end */
	int64_t chance; /* of MOCK_CHANCE_MAX */
	struct mock_limit limit;

	/* Requests that came as far as from=; those it applied to. */
	int64_t seen;
	int64_t applied;
	/* What the limit said to the request in work, if it was asked. */
	struct mock_quota quota;

	/* The answer: file=, or status= with body= or as= or neither. */
	int64_t status; /* 0: not given */
	int64_t error;  /* whose words the body has; 0: those of status */
	struct mock_sequence files;
	struct mock_canned *body;
	const char *body_type;
	int64_t as; /* enum mock_as; -1: not given */

	/* Edits; -1 where not given. */
	struct mock_delay delay;
	int64_t drip; /* bytes in a second */
	struct mock_place cut_after;
	struct mock_place reset_after;
	struct mock_place stall_after;
	int64_t frame; /* enum mock_frame */
	int64_t gzip;  /* enum mock_gzip */
	struct mock_mutation mutation;
	struct sc_buf headers; /* lines with CRLF */
	int64_t retry_date_ms; /* from now, with has_retry_date */
	bool has_retry_date;
	bool retry_auto; /* when the limit has a token again */
	bool cut_head;
	bool garbage_status;
	bool bad_chunk;
	bool no_last_chunk;
	bool no_close_notify;
	bool truncate_json;

	bool answer_words; /* words were given that only an answer can have */
	bool limit_headers;
	bool limit_asked; /* see quota */
};

#define MOCK_CHANCE_MAX 1000000

/* Reads the line; files are looked for beside it.  -1 with EX_CONFIG. */
int mock_rule_parse(struct mock_rule *, const struct mock_line *,
    const struct mock_source *, struct sc_err *);
void mock_rule_fini(struct mock_rule *);

/* True when the rule applies; counts the request either way. */
bool mock_rule_match(
    struct mock_rule *, const struct mock_http *, int64_t now_ms);
bool mock_rule_answers(const struct mock_rule *);
/* True when something is done to the answer. */
bool mock_rule_edits(const struct mock_rule *);

/* Tells the client how its quota stands, as the limit of the rule has it. */
void mock_rule_tell_quota(const struct mock_rule *, struct mock_reply *);
/* Before compiling: headers, body, framing; names the fault in reply->fault. */
void mock_rule_prepare(
    const struct mock_rule *, int64_t now_ms, struct mock_reply *);
/* After it: the edits. */
void mock_rule_edit(const struct mock_rule *, struct mock_reply *);

#endif
