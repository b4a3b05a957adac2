#ifndef FETCH_READING_H
#define FETCH_READING_H

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
	struct sc_buf body; /* of a question */
	void *sent;         /* tree of hashes of the tokens that were sent */
	bool restarted;
	bool stopped;     /* which has been told */
	struct retry cut; /* attempts at a page whose text is cut off */
	int64_t began_ms;
	int64_t told_ms;
};

/* What the kinds of paging have in common. */

/* Whether the reading ends here, by a signal or max_pages; says so. */
bool reading_must_stop(struct reading *);
/*
 * Asks for what w->target says, GET or with a body POST, and looks at the
 * vendor's clock.
 */
int reading_ask(struct reading *, const char *body, struct sc_err *);
int reading_get(struct reading *, struct sc_err *);
/* The vendor's time, by its last answer; ours where it does not tell. */
int64_t reading_vendor_now_us(const struct reading *);
/*
 * A first run's window comes from this machine's clock.  One that runs ahead
 * would begin a stream in the vendor's future and never see what lies before:
 * true when the window begins anew, by the vendor's clock, and is to be asked
 * for again.
 */
bool reading_begins_too_late(struct reading *);
/*
 * Whether the page is asked for once more: text that was cut off is no other
 * case than an answer that broke off.
 */
bool reading_ask_again(struct reading *, const struct sc_err *);
/* A page was read: progress, for the log. */
void reading_tell(struct reading *, size_t items);
/* A walk has read all there is: its time is the vendor's. */
void reading_walked(struct reading *);
/* Behind the records of a page: its STATE. */
int reading_state(struct reading *, struct sc_err *);

#endif
