#ifndef MOCK_SETTING_H
#define MOCK_SETTING_H

#include <stddef.h>
#include <stdint.h>

#include "mocksrv/feed.h"
#include "mocksrv/line.h"
#include "mocksrv/table.h"
#include "sc/err.h"

struct mock_generator;
struct mock_source;

/*
 * The words that may stand behind "serve VENDOR" and where in the vendor's
 * state their values go.
 */
enum mock_setting_kind {
	MOCK_SET_TEXT,     /* char *, owned by the state */
	MOCK_SET_SECRET,   /* the same, never logged, wiped in the end */
	MOCK_SET_YES,      /* bool: yes or no */
	MOCK_SET_NUMBER,   /* int64_t between lo and hi */
	MOCK_SET_CHOICE,   /* int64_t: place in choices */
	MOCK_SET_DURATION, /* int64_t, ms */
	MOCK_SET_TIME,     /* int64_t, ms; a duration counts from the start */
	MOCK_SET_FEED,     /* struct mock_feed, from a dataset */
	MOCK_SET_OWN       /* whatever `read` makes of it; released in fini */
};

struct mock_setting {
	const char *word;
	enum mock_setting_kind kind;
	size_t offset; /* in the state */
	union {
		const char *const *choices; /* NULL-terminated */
		const struct mock_column *columns;
		struct {
			int64_t lo, hi;
		};
		int (*read)(void *, const struct mock_line *,
		    const struct mock_word *, const struct mock_source *,
		    struct sc_err *);
	};
};

/*
 * Reads one word.  `when` NULL: of a serve line, each word once; otherwise of
 * an at line, where only feeds may stand, and only ones that are served.
 * -1 with EX_CONFIG.
 */
struct mock_setting_source {
	const struct mock_setting *settings; /* ends with a NULL word */
	const struct mock_generator *generators;
	const struct mock_source *source;
	const struct mock_when *when;
};
int mock_setting_read(const struct mock_setting_source *, void *state,
    const struct mock_line *, const struct mock_word *, struct sc_err *);
/* What the settings of some kinds have got: a feed, a time, a text or NULL. */
struct mock_feed *mock_setting_feed(const struct mock_setting *, void *state);
int64_t mock_setting_time(const struct mock_setting *, void *state);
const char *mock_setting_text(const struct mock_setting *, void *state);
/* Releases what the settings hold. */
void mock_setting_fini(const struct mock_setting *, void *state);

#endif
