#include <stdlib.h>
#include <string.h>

#include "mocksrv/rapid7/r7_console.h"
#include "sc/timefmt.h"

#define LIMIT_MAX 1000000

int
r7_window_parse(struct r7_window *w, const char *text)
{
	const char *slash = strchr(text, '/');
	const char *bad = NULL;
	char number[16];

	if (slash == NULL || (size_t)(slash - text) >= sizeof(number))
		return -1;
	memcpy(number, text, (size_t)(slash - text));
	number[slash - text] = '\0';
	w->limit = strtonum(number, 1, LIMIT_MAX, &bad);
	if (bad != NULL ||
	    sc_duration_parse(slash + 1, strlen(slash + 1), &w->length_ms) ==
		-1)
		return -1;
	return w->length_ms > 0 ? 0 : -1;
}

bool
r7_window_take(struct r7_window *w, int64_t now_ms)
{
	if (w->limit == 0)
		return true;
	if (now_ms >= w->end_ms) {
		w->end_ms = now_ms + w->length_ms;
		w->used = 0;
	}
	w->used++;
	return w->used <= w->limit;
}

int64_t
r7_window_left(const struct r7_window *w)
{
	return w->used < w->limit ? w->limit - w->used : 0;
}

int64_t
r7_window_reset(const struct r7_window *w, int64_t now_ms)
{
	int64_t ms = w->end_ms - now_ms;

	return ms > 0 ? (ms + 999) / 1000 : 1;
}
