#ifndef MOCK_PROXY_H
#define MOCK_PROXY_H

#include "mocksrv/http.h"
#include "mocksrv/listen.h"
#include "mocksrv/reply.h"

/*
 * A forward proxy, for CONNECT and for http:// in the request line.  Whatever
 * host a request names, nothing ever leaves this machine: a name and a
 * loopback address mean that port of 127.0.0.1, all other addresses are
 * refused.
 */

/* Fills in a refusal, or a reply whose tunnel leads to the port. */
void mock_proxy_answer(
    const struct mock_listen *, const struct mock_http *, struct mock_reply *);
/* In place of that when nobody listens there: starts the reply afresh. */
void mock_proxy_unreachable(struct mock_reply *);

#endif
