#ifndef MOCK_GZIP_H
#define MOCK_GZIP_H

#include <stdbool.h>

#include "mocksrv/http.h"
#include "mocksrv/reply.h"

/* True when the request's Accept-Encoding allows gzip. */
bool mock_accepts_gzip(const struct mock_http *);
/*
 * Compresses the body and says so in Content-Encoding.  Once, after the body
 * is complete and before compiling; an empty body, and a raw answer, stay as
 * they are.
 */
void mock_reply_gzip(struct mock_reply *);

#endif
