#ifndef FETCH_TOKEN_H
#define FETCH_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/vendor.h"

#include "bookmark.h"
#include "page.h"
#include "retry.h"

#define TOKEN_MAX  ((size_t)8 << 10)
#define TARGET_MAX ((size_t)64 << 10)

/*
 * What is asked for: times from since up to, not including, until.  A walk
 * has no parameters for them.
 */
struct window {
	int64_t since_us;
	int64_t until_us; /* 0: open */
};

/*
 * Appends the path and query of a page.  Every page repeats all parameters: a
 * vendor's token stands for a place, not for the question.  token: decoded;
 * empty for the first page.
 */
int token_target(const struct sc_vendor *, const struct sc_stream *,
    const struct window *, struct sc_slice token, struct sc_buf *);

/*
 * One stream of a run, from its first page to its last.  A walk has no window:
 * it reads all that there is, and its mark moves only when it is complete.
 */
struct reading {
	struct client *client;
	struct sc_http_resp *resp;
	struct pager pager;
	struct positions *positions; /* NULL: no STATE is written */
	struct bookmark *mark; /* one of them, or NULL: it does not move */
	int64_t overlap_us;
	struct window window;
	int64_t max_pages;
	bool first; /* the window begins where our clock says: no mark yet */
	/* Private. */
	struct sc_buf target;
	struct sc_buf token;
	struct sc_buf next;
	void *sent; /* tree of hashes of the tokens that were sent */
	bool restarted;
	struct retry cut; /* attempts at a page whose text is cut off */
	int64_t began_ms;
	int64_t told_ms;
};

/*
 * Follows the page tokens of a stream.  Each page is handed on with its STATE
 * before the next one is asked for.  0 also when it ended early, by a signal,
 * max_pages or a token that leads nowhere: then outcome->partial is set.
 */
int token_read(struct reading *, struct sc_err *);

#endif
