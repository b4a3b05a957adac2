#ifndef NORMALIZE_PROGRAM_H
#define NORMALIZE_PROGRAM_H

#include "sc/buf.h"

#include "map.h"

/* More than two map files can hold, with what is put around each line. */
#define PROGRAM_MAX ((size_t)16 << 20)

/*
 * The jq program that a map stands for: one object whose members are
 * [(expression)?][0], so that an error or no output is null.  Three forms of
 * the same program:
 */
enum program_form {
	/*
	 * What libjq runs.  Its input is the record, or [record, ctx] where
	 * the map uses $ctx; members that are null or "" are left out when the
	 * result is written.
	 */
	PROGRAM_RUN,
	/*
	 * For people and for jq itself: each line's origin as a comment, $ctx
	 * from `--argjson ctx`, null and "" left out by a last line.
	 */
	PROGRAM_PRINT,
	/*
	 * For --explain: members are [type or "absent", error or null].
	 */
	PROGRAM_EXPLAIN
};
void program_text(const struct map *, enum program_form, struct sc_buf *out);

/* The defs and one field's expression alone, to see whether it compiles. */
void program_field(
    const struct map *, const struct map_line *, struct sc_buf *out);
/* The first n defs (n > 0) and a use of the last one. */
void program_defs(const struct map *, size_t n, struct sc_buf *out);

/*
 * Which mapping made an artifact: VENDOR/STREAM@ and the beginning of the
 * SHA-256 of the running program and of what sc-normalize adds to it.  The
 * result is the caller's.
 */
char *program_rendition(const struct map *);

#endif
