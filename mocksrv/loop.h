#ifndef MOCK_LOOP_H
#define MOCK_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/queue.h>

#include "sc/err.h"

/*
 * The event loop: descriptors and timers, one thread.  Watches and timers
 * live inside their owners' structs.  A callback may remove any of them.
 */
struct mock_watch {
	int fd;
	uint32_t events;
	void (*ready)(struct mock_watch *, uint32_t events);
};

struct mock_timer {
	TAILQ_ENTRY(mock_timer) link;
	int64_t at_ms; /* real monotonic time; 0: not set */
	void (*fire)(struct mock_timer *);
};

struct mock_loop {
	int epfd;
	struct epoll_event *events; /* of the round that is on */
	int nevents;
	TAILQ_HEAD(timers_head, mock_timer) timers; /* soonest first */
};

int mock_loop_init(struct mock_loop *, struct sc_err *);
void mock_loop_fini(struct mock_loop *);
/* Waits for something to happen and does it; -1 when epoll fails. */
int mock_loop_round(struct mock_loop *, struct sc_err *);

/* -1 with errno; fd and ready are set by the caller. */
int mock_watch_add(struct mock_loop *, struct mock_watch *, uint32_t events);
void mock_watch_set(struct mock_loop *, struct mock_watch *, uint32_t events);
void mock_watch_del(struct mock_loop *, struct mock_watch *);

/*
 * Injected delays are real time, whatever clock the vendors' behaviour
 * follows; so timers do not go through sc/clock.h.
 */
void mock_timer_set(struct mock_loop *, struct mock_timer *, int64_t delay_ms);
void mock_timer_clear(struct mock_loop *, struct mock_timer *);

#endif
