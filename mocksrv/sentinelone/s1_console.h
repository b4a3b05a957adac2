#ifndef MOCK_S1_CONSOLE_H
#define MOCK_S1_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mocksrv/sentinelone/s1.h"
#include "mocksrv/vendor.h"

/*
 * A SentinelOne console as a scenario describes it, and its answers.
 */

struct s1_console {
	char *token;
	int64_t created_ms, expires_ms; /* of the token */
	struct s1_style style;
	struct mock_feed feeds[S1_STREAMS];
};

/* These are members of struct mock_vendor. */
bool s1_console_knows(void *console, const struct mock_http *);
bool s1_console_answer(void *console, const struct mock_http *, int64_t now_ms,
    struct mock_reply *);
void s1_console_error(struct mock_reply *, int status);
extern const char *const s1_console_routes[];

extern const struct mock_vendor mock_sentinelone;

#endif
