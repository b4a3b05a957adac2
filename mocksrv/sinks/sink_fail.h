#ifndef MOCK_SINK_FAIL_H
#define MOCK_SINK_FAIL_H

#include "mocksrv/line.h"
#include "mocksrv/sinks/sink_map.h"
#include "sc/err.h"

struct mock_source;

/*
 * Items of a request that fail by themselves: every N-th, some of a hundred
 * drawn from seed and text, or those whose text fits a pattern.  With 429 or
 * 5xx an item fails once and comes good when it is sent again; with any other
 * status it fails each time.
 */
struct sink_fails {
	struct sink_fail {
		int64_t status;
		int64_t every;   /* 0: not given */
		int64_t percent; /* 0: not given */
		char *glob;      /* NULL: not given */
		int64_t asked;   /* items that were not known yet */
		struct sink_map known;
	} * list;
	size_t n;
	uint64_t seed;
};

/*
 * As struct mock_setting wants them; the words may be given several times.
 * fail-items=STATUS:RULE and reject-items=RULE, for status 400, where RULE is
 * every=N, p=PERCENT or match=PATTERN.
 */
int sink_fail_read(void *fails, const struct mock_line *,
    const struct mock_word *, const struct mock_source *, struct sc_err *);
int sink_reject_read(void *fails, const struct mock_line *,
    const struct mock_word *, const struct mock_source *, struct sc_err *);
void sink_fails_fini(struct sink_fails *);

/* The status that the item fails with; 0: it does not. */
int sink_fails_now(struct sink_fails *, struct sc_slice item);

#endif
