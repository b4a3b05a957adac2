#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "mocksrv/loop.h"

#define EVENTS_MAX 64

static int64_t
real_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
mock_loop_init(struct mock_loop *l, struct sc_err *e)
{
	TAILQ_INIT(&l->timers);
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	return l->epfd == -1 ? sc_fail_sys(e, EX_OSERR, "epoll") : 0;
}

void
mock_loop_fini(struct mock_loop *l)
{
	if (l->epfd != -1)
		(void)close(l->epfd);
	l->epfd = -1;
}

static int
control(struct mock_loop *l, int op, struct mock_watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	w->events = events;
	return epoll_ctl(l->epfd, op, w->fd, &ev);
}

int
mock_watch_add(struct mock_loop *l, struct mock_watch *w, uint32_t events)
{
	return control(l, EPOLL_CTL_ADD, w, events);
}

void
mock_watch_set(struct mock_loop *l, struct mock_watch *w, uint32_t events)
{
	if (w->events != events)
		(void)control(l, EPOLL_CTL_MOD, w, events);
}

void
mock_watch_del(struct mock_loop *l, struct mock_watch *w)
{
	(void)epoll_ctl(l->epfd, EPOLL_CTL_DEL, w->fd, NULL);
	/* What this round still has for it must not be handed out. */
	for (int i = 0; i < l->nevents; i++) {
		if (l->events[i].data.ptr == w)
			l->events[i].data.ptr = NULL;
	}
}

/* Most delays of a run are alike, so the place is nearly always the end. */
void
mock_timer_set(struct mock_loop *l, struct mock_timer *t, int64_t delay_ms)
{
	struct mock_timer *before;

	mock_timer_clear(l, t);
	t->at_ms = real_ms() + delay_ms;
	before = TAILQ_LAST(&l->timers, timers_head);
	while (before != NULL && before->at_ms > t->at_ms)
		before = TAILQ_PREV(before, timers_head, link);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&l->timers, before, t, link);
	else
		TAILQ_INSERT_HEAD(&l->timers, t, link);
}

void
mock_timer_clear(struct mock_loop *l, struct mock_timer *t)
{
	if (t->at_ms != 0)
		TAILQ_REMOVE(&l->timers, t, link);
	t->at_ms = 0;
}

static int
next_timeout(const struct mock_loop *l)
{
	const struct mock_timer *t = TAILQ_FIRST(&l->timers);
	int64_t left;

	if (t == NULL)
		return -1;
	left = t->at_ms - real_ms();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static void
fire_timers(struct mock_loop *l)
{
	struct mock_timer *t;
	int64_t now;

	if (TAILQ_EMPTY(&l->timers))
		return;
	now = real_ms();
	while ((t = TAILQ_FIRST(&l->timers)) != NULL && t->at_ms <= now) {
		mock_timer_clear(l, t);
		t->fire(t);
	}
}

int
mock_loop_round(struct mock_loop *l, struct sc_err *e)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(l->epfd, events, EVENTS_MAX, next_timeout(l));

	if (n == -1 && errno != EINTR)
		return sc_fail_sys(e, EX_OSERR, "epoll");
	l->events = events;
	l->nevents = n > 0 ? n : 0;
	for (int i = 0; i < l->nevents; i++) {
		struct mock_watch *w = events[i].data.ptr;

		if (w != NULL)
			w->ready(w, events[i].events);
	}
	l->nevents = 0;
	fire_timers(l);
	return 0;
}
