#ifndef HTTP_IMPL_H
#define HTTP_IMPL_H

#include <stdint.h>

/* Private to libcommon/http*.c. */

/*
 * What a header asks to wait: seconds, or until a date; at most a day.  -1
 * when it is neither.
 */
int64_t http_wait_ms(const char *s, int64_t now_ms);

#endif
