#ifndef MOCK_S1_CONSOLE_H
#define MOCK_S1_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/s1.h"
#include "mocksrv/vendor.h"

/*
 * A SentinelOne console as a scenario describes it, and its answers.
 */

/* What a stream serves from some moment on; the last that has come counts. */
struct s1_version {
	struct mock_when when;
	struct s1_table *table;
};

struct s1_feed {
	struct s1_version *versions;
	size_t n;
	int64_t requests; /* for its list, so far */
};

struct s1_console {
	char *token;
	int64_t created_ms, expires_ms; /* of the token */
	struct s1_style style;
	struct s1_feed feeds[S1_STREAMS];
};

/* These three are members of struct mock_vendor. */
bool s1_console_answer(void *console, const struct mock_http *, int64_t now_ms,
    struct mock_reply *);
void s1_console_error(struct mock_reply *, int status);
extern const char *const s1_console_routes[];

#endif
