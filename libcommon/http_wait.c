#include <string.h>

#include "http_impl.h"
#include "sc/timefmt.h"

#define WAIT_MAX 86400000 /* a day */

int64_t
http_wait_ms(const char *s, int64_t now_ms)
{
	int64_t ms = 0, at;

	if (sc_time_parse_http(s, strlen(s), &at) == 0) {
		ms = at - now_ms;
	} else {
		if (*s == '\0' || s[strspn(s, "0123456789")] != '\0')
			return -1;
		for (; *s != '\0' && ms < WAIT_MAX; s++)
			ms = ms * 10 + (int64_t)(*s - '0') * 1000;
	}
	if (ms < 0)
		return 0;
	return ms < WAIT_MAX ? ms : WAIT_MAX;
}
