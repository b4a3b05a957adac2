#ifndef MOCK_RULE_H
#define MOCK_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "mocksrv/canned.h"
#include "mocksrv/http.h"
#include "mocksrv/line.h"
#include "mocksrv/reply.h"
#include "sc/err.h"

/* The form of a body that no file gives. */
enum mock_as { MOCK_AS_JSON = 0, MOCK_AS_HTML, MOCK_AS_EMPTY };

/*
 * A line "METHOD PATH [condition...] [answer]" of a scenario.  With status= or
 * file= it gives the answer itself; without, it only edits the answer that
 * would have been given: delay=, drip=, cut-after=, frame= and the like.
 */
struct mock_rule {
	STAILQ_ENTRY(mock_rule) link;
	unsigned line;
	char *method; /* "*": any */
	char *path;   /* '*' in it: any run of bytes */

	/* Conditions; seen counts the requests that came as far as this. */
	int64_t from;
	int64_t times; /* 0: no end */
	int64_t seen;

	/* The answer: file=, or status= with body= or as= or neither. */
	int64_t status; /* 0: not given */
	struct mock_canned *file;
	struct mock_canned *body;
	const char *body_type;
	int64_t as;        /* enum mock_as; -1: not given */
	bool answer_words; /* words were given that only an answer can have */

	/* Edits; -1 where not given. */
	int64_t delay_ms;
	int64_t drip; /* bytes in a second */
	int64_t cut_after;
	int64_t reset_after;
	int64_t stall_after;
	int64_t frame;
	bool cut_head;
	bool garbage_status;
	bool bad_chunk;
	bool truncate_json;
	struct sc_buf headers; /* lines with CRLF */
	bool has_retry_date;
	int64_t retry_date_ms; /* from now */
};

/* Reads the line; files are looked for beside it.  -1 with EX_CONFIG. */
int mock_rule_parse(
    struct mock_rule *, const struct mock_line *, struct sc_err *);
void mock_rule_fini(struct mock_rule *);

/* True when the rule applies; counts the request either way. */
bool mock_rule_match(struct mock_rule *, const struct mock_http *);
bool mock_rule_answers(const struct mock_rule *);
/* Before compiling: headers, body, framing; names the fault in reply->fault. */
void mock_rule_prepare(
    const struct mock_rule *, int64_t now_ms, struct mock_reply *);
/* After it: the edits. */
void mock_rule_edit(const struct mock_rule *, struct mock_reply *);

#endif
