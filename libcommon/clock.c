#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "sc/clock.h"
#include "sc/timefmt.h"

/* The content of a shared clock file. */
struct shared {
	_Atomic int64_t epoch_ms;
	_Atomic uint32_t moves; /* futex word: counts advances */
	uint32_t magic;
};

#define SHARED_MAGIC 0x73636c6bu

enum mode { REAL, SCALED, FIXED, SHARED };

/* The process's clock: set once at start, then only FIXED moves it. */
static struct {
	enum mode mode;
	int64_t scale;
	int64_t base_ms;      /* SCALED, FIXED: virtual time at the start */
	int64_t base_real_ms; /* SCALED: monotonic time at the start */
	struct shared *map;
	bool steps; /* SHARED: a wait moves it */
} ck;

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct shared *
map_shared(const char *path, int flags, struct sc_err *e)
{
	struct shared *map = MAP_FAILED;
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd == -1) {
		(void)sc_fail_sys(e, EX_USAGE, "clock %s", path);
		return NULL;
	}
	if ((flags & O_CREAT) != 0 && ftruncate(fd, sizeof(*map)) == -1) {
		(void)sc_fail_sys(e, EX_USAGE, "clock %s", path);
	} else if (lseek(fd, 0, SEEK_END) < (off_t)sizeof(*map)) {
		(void)sc_fail(e, EX_USAGE, "clock %s: not a clock file", path);
	} else {
		map = mmap(NULL, sizeof(*map), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			(void)sc_fail_sys(e, EX_OSERR, "clock %s", path);
	}
	(void)close(fd);
	return map == MAP_FAILED ? NULL : map;
}

static int
set_shared(const char *path, struct sc_err *e)
{
	struct shared *map = map_shared(path, O_RDWR, e);

	if (map == NULL)
		return -1;
	if (map->magic != SHARED_MAGIC) {
		(void)munmap(map, sizeof(*map));
		return sc_fail(e, EX_USAGE, "clock %s: not a clock file", path);
	}
	ck.mode = SHARED;
	ck.map = map;
	return 0;
}

int
sc_clock_set(const char *spec, struct sc_err *e)
{
	char *end;

	ck.mode = REAL;
	ck.steps = false;
	if (spec == NULL || *spec == '\0' || strcmp(spec, "real") == 0)
		return 0;
	if (strncmp(spec, "file:", 5) == 0)
		return set_shared(spec + 5, e);
	if (strncmp(spec, "step:", 5) == 0) {
		ck.steps = true;
		return set_shared(spec + 5, e);
	}
	if (*spec == '@') {
		if (sc_time_parse_user(
			spec + 1, read_ms(CLOCK_REALTIME), &ck.base_ms) == -1)
			return sc_fail(e, EX_USAGE,
			    "SC_CLOCK=%s: no time after the @", spec);
		ck.mode = FIXED;
		return 0;
	}
	errno = 0;
	ck.scale = *spec == 'x' ? strtol(spec + 1, &end, 10) : 0;
	if (ck.scale < 1 || ck.scale > 1000000 || *end != '\0')
		return sc_fail(e, EX_USAGE,
		    "SC_CLOCK=%s: expected real, xN, @TIME, file:PATH or "
		    "step:PATH",
		    spec);
	ck.mode = SCALED;
	ck.base_ms = read_ms(CLOCK_REALTIME);
	ck.base_real_ms = read_ms(CLOCK_MONOTONIC);
	return 0;
}

int
sc_clock_init(struct sc_err *e)
{
	return sc_clock_set(getenv("SC_CLOCK"), e);
}

int64_t
sc_clock_ms(void)
{
	switch (ck.mode) {
	case SCALED:
		return ck.base_ms +
		    (read_ms(CLOCK_MONOTONIC) - ck.base_real_ms) * ck.scale;
	case FIXED:
		return ck.base_ms;
	case SHARED:
		return atomic_load(&ck.map->epoch_ms);
	case REAL:
	default:
		return read_ms(CLOCK_REALTIME);
	}
}

int64_t
sc_clock_mono(void)
{
	return ck.mode == REAL ? read_ms(CLOCK_MONOTONIC) : sc_clock_ms();
}

static int
wait_real(int64_t ms)
{
	struct timespec ts = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000 };

	return nanosleep(&ts, NULL);
}

static void
move_shared(struct shared *map, int64_t epoch_ms)
{
	atomic_store(&map->epoch_ms, epoch_ms);
	(void)atomic_fetch_add(&map->moves, 1);
	(void)syscall(
	    SYS_futex, &map->moves, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* A move that happens between the look and the sleep makes FUTEX_WAIT fail. */
static int
wait_shared(int64_t ms)
{
	int64_t until = sc_clock_ms() + ms;

	if (ck.steps)
		move_shared(ck.map, until);
	for (;;) {
		uint32_t seen = atomic_load(&ck.map->moves);

		if (sc_clock_ms() >= until)
			return 0;
		if (syscall(SYS_futex, &ck.map->moves, FUTEX_WAIT, seen, NULL,
			NULL, 0) == -1 &&
		    errno == EINTR)
			return -1;
	}
}

int
sc_clock_wait(int64_t ms)
{
	if (ms <= 0)
		return 0;
	switch (ck.mode) {
	case SCALED:
		return wait_real((ms + ck.scale - 1) / ck.scale);
	case FIXED:
		ck.base_ms += ms;
		return 0;
	case SHARED:
		return wait_shared(ms);
	case REAL:
	default:
		return wait_real(ms);
	}
}

int
sc_clock_move(int64_t ms, struct sc_err *e)
{
	if (ck.mode == REAL)
		return sc_fail(e, EX_USAGE, "the real clock cannot be moved");
	if (ck.mode == SHARED)
		move_shared(ck.map, sc_clock_ms() + ms);
	else
		ck.base_ms += ms;
	return 0;
}

int
sc_clock_share(const char *path, int64_t epoch_ms, struct sc_err *e)
{
	struct shared *map = map_shared(path, O_RDWR | O_CREAT, e);

	if (map == NULL)
		return -1;
	map->magic = SHARED_MAGIC;
	move_shared(map, epoch_ms);
	return munmap(map, sizeof(*map));
}

int
sc_clock_advance(const char *path, int64_t ms, struct sc_err *e)
{
	struct shared *map = map_shared(path, O_RDWR, e);

	if (map == NULL)
		return -1;
	move_shared(map, atomic_load(&map->epoch_ms) + ms);
	return munmap(map, sizeof(*map));
}
