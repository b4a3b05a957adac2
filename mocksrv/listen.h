#ifndef MOCK_LISTEN_H
#define MOCK_LISTEN_H

#include <stdint.h>
#include <sys/queue.h>

#include "mocksrv/line.h"
#include "mocksrv/tls.h"
#include "mocksrv/window.h"
#include "sc/err.h"

struct mock_source;

/* What happens to connections. */
enum mock_manner {
	MOCK_ANSWERED = 0,
	MOCK_REFUSED, /* nobody listens */
	MOCK_SILENT,  /* accepted and never answered, nor greeted with TLS */
	MOCK_RESET,   /* reset at the first byte */
	MOCK_PROXY    /* answered as a forward proxy does */
};

/*
 * A line "listen NAME [tls=CERT] [as=MANNER] [expect=ignore] [user= password=]
 * [after= until= every= for=]" of a scenario: what a listener does, from when
 * to when.  Of several lines for a listener the last one whose time it is
 * counts.
 */
struct mock_listen {
	STAILQ_ENTRY(mock_listen) link;
	char *name;
	unsigned line;
	int cert; /* enum mock_cert; -1: not given */
	int manner;
	bool mute;      /* 100 Continue is not sent */
	char *user;     /* of a proxy; NULL: anybody */
	char *password; /* ... */
	struct mock_window window;
};

STAILQ_HEAD(mock_listens, mock_listen);

/* The listeners that are always there, the second one with --tls. */
#define MOCK_PLAIN "plain"
#define MOCK_TLS   "tls"

/* Appends the line's meaning; -1 with EX_CONFIG. */
int mock_listen_parse(struct mock_listens *, const struct mock_line *,
    const struct mock_source *, struct sc_err *);
void mock_listens_fini(struct mock_listens *);

/* What a listener does now.  cert is -1 when it speaks no TLS. */
struct mock_conduct {
	enum mock_manner manner;
	int cert;
	const struct mock_listen *line; /* that says so; NULL: none */
};

struct mock_conduct mock_listens_now(
    const struct mock_listens *, const char *name, int64_t now_ms);

#endif
