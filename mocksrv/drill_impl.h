#ifndef MOCK_DRILL_IMPL_H
#define MOCK_DRILL_IMPL_H

#include <stdio.h>
#include <sys/types.h>

#include "mocksrv/drill.h"
#include "mocksrv/scenario.h"
#include "sc/conf.h"

/* What the files of sc-mock drill share. */

struct drill_reader;
struct drill_states;

/* In the end: how the store compares with what the vendor showed. */
struct drill_tally {
	int64_t shown;   /* states that a run could have got */
	int64_t stored;  /* of them */
	int64_t owed;    /* of them, but only when the faults were over */
	int64_t lost;    /* of them: not stored */
	int64_t doubled; /* stored once too often */
	int64_t strange; /* stored, but never shown like that */
	int64_t early;   /* older than a first run looks back */
	int64_t unseen;  /* in force between two runs only */
};

struct drill_stream {
	char name[160]; /* INTEGRATION.STREAM */
	const struct sc_integration *in;
	const struct sc_stream *def;
	const struct mock_serve *serve; /* NULL: from answers captured */
	const struct mock_feed *feed;
	const char *word; /* what the scenario calls it */
	char *path;       /* of the list at the vendor */

	/* What the status said last. */
	char state[16], class[16];
	char *remedy;
	int64_t last_run_ms, due_ms, artifacts;
	bool told;   /* in the event that is being put together */
	bool warned; /* that the token expires */

	/* The fault that it is under, as far as it has one. */
	int64_t fault_ms;      /* since when; 0: none */
	int64_t last_fault_ms; /* when there was one last */
	bool problem;          /* the status shows one */
	int64_t first_good_ms; /* something was got; 0: never */
	int64_t failures, first_failure_ms;
	int64_t detected_ms, recovered_ms; /* longest; -1: never */

	struct drill_tally tally;
};

/* A line of the scenario that does something. */
struct drill_line {
	unsigned number;
	char *text;
	const struct mock_window *window; /* NULL: it has none */
	const char *path;                 /* of a rule; NULL: any */
	bool listens;                     /* it is about a listener */
	bool open;
	uint64_t hit; /* the last poll in which it was met */
};

struct drill {
	const struct mock_drill_options *o;
	struct mock_source source;
	struct mock_scenario *scenario;
	bool mutates; /* some line alters records */

	char *dir; /* the temporary folder */
	char *etc, *state, *clock, *control;
	char **env; /* of the programs; NULL-terminated */
	pid_t mock;
	int mock_stdin; /* it ends when this is closed */
	int log;        /* the programs' stderr */
	struct drill_port {
		char *name; /* of the listener */
		int port;
	} * ports;
	size_t nports;
	FILE *journal;

	struct sc_integration **targets; /* as the copy has them */
	size_t ntargets;
	struct drill_stream *streams;
	size_t nstreams;
	struct drill_line *lines;
	size_t nlines;
	uint64_t polls;
};

/* --- drill_child.c: other programs ---------------------------------------- */

/* Folder, environment, clock.  -1 with e; drill_close() in any case. */
int drill_open(struct drill *, struct sc_err *e);
void drill_close(struct drill *);
/* Starts the server and waits until it is ready. */
int drill_serve(struct drill *, struct sc_err *e);
/*
 * Runs a program of the suite and appends what it writes to out (NULL: to
 * nobody).  Its exit code, or -1 when it could not be started or was killed.
 */
int drill_program(
    struct drill *, char *const argv[], struct sc_buf *out, struct sc_err *e);
/* A command to the server; its answer replaces what is in out. */
int drill_command(struct drill *, char *const words[], size_t n,
    struct sc_buf *out, struct sc_err *e);

/* --- drill_conf.c: the copy of the configuration -------------------------- */

/*
 * Before the server is started: finds what is to be drilled.  EX_CONFIG when
 * the scenario does not play it.
 */
int drill_choose(struct drill *, struct sc_err *e);
/* Behind it: writes the copy, checks that it leads nowhere else, loads it. */
int drill_copy(struct drill *, struct sc_err *e);

/* --- drill_play.c: what the server does ----------------------------------- */

int drill_play_load(struct drill *, struct sc_err *e);
/* The last moment at which something in the scenario changes. */
int64_t drill_play_end(const struct drill *);
/* Tells which lines have begun or ended, and what data came. */
void drill_play_look(struct drill *, int64_t before_ms, int64_t now_ms);
/* Tells which faults were given since the last look. */
int drill_play_journal(struct drill *, struct sc_err *e);

/* --- drill_watch.c: what the status says ---------------------------------- */

int drill_watch_look(struct drill *, struct sc_err *e);
bool drill_watch_due(const struct drill *, int64_t now_ms);

/* --- drill_tally.c: what is in the store ---------------------------------- */

int drill_tally(struct drill *, struct sc_err *e);

/* --- drill_replay.c: answers that were captured ----------------------------
 */

/* True when replay lines answer the stream's list. */
bool drill_replays(const struct mock_scenario *, const struct sc_vendor *,
    const struct sc_stream *);
/* Their records, as far as the server has given the answers. */
int drill_replay_shown(struct drill *, const struct drill_stream *,
    struct drill_reader *, struct drill_states *shown, struct sc_err *e);

/* --- drill_print.c: output ------------------------------------------------ */

struct drill_event {
	const char *kind;
	int64_t at_ms;
	const char *subject; /* "line 3", "acme-s1.threats" */
	const char *text;
	const char *class, *remedy; /* of a problem; else NULL */
};
void drill_tell(const struct drill *, const struct drill_event *);
void drill_result(const struct drill *, const struct drill_tally *sum);

#endif
