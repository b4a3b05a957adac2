#include "mocksrv/rapid7/r7_console.h"

bool
r7_window_take(struct r7_window *w, int64_t now_ms)
{
	if (w->rate.n == 0)
		return true;
	if (now_ms >= w->end_ms) {
		w->end_ms = now_ms + w->rate.ms;
		w->used = 0;
	}
	w->used++;
	return w->used <= w->rate.n;
}

int64_t
r7_window_left(const struct r7_window *w)
{
	return w->used < w->rate.n ? w->rate.n - w->used : 0;
}

int64_t
r7_window_reset(const struct r7_window *w, int64_t now_ms)
{
	int64_t ms = w->end_ms - now_ms;

	return ms > 0 ? (ms + 999) / 1000 : 1;
}
