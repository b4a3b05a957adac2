#ifndef MOCK_DT_REFUSE_H
#define MOCK_DT_REFUSE_H

#include "mocksrv/http.h"
#include "mocksrv/reply.h"

/* What the appliance says when it has no data to give. */
#define DT_JSON "application/json; charset=utf-8"

/* {"key":"text"} */
void dt_refuse(
    struct mock_reply *, int status, const char *key, const char *text);
/*
 * 302 to /login or /403.  The body is in the form that Accept asks for, text
 * or HTML; a client that takes neither, such as one that says
 * "Accept: application/json", gets none.
 */
void dt_redirect(
    struct mock_reply *, const struct mock_http *, const char *location);
/* Where those redirects end: a page, and 200. */
void dt_login_page(struct mock_reply *);

#endif
