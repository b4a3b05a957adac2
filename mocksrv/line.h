#ifndef MOCK_LINE_H
#define MOCK_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * A line of a scenario, cut into words at blanks; key=value words are cut
 * again.  '#' at the start of a word begins a comment.
 */
#define MOCK_WORDS_MAX 32

struct mock_word {
	char *key;
	char *value; /* NULL without '=' */
};

struct mock_line {
	const char *file;
	unsigned number;
	struct mock_word words[MOCK_WORDS_MAX];
	size_t n;
};

/* Cuts text (altered, and borrowed by the words).  -1: too many words. */
int mock_line_split(struct mock_line *, char *text, struct sc_err *);
/* EX_CONFIG with "FILE:LINE: " in front; returns -1. */
int mock_line_fail(const struct mock_line *, struct sc_err *, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));
/*
 * Fails because `word` is none of `known` (NULL-terminated); names the
 * nearest one, or all of them when none is near.
 */
int mock_line_unknown(const struct mock_line *, struct sc_err *,
    const char *what, const char *word, const char *const *known);
/* -1 unless the word is one of `known` and has a value. */
int mock_line_check(const struct mock_line *, const struct mock_word *,
    const char *const *known, struct sc_err *);
/* The value as a whole number in lo..hi; -1 with an error naming the word. */
int mock_line_number(const struct mock_line *, const struct mock_word *,
    int64_t lo, int64_t hi, int64_t *out, struct sc_err *);

/* The same for a number that may have a fraction. */
int mock_line_decimal(const struct mock_line *, const struct mock_word *,
    double lo, double hi, double *out, struct sc_err *);
/* n bytes of the value as a duration in ms, at most a day. */
int mock_line_duration(const struct mock_line *, const struct mock_word *,
    struct sc_slice text, int64_t *out, struct sc_err *);
/* The place of text in `known`; -1 with an error that names the nearest. */
int mock_line_choice(const struct mock_line *, const char *what,
    const char *text, const char *const *known, struct sc_err *);

/* path itself if absolute, else beside the file `base`; for free(). */
char *mock_path_beside(const char *base, const char *path);

#endif
