#ifndef MOCK_WINDOW_H
#define MOCK_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/line.h"
#include "sc/err.h"

struct mock_source;

/*
 * When something applies, on the server's clock: from `after` on, up to
 * `until`, and, with `every`, only in the first `for` of each such period,
 * counted from `after`.
 */
struct mock_window {
	int64_t after_ms; /* INT64_MIN: always */
	int64_t until_ms; /* INT64_MAX: without end */
	int64_t every_ms; /* 0: not repeated */
	int64_t for_ms;
};

#define MOCK_WINDOW_ALWAYS                 \
	{                                  \
		INT64_MIN, INT64_MAX, 0, 0 \
	}
#define MOCK_WINDOW_WORDS "after", "until", "every", "for"

/* "+10m" after the start of the server, or a time; -1 if it is neither. */
int mock_when_parse(const char *text, const struct mock_source *, int64_t *ms);

/*
 * Takes one of the words after=WHEN, until=WHEN, every=DURATION and
 * for=DURATION.  1: it is none of them; -1 with EX_CONFIG.
 */
int mock_window_read(struct mock_window *, const struct mock_line *,
    const struct mock_word *, const struct mock_source *, struct sc_err *);
/* When the line has been read: -1 if the words do not go together. */
int mock_window_ready(struct mock_window *, const struct mock_line *,
    const struct mock_source *, struct sc_err *);

bool mock_window_open(const struct mock_window *, int64_t now_ms);

#endif
